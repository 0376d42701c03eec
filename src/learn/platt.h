/*
 * Platt scaling: decision values of a two-class machine made into probabilities by a fitted
 * sigmoid (Platt 1999, by the Newton method of Lin, Lin & Weng, Machine Learning 68, 2007).
 */
#ifndef ML_LEARN_PLATT_H
#define ML_LEARN_PLATT_H

#include <stdbool.h>
#include <stddef.h>

/* P(positive | decision) = 1 / (1 + exp(a * decision + b)): libsvm's probA and probB. */
struct ml_platt {
    double a; /* <= 0: a larger decision value is never less likely positive */
    double b;
};

/*
 * Minimises the cross-entropy against smoothed targets, (n1 + 1) / (n1 + 2) for the n1 positives
 * and 1 / (n0 + 2) for the n0 others, so that separable values keep a finite slope.
 *   decision  n finite values, of rows that the machine was not trained on
 *   positive  n flags
 * Where the best slope points the wrong way, the values carry nothing: a is then 0 and the
 * probability (n1 + 1) / (n + 2). O(n) an iteration. Thread-safe.
 */
void ml_platt_fit(struct ml_platt *out, const double *decision, const bool *positive, size_t n);

#endif

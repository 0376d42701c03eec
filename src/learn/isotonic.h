/*
 * Isotonic calibration: scores made into probabilities by the nondecreasing function that fits the
 * outcomes best in squared error (Zadrozny & Elkan, KDD 2002). Unlike Platt's sigmoid it assumes no
 * shape, and wants more rows for it: some thousand.
 *
 *     struct ml_isotonic isotonic = {0};
 *     if (!ml_isotonic_fit(&isotonic, score, positive, n, err)) return false;
 *     double prob = ml_isotonic_apply(&isotonic, 0.37);
 *     ml_isotonic_release(&isotonic);
 */
#ifndef ML_LEARN_ISOTONIC_H
#define ML_LEARN_ISOTONIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"

/* Zero-initialised is releasable, not applicable. Never changes once fitted: threads may share it.
 */
struct ml_isotonic {
    double *x; /* owned: n knots, finite, strictly ascending */
    double *y; /* owned: n values in [0,1], not descending */
    size_t n;  /* at least 1 */
};

/*
 * Fits by pooling adjacent violators (Ayer et al., Annals of Mathematical Statistics 26, 1955),
 * equal scores pooled first. The knots are the ends of each stretch of equal values, as those of
 * scikit-learn's IsotonicRegression(out_of_bounds="clip").
 *   score     n values, finite, of rows that the model was not trained on; -0.0 is 0.0
 *   positive  n flags
 * ML_EINPUT when n is 0 or a score is not finite (places count rows from 1). One class alone gives
 * a constant 0 or 1. The caller releases the result. O(n log n) time, 60 bytes a row at most.
 * Thread-safe.
 */
bool ml_isotonic_fit(struct ml_isotonic *out, const double *score, const bool *positive, size_t n,
                     struct ml_error *err) __attribute__((warn_unused_result));

/*
 * The probability at x, 0..1: linear between knots, the first or last knot's value beyond them.
 * Equal for equal x, and never smaller for a larger one. NaN for NaN. O(log knots).
 */
double ml_isotonic_apply(const struct ml_isotonic *isotonic, double x);

/* Appends the members "x" and "y", two arrays, of an object without its braces. */
void ml_isotonic_save(const struct ml_isotonic *isotonic, struct ml_strbuf *buf);

/*
 * Reads them back, bit for bit. ML_EINPUT unless both are arrays of equally many numbers, at least
 * one, x ascending and y in [0,1] and not descending. object NULL is refused too.
 */
bool ml_isotonic_load(struct ml_isotonic *out, const struct ml_json *object, struct ml_error *err)
    __attribute__((warn_unused_result));

void ml_isotonic_release(struct ml_isotonic *isotonic);

#endif

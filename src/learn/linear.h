/*
 * Linear models in LIBLINEAR's text format: written and read by us, readable by
 * liblinear-predict, used without the library.
 */
#ifndef ML_LEARN_LINEAR_H
#define ML_LEARN_LINEAR_H

#include <stdbool.h>

#include "base/error.h"
#include "base/sparse.h"
#include "base/strbuf.h"

/*
 * Two classes have one weight vector, that of class 1; k > 2 have one each (one-vs-rest); a
 * regression, which has no classes, has one. The bias is one more feature of value 1.
 */
struct ml_linear {
    size_t n_features;
    size_t n_classes; /* 0: a regression */
    size_t n_vectors;
    double *weight; /* owned; n_features x n_vectors, row-major */
    double *bias;   /* owned; n_vectors */
};

void ml_linear_release(struct ml_linear *linear);
bool ml_linear_is_finite(const struct ml_linear *linear);
/*
 * solver: LIBLINEAR's name of it, "L2R_LR". Labels are the class numbers, 1 first for two classes;
 * a regression has no line of labels and nr_class 2, as LIBLINEAR writes it.
 */
void ml_linear_write(const struct ml_linear *linear, const char *solver, struct ml_strbuf *buf);
bool ml_linear_read(struct ml_linear *out, const char *text, size_t n, size_t n_features,
                    size_t n_classes, struct ml_error *err) __attribute__((warn_unused_result));
/*
 * margin: n_vectors values w x + b. For classes, each product and the bias are first rounded to a
 * multiple of 2^-44 (6e-14), where below 64: sums of such numbers below 2^9 are exact, so that a
 * margin does not depend on the order of its terms, and terms grouped in any way add up to it bit
 * for bit. A regression's terms are in the target's unit, which has no such grid: they are not
 * rounded, are added in the order of the features, and add up to the value up to rounding (about
 * 2^-52 of the largest term) when grouped.
 */
void ml_linear_margins(const struct ml_linear *linear, const struct ml_sparse *row, double *margin);
/* The terms themselves, as they are added: bias, n_vectors; terms, row->n x n_vectors, row-major.
 */
void ml_linear_terms(const struct ml_linear *linear, const struct ml_sparse *row, double *bias,
                     double *terms);
/* x rounded as those are. */
double ml_linear_round(double x);

/* What learners that keep a struct ml_linear as their predictor have in common (learn/learner.h).
 */
bool ml_linear_load(void **out, const char *text, size_t n, size_t n_features, size_t n_classes,
                    struct ml_error *err) __attribute__((warn_unused_result));
void ml_linear_explain(const void *predictor, const struct ml_sparse *row, double *bias,
                       double *terms);
void ml_linear_free(void *predictor);

#endif

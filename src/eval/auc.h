/* Area under the ROC curve and how sure one may be of it. */
#ifndef ML_EVAL_AUC_H
#define ML_EVAL_AUC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "eval/ranking.h"

struct ml_auc_interval {
    double auc;      /* 0..1 */
    double variance; /* of auc, >= 0; NaN when a class has a single row */
    double low;      /* 95 % interval, 0 <= low <= auc <= high <= 1 */
    double high;
};

/*
 * Area under the ROC curve, 0..1: the chance that a random positive row scores higher than a random
 * negative one; ties count half (Hanley & McNeil, Radiology 143, 1982).
 *   score  n values, larger = more positive, any scale, no NaN
 *   label  n values, 0 or 1
 * ML_EINPUT when a class is absent, n is 0, a score is NaN or a label is neither 0 nor 1.
 * O(n log n). Thread-safe.
 */
bool ml_auc(double *out, const double *score, const uint8_t *label, size_t n, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * The same with DeLong's variance (DeLong, DeLong & Clarke-Pearson, Biometrics 44, 1988), found by
 * counting ranks instead of comparing pairs (Sun & Xu, IEEE Signal Processing Letters 21, 2014),
 * and the interval auc +- 1.96 sqrt(variance), clipped to [0,1]. When one class has a single row
 * its variance cannot be estimated: variance is NaN and the interval is [0,1]. Complete separation
 * has variance 0 and an interval of no width: a property of the method, not certainty. Inputs,
 * errors and cost as above.
 */
bool ml_auc_delong(struct ml_auc_interval *out, const double *score, const uint8_t *label, size_t n,
                   struct ml_error *err) __attribute__((warn_unused_result));

/* ml_auc_delong of rows already ranked, both classes present. O(steps). */
void ml_auc_delong_ranked(struct ml_auc_interval *out, const struct ml_ranking *ranking);

/*
 * DeLong's structural components, n values 0..1: for a positive row the share of negatives it
 * beats, for a negative row the share of positives that beat it, ties half. Their mean over either
 * class is AUC. score and label are the n rows that were ranked, both classes present. O(n log n).
 */
void ml_auc_components(double *out, const struct ml_ranking *ranking, const double *score,
                       const uint8_t *label, size_t n);

#endif

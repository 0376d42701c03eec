/*
 * Two models on the same rows: how sure one may be that they differ. Rows are paired, so what is
 * hard for both cancels out. a is the first model, b the second; differences are b - a.
 * Thread-safe.
 */
#ifndef ML_EVAL_PAIRED_H
#define ML_EVAL_PAIRED_H

#include <stddef.h>
#include <stdint.h>

#include "eval/interval.h"
#include "eval/ranking.h"

/*
 * A figure of both models. Interval, z and p are NaN where the rows do not tell how far the
 * difference may be off: a single row, or a difference other than 0 that does not vary at all. A
 * difference of 0 that does not vary (the same answers) has z 0, p 1 and an interval of no width.
 */
struct ml_paired {
    double a;
    double b;
    double difference;           /* b - a */
    struct ml_interval interval; /* 95 %, for the difference */
    double z;                    /* difference / its standard error */
    double p;                    /* two-sided, of "no difference" */
};

/*
 * AUC of two models: DeLong's test for correlated curves (DeLong, DeLong & Clarke-Pearson,
 * Biometrics 44, 1988), as pROC's roc.test(paired = TRUE, method = "delong"). The interval is
 * difference -+ 1.96 standard errors.
 *   a, b        both models' rankings of the n rows, both classes present
 *   score_a, …  n scores each, those that were ranked; label n values, 0 or 1
 * NaN also when a class has a single row. O(n log n).
 */
void ml_paired_auc(struct ml_paired *out, const struct ml_ranking *a, const struct ml_ranking *b,
                   const double *score_a, const double *score_b, const uint8_t *label, size_t n);

struct ml_bootstrap {
    size_t resamples; /* > 0 */
    uint64_t seed;
};

/* More rows than this are not resampled. */
enum { ML_BOOTSTRAP_MAX_ROWS = 100000 };

/*
 * The mean loss of two models. The interval is the percentile bootstrap's: rows are drawn with
 * replacement, pairs together, and it holds the middle 95 % of the resamples' mean differences
 * (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, 13.3). Beyond ML_BOOTSTRAP_MAX_ROWS
 * rows, where a mean is as good as normal and resampling takes seconds, it is difference -+ 1.96
 * standard errors. z and p are those of the mean of the differences against 0.
 *   loss_a, loss_b  n finite values each, n > 0
 * The same seed gives the same interval on every machine. O(n x resamples).
 */
void ml_paired_mean(struct ml_paired *out, const double *loss_a, const double *loss_b, size_t n,
                    const struct ml_bootstrap *bootstrap);

/* Rows that one model alone answers right. */
struct ml_mcnemar {
    size_t only_a; /* a right, b wrong */
    size_t only_b; /* b right, a wrong */
    double p;      /* two-sided, of "both err equally often"; 1 when the models err alike */
};

/*
 * McNemar's test (Psychometrika 12, 1947), exact: of the rows on which the two differ, each is
 * right on half by chance. The p of statsmodels' mcnemar(exact=True). O(sqrt(only_a + only_b)).
 */
void ml_mcnemar_test(struct ml_mcnemar *out, size_t only_a, size_t only_b);

#endif

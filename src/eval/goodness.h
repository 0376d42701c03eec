/* Whether the arms of an experiment were assigned in the shares that were asked for. */
#ifndef ML_EVAL_GOODNESS_H
#define ML_EVAL_GOODNESS_H

#include <stddef.h>
#include <stdint.h>

enum ml_sample_ratio_status {
    ML_SAMPLE_RATIO_OK,
    ML_SAMPLE_RATIO_ALARM,   /* p < alpha: assignments or their counting are broken */
    ML_SAMPLE_RATIO_TOO_FEW, /* an arm is to have fewer than 8 yet, or fewer than two arms count */
};

/* GrowthBook's floor for each arm's expected count. */
enum { ML_SAMPLE_RATIO_LEAST = 8 };

struct ml_sample_ratio {
    double chi2; /* >= 0; NaN, as is p, without assignments or with fewer than two arms */
    size_t df;   /* arms with weight, minus 1 */
    double p;    /* chance of counts as far off as these when the shares are right, 0..1 */
    enum ml_sample_ratio_status status;
};

/*
 * Pearson's chi-square test of counts against weights. Weights are finite and >= 0, in any unit;
 * arms of weight 0 are left out, with their counts. alpha: 0.001 is usual, because the alarm is
 * looked at all the time. O(n). Thread-safe.
 */
struct ml_sample_ratio ml_sample_ratio_test(const uint64_t *counts, const double *weights, size_t n,
                                            double alpha);

#endif

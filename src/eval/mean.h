/*
 * Means: how sure one may be of one, and whether two differ. alpha in (0,1) is the chance of error,
 * 0.05 for an interval of 95 %. Thread-safe, O(1).
 */
#ifndef ML_EVAL_MEAN_H
#define ML_EVAL_MEAN_H

#include "eval/interval.h"
#include "eval/moments.h"

/* Student's interval for the mean; NaN when n < 2. No width when all numbers are the same. */
struct ml_interval ml_mean_interval(const struct ml_moments *moments, double alpha);

/* Two means compared without the assumption that the spreads are alike. */
struct ml_welch {
    double difference; /* b's mean minus a's; NaN when one has no numbers */
    double se;         /* standard error of the difference, >= 0; NaN when one has n < 2 */
    double df;         /* degrees of freedom (Satterthwaite), >= 1, not whole */
    double p;          /* two-sided, of "the means are the same" */
    struct ml_interval interval; /* for the difference */
};

/*
 * Welch's t-test (Biometrika 34, 1947). df, p and interval are NaN when one has n < 2 or when
 * neither has any spread: then nothing says how far the means may be off.
 */
struct ml_welch ml_welch_test(const struct ml_moments *a, const struct ml_moments *b, double alpha);

#endif

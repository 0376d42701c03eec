/*
 * Count, mean and spread of numbers, gathered one by one or in parts. The sum of squared deviations
 * is kept instead of the sum of squares, from which it would come out as rounding noise when the
 * mean is large against the spread.
 */
#ifndef ML_EVAL_MOMENTS_H
#define ML_EVAL_MOMENTS_H

#include <stdint.h>

/* Zero-initialised is the moments of nothing. Not shared by threads while it changes. */
struct ml_moments {
    uint64_t n;
    double mean; /* 0 while n is 0 */
    double m2;   /* sum of (x - mean)^2, >= 0 */
};

/* Takes one more number, finite (Welford, Technometrics 4, 1962). O(1). */
void ml_moments_add(struct ml_moments *moments, double x);

/* Takes all the numbers of another (Chan, Golub & LeVeque, COMPSTAT 1982). O(1). */
void ml_moments_merge(struct ml_moments *moments, const struct ml_moments *other);

/* m2 / (n - 1), the unbiased estimate; NaN when n < 2. */
double ml_moments_variance(const struct ml_moments *moments);

#endif

/*
 * The distributions behind tests and intervals: normal, Student's t, chi-square, and the incomplete
 * beta and gamma functions they are made of. Tails are computed as such, never as 1 - x, so that a
 * p-value of 1e-200 has digits. Relative error about 1e-12 unless said otherwise. NaN in, NaN out.
 * All are thread-safe.
 */
#ifndef ML_EVAL_SPECIAL_H
#define ML_EVAL_SPECIAL_H

/* P(Z <= x) and P(Z > x) of a standard normal Z; 0..1. O(1). */
double ml_normal_cdf(double x);
double ml_normal_sf(double x);

/* P(|Z| >= |x|), 0..1. */
double ml_normal_two_sided(double x);

/* The x with P(Z <= x) = prob; -inf for 0, inf for 1, NaN outside 0..1. O(1). */
double ml_normal_quantile(double prob);

/*
 * The regularised incomplete beta function I_x(a,b), 0..1: P(X <= x) of a beta distribution. a, b >
 * 0; x below 0 or above 1 counts as 0 or 1. Continued fraction of Didonato & Morris (ACM TOMS 708,
 * 1992); O(sqrt(a + b)) at worst.
 */
double ml_beta_cdf(double a, double b, double x);

/*
 * The regularised upper incomplete gamma function Q(a,x), 0..1: P(X > x) of a gamma distribution
 * of shape a > 0. x below 0 counts as 0. Series or continued fraction (Numerical Recipes 6.2);
 * O(sqrt(a)).
 */
double ml_gamma_sf(double a, double x);

/* P(X > x) of a chi-square with df > 0 degrees of freedom, 0..1. */
double ml_chi_square_sf(double x, double df);

/* P(|T| >= |t|) of Student's t with df > 0 degrees of freedom, which need not be whole; 0..1. */
double ml_student_two_sided(double t, double df);

/*
 * The t > 0 with P(|T| >= t) = prob: an interval of 95 % takes prob = 0.05. inf for 0, 0 for 1, NaN
 * outside 0..1. Between 0 and 1e-100 it may be too small. Some ten times the cost of
 * ml_student_two_sided.
 */
double ml_student_quantile(double prob, double df);

#endif

/*
 * Probabilities of counts to nearly full precision however large the counts are: Loader's saddle
 * point form ("Fast and accurate computation of binomial probabilities", 2000), which R uses too.
 * The textbook way through lgamma loses ten digits at a hundred million rows, and lgamma writes
 * a global. Everything here is thread-safe and O(1).
 */
#ifndef ML_EVAL_SADDLE_H
#define ML_EVAL_SADDLE_H

/* ln(x!) - ln(sqrt(2 pi x) (x/e)^x): what Stirling's formula leaves out. x > 0, not only whole. */
double ml_stirling_error(double x);

/* x ln(x/mean) + mean - x, >= 0: half the Poisson deviance of x. x > 0, mean > 0. */
double ml_half_deviance(double x, double mean);

/*
 * (x+y)! / (x! y!) p^x q^y: the chance of x successes and y failures in x+y trials, 0..1. p is the
 * chance of a success and q = 1 - p; both are given, like x and y, because a difference would lose
 * digits. x, y >= 0 need not be whole: the factorials are then gamma functions.
 */
double ml_binomial_prob(double x, double y, double p, double q);

/* x^a y^b / B(a,b) with y = 1 - x: what the beta distribution has on the scale of log-odds. a, b >
 * 0 and 0 < x < 1. */
double ml_beta_kernel(double a, double b, double x, double y);

/* x^a exp(-x) / gamma(a); a > 0, x > 0. */
double ml_gamma_kernel(double a, double x);

#endif

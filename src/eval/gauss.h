/* Integrals of smooth functions by Gauss and Legendre's rule. */
#ifndef ML_EVAL_GAUSS_H
#define ML_EVAL_GAUSS_H

enum { ML_GAUSS_POINTS = 16 };

/*
 * The rule on [-1,1]. A function f known at the points x integrates to the sum of weight[m] f(x[m])
 * over the whole and to the sum over m of upto[k][m] f(x[m]) from -1 to x[k]; both are exact for
 * polynomials of degree 31 and 15.
 */
struct ml_gauss {
    double x[ML_GAUSS_POINTS]; /* ascending */
    double weight[ML_GAUSS_POINTS];
    double upto[ML_GAUSS_POINTS][ML_GAUSS_POINTS];
};

/* Some 10 microseconds. Thread-safe. */
void ml_gauss_init(struct ml_gauss *gauss);

#endif

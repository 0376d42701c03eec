#include "eval/gauss.h"

#include <math.h>

enum { N = ML_GAUSS_POINTS };

/* Legendre's polynomials P_0 … P_N at x. */
static void legendre(double p[N + 1], double x)
{
    p[0] = 1;
    p[1] = x;
    for (int k = 1; k < N; k++)
        p[k + 1] = ((2 * k + 1) * x * p[k] - k * p[k - 1]) / (k + 1);
}

static double slope(const double p[N + 1], double x)
{
    return N * (x * p[N] - p[N - 1]) / (x * x - 1);
}

/* The k-th root of P_N from below, by Newton's method from the usual guess. */
static double root(int k, double p[N + 1])
{
    const double pi = 3.14159265358979323846;
    double x = -cos(pi * (k + 0.75) / (N + 0.5));
    for (int i = 0; i < 6; i++) {
        legendre(p, x);
        x -= p[N] / slope(p, x);
    }
    legendre(p, x);
    return x;
}

/*
 * The polynomial through f's values has Legendre coefficients (2j+1)/2 sum of weight f P_j, and P_j
 * integrates from -1 to x to (P_{j+1}(x) - P_{j-1}(x)) / (2j+1).
 */
static void integrate_up_to(struct ml_gauss *gauss, double p[N][N + 1])
{
    for (int k = 0; k < N; k++)
        for (int m = 0; m < N; m++) {
            double sum = gauss->x[k] + 1;
            for (int j = 1; j < N; j++)
                sum += p[m][j] * (p[k][j + 1] - p[k][j - 1]);
            gauss->upto[k][m] = gauss->weight[m] * sum / 2;
        }
}

void ml_gauss_init(struct ml_gauss *gauss)
{
    double p[N][N + 1];
    for (int k = 0; k < N; k++) {
        double x = root(k, p[k]);
        double s = slope(p[k], x);
        gauss->x[k] = x;
        gauss->weight[k] = 2 / ((1 - x * x) * s * s);
    }
    integrate_up_to(gauss, p);
}

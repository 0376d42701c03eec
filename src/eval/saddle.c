#include "eval/saddle.h"

#include <math.h>

static const double log_two_pi = 1.8378770664093454836;

double ml_stirling_error(double x)
{
    if (x <= 15)
        return log(tgamma(x + 1)) - (x + 0.5) * log(x) + x - log_two_pi / 2;
    double xx = x * x;
    return (1 / 12.0 - (1 / 360.0 - (1 / 1260.0 - (1 / 1680.0 - 1 / 1188.0 / xx) / xx) / xx) / xx) /
           x;
}

/* Near the mean the terms cancel, so there it is a series in (x - mean) / (x + mean). */
double ml_half_deviance(double x, double mean)
{
    double distance = x - mean;
    if (fabs(distance) >= 0.1 * (x + mean))
        return x * log(x / mean) - distance;
    double v = distance / (x + mean);
    double sum = distance * v;
    double term = 2 * x * v;
    for (int j = 3;; j += 2) {
        term *= v * v;
        double next = sum + term / j;
        if (next == sum)
            return sum;
        sum = next;
    }
}

double ml_binomial_prob(double x, double y, double p, double q)
{
    if (p <= 0 || q <= 0)
        return p <= 0 ? x <= 0 : y <= 0;
    if (x <= 0)
        return exp(p < q ? y * log1p(-p) : y * log(q));
    if (y <= 0)
        return exp(q < p ? x * log1p(-q) : x * log(p));
    double n = x + y;
    double exponent = ml_stirling_error(n) - ml_stirling_error(x) - ml_stirling_error(y) -
                      ml_half_deviance(x, n * p) - ml_half_deviance(y, n * q);
    return exp(exponent - log_two_pi / 2) * sqrt(n / x / y);
}

double ml_beta_kernel(double a, double b, double x, double y)
{
    return a / (a + b) * b * ml_binomial_prob(a, b, x, y);
}

double ml_gamma_kernel(double a, double x)
{
    double exponent = -ml_stirling_error(a) - ml_half_deviance(a, x) - log_two_pi / 2;
    return exp(exponent) * sqrt(a);
}

#include "eval/special.h"

#include <math.h>
#include <stdbool.h>

#include "eval/saddle.h"

static const double sqrt_half = 0.70710678118654752440;
static const double inverse_sqrt_two_pi = 0.39894228040143267794;
static const double precision = 1e-15;
static const double tiny = 1e-300; /* stands in for a zero denominator in Lentz's method */

enum { MAX_TERMS = 1000000 };

/* Normal ----------------------------------------------------------------------------------------
 */

double ml_normal_cdf(double x)
{
    return erfc(-x * sqrt_half) / 2;
}

double ml_normal_sf(double x)
{
    return erfc(x * sqrt_half) / 2;
}

double ml_normal_two_sided(double x)
{
    return erfc(fabs(x) * sqrt_half);
}

/* The x > 0 with sf(x) = tail, tail <= 0.5: Hastings' formula (Abramowitz & Stegun 26.2.23, error
 * below 4.5e-4), then Halley's step, which triples the digits. */
static double upper_quantile(double tail)
{
    double t = sqrt(-2 * log(tail));
    double x = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    for (int i = 0; i < 3; i++) {
        double density = inverse_sqrt_two_pi * exp(-x * x / 2);
        if (density <= 0)
            return x;
        double step = (ml_normal_sf(x) - tail) / density;
        x += step / (1 - x * step / 2);
    }
    return x;
}

double ml_normal_quantile(double prob)
{
    if (!(prob >= 0 && prob <= 1))
        return NAN;
    if (prob == 0 || prob == 1)
        return prob == 0 ? -INFINITY : INFINITY;
    return prob < 0.5 ? -upper_quantile(prob) : upper_quantile(1 - prob);
}

/* Beta ------------------------------------------------------------------------------------------
 */

/* A continued fraction b0 + a1/(b1 + a2/(b2 + …)) from its front (Lentz's method). */
struct fraction {
    double value;
    double c;
    double d;
};

static struct fraction fraction_start(double b0)
{
    return (struct fraction){.value = b0, .c = b0, .d = 0};
}

/* Takes the next a and b; false when they changed nothing any more. */
static bool fraction_step(struct fraction *f, double a, double b)
{
    f->d = b + a * f->d;
    f->c = b + a / f->c;
    if (fabs(f->d) < tiny)
        f->d = tiny;
    if (fabs(f->c) < tiny)
        f->c = tiny;
    f->d = 1 / f->d;
    f->value *= f->c * f->d;
    return fabs(f->c * f->d - 1) > precision;
}

/*
 * I_x(a,b) with y = 1 - x for x <= a/(a+b): the even part of the classical continued fraction
 * (bfrac of Didonato & Morris, ACM TOMS 708, 1992). Unlike the whole one it has no differences of
 * nearly equal numbers when a is large and x near 1.
 */
static double beta_lower(double a, double b, double x, double y)
{
    double lambda = a * y - b * x;
    struct fraction f = fraction_start((1 + lambda) * a / (a + 1));
    for (int n = 1; n < MAX_TERMS; n++) {
        double s = a + 2 * n - 1;
        double w = n * (b - n) * x;
        double numerator = (a + n - 1) / s * ((a + b + n - 1) / s) * w * x;
        double denominator = n + w / s + (a + n) / (s + 2) * (1 + lambda + n * (1 + y));
        if (!fraction_step(&f, numerator, denominator))
            break;
    }
    return ml_beta_kernel(a, b, x, y) / f.value;
}

/* I_x(a,b), y = 1 - x. */
static double beta_cdf(double a, double b, double x, double y)
{
    if (isnan(a) || isnan(b) || isnan(x))
        return NAN;
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    return b * x <= a * y ? beta_lower(a, b, x, y) : 1 - beta_lower(b, a, y, x);
}

double ml_beta_cdf(double a, double b, double x)
{
    return beta_cdf(a, b, x, 1 - x);
}

/* Gamma -----------------------------------------------------------------------------------------
 */

/* P(a,x) for x < a + 1. */
static double gamma_series(double a, double x)
{
    double term = 1 / a;
    double sum = term;
    for (int i = 1; i < MAX_TERMS && term > sum * precision; i++) {
        term *= x / (a + i);
        sum += term;
    }
    return sum * ml_gamma_kernel(a, x);
}

/* Q(a,x) for x >= a + 1. */
static double gamma_fraction(double a, double x)
{
    struct fraction f = fraction_start(x + 1 - a);
    for (int n = 1; n < MAX_TERMS; n++)
        if (!fraction_step(&f, -n * (n - a), x + 2 * n + 1 - a))
            break;
    return ml_gamma_kernel(a, x) / f.value;
}

double ml_gamma_sf(double a, double x)
{
    if (isnan(a) || isnan(x))
        return NAN;
    if (x <= 0 || isinf(x))
        return x <= 0;
    return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

double ml_chi_square_sf(double x, double df)
{
    return ml_gamma_sf(df / 2, x / 2);
}

/* Student's t -----------------------------------------------------------------------------------
 */

double ml_student_two_sided(double t, double df)
{
    double tt = t * t;
    if (isinf(tt))
        return 0;
    return beta_cdf(df / 2, 0.5, df / (df + tt), tt / (df + tt));
}

/* d ln P(|T| >= t) / d ln t, which is negative. */
static double log_slope(double t, double df, double prob)
{
    double tt = t * t;
    return -2 * ml_beta_kernel(df / 2, 0.5, df / (df + tt), tt / (df + tt)) / prob;
}

/* Newton's method on ln prob as a function of ln t, where heavy tails are straight lines, held
 * inside a bracket that every step narrows. */
double ml_student_quantile(double prob, double df)
{
    if (!(prob >= 0 && prob <= 1) || !(df > 0))
        return NAN;
    if (prob == 0 || prob == 1)
        return prob == 0 ? INFINITY : 0;
    double low = -300; /* of ln t */
    double high = 300;
    double at = log(-ml_normal_quantile(prob / 2));
    for (int i = 0; i < 200; i++) {
        double here = ml_student_two_sided(exp(at), df);
        if (here > prob)
            low = at;
        else
            high = at;
        double step = log(prob / here) / log_slope(exp(at), df, here);
        bool is_inside = at + step > low && at + step < high;
        at = is_inside ? at + step : (low + high) / 2;
        if (is_inside ? fabs(step) < 1e-9 : high - low < 1e-15)
            break; /* Newton's step squares the error */
    }
    return exp(at);
}

#include "eval/posterior.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "eval/gauss.h"
#include "eval/saddle.h"

enum { N = ML_GAUSS_POINTS, PANELS = 32, BOUNDS = PANELS + 1 };

static const double depth = 45;       /* ln of what a density's top is to what is left out */
static const double widest_panel = 4; /* of rates: log-odds are smooth within about pi */
static const double least_sd = 1e-9;  /* of the largest sd or difference of means */
static const double inverse_sqrt_two_pi = 0.39894228040143267794;

/*
 * An arm's density on the line of integration, t: log-odds of a rate, or a mean itself. For rates
 * its logarithm at t = centre + u is ln top + a u - (a+b) ln(1 + (e^u - 1) a/(a+b)).
 */
struct curve {
    bool is_rate;
    double a;
    double b;
    double centre; /* of t, where the density is greatest */
    double scale;  /* about one standard deviation */
    double top;    /* the density there */
    double low;    /* of t: what lies outside low..high is left out */
    double high;
    double below;         /* probability below the panel at hand */
    double density[N];    /* at the panel's points */
    double cumulative[N]; /* probability up to them */
};

/* ln of density to top, at centre + u. Written for the rarer of success and failure, whose terms
 * stay small when the other is counted in millions. */
static double log_density(const struct curve *curve, double u)
{
    if (!curve->is_rate)
        return -u * u / (2 * curve->scale * curve->scale);
    double n = curve->a + curve->b;
    if (curve->a <= curve->b)
        return curve->a * u - n * log1p(curve->a / n * expm1(u));
    return -curve->b * u - n * log1p(curve->b / n * expm1(-u));
}

/* Distance from the centre at which the density, falling all the way, is `depth` below its top. */
static double reach(const struct curve *curve, int direction)
{
    double inside = 0;
    double outside = curve->scale;
    while (log_density(curve, direction * outside) > -depth) {
        inside = outside;
        outside *= 2;
    }
    for (int i = 0; i < 12; i++) {
        double middle = (inside + outside) / 2;
        if (log_density(curve, direction * middle) > -depth)
            inside = middle;
        else
            outside = middle;
    }
    return outside;
}

static void set_range(struct curve *curve)
{
    curve->low = curve->centre - reach(curve, -1);
    curve->high = curve->centre + reach(curve, 1);
}

static struct curve rate_curve(const struct ml_beta *arm)
{
    double n = arm->a + arm->b;
    struct curve curve = {
        .is_rate = true,
        .a = arm->a,
        .b = arm->b,
        .centre = log(arm->a / arm->b),
        .scale = sqrt(1 / arm->a + 1 / arm->b),
        .top = ml_beta_kernel(arm->a, arm->b, arm->a / n, arm->b / n),
    };
    set_range(&curve);
    return curve;
}

static struct curve mean_curve(double mean, double sd)
{
    struct curve curve = {.centre = mean, .scale = sd, .top = inverse_sqrt_two_pi / sd};
    set_range(&curve);
    return curve;
}

/* dx/dt, x being the rate or mean: what turns a step of t into one of the loss. */
static double loss_per_step(const struct curve *curve, double t)
{
    if (!curve->is_rate)
        return 1;
    double e = exp(-fabs(t));
    return e / ((1 + e) * (1 + e));
}

/* Density and cumulative probability of one arm at the points of a panel. */
static void fill_panel(struct curve *curve, const struct ml_gauss *gauss, double centre,
                       double half)
{
    bool is_inside = centre > curve->low && centre < curve->high;
    if (!is_inside)
        curve->below = centre > curve->low;
    for (int m = 0; m < N; m++) {
        double u = centre - curve->centre + half * gauss->x[m];
        curve->density[m] = is_inside ? curve->top * exp(log_density(curve, u)) : 0;
    }
    for (int k = 0; k < N; k++) {
        double part = 0;
        for (int m = 0; m < N; m++)
            part += gauss->upto[k][m] * curve->density[m];
        curve->cumulative[k] = curve->below + half * part;
    }
    for (int m = 0; m < N; m++)
        curve->below += half * gauss->weight[m] * curve->density[m];
}

/* Adds the panel's part to every arm: it is at t and the others are below; it is below t and one of
 * the others is not. */
static void add_panel(struct ml_posterior *out, struct curve *curves, size_t n,
                      const struct ml_gauss *gauss, double centre, double half)
{
    for (size_t i = 0; i < n; i++)
        fill_panel(&curves[i], gauss, centre, half);
    for (int m = 0; m < N; m++) {
        double step = half * gauss->weight[m];
        double loss_step = step * loss_per_step(&curves[0], centre + half * gauss->x[m]);
        for (size_t i = 0; i < n; i++) {
            double others_below = 1;
            for (size_t j = 0; j < n; j++)
                if (j != i)
                    others_below *= curves[j].cumulative[m];
            out[i].p_best += step * curves[i].density[m] * others_below;
            out[i].loss += loss_step * curves[i].cumulative[m] * (1 - others_below);
        }
    }
}

static int by_value(const void *left, const void *right)
{
    const double *a = left;
    const double *b = right;
    return (*a > *b) - (*a < *b);
}

/* All arms' panel bounds, ascending. Owned by the caller. */
static double *merged_bounds(const struct curve *curves, size_t n)
{
    double *bounds = ml_xcalloc(n * BOUNDS, sizeof(*bounds));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < BOUNDS; k++) {
            double share = (double)k / PANELS;
            bounds[i * BOUNDS + k] = curves[i].low + share * (curves[i].high - curves[i].low);
        }
    qsort(bounds, n * BOUNDS, sizeof(*bounds), by_value);
    return bounds;
}

static void add_between(struct ml_posterior *out, struct curve *curves, size_t n,
                        const struct ml_gauss *gauss, double low, double high)
{
    if (!(high > low))
        return;
    double pieces = curves[0].is_rate ? ceil((high - low) / widest_panel) : 1;
    double half = (high - low) / pieces / 2;
    for (double piece = 0; piece < pieces; piece++)
        add_panel(out, curves, n, gauss, low + (2 * piece + 1) * half, half);
}

static void integrate(struct ml_posterior *out, struct curve *curves, size_t n)
{
    struct ml_gauss gauss;
    ml_gauss_init(&gauss);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct ml_posterior){0, 0};
    double *bounds = merged_bounds(curves, n);
    for (size_t k = 1; k < n * BOUNDS; k++)
        add_between(out, curves, n, &gauss, bounds[k - 1], bounds[k]);
    free(bounds);
    for (size_t i = 0; i < n; i++) {
        out[i].p_best = fmin(1, fmax(0, out[i].p_best));
        out[i].loss = fmax(0, out[i].loss);
    }
}

void ml_posterior_beta(struct ml_posterior *out, const struct ml_beta *arms, size_t n)
{
    struct curve *curves = ml_xcalloc(n, sizeof(*curves));
    for (size_t i = 0; i < n; i++)
        curves[i] = rate_curve(&arms[i]);
    integrate(out, curves, n);
    free(curves);
}

/* Only differences matter, so the line of integration begins at the first arm's mean: a small
 * difference of large means keeps its digits. */
void ml_posterior_normal(struct ml_posterior *out, const struct ml_normal *arms, size_t n)
{
    double origin = arms[0].mean;
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fmax(fabs(arms[i].mean - origin), arms[i].sd));
    if (largest <= 0) {
        for (size_t i = 0; i < n; i++)
            out[i] = (struct ml_posterior){.p_best = 1 / (double)n, .loss = 0};
        return;
    }
    struct curve *curves = ml_xcalloc(n, sizeof(*curves));
    for (size_t i = 0; i < n; i++)
        curves[i] = mean_curve(arms[i].mean - origin, fmax(arms[i].sd, largest * least_sd));
    integrate(out, curves, n);
    free(curves);
}

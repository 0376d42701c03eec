#include "learn/platt.h"

#include <math.h>

enum { MAX_ITERATIONS = 100 };
static const double RIDGE = 1e-12;     /* keeps the Hessian invertible */
static const double MIN_STEP = 1e-10;  /* shortest step of the line search */
static const double TOLERANCE = 1e-10; /* of the gradient, a row */

struct sample {
    const double *decision;
    const bool *positive;
    size_t n;
    double scale; /* decisions are divided by it: the ridge and the tolerance are absolute */
    double high;  /* target of a positive row */
    double low;   /* target of another */
    double prior; /* b where a is 0 */
};

struct derivatives {
    double g_a, g_b;         /* gradient */
    double h_aa, h_ab, h_bb; /* Hessian */
};

static struct sample describe(const double *decision, const bool *positive, size_t n)
{
    double n1 = 0.0;
    double scale = 0.0;
    for (size_t i = 0; i < n; i++) {
        n1 += positive[i] ? 1.0 : 0.0;
        scale = fmax(scale, fabs(decision[i]));
    }
    double n0 = (double)n - n1;
    return (struct sample){
        .decision = decision,
        .positive = positive,
        .n = n,
        .scale = scale,
        .high = (n1 + 1.0) / (n1 + 2.0),
        .low = 1.0 / (n0 + 2.0),
        .prior = log((n0 + 1.0) / (n1 + 1.0)),
    };
}

/* The cross-entropy, in the form that neither overflows nor cancels. */
static double loss(const struct sample *s, double a, double b)
{
    double sum = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        double target = s->positive[i] ? s->high : s->low;
        double z = a * (s->decision[i] / s->scale) + b;
        sum += z >= 0.0 ? target * z + log1p(exp(-z)) : (target - 1.0) * z + log1p(exp(z));
    }
    return sum;
}

static struct derivatives differentiate(const struct sample *s, double a, double b)
{
    struct derivatives d = {.h_aa = RIDGE, .h_bb = RIDGE};
    for (size_t i = 0; i < s->n; i++) {
        double x = s->decision[i] / s->scale;
        double e = exp(-fabs(a * x + b));
        double p = a * x + b >= 0.0 ? e / (1.0 + e) : 1.0 / (1.0 + e);
        double curvature = e / ((1.0 + e) * (1.0 + e)); /* p (1 - p) */
        double residual = (s->positive[i] ? s->high : s->low) - p;
        d.g_a += x * residual;
        d.g_b += residual;
        d.h_aa += x * x * curvature;
        d.h_ab += x * curvature;
        d.h_bb += curvature;
    }
    return d;
}

/* One Newton step, halved until the loss falls; false when there is no such step. */
static bool step(const struct sample *s, const struct derivatives *d, double *a, double *b,
                 double *value)
{
    double det = d->h_aa * d->h_bb - d->h_ab * d->h_ab;
    double step_a = -(d->h_bb * d->g_a - d->h_ab * d->g_b) / det;
    double step_b = -(d->h_aa * d->g_b - d->h_ab * d->g_a) / det;
    double slope = d->g_a * step_a + d->g_b * step_b;
    for (double size = 1.0; size >= MIN_STEP; size /= 2.0) {
        double new_value = loss(s, *a + size * step_a, *b + size * step_b);
        if (new_value < *value + 1e-4 * size * slope) {
            *a += size * step_a;
            *b += size * step_b;
            *value = new_value;
            return true;
        }
    }
    return false;
}

void ml_platt_fit(struct ml_platt *out, const double *decision, const bool *positive, size_t n)
{
    struct sample s = describe(decision, positive, n);
    double a = 0.0;
    double b = s.prior;
    if (s.scale > 0.0) {
        double value = loss(&s, a, b);
        for (int i = 0; i < MAX_ITERATIONS; i++) {
            struct derivatives d = differentiate(&s, a, b);
            if (fmax(fabs(d.g_a), fabs(d.g_b)) < TOLERANCE * (double)n ||
                !step(&s, &d, &a, &b, &value))
                break;
        }
        a /= s.scale;
    }
    bool sound = a < 0.0 && isfinite(a) && isfinite(b);
    *out = sound ? (struct ml_platt){a, b} : (struct ml_platt){0.0, s.prior};
}

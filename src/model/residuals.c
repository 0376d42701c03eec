#include "model/residuals.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

static void take_classes(struct ml_residuals *r, const struct ml_training *t, const size_t *rows,
                         size_t n, const double *score, const bool *scorable)
{
    size_t k = t->n_labels;
    for (size_t i = 0; i < n; i++)
        for (size_t o = 0; scorable[i] && o < r->n_outputs; o++) {
            size_t class = r->n_outputs == 1 ? 1 : o;
            double p = score[i * k + class];
            r->residual[i * r->n_outputs + o] = (t->label[rows[i]] == class ? 1.0 : 0.0) - p;
            r->curvature[i * r->n_outputs + o] = p * (1.0 - p);
        }
}

/* In deviations of the target first: its values may be of any size. */
static void take_values(struct ml_residuals *r, const struct ml_training *t, const size_t *rows,
                        size_t n, const double *score, const bool *scorable, const double *weight)
{
    double squares = 0.0;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!scorable[i])
            continue;
        r->residual[i] = (t->target[rows[i]] - score[i]) / t->summary.deviation;
        r->curvature[i] = 1.0;
        squares += weight[i] * r->residual[i] * r->residual[i];
        sum += weight[i];
    }
    for (size_t i = 0; squares > 0.0 && i < n; i++)
        r->residual[i] /= sqrt(squares / sum);
}

static void weigh(struct ml_residuals *r, size_t n, const double *weight)
{
    double once = 0.0;
    double twice = 0.0;
    for (size_t i = 0; i < n * r->n_outputs; i++) {
        double w = weight[i / r->n_outputs];
        once += w * r->curvature[i];
        twice += w * w * r->curvature[i];
    }
    double scale = twice > 0.0 ? once / twice : 1.0;
    for (size_t i = 0; i < n * r->n_outputs; i++) {
        r->residual[i] *= scale * weight[i / r->n_outputs];
        r->curvature[i] *= scale * weight[i / r->n_outputs];
    }
}

void ml_residuals_make(struct ml_residuals *out, const struct ml_training *t, const size_t *rows,
                       size_t n, const double *score, const bool *scorable, const double *weight)
{
    struct ml_residuals r = {.n_outputs = t->n_labels <= 2 ? 1 : t->n_labels};
    r.residual = ml_xcalloc(n * r.n_outputs, sizeof(*r.residual));
    r.curvature = ml_xcalloc(n * r.n_outputs, sizeof(*r.curvature));
    if (t->problem == ML_REGRESSION_PROBLEM)
        take_values(&r, t, rows, n, score, scorable, weight);
    else
        take_classes(&r, t, rows, n, score, scorable);
    weigh(&r, n, weight);
    *out = r;
}

void ml_residuals_release(struct ml_residuals *r)
{
    free(r->residual);
    free(r->curvature);
    *r = (struct ml_residuals){0};
}

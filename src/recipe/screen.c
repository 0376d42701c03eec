#include "recipe/screen.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

struct sums {
    double r;
    double h;
};

/* Adds output k's residuals to cell x fold sums. */
static void add_rows(struct sums *sums, const struct ml_screen *s, size_t k,
                     const struct ml_screen_item *a, const struct ml_screen_item *b)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        size_t cell = (size_t)a->level[i] * b->n_levels + b->level[i];
        struct sums *to = &sums[cell * s->n_folds + s->fold[i]];
        to->r += s->residual[i * s->n_outputs + k];
        to->h += s->curvature[i * s->n_outputs + k];
    }
}

static void judge_cell(const struct sums *cell, size_t n_folds, double *gain, double *variance)
{
    struct sums all = {0};
    for (size_t f = 0; f < n_folds; f++) {
        all.r += cell[f].r;
        all.h += cell[f].h;
    }
    if (all.h <= 0.0)
        return;
    for (size_t f = 0; f < n_folds; f++) {
        double d = (all.r - cell[f].r) / (all.h - cell[f].h + ML_SCREEN_RIDGE);
        d = fmin(fmax(d, -ML_SCREEN_MAX_STEP), ML_SCREEN_MAX_STEP);
        *gain += d * cell[f].r - 0.5 * d * d * cell[f].h;
        *variance += d * d * cell[f].h;
    }
}

bool ml_screen_cross(struct ml_screen_gain *out, const struct ml_screen *s,
                     const struct ml_screen_item *a, const struct ml_screen_item *b)
{
    if (a->n_levels == 0 || b->n_levels > ML_SCREEN_MAX_CELLS / a->n_levels)
        return false;
    size_t n_cells = a->n_levels * b->n_levels;
    double gain = 0.0;
    double variance = 0.0;
    for (size_t k = 0; k < s->n_outputs; k++) {
        struct sums *sums = ml_xcalloc(n_cells * s->n_folds, sizeof(*sums));
        add_rows(sums, s, k, a, b);
        for (size_t cell = 0; cell < n_cells; cell++)
            judge_cell(sums + cell * s->n_folds, s->n_folds, &gain, &variance);
        free(sums);
    }
    *out = (struct ml_screen_gain){gain, variance > 0.0 ? gain / sqrt(variance) : 0.0};
    return true;
}

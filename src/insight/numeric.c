#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "insight/insight.h"

const double ml_quantile_levels[ML_N_QUANTILES] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

static void measure(struct ml_insight *insight, const struct ml_gather *g,
                    const struct ml_runs *runs)
{
    double squares;
    if (g->is_exact) {
        insight->mean = ml_runs_mean(runs);
        squares = ml_runs_deviations(runs, insight->mean);
    } else {
        insight->mean = g->moments.mean;
        squares = g->moments.m2;
    }
    insight->sd = g->n_numbers > 1 ? sqrt(squares / (double)(g->n_numbers - 1)) : NAN;
    for (size_t i = 0; i < ML_N_QUANTILES; i++)
        insight->quantiles[i] = ml_runs_quantile(runs, ml_quantile_levels[i]);
}

/* Edge i of n equally wide bars; the last is exactly the largest number. */
static double edge(const struct ml_insight *insight, size_t i, size_t n)
{
    double width = insight->max - insight->min;
    double step =
        isfinite(width) ? width / (double)n : insight->max / (double)n - insight->min / (double)n;
    return i == n ? insight->max : insight->min + (double)i * step;
}

static struct ml_bar *find_bar(struct ml_insight *insight, double x)
{
    size_t low = 0;
    size_t high = insight->n_bars - 1;
    while (low < high) {
        size_t middle = low + (high - low + 1) / 2;
        if (x < insight->bars[middle].from)
            high = middle - 1;
        else
            low = middle;
    }
    return &insight->bars[low];
}

/* The share of positives of every bar. */
static void find_positives(struct ml_insight *insight, const struct ml_views *v, size_t column)
{
    const struct ml_tally *t = &ml_view(v, column)->columns[column].tally;
    uint64_t *counts = ml_xcalloc(insight->n_bars * 3, sizeof(*counts));
    for (uint32_t i = 0; i < t->values.count && t->stride >= 3; i++) {
        size_t n;
        double x;
        const char *key = ml_dict_get(&t->values, i, &n);
        if (!ml_key_number(key, n, &x))
            continue;
        uint64_t *to = counts + 3 * (size_t)(find_bar(insight, x) - insight->bars);
        for (size_t k = 1; k < 3; k++)
            to[k] += t->counts[i * t->stride + k];
    }
    for (size_t b = 0; b < insight->n_bars; b++)
        insight->bars[b].positive = ml_relate_positive(v, counts + 3 * b, 3);
    free(counts);
}

static void draw(struct ml_insight *insight, const struct ml_views *v, size_t column,
                 const struct ml_runs *runs)
{
    size_t n = insight->max > insight->min ? v->n_bins : 1;
    insight->bars = ml_xcalloc(n, sizeof(*insight->bars));
    insight->n_bars = n;
    for (size_t b = 0; b < n; b++) {
        insight->bars[b].from = edge(insight, b, n);
        insight->bars[b].to = edge(insight, b + 1, n);
        insight->bars[b].positive = NAN;
    }
    for (size_t i = 0; i < runs->n; i++)
        find_bar(insight, runs->list[i].value)->rows += runs->list[i].rows;
    if (v->has_positive)
        find_positives(insight, v, column);
}

void ml_insight_numeric(struct ml_insight *insight, const struct ml_views *v, size_t column)
{
    const struct ml_gather *g = &v->all->columns[column];
    insight->is_whole = g->is_whole;
    insight->n_zeros = g->n_zeros;
    if (g->n_numbers == 0)
        return;
    struct ml_runs runs = {0};
    if (g->is_exact)
        ml_relate_runs(g, &runs);
    else
        ml_kll_runs(&g->kll, &runs);
    insight->n_unique = g->is_exact ? (double)runs.n : ml_insight_estimate(g, g->n_numbers);
    insight->min = g->min;
    insight->max = g->max;
    measure(insight, g, &runs);
    draw(insight, v, column, &runs);
    ml_runs_release(&runs);
}

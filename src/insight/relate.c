#include "insight/relate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const struct ml_scan *ml_view(const struct ml_views *v, size_t column)
{
    return v->uses_part[column] ? v->part : v->all;
}

void ml_relate_runs(const struct ml_gather *g, struct ml_runs *runs)
{
    for (uint32_t i = 0; i < g->tally.values.count; i++) {
        size_t n;
        double x;
        const char *key = ml_dict_get(&g->tally.values, i, &n);
        if (ml_key_number(key, n, &x))
            ml_runs_add(runs, x, ml_tally_total(&g->tally, i));
    }
    ml_runs_sort(runs);
}

/* Classes that the column's counts have room for. */
static size_t classes_of(const struct ml_scan *scan, const struct ml_tally *tally)
{
    return scan->n_classes < tally->stride ? scan->n_classes : tally->stride;
}

static void add_counts(uint64_t *to, const struct ml_tally *t, size_t i, size_t n_classes)
{
    for (size_t k = 0; k < n_classes; k++)
        to[k] += t->counts[i * t->stride + k];
}

uint64_t *ml_relate_totals(const struct ml_views *v, const struct ml_scan *scan)
{
    const struct ml_tally *t = &scan->columns[v->target].tally;
    uint64_t *totals = ml_xcalloc(scan->n_classes, sizeof(*totals));
    for (size_t i = 0; i < t->values.count; i++)
        add_counts(totals, t, i, classes_of(scan, t));
    return totals;
}

double ml_relate_positive(const struct ml_views *v, const uint64_t *counts, size_t n_classes)
{
    if (!v->has_positive || n_classes < 3 || counts[1] + counts[2] == 0)
        return NAN;
    return (double)counts[2] / (double)(counts[1] + counts[2]);
}

/*
 * The row of the table that a value of the column belongs to: numbers in their bins, whatever is no
 * number in the row behind them; other values have a row each.
 */
static size_t row_of(const struct ml_gather *g, size_t i, const double *edges, size_t n_edges)
{
    size_t n;
    double x;
    const char *key = ml_dict_get(&g->tally.values, (uint32_t)i, &n);
    if (g->type == ML_CATEGORICAL)
        return i;
    return ml_key_number(key, n, &x) ? ml_bin_of(edges, n_edges, x) : n_edges + 1;
}

void ml_relate_column(struct ml_insight *insight, const struct ml_views *v, size_t column)
{
    const struct ml_scan *scan = ml_view(v, column);
    const struct ml_gather *g = &scan->columns[column];
    double edges[ML_DESCRIBE_VALUE_BINS];
    size_t n_edges = 0;
    size_t n_rows = g->tally.values.count;
    if (g->type != ML_CATEGORICAL) {
        struct ml_runs runs = {0};
        ml_relate_runs(g, &runs);
        n_edges = ml_runs_bins(&runs, edges, ML_DESCRIBE_VALUE_BINS);
        n_rows = n_edges + 2;
        ml_runs_release(&runs);
    }
    size_t stride = scan->n_classes;
    uint64_t *table = ml_xcalloc(n_rows * stride + 1, sizeof(*table));
    for (size_t i = 0; i < g->tally.values.count; i++)
        add_counts(table + row_of(g, i, edges, n_edges) * stride, &g->tally, i,
                   classes_of(scan, &g->tally));
    struct ml_mutual m = ml_mutual_information(table + 1, n_rows, stride - 1, stride);
    free(table);
    ml_relate_set(insight, v, column, &m);
}

struct ml_mutual ml_relate_word(const struct ml_scan *scan, size_t column, size_t word,
                                const uint64_t *totals)
{
    const struct ml_tally *t = &scan->columns[column].tally;
    enum { MAX = ML_MAX_CLASSES + 2 };
    uint64_t table[2 * MAX] = {0};
    size_t n = scan->n_classes;
    add_counts(table, t, word, classes_of(scan, t));
    for (size_t k = 0; k < n; k++)
        table[MAX + k] = totals[k] - table[k];
    return ml_mutual_information(table + 1, 2, n - 1, MAX);
}

void ml_relate_set(struct ml_insight *insight, const struct ml_views *v, size_t column,
                   const struct ml_mutual *m)
{
    insight->has_mutual = true;
    insight->is_mutual_exact = !v->uses_part[column] || v->all->sample.level == 0;
    insight->mutual = *m;
    insight->normalised = m->entropy > 0.0 ? m->nats / m->entropy : NAN;
}

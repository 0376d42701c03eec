#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "recipe/step.h"

/*
 * Bin i holds edge[i-1] < x <= edge[i]: equal values always share a bin, whatever the quantiles.
 * The last bin has no upper edge. Feature n_edges + 1 is "missing".
 */
struct bins {
    double *edges; /* owned, strictly ascending */
    size_t n_edges;
    double *counts; /* owned; training rows per feature, n_edges + 2 */
};

static size_t find_bin(const struct bins *b, double x)
{
    size_t low = 0;
    size_t high = b->n_edges;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->edges[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where the run of values equal to sorted[at] ends. */
static size_t end_of_ties(const double *sorted, size_t n, size_t at)
{
    size_t end = at + 1;
    while (end < n && sorted[end] == sorted[at])
        end++;
    return end;
}

/*
 * Equal-frequency bins over values with ties: each bin is closed once it holds its share of the
 * rows that are left, and a value that fills a bin by itself (999 for "never") gets one of its own
 * instead of swallowing its rare neighbours.
 */
static void place_edges(struct bins *b, const double *sorted, size_t n, size_t max_bins)
{
    size_t bins_left = max_bins;
    size_t start = 0; /* of the bin that is open */
    for (size_t at = 0; at < n && bins_left > 1;) {
        size_t end = end_of_ties(sorted, n, at);
        if (at > start && (end - at) * bins_left >= n - start) {
            b->edges[b->n_edges++] = sorted[at - 1];
            bins_left--;
            start = at;
            continue;
        }
        if (end < n && (end - start) * bins_left >= n - start) {
            b->edges[b->n_edges++] = sorted[at];
            bins_left--;
            start = end;
        }
        at = end;
    }
}

static void *fit(const struct ml_summary *s, const struct ml_step_options *options,
                 uint32_t *n_features)
{
    struct bins *b = ml_xcalloc(1, sizeof(*b));
    b->edges = ml_xcalloc(options->bins, sizeof(*b->edges));
    place_edges(b, s->sorted, s->n_sorted, options->bins);
    b->counts = ml_xcalloc(b->n_edges + 2, sizeof(*b->counts));
    size_t n = s->n_sorted;
    for (size_t i = 0; i < n; i++)
        b->counts[find_bin(b, s->sorted[i])]++;
    b->counts[b->n_edges + 1] = (double)s->n_missing;
    bool varies = b->n_edges > 0 || (n > 0 && s->n_missing > 0);
    *n_features = varies ? (uint32_t)b->n_edges + 2 : 0;
    return b;
}

static void apply(const void *fitted, const struct ml_value *v, uint32_t first,
                  struct ml_sparse *row)
{
    const struct bins *b = fitted;
    size_t bin = isnan(v->number) ? b->n_edges + 1 : find_bin(b, v->number);
    ml_sparse_add(row, first + (uint32_t)bin, 1.0);
}

static void save(const void *fitted, struct ml_strbuf *buf)
{
    const struct bins *b = fitted;
    ml_json_key_numbers(buf, "edges", b->edges, b->n_edges);
    ml_json_key_numbers(buf, "counts", b->counts, b->n_edges + 2);
}

static void release(void *fitted)
{
    struct bins *b = fitted;
    free(b->edges);
    free(b->counts);
    free(b);
}

static void *load(const struct ml_json *object, uint32_t *n_features)
{
    struct bins *b = ml_xcalloc(1, sizeof(*b));
    size_t n_counts = 0;
    b->edges = ml_step_read_numbers(ml_json_get(object, "edges"), &b->n_edges);
    b->counts = ml_step_read_numbers(ml_json_get(object, "counts"), &n_counts);
    bool ok = b->edges != NULL && b->counts != NULL && n_counts == b->n_edges + 2;
    for (size_t i = 1; ok && i < b->n_edges; i++)
        ok = b->edges[i - 1] < b->edges[i];
    if (!ok) {
        release(b);
        return NULL;
    }
    *n_features = (uint32_t)b->n_edges + 2;
    return b;
}

static void describe(const void *fitted, uint32_t i, struct ml_strbuf *buf)
{
    const struct bins *b = fitted;
    if (i == b->n_edges + 1) {
        ml_strbuf_adds(buf, "missing");
        return;
    }
    ml_strbuf_adds(buf, "in (");
    if (i == 0)
        ml_strbuf_adds(buf, "-inf");
    else
        ml_strbuf_add_double(buf, b->edges[i - 1]);
    ml_strbuf_adds(buf, ", ");
    if (i == b->n_edges)
        ml_strbuf_adds(buf, "inf)");
    else
        ml_strbuf_add_double(buf, b->edges[i]);
    ml_strbuf_adds(buf, i == b->n_edges ? "" : "]");
}

const struct ml_step_ops ml_step_quantile_bin = {
    .name = "quantile_bin",
    .fit = fit,
    .apply = apply,
    .save = save,
    .load = load,
    .describe = describe,
    .release = release,
};

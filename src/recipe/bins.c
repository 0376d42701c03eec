#include "recipe/bins.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

uint32_t ml_bins_find(const struct ml_bins *b, double x)
{
    if (isnan(x))
        return (uint32_t)b->n_edges + 1;
    size_t low = 0;
    size_t high = b->n_edges;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->edges[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

uint32_t ml_bins_count(const struct ml_bins *b)
{
    return (uint32_t)b->n_edges + 2;
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
static void place_edges(struct ml_bins *b, const double *sorted, size_t n, size_t max_bins)
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

void ml_bins_fit(struct ml_bins *out, const double *sorted, size_t n, size_t n_missing,
                 size_t max_bins)
{
    struct ml_bins b = {.edges = ml_xcalloc(max_bins, sizeof(*b.edges))};
    place_edges(&b, sorted, n, max_bins);
    b.counts = ml_xcalloc(ml_bins_count(&b), sizeof(*b.counts));
    for (size_t i = 0; i < n; i++)
        b.counts[ml_bins_find(&b, sorted[i])]++;
    b.counts[b.n_edges + 1] = (double)n_missing;
    *out = b;
}

void ml_bins_release(struct ml_bins *b)
{
    free(b->edges);
    free(b->counts);
    *b = (struct ml_bins){0};
}

void ml_bins_save(const struct ml_bins *b, struct ml_strbuf *buf)
{
    ml_json_key_numbers(buf, "edges", b->edges, b->n_edges);
    ml_json_key_numbers(buf, "counts", b->counts, ml_bins_count(b));
}

bool ml_bins_load(struct ml_bins *out, const struct ml_json *object)
{
    struct ml_bins b = {0};
    size_t n_counts = 0;
    b.edges = ml_json_numbers(ml_json_get(object, "edges"), &b.n_edges);
    b.counts = ml_json_numbers(ml_json_get(object, "counts"), &n_counts);
    bool ok = b.edges != NULL && b.counts != NULL && n_counts == ml_bins_count(&b);
    for (size_t i = 1; ok && i < b.n_edges; i++)
        ok = b.edges[i - 1] < b.edges[i];
    if (!ok) {
        ml_bins_release(&b);
        return false;
    }
    *out = b;
    return true;
}

void ml_bins_describe(const struct ml_bins *b, uint32_t bin, struct ml_strbuf *buf)
{
    if (bin == b->n_edges + 1) {
        ml_strbuf_adds(buf, "missing");
        return;
    }
    ml_strbuf_adds(buf, "in (");
    if (bin == 0)
        ml_strbuf_adds(buf, "-inf");
    else
        ml_strbuf_add_double(buf, b->edges[bin - 1]);
    ml_strbuf_adds(buf, ", ");
    if (bin == b->n_edges)
        ml_strbuf_adds(buf, "inf)");
    else
        ml_strbuf_add_double(buf, b->edges[bin]);
    ml_strbuf_adds(buf, bin == b->n_edges ? "" : "]");
}

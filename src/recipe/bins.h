/*
 * Equal-frequency bins of a number.
 *
 * Bin i holds edge[i-1] < x <= edge[i]: equal values always share a bin, whatever the quantiles.
 * The last bin has no upper edge, and after it comes one for missing values.
 */
#ifndef ML_RECIPE_BINS_H
#define ML_RECIPE_BINS_H

#include "base/json.h"

struct ml_bins {
    double *edges; /* owned, strictly ascending */
    size_t n_edges;
    double *counts; /* owned; training rows in each of ml_bins_count */
};

/* sorted: n values, ascending. O(n). */
void ml_bins_fit(struct ml_bins *out, const double *sorted, size_t n, size_t n_missing,
                 size_t max_bins);
void ml_bins_release(struct ml_bins *bins);

/* How many there are, the one for missing values included. */
uint32_t ml_bins_count(const struct ml_bins *bins);
/* The bin of x; NaN is missing. O(log edges). */
uint32_t ml_bins_find(const struct ml_bins *bins, double x);

/* Members of a JSON object, and back. */
void ml_bins_save(const struct ml_bins *bins, struct ml_strbuf *buf);
bool ml_bins_load(struct ml_bins *out, const struct ml_json *object)
    __attribute__((warn_unused_result));

/* "in (30, 35]" or "missing". */
void ml_bins_describe(const struct ml_bins *bins, uint32_t bin, struct ml_strbuf *buf);

#endif

/*
 * Numbers as (value, rows) pairs: what a NUMERIC column comes down to, be it all of it or what a
 * sketch has kept.
 */
#ifndef ML_INSIGHT_RUNS_H
#define ML_INSIGHT_RUNS_H

#include <stddef.h>
#include <stdint.h>

struct ml_run {
    double value; /* finite */
    uint64_t rows;
};

/* Zero-initialised is empty. All below but add and sort want it sorted. */
struct ml_runs {
    struct ml_run *list; /* owned */
    size_t n;
    size_t capacity;
    uint64_t rows; /* sum */
};

void ml_runs_release(struct ml_runs *runs);
void ml_runs_add(struct ml_runs *runs, double value, uint64_t rows);
void ml_runs_sort(struct ml_runs *runs); /* ascending, equal values in one run */

/*
 * The p-quantile, 0 <= p <= 1, by linear interpolation between the ordered rows at (rows - 1) p:
 * Hyndman & Fan's type 7, numpy's and R's default. NaN when there are no rows.
 */
double ml_runs_quantile(const struct ml_runs *runs, double p);

/* The mean (NaN: no rows) and the sum of squared deviations from it, with compensated sums. */
double ml_runs_mean(const struct ml_runs *runs);
double ml_runs_deviations(const struct ml_runs *runs, double mean);

/*
 * Cuts the values into at most max_bins bins of about equally many rows; equal values share one, a
 * value that fills one has it to itself, and at most max_bins distinct values have one each. Bin i
 * is edges[i-1] < x <= edges[i], the last is open; returns the number of edges, bins - 1. The same
 * rule as the encoder's bins. edges: room for max_bins.
 */
size_t ml_runs_bins(const struct ml_runs *runs, double *edges, size_t max_bins);
size_t ml_bin_of(const double *edges, size_t n_edges, double x);

#endif

#include "insight/runs.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

void ml_runs_release(struct ml_runs *r)
{
    free(r->list);
    *r = (struct ml_runs){0};
}

void ml_runs_add(struct ml_runs *r, double value, uint64_t rows)
{
    r->list = ml_grow(r->list, r->n, &r->capacity, sizeof(*r->list));
    r->list[r->n++] = (struct ml_run){value, rows};
    r->rows += rows;
}

static int compare(const void *a, const void *b)
{
    double x = ((const struct ml_run *)a)->value;
    double y = ((const struct ml_run *)b)->value;
    return (x > y) - (x < y);
}

void ml_runs_sort(struct ml_runs *r)
{
    if (r->n == 0)
        return;
    qsort(r->list, r->n, sizeof(*r->list), compare);
    size_t kept = 0;
    for (size_t i = 1; i < r->n; i++) {
        if (r->list[i].value == r->list[kept].value)
            r->list[kept].rows += r->list[i].rows;
        else
            r->list[++kept] = r->list[i];
    }
    r->n = kept + 1;
}

double ml_runs_quantile(const struct ml_runs *r, double p)
{
    if (r->rows == 0)
        return NAN;
    double at = p * (double)(r->rows - 1);
    uint64_t below = (uint64_t)at;
    double part = at - (double)below;
    size_t i = 0;
    uint64_t end = r->list[0].rows; /* rows up to and with run i */
    while (end <= below)
        end += r->list[++i].rows;
    double low = r->list[i].value;
    double high = end > below + 1 || i + 1 == r->n ? low : r->list[i + 1].value;
    return low + (high - low) * part;
}

/* Neumaier's sum: the error of every addition is kept and added at the end. */
struct sum {
    double total;
    double lost;
};

static void add(struct sum *s, double x)
{
    double t = s->total + x;
    s->lost += fabs(s->total) >= fabs(x) ? (s->total - t) + x : (x - t) + s->total;
    s->total = t;
}

double ml_runs_mean(const struct ml_runs *r)
{
    struct sum s = {0};
    if (r->rows == 0)
        return NAN;
    for (size_t i = 0; i < r->n; i++)
        add(&s, r->list[i].value * (double)r->list[i].rows);
    return (s.total + s.lost) / (double)r->rows;
}

double ml_runs_deviations(const struct ml_runs *r, double mean)
{
    struct sum s = {0};
    for (size_t i = 0; i < r->n; i++) {
        double d = r->list[i].value - mean;
        add(&s, d * d * (double)r->list[i].rows);
    }
    return s.total + s.lost;
}

size_t ml_runs_bins(const struct ml_runs *r, double *edges, size_t max_bins)
{
    size_t n_edges = 0;
    size_t bins_left = max_bins;
    uint64_t left = r->rows; /* from the open bin's start */
    uint64_t open = 0;       /* rows of the open bin */
    if (r->n <= max_bins) {
        for (size_t i = 0; i + 1 < r->n; i++)
            edges[n_edges++] = r->list[i].value;
        return n_edges;
    }
    for (size_t i = 0; i < r->n && bins_left > 1; i++) {
        uint64_t rows = r->list[i].rows;
        if (open > 0 && rows * bins_left >= left) {
            edges[n_edges++] = r->list[i - 1].value;
            bins_left--;
            left -= open;
            open = 0;
        }
        open += rows;
        if (i + 1 < r->n && bins_left > 1 && open * bins_left >= left) {
            edges[n_edges++] = r->list[i].value;
            bins_left--;
            left -= open;
            open = 0;
        }
    }
    return n_edges;
}

size_t ml_bin_of(const double *edges, size_t n_edges, double x)
{
    size_t low = 0;
    size_t high = n_edges;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (edges[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

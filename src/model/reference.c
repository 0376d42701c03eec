#include "model/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { BINS = 10 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

void ml_reference_from_scores(struct ml_reference *out, const double *score, size_t n)
{
    double *sorted = ml_xcalloc(n, sizeof(*sorted));
    memcpy(sorted, score, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare);
    struct ml_reference r = {
        .edges = ml_xcalloc(BINS, sizeof(*r.edges)),
        .shares = ml_xcalloc(BINS, sizeof(*r.shares)),
    };
    for (size_t i = 1; i < BINS; i++) {
        double edge = sorted[(n - 1) * i / BINS];
        if (edge < sorted[n - 1] && (r.n_edges == 0 || edge > r.edges[r.n_edges - 1]))
            r.edges[r.n_edges++] = edge;
    }
    r.n_bins = r.n_edges + 1;
    size_t bin = 0;
    for (size_t i = 0; i < n; i++) {
        while (bin < r.n_edges && sorted[i] > r.edges[bin])
            bin++;
        r.shares[bin] += 1.0 / (double)n;
    }
    free(sorted);
    *out = r;
}

void ml_reference_from_answers(struct ml_reference *out, const size_t *answers, size_t n_labels)
{
    double sum = 0.0;
    for (size_t k = 0; k < n_labels; k++)
        sum += (double)answers[k];
    *out = (struct ml_reference){
        .shares = ml_xcalloc(n_labels, sizeof(*out->shares)),
        .n_bins = n_labels,
    };
    for (size_t k = 0; k < n_labels; k++)
        out->shares[k] = (double)answers[k] / sum;
}

void ml_reference_release(struct ml_reference *r)
{
    free(r->edges);
    free(r->shares);
    *r = (struct ml_reference){0};
}

void ml_reference_save(const struct ml_reference *r, struct ml_strbuf *buf)
{
    ml_json_key_numbers(buf, "edges", r->edges, r->n_edges);
    ml_json_key_numbers(buf, "shares", r->shares, r->n_bins);
}

static bool is_sound(const struct ml_reference *r)
{
    double sum = 0.0;
    for (size_t i = 1; i < r->n_edges; i++)
        if (!(r->edges[i - 1] < r->edges[i]))
            return false;
    for (size_t i = 0; i < r->n_bins; i++) {
        if (!(r->shares[i] >= 0.0))
            return false;
        sum += r->shares[i];
    }
    return (r->n_edges == 0 || r->n_bins == r->n_edges + 1) && fabs(sum - 1.0) < 1e-6;
}

bool ml_reference_load(struct ml_reference *out, const struct ml_json *object)
{
    struct ml_reference r = {0};
    r.edges = ml_json_numbers(ml_json_get(object, "edges"), &r.n_edges);
    r.shares = ml_json_numbers(ml_json_get(object, "shares"), &r.n_bins);
    if (r.edges == NULL || r.shares == NULL || !is_sound(&r)) {
        ml_reference_release(&r);
        return false;
    }
    *out = r;
    return true;
}

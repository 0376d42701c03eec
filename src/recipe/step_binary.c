#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "recipe/step.h"

/* Two features: the value itself, and whether it is missing. */
struct binary {
    double counts[3]; /* training rows that are 0, 1, missing */
};

static void *fit(const struct ml_summary *s, const struct ml_step_options *options,
                 uint32_t *n_features)
{
    (void)options;
    struct binary *b = ml_xcalloc(1, sizeof(*b));
    for (size_t i = 0; i < s->n_sorted; i++)
        b->counts[s->sorted[i] > 0.0]++;
    b->counts[2] = (double)s->n_missing;
    double n = (double)s->n_rows;
    bool varies = b->counts[0] < n && b->counts[1] < n && b->counts[2] < n;
    *n_features = varies ? 2 : 0;
    return b;
}

static void apply(const void *fitted, const struct ml_value *v, uint32_t first,
                  struct ml_sparse *row)
{
    (void)fitted;
    if (isnan(v->number))
        ml_sparse_add(row, first + 1, 1.0);
    else if (v->number > 0.0)
        ml_sparse_add(row, first, 1.0);
}

static void save(const void *fitted, struct ml_strbuf *buf)
{
    ml_json_key_numbers(buf, "counts", ((const struct binary *)fitted)->counts, 3);
}

static void *load(const struct ml_json *object, uint32_t *n_features)
{
    size_t n = 0;
    double *counts = ml_step_read_numbers(ml_json_get(object, "counts"), &n);
    struct binary *b = NULL;
    if (counts != NULL && n == 3) {
        b = ml_xcalloc(1, sizeof(*b));
        for (size_t i = 0; i < n; i++)
            b->counts[i] = counts[i];
        *n_features = 2;
    }
    free(counts);
    return b;
}

static void describe(const void *fitted, uint32_t i, struct ml_strbuf *buf)
{
    (void)fitted;
    ml_strbuf_adds(buf, i == 0 ? "= 1" : "missing");
}

const struct ml_step_ops ml_step_binary = {
    .name = "binary",
    .fit = fit,
    .apply = apply,
    .save = save,
    .load = load,
    .describe = describe,
    .release = free,
};

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "recipe/step.h"

/* A value absurdly far from training must not make the margin infinite or NaN. */
static const double max_score = 1e100;

struct zscore {
    double mean;
    double deviation; /* population standard deviation, > 0 */
};

/* Sums over sorted values: the same for every order of the rows. */
static void *fit(const struct ml_summary *s, const struct ml_step_options *options,
                 uint32_t *n_features)
{
    (void)options;
    struct zscore z = {0};
    double n = (double)s->n_sorted;
    for (size_t i = 0; i < s->n_sorted; i++)
        z.mean += s->sorted[i] / n;
    double squares = 0.0;
    for (size_t i = 0; i < s->n_sorted; i++)
        squares += (s->sorted[i] - z.mean) * (s->sorted[i] - z.mean) / n;
    z.deviation = sqrt(squares);
    bool varies = s->n_sorted > 0 && s->sorted[0] < s->sorted[s->n_sorted - 1];
    *n_features = varies && isnormal(z.deviation) && isfinite(z.mean) ? 1 : 0;
    struct zscore *out = ml_xmalloc(sizeof(*out));
    *out = z;
    return out;
}

static void apply(const void *fitted, const struct ml_value *v, uint32_t first,
                  struct ml_sparse *row)
{
    const struct zscore *z = fitted;
    if (isnan(v->number))
        return;
    double x = (v->number - z->mean) / z->deviation;
    x = x > max_score ? max_score : x < -max_score ? -max_score : x;
    if (x != 0.0)
        ml_sparse_add(row, first, x);
}

static void save(const void *fitted, struct ml_strbuf *buf)
{
    const struct zscore *z = fitted;
    ml_json_key_number(buf, "mean", z->mean);
    ml_json_key_number(buf, "deviation", z->deviation);
}

static void *load(const struct ml_json *object, uint32_t *n_features)
{
    struct zscore z = {ml_json_number(ml_json_get(object, "mean")),
                       ml_json_number(ml_json_get(object, "deviation"))};
    if (!isfinite(z.mean) || !isnormal(z.deviation) || z.deviation <= 0.0)
        return NULL;
    struct zscore *out = ml_xmalloc(sizeof(*out));
    *out = z;
    *n_features = 1;
    return out;
}

static void describe(const void *fitted, uint32_t i, struct ml_strbuf *buf)
{
    (void)fitted;
    (void)i;
    ml_strbuf_adds(buf, "z-score");
}

const struct ml_step_ops ml_step_zscore = {
    .name = "zscore",
    .fit = fit,
    .apply = apply,
    .save = save,
    .load = load,
    .describe = describe,
    .release = free,
};

#include <stdlib.h>

#include "base/alloc.h"
#include "recipe/step.h"

/*
 * One feature a level of the column (the encoder keeps the levels, since crossed columns will share
 * them) and, last, one for levels that training did not keep.
 */
struct one_hot {
    uint32_t n_levels;
};

static void *make(uint32_t n_levels, uint32_t *n_features)
{
    struct one_hot *h = ml_xmalloc(sizeof(*h));
    h->n_levels = n_levels;
    *n_features = n_levels + 1;
    return h;
}

static void *fit(const struct ml_summary *s, const struct ml_step_options *options,
                 uint32_t *n_features)
{
    (void)options;
    void *fitted = make((uint32_t)s->levels.count, n_features);
    if (s->levels.count == 0 || (s->levels.count == 1 && s->n_missing == 0))
        *n_features = 0; /* all rows alike */
    return fitted;
}

static void apply(const void *fitted, const struct ml_value *v, uint32_t first,
                  struct ml_sparse *row)
{
    const struct one_hot *h = fitted;
    ml_sparse_add(row, first + (v->level < h->n_levels ? v->level : h->n_levels), 1.0);
}

static void save(const void *fitted, struct ml_strbuf *buf)
{
    ml_json_key_count(buf, "levels", ((const struct one_hot *)fitted)->n_levels);
}

static void *load(const struct ml_json *object, uint32_t *n_features)
{
    double n = ml_json_number(ml_json_get(object, "levels"));
    if (!(n >= 0.0 && n < 1e9) || n != (double)(uint32_t)n)
        return NULL;
    return make((uint32_t)n, n_features);
}

static void describe(const void *fitted, uint32_t i, struct ml_strbuf *buf)
{
    if (i == ((const struct one_hot *)fitted)->n_levels)
        ml_strbuf_adds(buf, "unseen");
    else
        ml_strbuf_addf(buf, "level %u", i);
}

const struct ml_step_ops ml_step_one_hot = {
    .name = "one_hot",
    .fit = fit,
    .apply = apply,
    .save = save,
    .load = load,
    .describe = describe,
    .release = free,
};

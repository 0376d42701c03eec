/* Learning an encoder from training rows: columns first, then the combinations of their levels. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "recipe/encoder_parts.h"
#include "recipe/summary.h"

/* A level, token or combination of a single training row cannot generalise. */
enum { MIN_ROWS = 2 };

struct fitter {
    struct ml_encoder *encoder;
    const struct ml_dataset *data;
    const size_t *rows;
    size_t n;
    bool *varies; /* owned; a node: whether the training rows differ in it */
};

/* Sums over sorted values: the same for every order of the rows. */
static void fit_number(struct fitter *f, size_t node, const struct ml_summary *s)
{
    struct ml_part *p = &f->encoder->parts[node];
    double n = (double)s->n_sorted;
    for (size_t i = 0; i < s->n_sorted; i++)
        p->mean += s->sorted[i] / n;
    double squares = 0.0;
    for (size_t i = 0; i < s->n_sorted; i++)
        squares += (s->sorted[i] - p->mean) * (s->sorted[i] - p->mean) / n;
    double deviation = sqrt(squares);
    bool varies = s->n_sorted > 0 && s->sorted[0] < s->sorted[s->n_sorted - 1];
    if (!isfinite(p->mean))
        p->mean = 0.0;
    else if (varies && isnormal(deviation))
        p->deviation = deviation;
    p->counts = ml_xcalloc(2, sizeof(*p->counts));
    p->counts[0] = n;
    p->counts[1] = (double)s->n_missing;
    f->varies[node] = true; /* what does not has no features by itself */
}

static void fit_binary(struct fitter *f, size_t node, const struct ml_summary *s)
{
    struct ml_part *p = &f->encoder->parts[node];
    p->n_levels = 3;
    p->counts = ml_xcalloc(3, sizeof(*p->counts));
    for (size_t i = 0; i < s->n_sorted; i++)
        p->counts[s->sorted[i] > 0.0]++;
    p->counts[2] = (double)s->n_missing;
    double n = (double)s->n_rows;
    f->varies[node] = p->counts[0] < n && p->counts[1] < n && p->counts[2] < n;
}

static void fit_levels(struct fitter *f, size_t node, const struct ml_summary *s)
{
    struct ml_part *p = &f->encoder->parts[node];
    p->counts = ml_xcalloc(s->levels.count + 1, sizeof(*p->counts));
    double rare = 0.0;
    for (uint32_t i = 0; i < s->levels.count; i++) {
        size_t n;
        const char *level = ml_dict_get(&s->levels, i, &n);
        if (s->counts[i] < MIN_ROWS)
            rare += (double)s->counts[i];
        else
            p->counts[ml_dict_add(&p->names, level, n)] = (double)s->counts[i];
    }
    p->counts[p->names.count] = rare;
    p->n_levels = (uint32_t)p->names.count + 1;
    f->varies[node] = p->names.count > 1 || (p->names.count == 1 && rare > 0.0);
}

static void fit_bins(struct fitter *f, size_t node, const struct ml_summary *s)
{
    struct ml_part *p = &f->encoder->parts[node];
    ml_bins_fit(&p->bins, s->sorted, s->n_sorted, s->n_missing, f->encoder->recipe->nodes[node].n);
    p->n_levels = ml_bins_count(&p->bins);
    f->varies[node] = p->bins.n_edges > 0 || (s->n_sorted > 0 && s->n_missing > 0);
}

static void fit_tokens(struct fitter *f, size_t node, const struct ml_summary *s)
{
    struct ml_part *p = &f->encoder->parts[node];
    for (uint32_t i = 0; i < s->levels.count; i++) {
        size_t n;
        const char *token = ml_dict_get(&s->levels, i, &n);
        if (s->counts[i] < MIN_ROWS)
            continue;
        ml_dict_add(&p->names, token, n);
        f->varies[node] = f->varies[node] || s->counts[i] < s->n_rows;
    }
    p->n_levels = (uint32_t)p->names.count;
}

static void fit_node(struct fitter *f, size_t node, const struct ml_summary *s)
{
    switch (f->encoder->parts[node].op) {
    case ML_OP_NUMBER:
        fit_number(f, node, s);
        break;
    case ML_OP_BINARY:
        fit_binary(f, node, s);
        break;
    case ML_OP_LEVEL:
        fit_levels(f, node, s);
        break;
    case ML_OP_BIN:
        fit_bins(f, node, s);
        break;
    case ML_OP_TOKENS:
        fit_tokens(f, node, s);
        break;
    case ML_OP_NONE:
        f->varies[node] = true; /* normalize: what counts is the number below it */
        break;
    case ML_OP_CROSS:
    case ML_OP_CROSS_SET:
        break;
    }
}

/* All nodes that stand on one column, from one summary of it; token nodes have one each. */
static void fit_column(struct fitter *f, size_t column)
{
    const struct ml_encoder *e = f->encoder;
    bool is_text = e->schema->columns[column].type == ML_TEXT;
    struct ml_summary s = {0};
    for (size_t i = 0; i < e->recipe->n_nodes; i++) {
        struct ml_part *p = &e->parts[i];
        if (p->op == ML_OP_CROSS || p->op == ML_OP_CROSS_SET || p->column != column ||
            (is_text && p->op == ML_OP_NONE))
            continue;
        if (is_text || s.n_rows == 0) {
            ml_summary_release(&s);
            ml_summary_make(&s, f->data, column, &p->tokens, f->rows, f->n);
        }
        fit_node(f, i, &s);
    }
    ml_summary_release(&s);
}

struct count_codes {
    struct ml_cross_tally tally;
    bool full;
};

static void count_code(void *ctx, uint64_t code)
{
    struct count_codes *c = ctx;
    c->full = !ml_cross_count(&c->tally, code) || c->full;
}

/* One pass over the rows counts the combinations of all products. */
static void count_combinations(const struct fitter *f, struct count_codes *codes)
{
    const struct ml_encoder *e = f->encoder;
    struct ml_row_reader *reader = ml_row_reader_new(e, f->data);
    struct ml_encoder_work *work = ml_encoder_work_new(e);
    for (size_t i = 0; i < f->n; i++) {
        ml_encoder_evaluate(e, work, ml_row_reader_read(reader, f->rows[i]), false);
        for (size_t node = 0; node < e->recipe->n_nodes; node++)
            if (e->recipe->nodes[node].transform == ML_CARTESIAN && !codes[node].full)
                ml_encoder_each_code(e, work, node, count_code, &codes[node]);
    }
    ml_encoder_work_free(work);
    ml_row_reader_free(reader);
}

static bool too_many(const struct ml_encoder *e, size_t node, struct ml_error *err)
{
    struct ml_strbuf text = {0};
    ml_recipe_expression(e->recipe, e->schema, node, &text);
    ml_fail(err, ML_ELIMIT, "%.200s has too many combinations", text.bytes);
    ml_strbuf_release(&text);
    return false;
}

static bool keep_combinations(struct fitter *f, size_t node, const struct count_codes *codes,
                              struct ml_error *err)
{
    struct ml_encoder *e = f->encoder;
    uint64_t n_codes = ml_encoder_n_codes(e, node);
    if (codes->full)
        return too_many(e, node, err);
    struct ml_part *p = &e->parts[node];
    ml_cross_fit(&p->cross, &codes->tally, n_codes, MIN_ROWS);
    p->n_levels = (uint32_t)p->cross.n;
    /* With a single combination in all rows it is a constant. */
    f->varies[node] = codes->tally.n > 1 || (p->op == ML_OP_CROSS_SET && p->cross.n > 0);
    return true;
}

static bool fit_crosses(struct fitter *f, struct ml_error *err)
{
    const struct ml_recipe *r = f->encoder->recipe;
    bool ok = true;
    bool any = false;
    for (size_t i = 0; i < r->n_nodes; i++) {
        if (r->nodes[i].transform != ML_CARTESIAN)
            continue;
        any = true;
        if (ml_encoder_n_codes(f->encoder, i) == 0)
            return too_many(f->encoder, i, err);
    }
    if (!any)
        return true;
    struct count_codes *codes = ml_xcalloc(r->n_nodes, sizeof(*codes));
    count_combinations(f, codes);
    for (size_t i = 0; i < r->n_nodes; i++) {
        if (ok && r->nodes[i].transform == ML_CARTESIAN)
            ok = keep_combinations(f, i, &codes[i], err);
        ml_cross_tally_release(&codes[i].tally);
    }
    free(codes);
    return ok;
}

bool ml_encoder_fit(struct ml_encoder **out, const struct ml_recipe *recipe,
                    const struct ml_dataset *data, const size_t *rows, size_t n,
                    struct ml_error *err)
{
    struct ml_encoder *e = ml_encoder_new(recipe, data->schema);
    struct fitter f = {.encoder = e, .data = data, .rows = rows, .n = n};
    f.varies = ml_xcalloc(recipe->n_nodes, sizeof(*f.varies));
    for (size_t c = 0; c < data->schema->n_columns; c++)
        if (e->column_part[c] != SIZE_MAX)
            fit_column(&f, c);
    bool ok = fit_crosses(&f, err);
    if (ok) {
        bool *keep = ml_xcalloc(recipe->n_outputs, sizeof(*keep));
        for (size_t i = 0; i < recipe->n_outputs; i++)
            keep[i] = f.varies[recipe->outputs[i]];
        ok = ml_encoder_number_features(e, keep, "recipe", err);
        free(keep);
    }
    free(f.varies);
    if (!ok) {
        ml_encoder_free(e);
        return false;
    }
    *out = e;
    return true;
}

#include "recipe/encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "recipe/encoder_parts.h"

/* A value absurdly far from training must not make the margin infinite or NaN. */
static const double MAX_SCORE = 1e100;

void ml_encoder_free(struct ml_encoder *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i < e->recipe->n_nodes; i++) {
        free(e->parts[i].counts);
        ml_dict_release(&e->parts[i].names);
        ml_bins_release(&e->parts[i].bins);
        ml_cross_release(&e->parts[i].cross);
    }
    for (size_t i = 0; i < e->n_outputs; i++)
        free(e->outputs[i].columns);
    free(e->parts);
    free(e->column_part);
    free(e->worked);
    free(e->outputs);
    free(e);
}

/* The column at the bottom of a chain of transformations of one argument. */
static size_t root_column(const struct ml_recipe *r, size_t node)
{
    while (r->nodes[node].transform != ML_COLUMN)
        node = r->nodes[node].args[0];
    return r->nodes[node].column;
}

static enum ml_op op_of(const struct ml_encoder *e, size_t node)
{
    const struct ml_node *n = &e->recipe->nodes[node];
    switch (n->transform) {
    case ML_COLUMN:
        switch (e->schema->columns[n->column].type) {
        case ML_NUMERIC:
            return ML_OP_NUMBER;
        case ML_BINARY:
            return ML_OP_BINARY;
        case ML_CATEGORICAL:
            return ML_OP_LEVEL;
        case ML_TEXT:
            break;
        }
        return ML_OP_NONE;
    case ML_QUANTILE_BIN:
        return ML_OP_BIN;
    case ML_CARTESIAN:
        return n->kind == ML_KIND_LEVEL ? ML_OP_CROSS : ML_OP_CROSS_SET;
    case ML_NGRAM:
    case ML_OSB:
        return ML_OP_TOKENS;
    case ML_LOWERCASE:
    case ML_NO_PUNCT:
    case ML_NORMALIZE:
        break;
    }
    return ML_OP_NONE;
}

/* TEXT becomes tokens where an output or a product asks for it. */
static void ask_for_tokens(struct ml_encoder *e, size_t node)
{
    if (e->recipe->nodes[node].kind == ML_KIND_TEXT)
        e->parts[node].op = ML_OP_TOKENS;
}

static struct ml_token_plan token_plan(const struct ml_recipe *r, size_t node)
{
    struct ml_token_plan plan = {.join = ML_JOIN_NONE};
    for (; r->nodes[node].transform != ML_COLUMN; node = r->nodes[node].args[0]) {
        const struct ml_node *n = &r->nodes[node];
        plan.lowercase = plan.lowercase || n->transform == ML_LOWERCASE;
        plan.no_punct = plan.no_punct || n->transform == ML_NO_PUNCT;
        if (n->transform == ML_NGRAM || n->transform == ML_OSB) {
            plan.join = n->transform == ML_NGRAM ? ML_JOIN_NGRAM : ML_JOIN_OSB;
            plan.n = n->n;
        }
    }
    return plan;
}

/* Tokens and products, which take work, and the arguments of products. */
static void list_worked(struct ml_encoder *e)
{
    const struct ml_recipe *r = e->recipe;
    for (size_t i = 0; i < r->n_nodes; i++) {
        bool is_product = r->nodes[i].transform == ML_CARTESIAN;
        e->parts[i].is_worked =
            e->parts[i].is_worked || is_product || e->parts[i].op == ML_OP_TOKENS;
        for (size_t k = 0; is_product && k < r->nodes[i].n_args; k++)
            e->parts[r->nodes[i].args[k]].is_worked = true;
    }
    e->worked = ml_xcalloc(r->n_nodes, sizeof(*e->worked));
    for (size_t i = 0; i < r->n_nodes; i++)
        if (e->parts[i].is_worked)
            e->worked[e->n_worked++] = i;
}

struct ml_encoder *ml_encoder_new(const struct ml_recipe *recipe, const struct ml_schema *schema)
{
    struct ml_encoder *e = ml_xcalloc(1, sizeof(*e));
    e->recipe = recipe;
    e->schema = schema;
    e->parts = ml_xcalloc(recipe->n_nodes, sizeof(*e->parts));
    e->column_part = ml_xcalloc(schema->n_columns, sizeof(*e->column_part));
    for (size_t c = 0; c < schema->n_columns; c++)
        e->column_part[c] = SIZE_MAX;
    for (size_t i = 0; i < recipe->n_nodes; i++) {
        const struct ml_node *n = &recipe->nodes[i];
        e->parts[i].op = op_of(e, i);
        for (size_t k = 0; n->transform == ML_CARTESIAN && k < n->n_args; k++)
            ask_for_tokens(e, n->args[k]);
        if (n->transform == ML_COLUMN)
            e->column_part[n->column] = i;
    }
    for (size_t i = 0; i < recipe->n_outputs; i++)
        ask_for_tokens(e, recipe->outputs[i]);
    for (size_t i = 0; i < recipe->n_nodes; i++)
        if (recipe->nodes[i].transform != ML_CARTESIAN) {
            e->parts[i].column = root_column(recipe, i);
            e->parts[i].tokens = token_plan(recipe, i);
        }
    list_worked(e);
    return e;
}

uint64_t ml_encoder_n_codes(const struct ml_encoder *e, size_t node)
{
    const struct ml_node *n = &e->recipe->nodes[node];
    uint64_t product = 1;
    for (size_t k = 0; k < n->n_args; k++) {
        uint64_t levels = e->parts[n->args[k]].n_levels;
        if (levels > 0 && product > ML_MAX_CROSS_CODES / levels)
            return 0;
        product *= levels > 0 ? levels : 1;
    }
    return product;
}

static bool is_output(const struct ml_recipe *r, size_t node)
{
    for (size_t i = 0; i < r->n_outputs; i++)
        if (r->outputs[i] == node)
            return true;
    return false;
}

/* Whether an output has a bin for the column's missing values already. */
static bool is_binned(const struct ml_encoder *e, size_t column)
{
    const struct ml_recipe *r = e->recipe;
    for (size_t i = 0; i < r->n_outputs; i++)
        if (r->nodes[r->outputs[i]].transform == ML_QUANTILE_BIN &&
            e->parts[r->outputs[i]].column == column)
            return true;
    return false;
}

/* A number shown bare and normalized is shown once. */
static bool is_repeated(const struct ml_encoder *e, size_t node)
{
    const struct ml_node *n = &e->recipe->nodes[node];
    return n->transform == ML_NORMALIZE && is_output(e->recipe, n->args[0]);
}

static void add_column(struct ml_output *o, size_t column)
{
    size_t at = 0;
    while (at < o->n_columns && o->columns[at] < column)
        at++;
    if (at < o->n_columns && o->columns[at] == column)
        return;
    o->columns = ml_xrealloc(o->columns, o->n_columns + 1, sizeof(*o->columns));
    memmove(o->columns + at + 1, o->columns + at, (o->n_columns - at) * sizeof(*o->columns));
    o->columns[at] = column;
    o->n_columns++;
}

static void list_columns(const struct ml_encoder *e, struct ml_output *o)
{
    const struct ml_node *n = &e->recipe->nodes[o->node];
    if (n->transform != ML_CARTESIAN)
        add_column(o, e->parts[o->node].column);
    for (size_t k = 0; n->transform == ML_CARTESIAN && k < n->n_args; k++)
        add_column(o, e->parts[n->args[k]].column);
}

static struct ml_output make_output(const struct ml_encoder *e, size_t node)
{
    struct ml_output o = {.node = node, .part = node};
    const struct ml_part *p = &e->parts[node];
    switch (p->op) {
    case ML_OP_NONE: /* normalize: TEXT has become tokens */
    case ML_OP_NUMBER:
        o.part = e->column_part[p->column];
        p = &e->parts[o.part];
        o.has_missing = p->counts[0] > 0.0 && p->counts[1] > 0.0 && !is_binned(e, p->column);
        o.n_features = (p->deviation > 0.0 ? 1u : 0u) + (o.has_missing ? 1u : 0u);
        break;
    case ML_OP_BINARY:
        o.n_features = 2;
        break;
    case ML_OP_LEVEL:
    case ML_OP_BIN:
    case ML_OP_TOKENS:
    case ML_OP_CROSS:
    case ML_OP_CROSS_SET:
        o.n_features = p->n_levels;
        break;
    }
    return o;
}

bool ml_encoder_number_features(struct ml_encoder *e, const bool *keep, const char *name,
                                struct ml_error *err)
{
    const struct ml_recipe *r = e->recipe;
    e->outputs = ml_xcalloc(r->n_outputs, sizeof(*e->outputs));
    for (size_t i = 0; i < r->n_outputs; i++) {
        struct ml_output o = make_output(e, r->outputs[i]);
        if (!keep[i] || o.n_features == 0 || is_repeated(e, o.node))
            continue;
        list_columns(e, &o);
        o.first = (uint32_t)e->n_features;
        e->outputs[e->n_outputs++] = o;
        e->n_features += o.n_features;
        if (e->n_features > ML_MAX_FEATURES)
            return ml_fail(err, ML_ELIMIT, "%s: more than %d features", name, (int)ML_MAX_FEATURES);
    }
    if (e->n_features == 0)
        return ml_fail(err, ML_EINPUT, "no input column varies: there is nothing to learn from");
    return true;
}

size_t ml_encoder_n_features(const struct ml_encoder *e)
{
    return e->n_features;
}

size_t ml_encoder_n_columns(const struct ml_encoder *e)
{
    return e->schema->n_columns;
}

size_t ml_encoder_n_levels(const struct ml_encoder *e, size_t node)
{
    return e->parts[node].n_levels;
}

enum ml_cell_status ml_encoder_read(const struct ml_encoder *e, size_t column, const char *s,
                                    size_t n, struct ml_value *out)
{
    switch (e->schema->columns[column].type) {
    case ML_NUMERIC:
        return ml_cell_number(s, n, &out->number);
    case ML_BINARY:
        return ml_cell_binary(s, n, &out->number);
    case ML_CATEGORICAL:
        /* A column that the recipe leaves out has no levels: none is unseen. */
        out->level = e->column_part[column] == SIZE_MAX
                         ? 0
                         : ml_dict_find(&e->parts[e->column_part[column]].names, s, n);
        return ML_CELL_OK;
    case ML_TEXT:
        out->text = s;
        out->text_bytes = n;
        return ML_CELL_OK;
    }
    return ML_CELL_INVALID;
}

static void add_number(const struct ml_output *o, const struct ml_part *p, double x,
                       struct ml_sparse *row)
{
    if (isnan(x)) {
        if (o->has_missing)
            ml_sparse_add(row, o->first + o->n_features - 1, 1.0);
        return;
    }
    if (p->deviation == 0.0)
        return;
    double z = (x - p->mean) / p->deviation;
    z = z > MAX_SCORE ? MAX_SCORE : z < -MAX_SCORE ? -MAX_SCORE : z;
    if (z != 0.0)
        ml_sparse_add(row, o->first, z);
}

/* The id at a node that has one level a row. */
static inline uint32_t level_at(const struct ml_encoder *e, const struct ml_encoder_work *w,
                                size_t node, const struct ml_value *values)
{
    const struct ml_part *p = &e->parts[node];
    return p->is_worked ? w->id[node] : ml_part_level(p, &values[p->column]);
}

static void add_ids(const struct ml_output *o, const struct ml_ids *ids, struct ml_sparse *row)
{
    for (size_t k = 0; k < ids->n; k++)
        ml_sparse_add(row, o->first + ids->id[k], 1.0);
}

static inline void add_output(const struct ml_encoder *e, const struct ml_output *o,
                              const struct ml_encoder_work *w, const struct ml_value *values,
                              struct ml_sparse *row)
{
    const struct ml_part *p = &e->parts[o->part];
    if (p->op == ML_OP_NUMBER) {
        add_number(o, p, values[p->column].number, row);
    } else if (p->op == ML_OP_TOKENS || p->op == ML_OP_CROSS_SET) {
        add_ids(o, &w->ids[o->part], row);
    } else {
        /* BINARY: 0 has no feature, and what was 0 is past them all */
        uint32_t id = level_at(e, w, o->part, values) - (p->op == ML_OP_BINARY);
        if (id < o->n_features)
            ml_sparse_add(row, o->first + id, 1.0);
    }
}

void ml_encoder_apply(const struct ml_encoder *e, struct ml_encoder_work *work,
                      const struct ml_value *values, struct ml_sparse *row)
{
    row->n = 0;
    ml_encoder_evaluate(e, work, values, true);
    for (size_t i = 0; i < e->n_outputs; i++)
        add_output(e, &e->outputs[i], work, values, row);
}

void ml_encoder_apply_dataset(const struct ml_encoder *e, const struct ml_dataset *data,
                              const size_t *rows, size_t n, struct ml_csr *out)
{
    struct ml_row_reader *reader = ml_row_reader_new(e, data);
    struct ml_encoder_work *work = ml_encoder_work_new(e);
    struct ml_sparse row = {0};
    struct ml_csr m = {.n_columns = e->n_features};
    for (size_t i = 0; i < n; i++) {
        ml_encoder_apply(e, work, ml_row_reader_read(reader, rows[i]), &row);
        ml_csr_add_row(&m, &row);
    }
    ml_sparse_release(&row);
    ml_encoder_work_free(work);
    ml_row_reader_free(reader);
    *out = m;
}

void ml_encoder_levels(const struct ml_encoder *e, const struct ml_dataset *data,
                       const size_t *rows, size_t n, uint32_t *const *id)
{
    struct ml_row_reader *reader = ml_row_reader_new(e, data);
    struct ml_encoder_work *work = ml_encoder_work_new(e);
    for (size_t i = 0; i < n; i++) {
        const struct ml_value *values = ml_row_reader_read(reader, rows[i]);
        ml_encoder_evaluate(e, work, values, true);
        for (size_t node = 0; node < e->recipe->n_nodes; node++)
            if (id[node] != NULL)
                id[node][i] = level_at(e, work, node, values);
    }
    ml_encoder_work_free(work);
    ml_row_reader_free(reader);
}

/* The output that makes a feature. */
static const struct ml_output *find_output(const struct ml_encoder *e, uint32_t feature)
{
    size_t low = 0;
    size_t high = e->n_outputs;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (e->outputs[middle].first <= feature)
            low = middle;
        else
            high = middle;
    }
    return &e->outputs[low];
}

const size_t *ml_encoder_columns(const struct ml_encoder *e, uint32_t feature, size_t *n)
{
    const struct ml_output *o = find_output(e, feature);
    *n = o->n_columns;
    return o->columns;
}

/* "= married", "in (30, 35]": a level without its column's name. */
static void describe_level(const struct ml_encoder *e, size_t node, uint32_t id,
                           struct ml_strbuf *buf)
{
    const struct ml_part *p = &e->parts[node];
    size_t n;
    if (p->op == ML_OP_BINARY) {
        ml_strbuf_adds(buf, id == 0 ? "= 0" : id == 1 ? "= 1" : "missing");
    } else if (p->op == ML_OP_BIN) {
        ml_bins_describe(&p->bins, id, buf);
    } else if (id >= p->names.count) {
        ml_strbuf_adds(buf, "unseen");
    } else {
        const char *name = ml_dict_get(&p->names, id, &n);
        ml_strbuf_adds(buf, p->op == ML_OP_TOKENS ? "has " : "= ");
        ml_strbuf_add(buf, name, n);
    }
}

static void describe_node(const struct ml_encoder *e, size_t node, uint32_t id,
                          struct ml_strbuf *buf)
{
    const struct ml_node *n = &e->recipe->nodes[node];
    if (n->transform != ML_CARTESIAN) {
        ml_strbuf_addf(buf, "%s ", e->schema->columns[e->parts[node].column].name);
        describe_level(e, node, id, buf);
        return;
    }
    uint64_t code = e->parts[node].cross.codes[id];
    uint64_t unit = ml_encoder_n_codes(e, node);
    for (size_t k = 0; k < n->n_args; k++) {
        unit /= e->parts[n->args[k]].n_levels;
        ml_strbuf_adds(buf, k > 0 ? " x " : "");
        describe_node(e, n->args[k], (uint32_t)(code / unit), buf);
        code %= unit;
    }
}

void ml_encoder_describe(const struct ml_encoder *e, uint32_t feature, struct ml_strbuf *buf)
{
    const struct ml_output *o = find_output(e, feature);
    const struct ml_part *p = &e->parts[o->part];
    uint32_t k = feature - o->first;
    if (p->op != ML_OP_NUMBER) {
        describe_node(e, o->part, k + (p->op == ML_OP_BINARY), buf);
        return;
    }
    bool missing = o->has_missing && k + 1 == o->n_features;
    ml_strbuf_addf(buf, "%s %s", e->schema->columns[p->column].name,
                   missing ? "missing" : "z-score");
}

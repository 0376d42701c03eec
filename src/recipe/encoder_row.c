/* One row through the nodes of a recipe. */
#include <stdlib.h>

#include "base/alloc.h"
#include "recipe/encoder_parts.h"

struct ml_encoder_work *ml_encoder_work_new(const struct ml_encoder *e)
{
    struct ml_encoder_work *w = ml_xcalloc(1, sizeof(*w));
    w->n_nodes = e->recipe->n_nodes;
    w->id = ml_xcalloc(w->n_nodes, sizeof(*w->id));
    w->ids = ml_xcalloc(w->n_nodes, sizeof(*w->ids));
    return w;
}

void ml_encoder_work_free(struct ml_encoder_work *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->n_nodes; i++)
        free(w->ids[i].id);
    ml_tokens_release(&w->text);
    free(w->id);
    free(w->ids);
    free(w);
}

static void add_id(struct ml_ids *ids, uint32_t id)
{
    ids->id = ml_grow(ids->id, ids->n, &ids->capacity, sizeof(*ids->id));
    ids->id[ids->n++] = id;
}

static int compare_ids(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort_ids(struct ml_ids *ids)
{
    if (ids->n < 2)
        return;
    qsort(ids->id, ids->n, sizeof(*ids->id), compare_ids);
    size_t kept = 1;
    for (size_t i = 1; i < ids->n; i++)
        if (ids->id[i] != ids->id[kept - 1])
            ids->id[kept++] = ids->id[i];
    ids->n = kept;
}

static void find_tokens(const struct ml_part *p, const struct ml_value *v,
                        struct ml_encoder_work *w, struct ml_ids *ids)
{
    ml_tokens_make(&w->text, &p->tokens, v->text, v->text_bytes);
    ids->n = 0;
    for (size_t i = 0; i < w->text.n; i++) {
        const struct ml_token *t = &w->text.token[i];
        uint32_t id = ml_dict_find(&p->names, w->text.bytes.bytes + t->start, t->length);
        if (id != ML_DICT_NONE)
            add_id(ids, id);
    }
    sort_ids(ids);
}

static uint32_t find_combination(const struct ml_encoder *e, const struct ml_encoder_work *w,
                                 size_t node)
{
    const struct ml_node *n = &e->recipe->nodes[node];
    uint64_t code = 0;
    for (size_t k = 0; k < n->n_args; k++)
        code = code * e->parts[n->args[k]].n_levels + w->id[n->args[k]];
    uint32_t id = ml_cross_find(&e->parts[node].cross, code);
    return id == ML_CROSS_NONE ? e->parts[node].n_levels : id;
}

static const uint32_t *ids_of(const struct ml_encoder *e, const struct ml_encoder_work *w,
                              size_t node, size_t *n)
{
    bool many = e->parts[node].op == ML_OP_TOKENS;
    *n = many ? w->ids[node].n : 1;
    return many ? w->ids[node].id : &w->id[node];
}

/* Combination number c of the row, the last argument's ids going round first; false when past. */
static bool nth_code(const struct ml_encoder *e, const struct ml_encoder_work *w,
                     const struct ml_node *n, size_t c, uint64_t *code)
{
    uint64_t unit = 1;
    *code = 0;
    for (size_t k = n->n_args; k-- > 0;) {
        size_t n_ids;
        const uint32_t *ids = ids_of(e, w, n->args[k], &n_ids);
        if (n_ids == 0)
            return false;
        *code += unit * ids[c % n_ids];
        unit *= e->parts[n->args[k]].n_levels;
        c /= n_ids;
    }
    return c == 0;
}

void ml_encoder_each_code(const struct ml_encoder *e, const struct ml_encoder_work *w, size_t node,
                          void (*visit)(void *ctx, uint64_t code), void *ctx)
{
    const struct ml_node *n = &e->recipe->nodes[node];
    uint64_t code;
    for (size_t c = 0; c < ML_MAX_ROW_COMBINATIONS && nth_code(e, w, n, c, &code); c++)
        visit(ctx, code);
}

struct collect {
    const struct ml_cross *cross;
    struct ml_ids *ids;
};

static void collect_code(void *ctx, uint64_t code)
{
    const struct collect *c = ctx;
    uint32_t id = ml_cross_find(c->cross, code);
    if (id != ML_CROSS_NONE)
        add_id(c->ids, id);
}

static void find_combinations(const struct ml_encoder *e, struct ml_encoder_work *w, size_t node)
{
    struct collect c = {&e->parts[node].cross, &w->ids[node]};
    c.ids->n = 0;
    ml_encoder_each_code(e, w, node, collect_code, &c);
    sort_ids(c.ids);
}

void ml_encoder_evaluate(const struct ml_encoder *e, struct ml_encoder_work *w,
                         const struct ml_value *values, bool with_crosses)
{
    for (size_t k = 0; k < e->n_worked; k++) {
        size_t i = e->worked[k];
        const struct ml_part *p = &e->parts[i];
        switch (p->op) {
        case ML_OP_NONE:
        case ML_OP_NUMBER:
            break;
        case ML_OP_BINARY:
        case ML_OP_LEVEL:
        case ML_OP_BIN:
            w->id[i] = ml_part_level(p, &values[p->column]);
            break;
        case ML_OP_TOKENS:
            find_tokens(p, &values[p->column], w, &w->ids[i]);
            break;
        case ML_OP_CROSS:
            if (with_crosses)
                w->id[i] = find_combination(e, w, i);
            break;
        case ML_OP_CROSS_SET:
            if (with_crosses)
                find_combinations(e, w, i);
            break;
        }
    }
}

struct ml_row_reader {
    const struct ml_encoder *encoder;
    const struct ml_dataset *data;
    uint32_t *
        *levels; /* owned; per column the encoder's number for each of the data set's levels */
    struct ml_value *values; /* owned; one a column */
};

static uint32_t *translate_levels(const struct ml_dict *names, const struct ml_column *column)
{
    uint32_t *to = ml_xcalloc(column->dict.count, sizeof(*to));
    for (uint32_t i = 0; i < column->dict.count; i++) {
        size_t n;
        const char *level = ml_dict_get(&column->dict, i, &n);
        to[i] = ml_dict_find(names, level, n);
    }
    return to;
}

struct ml_row_reader *ml_row_reader_new(const struct ml_encoder *e, const struct ml_dataset *data)
{
    struct ml_row_reader *r = ml_xcalloc(1, sizeof(*r));
    r->encoder = e;
    r->data = data;
    r->values = ml_xcalloc(e->schema->n_columns, sizeof(*r->values));
    r->levels = ml_xcalloc(e->schema->n_columns, sizeof(*r->levels));
    for (size_t c = 0; c < e->schema->n_columns; c++)
        if (e->column_part[c] != SIZE_MAX && e->schema->columns[c].type == ML_CATEGORICAL)
            r->levels[c] = translate_levels(&e->parts[e->column_part[c]].names, &data->columns[c]);
    return r;
}

void ml_row_reader_free(struct ml_row_reader *r)
{
    for (size_t c = 0; c < r->encoder->schema->n_columns; c++)
        free(r->levels[c]);
    free(r->levels);
    free(r->values);
    free(r);
}

const struct ml_value *ml_row_reader_read(struct ml_row_reader *r, size_t row)
{
    const struct ml_encoder *e = r->encoder;
    for (size_t c = 0; c < e->schema->n_columns; c++) {
        const struct ml_column *column = &r->data->columns[c];
        struct ml_value *v = &r->values[c];
        if (e->column_part[c] == SIZE_MAX)
            continue;
        switch (e->schema->columns[c].type) {
        case ML_NUMERIC:
        case ML_BINARY:
            v->number = column->numbers[row];
            break;
        case ML_CATEGORICAL:
            v->level = r->levels[c][column->levels[row]];
            break;
        case ML_TEXT:
            v->text = ml_column_text(column, row, &v->text_bytes);
            break;
        }
    }
    return r->values;
}

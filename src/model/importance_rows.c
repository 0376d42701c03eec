#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "model/importance_rows.h"

struct ml_importance_rows *ml_importance_rows_new(const struct ml_model *m, uint64_t seed)
{
    struct ml_importance_rows *r = ml_xcalloc(1, sizeof(*r));
    size_t by_cells = ML_IMPORTANCE_CELLS / m->schema->n_columns;
    r->seed = seed;
    r->cut = UINT64_MAX;
    r->max_rows = by_cells < ML_IMPORTANCE_ROWS ? by_cells : ML_IMPORTANCE_ROWS;
    return r;
}

void ml_importance_rows_free(struct ml_importance_rows *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++)
        free(r->row[i].cells);
    free(r->row);
    free(r);
}

static int by_key(const void *a, const void *b)
{
    const struct ml_importance_row *x = a;
    const struct ml_importance_row *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static int by_order(const void *a, const void *b)
{
    const struct ml_importance_row *x = a;
    const struct ml_importance_row *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

/* The rows of the smallest keys stay, which is a random sample of all that came by. */
static void shrink(struct ml_importance_rows *r, size_t keep)
{
    qsort(r->row, r->n, sizeof(*r->row), by_key);
    r->cut = r->row[keep].key;
    while (r->n > keep) {
        struct ml_importance_row *row = &r->row[--r->n];
        r->bytes -= row->bytes;
        free(row->cells);
    }
    r->max_rows = keep < r->max_rows ? keep : r->max_rows;
}

void ml_importance_rows_add(struct ml_importance_rows *r, double truth, const char *cells, size_t n)
{
    uint64_t key = ml_mix64(r->seed, r->n_seen);
    size_t order = r->n_seen++;
    if (key >= r->cut)
        return;
    r->row = ml_grow(r->row, r->n, &r->capacity, sizeof(*r->row));
    r->row[r->n++] = (struct ml_importance_row){key, order, truth, ml_xmemdup0(cells, n), n};
    r->bytes += n;
    if (r->bytes > ML_IMPORTANCE_BYTES && r->n > 1)
        shrink(r, r->n / 2);
    else if (r->n == 2 * r->max_rows)
        shrink(r, r->max_rows);
}

void ml_importance_rows_finish(struct ml_importance_rows *r)
{
    if (r->n > r->max_rows)
        shrink(r, r->max_rows);
    qsort(r->row, r->n, sizeof(*r->row), by_order);
}

void ml_importance_pack(const struct ml_table *t, const struct ml_field *fields,
                        struct ml_strbuf *out)
{
    for (size_t f = 0; f < t->n_fields; f++) {
        long c = t->column_of[f];
        if (c < 0 || t->schema->columns[c].role != ML_ROLE_INPUT)
            continue;
        uint32_t head[2] = {(uint32_t)c, (uint32_t)fields[f].n};
        ml_strbuf_add(out, head, sizeof(head));
        ml_strbuf_add(out, fields[f].s, fields[f].n);
    }
}

void ml_importance_unpack(const struct ml_model *m, const struct ml_importance_row *row,
                          struct ml_value *values)
{
    uint32_t head[2];
    for (size_t at = 0; at < row->bytes; at += sizeof(head) + head[1]) {
        memcpy(head, row->cells + at, sizeof(head));
        (void)ml_encoder_read(m->encoder, head[0], row->cells + at + sizeof(head), head[1],
                              &values[head[0]]);
    }
}

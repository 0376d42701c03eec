#include "base/sparse.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void ml_sparse_release(struct ml_sparse *row)
{
    free(row->index);
    free(row->value);
    *row = (struct ml_sparse){0};
}

void ml_sparse_reserve(struct ml_sparse *row, size_t extra)
{
    if (row->n + extra <= row->capacity)
        return;
    row->capacity = (row->n + extra) * 2 + 16;
    row->index = ml_xrealloc(row->index, row->capacity, sizeof(*row->index));
    row->value = ml_xrealloc(row->value, row->capacity, sizeof(*row->value));
}

void ml_csr_release(struct ml_csr *m)
{
    free(m->start);
    free(m->index);
    free(m->value);
    *m = (struct ml_csr){0};
}

static void reserve(struct ml_csr *m, size_t n_entries)
{
    if (m->n_rows + 2 > m->rows_capacity) {
        m->rows_capacity = (m->n_rows + 2) * 2 + 64;
        m->start = ml_xrealloc(m->start, m->rows_capacity, sizeof(*m->start));
    }
    if (n_entries > m->entries_capacity) {
        m->entries_capacity = n_entries * 2;
        m->index = ml_xrealloc(m->index, m->entries_capacity, sizeof(*m->index));
        m->value = ml_xrealloc(m->value, m->entries_capacity, sizeof(*m->value));
    }
}

void ml_csr_add_row(struct ml_csr *m, const struct ml_sparse *row)
{
    size_t at = m->n_rows > 0 ? m->start[m->n_rows] : 0;
    reserve(m, at + row->n);
    m->start[m->n_rows] = at;
    if (row->n > 0) {
        memcpy(m->index + at, row->index, row->n * sizeof(*m->index));
        memcpy(m->value + at, row->value, row->n * sizeof(*m->value));
    }
    m->start[++m->n_rows] = at + row->n;
}

/*
 * Sparse rows: what features are between the encoder that makes them and the learner that eats
 * them.
 *
 * Indices are 0-based and strictly ascending within a row; values are finite and not zero.
 */
#ifndef ML_BASE_SPARSE_H
#define ML_BASE_SPARSE_H

#include <stddef.h>
#include <stdint.h>

/* One row under construction; its memory is reused. Zero-initialised is empty. */
struct ml_sparse {
    uint32_t *index; /* owned */
    double *value;   /* owned */
    size_t n;
    size_t capacity;
};

void ml_sparse_release(struct ml_sparse *row);
void ml_sparse_reserve(struct ml_sparse *row, size_t extra);

/* Here, since predicting spends itself on it. */
static inline void ml_sparse_add(struct ml_sparse *row, uint32_t index, double value)
{
    if (row->n == row->capacity)
        ml_sparse_reserve(row, 1);
    row->index[row->n] = index;
    row->value[row->n++] = value;
}

/* n_rows x n_columns in compressed rows: row i is entries [start[i], start[i + 1]). */
struct ml_csr {
    size_t *start; /* owned; n_rows + 1 */
    uint32_t *index;
    double *value;
    size_t n_rows;
    size_t n_columns;
    size_t rows_capacity;
    size_t entries_capacity;
};

void ml_csr_release(struct ml_csr *matrix);
void ml_csr_add_row(struct ml_csr *matrix, const struct ml_sparse *row);

#endif

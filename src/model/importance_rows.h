/* The inside of struct ml_importance_rows. */
#ifndef ML_MODEL_IMPORTANCE_ROWS_H
#define ML_MODEL_IMPORTANCE_ROWS_H

#include "model/importance.h"

struct ml_importance_row {
    uint64_t key; /* random */
    size_t order; /* among all that came by */
    double truth;
    char *cells; /* owned; packed */
    size_t bytes;
};

struct ml_importance_rows {
    struct ml_importance_row *row; /* owned */
    size_t n;
    size_t capacity;
    size_t max_rows;
    size_t bytes; /* of all cells */
    size_t n_seen;
    uint64_t seed;
    uint64_t cut; /* keys from here on have been thrown out */
};

/* The sample in the order in which it came. */
void ml_importance_rows_finish(struct ml_importance_rows *rows);
/* values: one a schema column; texts point into the row. */
void ml_importance_unpack(const struct ml_model *model, const struct ml_importance_row *row,
                          struct ml_value *values);

#endif

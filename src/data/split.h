/* A selection of rows (ml/split.h) applied to data whose rows have been counted. */
#ifndef ML_DATA_SPLIT_H
#define ML_DATA_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/schema.h"
#include "ml/split.h"

struct ml_split {
    enum ml_split_strategy strategy;
    double begin; /* percent */
    double end;
    bool complement;
    uint64_t seed;
    size_t n_rows; /* of all the data, rejected ones included; only sequential needs it */
};

/* Whether the row, numbered from 0, is inside: of a model's own split, whether it trains. */
bool ml_split_is_train(const struct ml_split *split, size_t row);

/*
 * The selection applied to the data at path. sequential reads it once to count its rows, which
 * ML_EINPUT refuses for standard input and pipes: they can be read once only.
 */
bool ml_split_open(struct ml_split *out, const struct ml_selection *selection, const char *path,
                   const struct ml_schema *schema, const struct ml_csv_options *options,
                   struct ml_error *err) __attribute__((warn_unused_result));

#endif

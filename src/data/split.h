/*
 * Which rows train and which are held out.
 *
 * random: a row's side is a function of seed and row number alone, so that it survives rejected
 * rows and any way of cutting the file; the shares are met on average, not exactly. sequential: the
 * first `percent` of all rows train.
 */
#ifndef ML_DATA_SPLIT_H
#define ML_DATA_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ml_split_strategy {
    ML_SPLIT_RANDOM,
    ML_SPLIT_SEQUENTIAL,
};

struct ml_split {
    enum ml_split_strategy strategy;
    double percent; /* of rows that train, (0, 100] */
    uint64_t seed;
    size_t n_rows; /* of the whole file, rejected ones included; only sequential needs it */
};

bool ml_split_is_train(const struct ml_split *split, size_t row);

#endif

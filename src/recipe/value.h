/*
 * One cell as the encoder sees it. Which member counts follows from the column's type.
 */
#ifndef ML_RECIPE_VALUE_H
#define ML_RECIPE_VALUE_H

#include <stddef.h>
#include <stdint.h>

struct ml_value {
    double number;    /* NUMERIC, BINARY; NaN is a missing value */
    uint32_t level;   /* CATEGORICAL: number in the encoder's levels; ML_DICT_NONE is unseen */
    const char *text; /* TEXT; borrowed */
    size_t text_bytes;
};

#endif

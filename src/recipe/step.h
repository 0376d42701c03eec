/*
 * A step turns one input column into a run of features. One file per kind; a new kind is a new file
 * and a line in the table of recipe/step.c.
 */
#ifndef ML_RECIPE_STEP_H
#define ML_RECIPE_STEP_H

#include "base/json.h"
#include "base/sparse.h"
#include "recipe/summary.h"
#include "recipe/value.h"

struct ml_step_options {
    size_t bins; /* quantile_bin: at most so many */
};

struct ml_step_ops {
    const char *name; /* in model.json */

    /*
     * Learns from the training rows' summary; n_features may come out 0 (a constant column), and
     * then the step is dropped. The result belongs to the caller, who ends it with release.
     */
    void *(*fit)(const struct ml_summary *summary, const struct ml_step_options *options,
                 uint32_t *n_features);

    /* Adds the value's features, numbered from `first`, ascending, to row. Thread-safe. */
    void (*apply)(const void *fitted, const struct ml_value *value, uint32_t first,
                  struct ml_sparse *row);

    /* Members of a JSON object, and back. load returns NULL when they are not what save writes. */
    void (*save)(const void *fitted, struct ml_strbuf *buf);
    void *(*load)(const struct ml_json *object, uint32_t *n_features);

    /* What feature i means, without the column's name: "= married", "in (30, 35]". */
    void (*describe)(const void *fitted, uint32_t i, struct ml_strbuf *buf);

    void (*release)(void *fitted);
};

extern const struct ml_step_ops ml_step_zscore;       /* NUMERIC: (x - mean) / deviation */
extern const struct ml_step_ops ml_step_quantile_bin; /* NUMERIC: one of the bins, or missing */
extern const struct ml_step_ops ml_step_binary;       /* BINARY: 0 or 1, or missing */
extern const struct ml_step_ops ml_step_one_hot;      /* CATEGORICAL: a level, or unseen */
extern const struct ml_step_ops ml_step_words;        /* TEXT: the words that occur */

/* The kind of that name, or NULL. */
const struct ml_step_ops *ml_step_find(const char *name);

/* Reads an array of finite numbers / of counts; NULL when it is not one. *n is its length. */
double *ml_step_read_numbers(const struct ml_json *array, size_t *n);

#endif

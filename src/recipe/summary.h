/*
 * What fitting needs to know of one column of the training rows.
 *
 * Summaries do not depend on the order of the rows and two of them can be merged (sorted values and
 * sorted counts), which keeps the seam for fitting on more than one machine.
 */
#ifndef ML_RECIPE_SUMMARY_H
#define ML_RECIPE_SUMMARY_H

#include "base/dict.h"
#include "data/dataset.h"
#include "recipe/tokens.h"

struct ml_summary {
    size_t n_rows;
    size_t n_missing;
    double *sorted; /* owned; NUMERIC, BINARY: the values that are there, ascending */
    size_t n_sorted;
    struct ml_dict levels; /* CATEGORICAL levels or tokens, in the order of their bytes */
    size_t *counts;        /* owned; rows that hold each of them */
};

/* rows: n numbers of dataset rows that train. O(n log n). tokens: for a TEXT column, else unused.
 */
void ml_summary_make(struct ml_summary *out, const struct ml_dataset *data, size_t column,
                     const struct ml_token_plan *tokens, const size_t *rows, size_t n);
void ml_summary_release(struct ml_summary *summary);

#endif

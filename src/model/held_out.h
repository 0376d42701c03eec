/* The rows that training held out, found again; and the truth among the fields of any rows. */
#ifndef ML_MODEL_HELD_OUT_H
#define ML_MODEL_HELD_OUT_H

#include "data/table.h"
#include "model/model.h"

/*
 * Whether the model's held-out rows are still there: ML_EINPUT when there were none or training
 * read standard input, ML_ECONFLICT when the file has changed. Reads the file once.
 */
bool ml_held_out_check(const struct ml_model *model, struct ml_error *err)
    __attribute__((warn_unused_result));

/* Whether two models held out the same rows of the same data; ML_EINPUT says why they did not. */
bool ml_held_out_is_same(const struct ml_model *a, const struct ml_model *b, struct ml_error *err)
    __attribute__((warn_unused_result));

/* The field that is the target's; ML_EINPUT when the data have none. */
bool ml_target_find(size_t *field, const struct ml_table *table, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

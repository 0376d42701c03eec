/* Crosses of two columns worth trying, found without a fit (recipe/screen.h). */
#ifndef ML_MODEL_CROSSES_H
#define ML_MODEL_CROSSES_H

#include "model/training.h"
#include "recipe/screen.h"

struct ml_crosses {
    char **expression; /* owned; "cartesian(quantile_bin(age,10),job)", the most gain first */
    size_t n;
    bool has_signal; /* some cross gains beyond chance */
};

/*
 *   rows    n numbers of data set rows, to which the screen's arrays belong
 *   max     how many to give; of two columns at most one
 *   budget  looks at a row, roughly: beyond it only the columns that say most of the target by
 *           themselves are crossed
 * ML_EINPUT when no column varies.
 */
bool ml_crosses_find(struct ml_crosses *out, const struct ml_training *training,
                     const struct ml_screen *screen, const size_t *rows, size_t max, double budget,
                     struct ml_error *err) __attribute__((warn_unused_result));
void ml_crosses_release(struct ml_crosses *crosses);

#endif

/*
 * Rows to learn from: a data file in memory, its target as class numbers or values, and which rows
 * train and which are held out.
 */
#ifndef ML_MODEL_TRAINING_H
#define ML_MODEL_TRAINING_H

#include "data/dataset.h"
#include "data/split.h"
#include "ml/model.h"

#define ML_NO_LABEL UINT32_MAX /* of a held-out row whose label no training row has */

struct ml_training {
    struct ml_dataset data;
    enum ml_problem problem;
    struct ml_split split;
    char **labels; /* owned; n_labels, see ml_model_label */
    size_t n_labels;
    uint32_t *label;      /* owned; class number of each data set row, or ML_NO_LABEL; NULL for a
                             regression */
    const double *target; /* regression: the value of each data set row, in data; else NULL */
    struct ml_target_summary summary; /* regression: of the training rows' values */
    double *weight;                   /* owned; weight of each data set row; NULL: all 1 */
    size_t *train_rows;               /* owned; numbers of data set rows, ascending */
    size_t n_train;
    size_t *held_rows; /* owned; the others */
    size_t n_held;
    double *prior; /* owned; share of each label among the training rows, all above 0; NULL for a
                      regression */
};

/*
 * Reads the file and numbers its classes. split.n_rows is filled in. ML_EINPUT when the training
 * rows are none or of one class or value, or a value is past ML_MAX_TARGET; ML_ELIMIT past
 * ML_MAX_CLASSES. schema is borrowed.
 */
bool ml_training_load(struct ml_training *out, const char *path, const struct ml_schema *schema,
                      const struct ml_csv_options *csv, const struct ml_split *split,
                      const struct ml_talk *talk, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_training_release(struct ml_training *training);

/* Rows of the file that the split holds out, rejected ones included. */
size_t ml_training_count_held_out(const struct ml_training *training);

#endif

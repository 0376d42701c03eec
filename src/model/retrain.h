/* Training once more as a model was trained: same file, same rows, same options. */
#ifndef ML_MODEL_RETRAIN_H
#define ML_MODEL_RETRAIN_H

#include "model/crossval.h"
#include "model/model.h"

/* Scores of rows with their truth; binary: P("1"). */
struct ml_scored {
    double *score;  /* owned */
    uint8_t *label; /* owned */
    size_t n;
};

void ml_scored_release(struct ml_scored *scored);

/*
 * Out-of-fold scores of a binary problem's training rows by fits of the plan, which has no
 * calibrator, sent through the one that is given.
 */
bool ml_scored_out_of_fold(struct ml_scored *out, const struct ml_fit_plan *plan,
                           const struct ml_training *training,
                           const struct ml_calibrator *calibrator, size_t n_folds,
                           const struct ml_talk *talk, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * Out-of-fold scores of the rows that a binary model was trained on, calibrated like its own.
 * ML_ECONFLICT when the file has changed, ML_EINPUT when it was standard input.
 */
bool ml_retrain_out_of_fold(struct ml_scored *out, const struct ml_model *model, size_t n_folds,
                            const struct ml_talk *talk, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

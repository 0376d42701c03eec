/* A model's calibration, fitted on out-of-fold scores of the rows that it was trained on. */
#ifndef ML_MODEL_CALIBRATE_H
#define ML_MODEL_CALIBRATE_H

#include "learn/calibrator.h"
#include "model/crossval.h"

/*
 * Makes n_folds more fits. Every row counts the same. ML_EUNSUPPORTED for a target without classes.
 */
bool ml_calibrate(struct ml_calibrator *out, enum ml_calibration_method method,
                  const struct ml_fit_plan *plan, const struct ml_training *training,
                  size_t n_folds, const struct ml_talk *talk, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

/* The threshold of a model in training. */
#ifndef ML_MODEL_CHOOSE_THRESHOLD_H
#define ML_MODEL_CHOOSE_THRESHOLD_H

#include "ml/train.h"
#include "model/fit.h"

/*
 * Chooses by options->threshold_by, on out-of-fold scores of a binary problem's training rows. The
 * plan has no calibrator: the one given is what the model's scores will go through.
 */
bool ml_train_threshold(double *out, const struct ml_train_options *options,
                        const struct ml_fit_plan *plan, const struct ml_training *training,
                        const struct ml_calibrator *calibrator, const struct ml_talk *talk,
                        struct ml_error *err) __attribute__((warn_unused_result));

#endif

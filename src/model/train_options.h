/* What ml_train's options say by themselves, before any data is read: ml_train_options_check. */
#ifndef ML_MODEL_TRAIN_OPTIONS_H
#define ML_MODEL_TRAIN_OPTIONS_H

#include "ml/train.h"

/* Whether the threshold is left to us. */
bool ml_has_default_threshold(const struct ml_train_options *options);

#endif

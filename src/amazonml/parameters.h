/*
 * The training parameters of Amazon ML.
 *
 *     sgd.maxPasses               1 to 10000
 *     sgd.shuffleType             auto, none
 *     sgd.l1RegularizationAmount  0 or more; not beside an L2 amount above 0
 *     sgd.l2RegularizationAmount  0 or more
 *     sgd.maxMLModelSizeInBytes   100000 to 2147483648
 *
 * They are checked and otherwise without effect: they steer a gradient descent that stops after so
 * many passes, while our solvers go on until they have converged, look at all rows at once, choose
 * the regularisation by cross-validation and drop no features.
 */
#ifndef ML_AMAZONML_PARAMETERS_H
#define ML_AMAZONML_PARAMETERS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"

/* An object of strings; NULL is an empty one. ML_EINPUT names the parameter and its range. */
bool ml_parameters_check(const struct ml_json *parameters, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

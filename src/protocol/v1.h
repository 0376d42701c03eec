/*
 * The first version of KServe's protocol, which TensorFlow Serving's REST calls are too.
 *
 *     :predict   {"instances":[[33,"student"],…]}             -> {"predictions":[…]}
 *                {"instances":[{"age":33,"job":"student"},…]}
 *                {"inputs":{"age":[33,51],"job":["a","b"]}}   -> {"outputs":[…]}
 *     :classify  {"examples":[{"age":33}],"context":{"job":"student"}}
 *                                               -> {"result":[[["no",0.9],["yes",0.1]]]}
 *
 * A prediction is the label (a number where all labels of the model are numbers, as scikit-learn's
 * predict has it) or a regression's value. Options stand in "parameters". All records of a request
 * go to one variant. Values may be lists of one.
 */
#ifndef ML_PROTOCOL_V1_H
#define ML_PROTOCOL_V1_H

#include "protocol/protocol.h"

extern const struct ml_protocol ml_v1_protocol;          /* :predict */
extern const struct ml_protocol ml_v1_classify_protocol; /* :classify */

#endif

/*
 * Amazon Machine Learning's Predict (service model machinelearning-2014-12-12):
 *
 *     {"MLModelId":"ml-1","Record":{"age":"33"},"PredictEndpoint":"http://host"}
 *     {"Prediction":{"predictedLabel":"0","predictedScores":{"0":0.0012},
 *                    "details":{"PredictiveModelType":"BINARY","Algorithm":"SGD"}}}
 *
 * A binary model's only score is P("1"), whatever label it stands under: that is Amazon's form.
 * Names that the model has not, and its target, are ignored.
 */
#ifndef ML_PROTOCOL_AMAZONML_H
#define ML_PROTOCOL_AMAZONML_H

#include "base/json.h"
#include "protocol/protocol.h"

/*
 * A body read once: whoever picks the endpoint by its MLModelId hands it on as the call's wire. In
 * the arena.
 */
bool ml_amazonml_parse(struct ml_json **out, const char **model_id, struct ml_arena *arena,
                       const char *body, size_t n, struct ml_call_fault *fault)
    __attribute__((warn_unused_result));

/* read takes call->wire, a body parsed already, or parses. */
extern const struct ml_protocol ml_amazonml_protocol;

#endif

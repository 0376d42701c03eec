/*
 * KServe's Open Inference Protocol, version 2, as JSON over HTTP (the infer call).
 *
 *     {"id":"42", "parameters":{"threshold":0.3},
 *      "inputs":[{"name":"age","datatype":"FP64","shape":[2],"data":[33,51]}, …],
 *      "outputs":[{"name":"predict"},{"name":"predict_proba"}]}
 *
 * Inputs are columns by name, of shape [n] or [n,1]; or one matrix [n,d], whose name is no column,
 * with its values by position (ml_call_positions). Data may be flat or nested. Null is a missing
 * value in FP16, FP32, FP64 and BYTES. Outputs are "predict" (the default: labels, or a
 * regression's values), "predict_proba" in the order of the labels, and "contributions": what bias
 * and each input column add to the margin. All records of a request go to one variant.
 * "id" is the request's alone and comes back as it is: it need not be unique, so that outcomes are
 * told by the answer's parameters.inference_id.
 */
#ifndef ML_PROTOCOL_OIP_H
#define ML_PROTOCOL_OIP_H

#include "base/json.h"
#include "protocol/protocol.h"

extern const struct ml_protocol ml_oip_protocol;

/* {"error":message}: also what version 1 of the protocol says. */
void ml_oip_refuse(struct ml_wire_reply *reply, const struct ml_wire_fault *fault);

/* Parses a body that must be an object; its message tells of NaN and Infinity, which these
 * protocols' clients send. */
bool ml_oip_parse(struct ml_json **out, struct ml_arena *arena, const struct ml_wire_request *q,
                  struct ml_call_fault *fault) __attribute__((warn_unused_result));

/*
 * The options in a request's "parameters" (an object, null or NULL); others are passed over. A
 * variant other than the one that the path has named already is refused.
 */
bool ml_oip_read_parameters(struct ml_call *call, struct ml_arena *arena,
                            const struct ml_json *parameters, struct ml_call_fault *fault)
    __attribute__((warn_unused_result));

#endif

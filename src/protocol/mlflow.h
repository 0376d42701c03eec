/*
 * MLflow's scoring server: POST /invocations. Exactly one of
 *
 *     {"dataframe_split":{"columns":["age","job"],"data":[[33,"student"]]}}    "index" is passed
 * over
 *     {"dataframe_records":[{"age":33,"job":"student"}]}
 *     {"instances":[…]}                   objects, or arrays in the schema's order
 *     {"inputs":[…]}                      the same, or columns {"age":[33],"job":["student"]}
 *
 * with "params", whose members threshold, key, variant, explain and strict are a call's options;
 * others are ignored, as are further members of the body. Or CSV whose first line is names.
 * Columns are found by name: unknown ones are passed over, absent ones are missing, and both are
 * counted (or refused, with "strict").
 *
 *     {"predictions":["student",…]}       labels (plain numbers as such), or values
 *     {"predictions":[[0.25,0.75],…]}     params.predict_method "predict_proba": in label order
 *
 * With "explain", "explanations" stand beside them. Errors are {"error_code":…,"message":…}.
 */
#ifndef ML_PROTOCOL_MLFLOW_H
#define ML_PROTOCOL_MLFLOW_H

#include "base/json.h"
#include "protocol/protocol.h"

extern const struct ml_protocol ml_mlflow_protocol;

/* Its `read`, from a body already parsed, which must outlive the call. */
bool ml_mlflow_read_tree(struct ml_call *call, struct ml_arena *arena,
                         const struct ml_wire_request *request, const struct ml_json *root,
                         struct ml_call_fault *fault) __attribute__((warn_unused_result));
/* What is left of it when the records are there: from CSV. */
void ml_mlflow_start(struct ml_call *call);

#endif

/*
 * SageMaker's container protocol: POST /invocations of its built-in algorithms.
 *
 * In: text/csv without a header, columns in the order of training (the inputs; all but the target;
 * all); a first line that is mostly names of columns is a header all the same. application/json
 * {"instances":[…]} or one instance, application/jsonlines an instance a line:
 *
 *     {"features":[33,"student"]}
 *     {"data":{"features":{"values":[33,"student"]}}}
 *     {"data":{"features":{"keys":[0],"shape":[2],"values":[33]}}}
 *
 * and, as an instance of a list or a line, ours besides: [33,"student"], and the columns by name,
 * at least one of them the model's: {"age":33,"job":"student"}.
 *
 * Sparse keys count from 0; what they leave out is 0 in a NUMERIC or BINARY column, else missing.
 * Other members are ignored. A missing or odd Content-Type is judged by the body.
 *
 * Out, by Accept, else settings->sagemaker_accept, else as the request came:
 *
 *     application/json        {"predictions":[{"score":0.4,"predicted_label":0}]}
 *     application/jsonlines   {"score":0.4,"predicted_label":0}
 *     text/csv                0.4, a line a record
 *
 * which is Linear Learner's shape: score is P("1"), the array of all probabilities in the order of
 * the labels (in CSV, fields of their own), or a regression's value, which has no predicted_label.
 * Labels that are plain numbers are JSON numbers, others strings. settings->sagemaker_output names
 * XGBoost's keys in their place; then an array is one quoted CSV field: 1,"[0.2, 0.8]".
 *
 * Accept may name "text/" or "application/" and a star. An empty body is answered by 204, a type
 * that cannot be read by 415, an Accept that names nothing of ours by 406. Errors have the shape of
 * our own.
 */
#ifndef ML_PROTOCOL_SAGEMAKER_H
#define ML_PROTOCOL_SAGEMAKER_H

#include "base/json.h"
#include "protocol/body_kind.h"
#include "protocol/protocol.h"

extern const struct ml_protocol ml_sagemaker_protocol;

/*
 * The parts of its `read`, for who has looked at the body already. start: what the answer will be,
 * with 406 and the like; needed before `write`. tree: the records of a parsed body, which must
 * outlive the call.
 */
bool ml_sagemaker_start(struct ml_call *call, struct ml_arena *arena,
                        const struct ml_wire_request *request, enum ml_body_kind kind,
                        struct ml_call_fault *fault) __attribute__((warn_unused_result));
bool ml_sagemaker_read_tree(struct ml_call *call, struct ml_arena *arena,
                            const struct ml_wire_request *request, const struct ml_json *root,
                            struct ml_call_fault *fault) __attribute__((warn_unused_result));

/* Whether a value of the configuration can be used, either may be NULL. ML_EINPUT. */
bool ml_sagemaker_check(const struct ml_protocol_settings *settings, struct ml_error *err)
    __attribute__((warn_unused_result));

/* Whether Accept (or NULL) names text/csv itself. */
bool ml_sagemaker_wants_csv(const char *accept);

#endif

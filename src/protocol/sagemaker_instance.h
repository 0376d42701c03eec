/* One instance of SageMaker's JSON, dense or sparse: protocol/sagemaker.h has the shapes. */
#ifndef ML_PROTOCOL_SAGEMAKER_INSTANCE_H
#define ML_PROTOCOL_SAGEMAKER_INSTANCE_H

#include "base/json.h"
#include "protocol/call.h"

/*
 * The instance as a record with a cell for every feature it has or, when sparse, leaves out. JSON
 * outlives the record.
 */
bool ml_sagemaker_read_instance(struct ml_call_record *out, struct ml_arena *arena,
                                const struct ml_json *instance, const struct ml_schema *schema,
                                struct ml_call_fault *fault) __attribute__((warn_unused_result));

#endif

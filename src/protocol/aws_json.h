/*
 * What Amazon's JSON protocols (application/x-amz-json-1.1) have in common: POST /, the operation
 * in X-Amz-Target ("AmazonML_20141212.Predict"), errors as {"__type":…,"message":…}.
 */
#ifndef ML_PROTOCOL_AWS_JSON_H
#define ML_PROTOCOL_AWS_JSON_H

#include "protocol/protocol.h"

#define ML_AWS_JSON_TYPE "application/x-amz-json-1.1"

/* {"__type":type,"message":message} with that status and type. type is static. */
void ml_aws_json_refuse(struct ml_wire_reply *reply, int status, const char *type,
                        const char *message);

/*
 * The type of an error about credentials, or NULL when code and status are of none: missing,
 * unknown_key, signature_mismatch, signature_expired, incomplete_signature. Static.
 */
const char *ml_aws_error_type(const char *code, int status);

/* Only refuses: for what is of no service that is known here. */
extern const struct ml_protocol ml_aws_json_protocol;

#endif

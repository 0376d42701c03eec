/*
 * SageMaker's errors as its clients read them (InvokeEndpoint): the type in x-amzn-ErrorType, a
 * JSON body. SageMaker stands between a client and a container: what the container would have
 * refused is a ModelError that wraps its answer, what SageMaker itself refuses is typed.
 *
 *     endpoint, variant, header, body too long   400 ValidationError     {"Message":…}
 *     credentials                                401, 403 AccessDeniedException
 *     a record or a body that cannot be read     424 ModelError          {"ErrorCode":
 *         "CLIENT_ERROR_FROM_MODEL" | "SERVER_ERROR_FROM_MODEL","LogStreamArn":"","Message":…,
 *         "OriginalMessage":…,"OriginalStatusCode":400}
 *     model not loaded                           429 ModelNotReadyException
 *     too much to do                             503 ServiceUnavailable
 *
 * Source: Amazon SageMaker Runtime API Reference, InvokeEndpoint, "Errors".
 */
#ifndef ML_PROTOCOL_SAGEMAKER_CLIENT_H
#define ML_PROTOCOL_SAGEMAKER_CLIENT_H

#include "protocol/protocol.h"

/* Only refuses: bodies and answers are the container's (protocol/invocations.h). */
extern const struct ml_protocol ml_sagemaker_client_protocol;

/* What SageMaker's metadata headers may hold. s NULL: not sent, which is well. */
bool ml_sagemaker_is_inference_id(const char *s); /* 1 to 64 printable ASCII, no space first */
bool ml_sagemaker_is_attributes(const char *s);   /* at most 1024 printable ASCII */
bool ml_sagemaker_is_session(const char *s);      /* 1 to 256 visible ASCII */

#endif

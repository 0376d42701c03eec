#include "protocol/aws_json.h"

#include "base/json.h"

void ml_aws_json_refuse(struct ml_wire_reply *reply, int status, const char *type,
                        const char *message)
{
    struct ml_strbuf *buf = reply->body;
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "__type", type);
    ml_json_key_string(buf, "message", message);
    ml_strbuf_addc(buf, '}');
    reply->status = status;
    reply->error_type = type;
    reply->content_type = ML_AWS_JSON_TYPE;
}

static void refuse(struct ml_wire_reply *reply, const struct ml_wire_fault *fault)
{
    const char *type = fault->status == 401   ? "MissingAuthenticationTokenException"
                       : fault->status == 403 ? "AccessDeniedException"
                       : fault->status == 503 ? "ServiceUnavailableException"
                       : fault->status >= 500 ? "InternalServerException"
                                              : "ValidationException";
    if (fault->status == 404)
        type = "UnknownOperationException";
    ml_aws_json_refuse(reply, fault->status == 404 ? 400 : fault->status, type, fault->message);
}

const struct ml_protocol ml_aws_json_protocol = {.refuse = refuse};

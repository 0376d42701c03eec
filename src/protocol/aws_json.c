#include "protocol/aws_json.h"

#include <string.h>

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

const char *ml_aws_error_type(const char *code, int status)
{
    static const struct {
        const char *code;
        const char *type;
    } types[] = {
        {"missing_authentication", "MissingAuthenticationTokenException"},
        {"unknown_key", "UnrecognizedClientException"},
        {"signature_mismatch", "InvalidSignatureException"},
        {"signature_expired", "InvalidSignatureException"},
        {"incomplete_signature", "IncompleteSignatureException"},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(code, types[i].code) == 0)
            return types[i].type;
    return status == 401 ? "MissingAuthenticationTokenException" : NULL;
}

static void refuse(struct ml_wire_reply *reply, const struct ml_wire_fault *fault)
{
    const char *of_credentials = ml_aws_error_type(fault->code, fault->status);
    const char *type = of_credentials != NULL ? of_credentials
                       : fault->status == 403 ? "AccessDeniedException"
                       : fault->status == 503 ? "ServiceUnavailableException"
                       : fault->status >= 500 ? "InternalServerException"
                                              : "ValidationException";
    if (fault->status == 404)
        type = "UnknownOperationException";
    ml_aws_json_refuse(reply, fault->status == 404 ? 400 : fault->status, type, fault->message);
}

const struct ml_protocol ml_aws_json_protocol = {.refuse = refuse};

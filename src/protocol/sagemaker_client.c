#include "protocol/sagemaker_client.h"

#include <string.h>

#include "base/json.h"
#include "protocol/aws_json.h"

/* What SageMaker refuses before a container sees the request. A code, its status, its type. */
static const struct {
    const char *code;
    int status;
    const char *type;
} typed[] = {
    {"not_found", 400, "ValidationError"},
    {"unknown_endpoint", 400, "ValidationError"},
    {"unknown_variant", 400, "ValidationError"},
    {"bad_request", 400, "ValidationError"},
    {"body_too_large", 400, "ValidationError"},
    {"not_loaded", 429, "ModelNotReadyException"},
    {"overloaded", 503, "ServiceUnavailable"},
    {"draining", 503, "ServiceUnavailable"},
    {"method_not_allowed", 405, "ValidationError"},
    {"bad_framing", 400, "ValidationError"},
    {"unsupported_encoding", 501, "ValidationError"},
    {"unsupported_version", 505, "ValidationError"},
    {"headers_too_large", 431, "ValidationError"},
    {"incomplete_signature", 400, "IncompleteSignatureException"},
};

static void refuse_typed(struct ml_wire_reply *reply, int status, const char *type,
                         const struct ml_wire_fault *fault)
{
    ml_json_key_string(reply->body, "Message", fault->message);
    reply->status = status;
    reply->error_type = type;
}

static void refuse_as_model(struct ml_wire_reply *reply, const struct ml_wire_fault *fault)
{
    bool is_client = fault->status < 500;
    struct ml_strbuf *buf = reply->body;
    ml_json_key_string(buf, "ErrorCode",
                       is_client ? "CLIENT_ERROR_FROM_MODEL" : "SERVER_ERROR_FROM_MODEL");
    ml_json_key_string(buf, "LogStreamArn", ""); /* there is no such log */
    struct ml_strbuf message = {0};
    ml_strbuf_addf(&message, "Received %s error (%d) from primary with message \"%s\"",
                   is_client ? "client" : "server", fault->status, fault->message);
    ml_json_key_string(buf, "Message", message.bytes);
    ml_strbuf_release(&message);
    ml_json_key_string(buf, "OriginalMessage", fault->message);
    ml_json_key_count(buf, "OriginalStatusCode", (size_t)fault->status);
    reply->status = 424;
    reply->error_type = "ModelError";
}

static void refuse(struct ml_wire_reply *reply, const struct ml_wire_fault *fault)
{
    size_t i = 0;
    const size_t n = sizeof(typed) / sizeof(typed[0]);
    const char *of_signature = ml_aws_error_type(fault->code, 0);
    while (i < n && strcmp(typed[i].code, fault->code) != 0)
        i++;
    reply->content_type = "application/json";
    ml_strbuf_addc(reply->body, '{');
    if (of_signature != NULL)
        refuse_typed(reply, fault->status, of_signature, fault);
    else if (fault->status == 401 || fault->status == 403) /* of a token: several codes */
        refuse_typed(reply, fault->status, "AccessDeniedException", fault);
    else if (i < n)
        refuse_typed(reply, typed[i].status, typed[i].type, fault);
    else
        refuse_as_model(reply, fault);
    ml_strbuf_adds(reply->body, "}\n");
}

const struct ml_protocol ml_sagemaker_client_protocol = {.refuse = refuse};

/* Between `low` and '~', of `least` to `most` bytes. */
static bool is_text(const char *s, char low, size_t least, size_t most)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++)
        if (s[i] < low || s[i] > '~')
            return false;
    return n >= least && n <= most;
}

bool ml_sagemaker_is_inference_id(const char *s)
{
    return s == NULL || (is_text(s, ' ', 1, 64) && s[0] != ' ');
}

bool ml_sagemaker_is_attributes(const char *s)
{
    return s == NULL || is_text(s, ' ', 0, 1024);
}

bool ml_sagemaker_is_session(const char *s)
{
    return s == NULL || is_text(s, '!', 1, 256);
}

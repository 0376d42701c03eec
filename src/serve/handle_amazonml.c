/*
 * Amazon Machine Learning's operations: Predict in the request's thread, the others one after the
 * other in the queue of control jobs, as they write to the disk and load models.
 */
#include <string.h>

#include "amazonml/amazonml.h"
#include "protocol/amazonml.h"
#include "protocol/aws_json.h"
#include "serve/handlers.h"

enum { MAX_OPERATION = 64 };

/*
 * The endpoint of a model's id: what the control plane has made must have been given one there;
 * any other name is that of an endpoint of ours. NULL after a refusal.
 */
static struct ml_endpoint *find_endpoint(struct ml_exchange *x, const char *id)
{
    char name[ML_AML_ID_BYTES];
    enum ml_amazonml_mounted mounted = ml_amazonml_look_up(x->server->amazonml, id, name);
    struct ml_endpoint *e = NULL;
    if (mounted == ML_AMAZONML_MOUNTED)
        e = ml_hosts_find(x->server->hosts, name);
    if (mounted == ML_AMAZONML_UNKNOWN)
        e = ml_hosts_find(x->server->hosts, id);
    if (e == NULL && mounted == ML_AMAZONML_UNKNOWN)
        ml_reply_error(x, 404, "unknown_endpoint", "MLModelId",
                       "there is no model and no endpoint '%.64s'", id);
    else if (e == NULL)
        ml_reply_error(x, 400, "predictor_not_mounted", "MLModelId",
                       "model '%.64s' has no real-time endpoint that is ready", id);
    return e;
}

static void predict(struct ml_exchange *x)
{
    const struct ml_strbuf *body = &x->request.body;
    struct ml_call_fault fault = {0};
    struct ml_json *root = NULL;
    const char *id = NULL;
    if (!ml_amazonml_parse(&root, &id, &x->arena, body->bytes != NULL ? body->bytes : "",
                           body->length, &fault)) {
        ml_handle_fault(x, &fault);
        return;
    }
    struct ml_endpoint *e = find_endpoint(x, id);
    if (e == NULL)
        return;
    ml_handle_wire(x, &ml_amazonml_protocol, e, &(struct ml_handle_options){.wire = root});
    ml_endpoint_unref(e);
}

/* "http://host:8080/", as the client has called us. */
static const char *own_url(struct ml_exchange *x)
{
    const char *host = ml_request_header(x, "Host");
    struct ml_strbuf url = {0};
    ml_strbuf_addf(&url, "%s://%s/", x->server->config->tls_certificate != NULL ? "https" : "http",
                   host != NULL ? host : "localhost");
    const char *copy = ml_arena_strndup(&x->arena, url.bytes, url.length);
    ml_strbuf_release(&url);
    return copy;
}

static void run(void *ctx)
{
    struct ml_exchange *x = ctx;
    const struct ml_strbuf *body = &x->request.body;
    struct ml_amazonml_call call = {
        .operation = x->job,
        .body = body->bytes != NULL ? body->bytes : "",
        .body_bytes = body->length,
        .url = own_url(x),
    };
    struct ml_aml_fault fault = {0};
    char id[ML_AML_ID_BYTES];
    if (ml_amazonml_run(x->server->amazonml, &call, &x->reply.body, &fault)) {
        x->reply.status = 200;
        x->reply.content_type = ML_AWS_JSON_TYPE;
        if (strncmp(call.operation, "Get", 3) != 0 && strncmp(call.operation, "Describe", 8) != 0) {
            ml_amazonml_subject(id, &call);
            ml_log(&x->server->log, ML_LOG_INFO, "Amazon ML's API", {"operation", call.operation},
                   {"id", id});
        }
    } else {
        ml_reply_error(x, fault.status, fault.type, NULL, "%s", fault.message);
    }
    ml_exchange_finish(x);
}

void ml_handle_amazonml(struct ml_exchange *x, const char *operation)
{
    x->protocol = &ml_amazonml_protocol;
    bool is_predict = strcmp(operation, "Predict") == 0;
    if (!ml_handle_require(x, is_predict ? ML_SCOPE_PREDICT : ML_SCOPE_ADMIN))
        return;
    if (is_predict) {
        predict(x);
        return;
    }
    x->job = ml_arena_strndup(&x->arena, operation, strnlen(operation, MAX_OPERATION));
    (void)ml_handle_later(x, x->server->control, run);
}

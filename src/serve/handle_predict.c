#include <math.h>
#include <string.h>

#include "base/number.h"
#include "protocol/invocations.h"
#include "serve/handlers.h"

struct ml_endpoint *ml_handle_find(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_hosts_find(x->server->hosts, x->request.args[0]);
    if (e == NULL)
        ml_reply_error(x, 404, "unknown_endpoint", NULL, "no endpoint is named '%s'",
                       x->request.args[0]);
    return e;
}

void ml_handle_fault(struct ml_exchange *x, const struct ml_call_fault *fault)
{
    ml_reply_error(x, fault->status != 0 ? fault->status : ml_status_of(fault->err.code),
                   fault->code, fault->field, "%s", fault->err.msg);
}

bool ml_handle_query(struct ml_exchange *x, struct ml_call *call)
{
    const struct ml_request *q = &x->request;
    const char *threshold = q->query(q->transport, "threshold");
    const char *key = q->query(q->transport, "key");
    const char *strict = q->query(q->transport, "strict");
    const char *variant = q->query(q->transport, "variant");
    call->threshold = NAN;
    if (variant != NULL)
        call->variant = variant;
    if (threshold != NULL &&
        (ml_number_parse(threshold, strlen(threshold), &call->threshold) != ML_NUMBER_OK ||
         !(call->threshold >= 0.0 && call->threshold <= 1.0))) {
        ml_reply_error(x, 400, "bad_request", "threshold",
                       "'threshold' must be a number from 0 to 1");
        return false;
    }
    if (key != NULL && key[0] != '\0') {
        call->key = key;
        call->key_bytes = strlen(key);
    }
    call->strict = strict != NULL && (strcmp(strict, "true") == 0 || strcmp(strict, "1") == 0);
    return true;
}

static bool read_call(struct ml_exchange *x, const struct ml_protocol *p,
                      const struct ml_wire_request *wire, const struct ml_handle_options *options,
                      struct ml_call *call)
{
    struct ml_call_fault fault = {0};
    *call = (struct ml_call){
        .variant = options->variant,
        .key = options->key,
        .key_bytes = options->key != NULL ? strlen(options->key) : 0,
        .inference_id = options->inference_id,
        .is_together = options->is_together,
        .wire = options->wire,
        .threshold = NAN,
    };
    if (!ml_handle_query(x, call))
        return false;
    bool ok = p->read(call, &x->arena, wire, &fault);
    /* Whose the body is has come out: refusals are in its words from here. */
    if (p == &ml_invocations_protocol && x->protocol == ml_invocations_words(wire->settings))
        x->protocol = ml_invocations_chosen(call);
    if (ok)
        return true;
    ml_handle_fault(x, &fault);
    return false;
}

/*
 * What the body said nothing of: our own JSON does not begin with what it is given. A variant that
 * path or headers name is not the query's or the body's to change; false after a refusal.
 */
static bool keep_options(struct ml_exchange *x, struct ml_call *call,
                         const struct ml_handle_options *options)
{
    if (options->variant != NULL && call->variant != NULL &&
        strcmp(options->variant, call->variant) != 0) {
        ml_reply_error(x, 400, "bad_request", "variant",
                       "'variant' is another one than path or headers name: '%s'",
                       options->variant);
        return false;
    }
    call->is_together = call->is_together || options->is_together;
    if (call->inference_id == NULL)
        call->inference_id = options->inference_id;
    if (call->variant == NULL)
        call->variant = options->variant;
    if (call->key == NULL && options->key != NULL) {
        call->key = options->key;
        call->key_bytes = strlen(options->key);
    }
    return true;
}

/*
 * The model whose columns and labels the body is read by: that of the variant which path, headers
 * or query name, else the control's. NULL: it is not loaded.
 */
static const struct ml_model *model_of(const struct ml_exchange *x, const struct ml_endpoint *e,
                                       const struct ml_handle_options *options)
{
    const struct ml_request *q = &x->request;
    const char *name =
        options->variant != NULL ? options->variant : q->query(q->transport, "variant");
    const struct ml_variant *v = name != NULL ? ml_endpoint_find(e, name) : NULL;
    if (v == NULL)
        v = &e->variants[e->control];
    return v->loaded != NULL ? v->loaded->model : NULL;
}

static bool answer_call(struct ml_exchange *x, struct ml_endpoint *e, const struct ml_call *call,
                        struct ml_call_answer **answers)
{
    struct ml_predict_fault fault = {0};
    const struct ml_variant *variant = NULL;
    bool ok = ml_predict_call(answers, x->server, e, call, &x->arena, &variant, &fault);
    if (variant != NULL) {
        x->traffic = variant->traffic;
        x->log_variant = variant->traffic->variant;
    }
    if (ok)
        return true;
    ml_reply_error(x, fault.status, fault.code, fault.field, "%s", fault.err.msg);
    if (fault.status == 503)
        ml_reply_header(x, "Retry-After", "1");
    return false;
}

static bool write_reply(struct ml_exchange *x, const struct ml_protocol *p,
                        const struct ml_wire_request *wire, const struct ml_call *call,
                        const struct ml_call_answer *answers)
{
    struct ml_call_fault fault = {0};
    struct ml_wire_reply reply = {.status = 200, .body = &x->reply.body};
    if (!p->write(&reply, &x->arena, wire, call, answers, &fault)) {
        ml_strbuf_clear(&x->reply.body);
        ml_handle_fault(x, &fault);
        return false;
    }
    x->reply.status = reply.status;
    x->reply.content_type = reply.content_type;
    if (p != &ml_native_protocol && call->n_records > 0) {
        ml_reply_header(x, "X-Variant", answers[0].variant);
        ml_reply_header(x, "X-Inference-Id", answers[0].inference_id);
    }
    return true;
}

/* What was asked and answered, for the share of calls that is captured. */
static void capture(const struct ml_exchange *x, const struct ml_wire_request *wire,
                    const struct ml_call *call, const struct ml_call_answer *answers)
{
    const struct ml_strbuf *body = &x->reply.body;
    if (call->n_records == 0 || !ml_capture_wants(x->server->capture, wire->endpoint))
        return;
    struct ml_capture_event event = {
        .endpoint = wire->endpoint,
        .variant = answers[0].variant,
        .inference_id = answers[0].inference_id,
        .event_id = call->inference_id == NULL ? answers[0].inference_id : NULL,
        .time_ms = ml_now_ms(),
        .input = {wire->content_type, wire->body, wire->body_bytes},
        .output = {x->reply.content_type, body->bytes != NULL ? body->bytes : "", body->length},
    };
    ml_capture_add(x->server->capture, &event);
}

void ml_handle_wire(struct ml_exchange *x, const struct ml_protocol *p, struct ml_endpoint *e,
                    const struct ml_handle_options *options)
{
    const struct ml_request *q = &x->request;
    const struct ml_model *model = model_of(x, e, options);
    struct ml_call call;
    struct ml_call_answer *answers;
    x->traffic = e->traffic;
    x->log_endpoint = e->traffic->endpoint; /* outlives the endpoint */
    if (model == NULL) {
        ml_reply_busy(x, 503, "not_loaded", "the endpoint's model is not loaded");
        return;
    }
    struct ml_wire_request wire = {
        .body = q->body.bytes != NULL ? q->body.bytes : "",
        .body_bytes = q->body.length,
        .content_type = q->content_type,
        .accept = q->accept,
        .endpoint = e->spec.name,
        .model = model,
        .settings = &x->server->config->protocols,
        .max_rows = x->server->config->limits.rows,
    };
    if (!read_call(x, p, &wire, options, &call))
        return;
    if (keep_options(x, &call, options) && answer_call(x, e, &call, &answers) &&
        write_reply(x, p, &wire, &call, answers)) {
        capture(x, &wire, &call, answers);
        x->shadow = ml_shadow_prepare(x->server, e, &call, answers, &x->arena);
    }
}

void ml_handle_predict(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_handle_find(x);
    if (e == NULL)
        return;
    ml_handle_wire(x, &ml_native_protocol, e, &(struct ml_handle_options){0});
    ml_endpoint_unref(e);
}

static void refuse_default(struct ml_exchange *x)
{
    struct ml_endpoint **all;
    size_t n = ml_hosts_all(x->server->hosts, &all);
    struct ml_strbuf names = {0};
    for (size_t i = 0; i < n && i < 20; i++)
        ml_strbuf_addf(&names, "%s%s", i > 0 ? ", " : "", all[i]->spec.name);
    if (n == 0)
        ml_reply_error(x, 404, "no_default_endpoint", NULL, "there is no endpoint");
    else
        ml_reply_error(x, 400, "no_default_endpoint", NULL,
                       "no endpoint is the default: set 'default_endpoint'%s one of: %s",
                       x->protocol == NULL ? ", or use /v1/endpoints/NAME/predict with" : " to",
                       names.bytes);
    ml_strbuf_release(&names);
    ml_hosts_release(all, n);
}

struct ml_endpoint *ml_handle_default(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_hosts_default(x->server->hosts);
    if (e == NULL)
        refuse_default(x);
    return e;
}

void ml_handle_predict_default(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_handle_default(x);
    if (e == NULL)
        return;
    ml_handle_wire(x, &ml_native_protocol, e, &(struct ml_handle_options){0});
    ml_endpoint_unref(e);
}

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "protocol/native.h"
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
    ml_reply_error(x, ml_status_of(fault->err.code), fault->code, fault->field, "%s",
                   fault->err.msg);
}

bool ml_handle_query(struct ml_exchange *x, struct ml_call *call)
{
    const struct ml_request *q = &x->request;
    const char *threshold = q->query(q->transport, "threshold");
    const char *key = q->query(q->transport, "key");
    const char *strict = q->query(q->transport, "strict");
    call->variant = q->query(q->transport, "variant");
    call->threshold = NAN;
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

static bool read_csv(struct ml_exchange *x, const struct ml_endpoint *e, struct ml_call *call,
                     struct ml_call_fault *fault)
{
    const struct ml_request *q = &x->request;
    const struct ml_variant *v = &e->variants[e->control];
    *call = (struct ml_call){.threshold = NAN};
    if (!ml_handle_query(x, call))
        return false;
    if (v->loaded == NULL) {
        ml_reply_busy(x, 503, "not_loaded", "the endpoint's model is not loaded");
        return false;
    }
    const struct ml_schema *schema = ml_model_schema(v->loaded->model);
    if (ml_native_read_csv(call, &x->arena, q->body.bytes != NULL ? q->body.bytes : "",
                           q->body.length, schema, x->server->config->limits.rows, fault))
        return true;
    ml_handle_fault(x, fault);
    return false;
}

static bool read_call(struct ml_exchange *x, const struct ml_endpoint *e, struct ml_call *call)
{
    const struct ml_request *q = &x->request;
    const char *body = q->body.bytes != NULL ? q->body.bytes : "";
    struct ml_call_fault fault = {0};
    enum ml_body_kind kind = ml_body_kind(x, body, q->body.length);
    if (kind == ML_BODY_NDJSON) {
        ml_reply_error(x, 415, "unsupported_media_type", NULL,
                       "predictions take application/json or text/csv; NDJSON goes to /batch");
        return false;
    }
    if (kind == ML_BODY_CSV)
        return read_csv(x, e, call, &fault);
    if (ml_native_read_json(call, &x->arena, body, q->body.length, x->server->config->limits.rows,
                            &fault))
        return true;
    ml_handle_fault(x, &fault);
    return false;
}

static bool wants_json(const struct ml_exchange *x)
{
    return x->request.accept != NULL && strstr(x->request.accept, "json") != NULL;
}

static void write_reply(struct ml_exchange *x, const struct ml_endpoint *e,
                        const struct ml_call *call, const struct ml_call_answer *answers)
{
    if (call->is_csv && !wants_json(x)) {
        ml_native_write_csv(&x->reply.body, answers, call->n_records);
        x->reply.status = 200;
        x->reply.content_type = "text/csv; charset=utf-8";
        return;
    }
    ml_native_write_json(&x->reply.body, e->spec.name, answers, call->n_records, call->is_list);
    ml_reply_json(x, 200);
}

static void predict(struct ml_exchange *x, struct ml_endpoint *e)
{
    struct ml_call call;
    struct ml_call_answer *answers;
    struct ml_predict_fault fault = {0};
    const struct ml_variant *variant = NULL;
    x->traffic = e->traffic;
    x->log_endpoint = e->traffic->endpoint; /* outlives the endpoint */
    if (!read_call(x, e, &call))
        return;
    bool ok = ml_predict_call(&answers, x->server, e, &call, &x->arena, &variant, &fault);
    if (variant != NULL) {
        x->traffic = variant->traffic;
        x->log_variant = variant->traffic->variant;
    }
    if (!ok) {
        ml_reply_error(x, fault.status, fault.code, fault.field, "%s", fault.err.msg);
        if (fault.status == 503)
            ml_reply_header(x, "Retry-After", "1");
        return;
    }
    write_reply(x, e, &call, answers);
    x->shadow = ml_shadow_prepare(x->server, e, &call, answers, &x->arena);
}

void ml_handle_predict(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_handle_find(x);
    if (e == NULL)
        return;
    predict(x, e);
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
                       "no endpoint is the default; use /v1/endpoints/NAME/predict with one of: %s",
                       names.bytes);
    ml_strbuf_release(&names);
    ml_hosts_release(all, n);
}

void ml_handle_predict_default(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_hosts_default(x->server->hosts);
    if (e == NULL) {
        refuse_default(x);
        return;
    }
    predict(x, e);
    ml_endpoint_unref(e);
}

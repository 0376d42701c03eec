#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/number.h"
#include "serve/experiment_report.h"
#include "serve/handlers.h"

static bool refuse(struct ml_exchange *x, const char *field, const char *what)
{
    ml_reply_error(x, 400, "invalid_outcome", field, "'%s' %s", field, what);
    return false;
}

static bool read_id(struct ml_exchange *x, struct ml_outcome *o, const struct ml_json *value)
{
    const char *s = ml_json_string(value);
    if (s == NULL || !ml_store_is_id(s))
        return refuse(x, "inference_id", "must be 1 to 72 printable ASCII characters");
    memcpy(o->id, s, strlen(s) + 1);
    return true;
}

static bool read_label(struct ml_exchange *x, struct ml_outcome *o, const struct ml_json *value)
{
    char text[ML_NUMBER_BYTES] = "";
    const char *s = ml_json_string(value);
    if (ml_json_type(value) == ML_JSON_NUMBER) {
        ml_number_format(text, ml_json_number(value));
        s = text;
    } else if (ml_json_type(value) == ML_JSON_BOOL) {
        s = ml_json_bool(value, false) ? "1" : "0";
    }
    if (s == NULL || strlen(s) >= sizeof(o->label))
        return refuse(x, "label",
                      "must be a label of the model, or the number that was to be predicted");
    memcpy(o->label, s, strlen(s) + 1);
    o->has_label = true;
    return true;
}

static bool read_member(struct ml_exchange *x, struct ml_outcome *o, const struct ml_json *m)
{
    const char *key = ml_json_key(m);
    if (strcmp(key, "inference_id") == 0)
        return read_id(x, o, m);
    if (strcmp(key, "label") == 0)
        return read_label(x, o, m);
    if (strcmp(key, "reward") == 0) {
        o->reward = ml_json_number(m);
        return (o->reward >= -1e12 && o->reward <= 1e12) ||
               refuse(x, "reward", "must be a number from -1e12 to 1e12");
    }
    char quoted[80];
    ml_reply_error(x, 400, "unknown_field", NULL,
                   "unknown member '%s'; known are inference_id, label, reward",
                   ml_quote(quoted, sizeof(quoted), key, strlen(key)));
    return false;
}

static bool read_outcome(struct ml_exchange *x, struct ml_outcome *o)
{
    const struct ml_request *q = &x->request;
    struct ml_json *root;
    struct ml_error err;
    if (!ml_json_parse_in(&x->arena, &root, q->body.bytes != NULL ? q->body.bytes : "",
                          q->body.length, "body", &err)) {
        ml_reply_failure(x, "invalid_json", &err);
        return false;
    }
    if (ml_json_type(root) != ML_JSON_OBJECT) {
        ml_reply_error(x, 400, "invalid_outcome", NULL, "the body must be an object");
        return false;
    }
    for (const struct ml_json *m = ml_json_first(root); m != NULL; m = ml_json_next(m))
        if (!read_member(x, o, m))
            return false;
    if (o->id[0] == '\0')
        return refuse(x, "inference_id", "is missing");
    if ((ml_json_get(root, "label") != NULL) == (ml_json_get(root, "reward") != NULL))
        return refuse(x, "label", "or 'reward' is needed, and not both");
    return true;
}

static void reply_recorded(struct ml_exchange *x, const struct ml_outcome *o, int status,
                           const char *text)
{
    struct ml_strbuf *buf = &x->reply.body;
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "inference_id", o->id);
    ml_json_key_string(buf, "status", text);
    ml_json_key_string(buf, "variant", o->variant);
    ml_strbuf_adds(buf, "}\n");
    ml_reply_json(x, status);
}

/* In the writer's thread. */
static void done(struct ml_outcome *o)
{
    struct ml_exchange *x = o->ctx;
    switch (o->status) {
    case ML_OUTCOME_NEW:
        ml_count(&ml_metrics_traffic(&x->server->metrics, o->endpoint, o->variant)->outcomes, 1);
        reply_recorded(x, o, 201, "recorded");
        break;
    case ML_OUTCOME_SAME:
        reply_recorded(x, o, 200, "unchanged");
        break;
    case ML_OUTCOME_DIFFERENT:
        ml_reply_error(x, 409, "conflicting_outcome", NULL,
                       "'%s' has another outcome already, which stays", o->id);
        break;
    case ML_OUTCOME_UNKNOWN:
        ml_reply_error(x, 404, "unknown_inference_id", "inference_id",
                       "endpoint '%s' has logged no prediction '%s'", o->endpoint, o->id);
        break;
    case ML_OUTCOME_BAD_LABEL:
        ml_reply_error(x, 400, "invalid_outcome", "label", "%s", o->err.msg);
        break;
    case ML_OUTCOME_FAILED:
        ml_reply_error(x, 503, "not_saved", NULL, "%s", o->err.msg);
        ml_reply_header(x, "Retry-After", "1");
        break;
    }
    ml_exchange_finish(x);
}

void ml_handle_outcome(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_handle_find(x);
    if (e == NULL)
        return;
    x->traffic = e->traffic;
    x->log_endpoint = e->traffic->endpoint;
    ml_endpoint_unref(e);
    struct ml_outcome *o = ml_arena_calloc(&x->arena, 1, sizeof(*o));
    if (!read_outcome(x, o))
        return;
    if (x->server->store == NULL) {
        ml_reply_error(x, 404, "unknown_inference_id", "inference_id",
                       "predictions are not logged here");
        return;
    }
    snprintf(o->endpoint, sizeof(o->endpoint), "%s", x->request.args[0]);
    o->done = done;
    o->ctx = x;
    ml_exchange_defer(x);
    if (!ml_store_outcome(x->server->store, o)) {
        ml_reply_busy(x, 503, "overloaded", "too many outcomes are waiting for the disk");
        ml_exchange_finish(x);
    }
}

void ml_handle_experiment(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_handle_find(x);
    struct ml_arm_report report;
    struct ml_error err;
    if (e == NULL)
        return;
    ml_endpoint_unref(e);
    if (x->server->store == NULL) {
        ml_reply_error(x, 404, "no_experiment", NULL, "predictions are not logged here");
        return;
    }
    if (!ml_store_report(x->server->store, x->request.args[0], &report, &err)) {
        ml_reply_failure(x, "no_experiment", &err);
        return;
    }
    const char *accept = x->request.accept;
    bool is_text = accept != NULL && strncmp(accept, "text/plain", 10) == 0;
    bool ok = is_text ? ml_experiment_report_text(&x->reply.body, &report, &err)
                      : ml_experiment_report_json(&x->reply.body, &report, &err);
    ml_arm_report_release(&report);
    if (!ok) {
        ml_reply_failure(x, "no_experiment", &err);
        return;
    }
    ml_reply_json(x, 200);
    if (is_text)
        x->reply.content_type = "text/plain; charset=utf-8";
}

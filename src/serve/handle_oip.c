/* The Open Inference Protocol: health, metadata, infer. */
#include "protocol/oip.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "data/schema.h"
#include "ml/version.h"
#include "serve/handle_oip.h"

enum { VERSION_BYTES = 24 };

static bool is_version(const struct ml_variant *v, const char *version)
{
    char text[VERSION_BYTES];
    if (v->loaded == NULL)
        return false;
    snprintf(text, sizeof(text), "%zu", ml_model_version(v->loaded->model));
    return strcmp(text, version) == 0;
}

const struct ml_variant *ml_handle_find_version(struct ml_exchange *x, const struct ml_endpoint *e)
{
    for (size_t i = 0; i < e->spec.n_assigned; i++)
        if (is_version(&e->variants[i], x->request.args[1]))
            return &e->variants[i];
    ml_reply_error(x, 404, "unknown_version", NULL, "no variant of '%s' serves version '%s'",
                   e->spec.name, x->request.args[1]);
    return NULL;
}

bool ml_handle_is_repeated(const struct ml_endpoint *e, size_t variant)
{
    const struct ml_loaded *l = e->variants[variant].loaded;
    for (size_t i = 0; i < variant; i++)
        if (l != NULL && e->variants[i].loaded != NULL &&
            ml_model_version(e->variants[i].loaded->model) == ml_model_version(l->model))
            return true;
    return false;
}

void ml_handle_oip_server(struct ml_exchange *x)
{
    static const char text[] =
        "{\"name\":\"mlserved\",\"version\":\"" ML_VERSION "\","
        "\"extensions\":[\"model_repository\",\"classification\",\"parameters\"]}\n";
    x->reply.static_body = text;
    x->reply.static_bytes = sizeof(text) - 1;
    ml_reply_json(x, 200);
}

void ml_handle_oip_live(struct ml_exchange *x)
{
    static const char text[] = "{\"live\":true}\n";
    x->reply.static_body = text;
    x->reply.static_bytes = sizeof(text) - 1;
    ml_reply_json(x, 200);
}

static void finish_ready(struct ml_exchange *x, bool is_ready)
{
    ml_strbuf_adds(&x->reply.body, "}\n");
    ml_reply_json(x, is_ready ? 200 : 503);
    if (!is_ready)
        ml_reply_header(x, "Retry-After", "1");
}

void ml_handle_oip_ready(struct ml_exchange *x)
{
    const char *reason = ml_handle_unready(x->server);
    ml_strbuf_addc(&x->reply.body, '{');
    ml_json_key_bool(&x->reply.body, "ready", reason == NULL);
    ml_json_key_bool(&x->reply.body, "live", true);
    if (reason != NULL)
        ml_json_key_string(&x->reply.body, "error", reason);
    finish_ready(x, reason == NULL);
}

void ml_handle_oip_models(struct ml_exchange *x)
{
    struct ml_endpoint **all;
    size_t n = ml_hosts_all(x->server->hosts, &all);
    struct ml_strbuf *buf = &x->reply.body;
    ml_strbuf_adds(buf, "{\"models\":[");
    for (size_t i = 0; i < n; i++) {
        ml_json_add_comma(buf);
        ml_json_adds(buf, all[i]->spec.name);
    }
    ml_strbuf_adds(buf, "]}\n");
    ml_hosts_release(all, n);
    ml_reply_json(x, 200);
}

/* columns: of the second dimension; 0: there is none. */
static void write_tensor(struct ml_strbuf *buf, const char *name, const char *datatype,
                         size_t columns)
{
    ml_json_add_comma(buf);
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "name", name);
    ml_json_key_string(buf, "datatype", datatype);
    ml_strbuf_adds(buf, ",\"shape\":[-1");
    if (columns > 0)
        ml_strbuf_addf(buf, ",%zu", columns);
    ml_strbuf_adds(buf, "]}");
}

static void write_inputs(struct ml_strbuf *buf, const struct ml_schema *schema)
{
    ml_json_add_key(buf, "inputs");
    ml_strbuf_addc(buf, '[');
    for (size_t c = 0; c < schema->n_columns; c++)
        if (schema->columns[c].role == ML_ROLE_INPUT)
            write_tensor(buf, schema->columns[c].name,
                         schema->columns[c].type == ML_NUMERIC ? "FP64" : "BYTES", 0);
    ml_strbuf_addc(buf, ']');
}

static void write_outputs(struct ml_strbuf *buf, const struct ml_model *m)
{
    bool is_regression = ml_model_problem(m) == ML_REGRESSION_PROBLEM;
    ml_json_add_key(buf, "outputs");
    ml_strbuf_addc(buf, '[');
    write_tensor(buf, "predict", is_regression ? "FP64" : "BYTES", 0);
    if (!is_regression)
        write_tensor(buf, "predict_proba", "FP64", ml_model_n_labels(m));
    ml_strbuf_addc(buf, ']');
}

static void write_versions(struct ml_strbuf *buf, const struct ml_endpoint *e)
{
    ml_json_add_key(buf, "versions");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < e->spec.n_assigned; i++) {
        if (e->variants[i].loaded == NULL || ml_handle_is_repeated(e, i))
            continue;
        ml_json_add_comma(buf);
        ml_strbuf_addf(buf, "\"%zu\"", ml_model_version(e->variants[i].loaded->model));
    }
    ml_strbuf_addc(buf, ']');
}

static void write_tags(struct ml_strbuf *buf, const struct ml_model *m)
{
    static const char *const problems[] = {"binary", "multiclass", "regression"};
    ml_json_add_key(buf, "tags");
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "model", ml_model_name(m));
    ml_json_key_string(buf, "problem", problems[ml_model_problem(m)]);
    ml_strbuf_addc(buf, '}');
}

static void describe(struct ml_exchange *x, const struct ml_endpoint *e, const struct ml_variant *v)
{
    struct ml_strbuf *buf = &x->reply.body;
    if (v->loaded == NULL) {
        ml_reply_busy(x, 503, "not_loaded", "the endpoint's model is not loaded");
        return;
    }
    const struct ml_model *m = v->loaded->model;
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "name", e->spec.name);
    write_versions(buf, e);
    ml_json_add_key(buf, "platform");
    ml_strbuf_addf(buf, "\"mlserved_%s\"", ml_model_algorithm(m));
    write_inputs(buf, ml_model_schema(m));
    write_outputs(buf, m);
    write_tags(buf, m);
    ml_strbuf_adds(buf, "}\n");
    ml_reply_json(x, 200);
}

void ml_handle_oip_model(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_handle_find(x);
    if (e != NULL)
        describe(x, e, &e->variants[e->control]);
    ml_endpoint_unref(e);
}

void ml_handle_oip_version(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_handle_find(x);
    const struct ml_variant *v = e != NULL ? ml_handle_find_version(x, e) : NULL;
    if (v != NULL)
        describe(x, e, v);
    ml_endpoint_unref(e);
}

static void tell_ready(struct ml_exchange *x, const struct ml_endpoint *e, bool is_ready)
{
    ml_strbuf_addc(&x->reply.body, '{');
    ml_json_key_string(&x->reply.body, "name", e->spec.name);
    ml_json_key_bool(&x->reply.body, "ready", is_ready);
    finish_ready(x, is_ready);
}

void ml_handle_oip_model_ready(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_handle_find(x);
    if (e != NULL)
        tell_ready(x, e, e->is_ready);
    ml_endpoint_unref(e);
}

void ml_handle_oip_version_ready(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_handle_find(x);
    if (e != NULL && ml_handle_find_version(x, e) != NULL)
        tell_ready(x, e, true);
    ml_endpoint_unref(e);
}

/* by_version: the path's second name says which variant answers. */
static void infer(struct ml_exchange *x, bool by_version)
{
    struct ml_handle_options options = {0};
    if (ml_request_header(x, "Inference-Header-Content-Length") != NULL) {
        ml_reply_error(x, 400, "unsupported", NULL,
                       "binary tensors are not supported: send the whole request as JSON, without "
                       "Inference-Header-Content-Length");
        return;
    }
    struct ml_endpoint *e = ml_handle_find(x);
    if (e == NULL)
        return;
    const struct ml_variant *v = by_version ? ml_handle_find_version(x, e) : NULL;
    if (v != NULL)
        options.variant = v->spec->name;
    if (!by_version || v != NULL)
        ml_handle_wire(x, &ml_oip_protocol, e, &options);
    ml_endpoint_unref(e);
}

void ml_handle_oip_infer(struct ml_exchange *x)
{
    infer(x, false);
}

void ml_handle_oip_version_infer(struct ml_exchange *x)
{
    infer(x, true);
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "serve/handlers.h"

static void write_version(struct ml_strbuf *buf, const struct ml_version_info *v)
{
    ml_json_add_comma(buf);
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "model", v->name);
    ml_json_key_count(buf, "version", v->version);
    ml_json_key_string(buf, "created", v->created);
    if (v->has_threshold)
        ml_json_key_number(buf, "threshold", v->threshold);
    ml_json_add_key(buf, "aliases");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < v->n_aliases; i++) {
        ml_json_add_comma(buf);
        ml_json_adds(buf, v->aliases[i]);
    }
    ml_strbuf_adds(buf, "]}");
}

static void write_versions(struct ml_strbuf *buf, const char *key,
                           const struct ml_version_info *versions, size_t n)
{
    ml_json_add_key(buf, key);
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < n; i++)
        write_version(buf, &versions[i]);
    ml_strbuf_addc(buf, ']');
}

/* What V1 clients ask here of an endpoint: KServe's members, then TensorFlow Serving's. */
static void write_v1(struct ml_strbuf *buf, const struct ml_endpoint *e)
{
    ml_json_key_string(buf, "name", e->spec.name);
    ml_json_key_bool(buf, "ready", e->is_ready);
    ml_json_add_key(buf, "model_version_status");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < e->spec.n_assigned; i++) {
        const struct ml_variant *v = &e->variants[i];
        if (v->loaded == NULL)
            continue;
        ml_json_add_comma(buf);
        ml_strbuf_addf(buf,
                       "{\"version\":\"%zu\",\"state\":\"AVAILABLE\",\"status\":"
                       "{\"error_code\":\"OK\",\"error_message\":\"\"}}",
                       ml_model_version(v->loaded->model));
    }
    ml_strbuf_addc(buf, ']');
}

static void list_all(void *ctx)
{
    struct ml_exchange *x = ctx;
    struct ml_version_info *versions;
    size_t n;
    struct ml_error err;
    if (!ml_registry_list(x->server->registry, NULL, &versions, &n, &err)) {
        ml_reply_failure(x, "registry", &err);
    } else {
        ml_strbuf_addc(&x->reply.body, '{');
        write_versions(&x->reply.body, "models", versions, n);
        ml_strbuf_adds(&x->reply.body, "}\n");
        ml_registry_list_free(versions, n);
        ml_reply_json(x, 200);
    }
    ml_exchange_finish(x);
}

/* An endpoint's name is enough for V1 clients, who know no registry. */
static void list_one(void *ctx)
{
    struct ml_exchange *x = ctx;
    const char *name = x->request.args[0];
    struct ml_version_info *versions = NULL;
    size_t n = 0;
    struct ml_error err;
    struct ml_endpoint *e = x->server->config->protocols.on[ML_PROTOCOL_V1]
                                ? ml_hosts_find(x->server->hosts, name)
                                : NULL;
    bool ok = ml_registry_list(x->server->registry, name, &versions, &n, &err);
    if (!ok && (e == NULL || err.code != ML_ENOTFOUND)) {
        ml_reply_failure(x, err.code == ML_ENOTFOUND ? "unknown_model" : "registry", &err);
    } else {
        ml_strbuf_addc(&x->reply.body, '{');
        write_versions(&x->reply.body, "versions", versions, n);
        if (e != NULL)
            write_v1(&x->reply.body, e);
        ml_strbuf_adds(&x->reply.body, "}\n");
        ml_reply_json(x, 200);
    }
    if (ok)
        ml_registry_list_free(versions, n);
    ml_endpoint_unref(e);
    ml_exchange_finish(x);
}

static void show(void *ctx)
{
    struct ml_exchange *x = ctx;
    struct ml_error err;
    struct ml_model *model;
    char reference[2 * ML_MAX_ARG_BYTES];
    snprintf(reference, sizeof(reference), "%s@%s", x->request.args[0], x->request.args[1]);
    if (!ml_registry_load(&model, x->server->registry, reference, &err)) {
        ml_reply_failure(x, err.code == ML_ENOTFOUND ? "unknown_model" : "invalid_model", &err);
    } else {
        size_t n;
        const char *json = ml_model_json(model, &n);
        ml_strbuf_addc(&x->reply.body, '{');
        ml_json_key_string(&x->reply.body, "model", ml_model_name(model));
        ml_json_key_count(&x->reply.body, "version", ml_model_version(model));
        if (ml_model_problem(model) != ML_REGRESSION_PROBLEM)
            ml_json_key_number(&x->reply.body, "threshold", ml_model_threshold(model));
        ml_json_add_key(&x->reply.body, "bundle");
        ml_strbuf_add(&x->reply.body, json, n);
        ml_strbuf_adds(&x->reply.body, "}\n");
        ml_model_free(model);
        ml_reply_json(x, 200);
    }
    ml_exchange_finish(x);
}

/* They read files: not in a request thread. */
void ml_handle_models(struct ml_exchange *x)
{
    (void)ml_handle_later(x, x->server->control, list_all);
}

void ml_handle_model(struct ml_exchange *x)
{
    (void)ml_handle_later(x, x->server->control, list_one);
}

void ml_handle_model_version(struct ml_exchange *x)
{
    (void)ml_handle_later(x, x->server->control, show);
}

/*
 * The model repository extension of the Open Inference Protocol: what there is, and making
 * endpoints of it. In the queue of changes: they read files.
 */
#include <string.h>

#include "base/json.h"
#include "serve/handle_oip.h"

static void write_entry(struct ml_strbuf *buf, const char *name, size_t version, const char *reason)
{
    ml_json_add_comma(buf);
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "name", name);
    if (version > 0) {
        ml_json_add_key(buf, "version");
        ml_strbuf_addf(buf, "\"%zu\"", version);
    }
    ml_json_key_string(buf, "state", reason == NULL ? "READY" : "UNAVAILABLE");
    ml_json_key_string(buf, "reason", reason != NULL ? reason : "");
    ml_strbuf_addc(buf, '}');
}

static void write_endpoint(struct ml_strbuf *buf, const struct ml_endpoint *e, bool ready_only)
{
    for (size_t i = 0; i < e->spec.n_assigned; i++) {
        const struct ml_loaded *l = e->variants[i].loaded;
        if (l != NULL && !ml_handle_is_repeated(e, i))
            write_entry(buf, e->spec.name, ml_model_version(l->model), NULL);
        else if (l == NULL && !ready_only)
            write_entry(buf, e->spec.name, 0, e->problem);
    }
}

/* The newest version of each model that no endpoint is named after. */
static bool write_others(struct ml_strbuf *buf, struct ml_server *server, struct ml_error *err)
{
    struct ml_version_info *list = NULL;
    size_t n = 0;
    if (!ml_registry_list(server->registry, NULL, &list, &n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (i + 1 < n && strcmp(list[i].name, list[i + 1].name) == 0)
            continue;
        struct ml_endpoint *e = ml_hosts_find(server->hosts, list[i].name);
        if (e == NULL)
            write_entry(buf, list[i].name, list[i].version, "no endpoint has this name");
        ml_endpoint_unref(e);
    }
    ml_registry_list_free(list, n);
    return true;
}

/* {"ready":true}: only what is ready. No body: everything. False after a reply. */
static bool read_filter(struct ml_exchange *x, bool *ready_only)
{
    const struct ml_strbuf *body = &x->request.body;
    struct ml_json *root;
    struct ml_error err;
    *ready_only = false;
    if (body->length == 0)
        return true;
    if (!ml_json_parse_in(&x->arena, &root, body->bytes, body->length, "body", &err)) {
        ml_reply_failure(x, "invalid_json", &err);
        return false;
    }
    const struct ml_json *ready = ml_json_get(root, "ready");
    if (ml_json_type(root) != ML_JSON_OBJECT ||
        (ready != NULL && ml_json_type(ready) != ML_JSON_BOOL)) {
        ml_reply_error(x, 400, "invalid_request", "ready",
                       "the body must be an object; \"ready\" is true or false");
        return false;
    }
    *ready_only = ml_json_bool(ready, false);
    return true;
}

static void tell_index(void *ctx)
{
    struct ml_exchange *x = ctx;
    struct ml_strbuf *buf = &x->reply.body;
    struct ml_endpoint **all;
    struct ml_error err;
    bool ready_only;
    if (read_filter(x, &ready_only)) {
        size_t n = ml_hosts_all(x->server->hosts, &all);
        ml_strbuf_addc(buf, '[');
        for (size_t i = 0; i < n; i++)
            write_endpoint(buf, all[i], ready_only);
        ml_hosts_release(all, n);
        if (ready_only || write_others(buf, x->server, &err)) {
            ml_strbuf_adds(buf, "]\n");
            ml_reply_json(x, 200);
        } else {
            ml_reply_failure(x, "registry", &err);
        }
    }
    ml_exchange_finish(x);
}

static void finish_change(struct ml_exchange *x, const char *what)
{
    struct ml_strbuf *buf = &x->reply.body;
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "name", x->request.args[0]);
    ml_json_key_bool(buf, what, true);
    ml_strbuf_adds(buf, "}\n");
    ml_reply_json(x, 200);
}

/* The endpoint that was unloaded, or one of the registry's model of that name, in its newest
 * version. */
static bool create(struct ml_exchange *x, const char *name, struct ml_error *err)
{
    if (ml_hosts_load(x->server->hosts, name, err))
        return true;
    if (err->code != ML_ENOTFOUND || strncmp(err->msg, "variant", 7) == 0)
        return false;
    struct ml_strbuf text = {0};
    struct ml_json *definition;
    bool created;
    ml_strbuf_addf(&text, "{\"variants\":[{\"name\":\"main\",\"model\":\"%s\"}]}", name);
    bool ok =
        ml_json_parse_in(&x->arena, &definition, text.bytes, text.length, "definition", err) &&
        ml_hosts_put(x->server->hosts, name, definition, false, &created, err);
    ml_strbuf_release(&text);
    return ok;
}

static bool load_model(struct ml_exchange *x, const char *name, struct ml_error *err)
{
    size_t n_failed;
    struct ml_endpoint *e = ml_hosts_find(x->server->hosts, name);
    if (e == NULL)
        return create(x, name, err);
    ml_endpoint_unref(e);
    ml_hosts_refresh(x->server->hosts, &n_failed);
    e = ml_hosts_find(x->server->hosts, name);
    bool ok = e != NULL && e->problem[0] == '\0';
    if (!ok)
        ml_fail(err, ML_EIO, "%.200s", e != NULL ? e->problem : "the model is gone");
    ml_endpoint_unref(e);
    return ok;
}

static void load(void *ctx)
{
    struct ml_exchange *x = ctx;
    const char *name = x->request.args[0];
    struct ml_error err;
    if (load_model(x, name, &err)) {
        ml_log(&x->server->log, ML_LOG_INFO, "model loaded", {"endpoint", name});
        finish_change(x, "load");
    } else {
        ml_reply_failure(x, err.code == ML_ENOTFOUND ? "unknown_model" : "not_loaded", &err);
    }
    ml_exchange_finish(x);
}

static void unload(void *ctx)
{
    struct ml_exchange *x = ctx;
    const char *name = x->request.args[0];
    struct ml_error err;
    if (ml_hosts_unload(x->server->hosts, name, &err)) {
        ml_log(&x->server->log, ML_LOG_INFO, "model unloaded", {"endpoint", name});
        finish_change(x, "unload");
    } else {
        ml_reply_failure(x, err.code == ML_ENOTFOUND ? "unknown_endpoint" : "not_saved", &err);
    }
    ml_exchange_finish(x);
}

void ml_handle_oip_index(struct ml_exchange *x)
{
    (void)ml_handle_later(x, x->server->control, tell_index);
}

void ml_handle_oip_load(struct ml_exchange *x)
{
    (void)ml_handle_later(x, x->server->control, load);
}

void ml_handle_oip_unload(struct ml_exchange *x)
{
    (void)ml_handle_later(x, x->server->control, unload);
}

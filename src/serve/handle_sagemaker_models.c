/*
 * Models that are loaded and unloaded by name, as SageMaker asks of a multi-model container. A
 * model here is an endpoint of that name with one variant, "main".
 *
 * A url is a bundle's folder, or its model.json, within the registry (then it is that version) or
 * within the folder "sagemaker.models" (then it is imported as a version of the model's name,
 * unless the newest is the same). Paths are resolved first: links do not lead out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "registry/registry.h"
#include "serve/handlers.h"

#define DEFAULT_MODELS "/opt/ml/models"

enum { PAGE = 100, MAX_WAITS = 2000 };

static void write_model(struct ml_strbuf *buf, const struct ml_exchange *x,
                        const struct ml_endpoint *e)
{
    const struct ml_loaded *loaded = e->variants[e->control].loaded;
    ml_json_add_comma(buf);
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "modelName", e->spec.name);
    if (loaded != NULL) {
        char *path = ml_registry_path(x->server->registry, ml_model_name(loaded->model),
                                      ml_model_version(loaded->model));
        ml_json_key_string(buf, "modelUrl", path);
        free(path);
    } else {
        ml_json_key_string(buf, "modelUrl", "");
    }
    ml_strbuf_addc(buf, '}');
}

static void reply_model(struct ml_exchange *x, const struct ml_endpoint *e)
{
    write_model(&x->reply.body, x, e);
    ml_strbuf_addc(&x->reply.body, '\n');
    ml_reply_json(x, 200);
}

/* 404 as SageMaker has it. */
static struct ml_endpoint *find(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_hosts_find(x->server->hosts, x->request.args[0]);
    if (e == NULL)
        ml_reply_error(x, 404, "unknown_model", NULL, "no model '%s' is loaded",
                       x->request.args[0]);
    return e;
}

void ml_handle_sagemaker_model(struct ml_exchange *x)
{
    struct ml_endpoint *e = find(x);
    if (e == NULL)
        return;
    reply_model(x, e);
    ml_endpoint_unref(e);
}

void ml_handle_sagemaker_models(struct ml_exchange *x)
{
    const struct ml_request *q = &x->request;
    const char *after = q->query(q->transport, "next_page_token");
    struct ml_strbuf *buf = &x->reply.body;
    struct ml_endpoint **all;
    size_t n = ml_hosts_all(x->server->hosts, &all);
    size_t i = 0;
    while (after != NULL && i < n && strcmp(all[i]->spec.name, after) <= 0)
        i++;
    ml_strbuf_adds(buf, "{\"models\":[");
    size_t end = n - i > PAGE ? i + PAGE : n;
    for (; i < end; i++)
        write_model(buf, x, all[i]);
    ml_strbuf_addc(buf, ']');
    if (end < n)
        ml_json_key_string(buf, "nextPageToken", all[end - 1]->spec.name);
    ml_strbuf_adds(buf, "}\n");
    ml_hosts_release(all, n);
    ml_reply_json(x, 200);
}

/* What stands in path behind root and a slash, or NULL when it is not within. */
static const char *within(const char *path, const char *root)
{
    char *real = realpath(root, NULL);
    size_t n = real != NULL ? strlen(real) : 0;
    bool is_within = n > 0 && strncmp(path, real, n) == 0 && path[n] == '/';
    free(real);
    return is_within ? path + n + 1 : NULL;
}

/* "banking/3" is banking@3. */
static bool refer(char reference[ML_SPEC_REFERENCE_BYTES], const char *rest, struct ml_error *err)
{
    const char *slash = strchr(rest, '/');
    if (slash == NULL || slash[1] == '\0' || strspn(slash + 1, "0123456789") != strlen(slash + 1) ||
        strlen(rest) >= ML_SPEC_REFERENCE_BYTES)
        return ml_fail(err, ML_EINPUT, "'url' is no version's folder");
    snprintf(reference, ML_SPEC_REFERENCE_BYTES, "%.*s@%s", (int)(slash - rest), rest, slash + 1);
    return true;
}

/* The reference of what lies at the resolved path. */
static bool find_bundle(struct ml_server *s, const char *path, const char *name,
                        char reference[ML_SPEC_REFERENCE_BYTES], struct ml_error *err)
{
    const char *models = s->config->sagemaker_models;
    const char *rest = within(path, ml_registry_root(s->registry));
    size_t version;
    if (rest != NULL)
        return refer(reference, rest, err);
    if (within(path, models != NULL ? models : DEFAULT_MODELS) == NULL)
        return ml_fail(err, ML_EINPUT,
                       "'url' is neither in the registry nor in the folder 'sagemaker.models'");
    if (!ml_registry_import_folder(s->registry, path, name, &version, err))
        return false;
    snprintf(reference, ML_SPEC_REFERENCE_BYTES, "%s@%zu", name, version);
    return true;
}

static bool resolve(struct ml_server *s, const char *url, const char *name,
                    char reference[ML_SPEC_REFERENCE_BYTES], struct ml_error *err)
{
    static const char file[] = "/model.json";
    char *path = realpath(url, NULL);
    if (path == NULL)
        return ml_fail(err, ML_EINPUT, "'url' leads to no folder");
    size_t n = strlen(path);
    if (n > strlen(file) && strcmp(path + n - strlen(file), file) == 0)
        path[n - strlen(file)] = '\0';
    bool ok = find_bundle(s, path, name, reference, err);
    free(path);
    return ok;
}

static void refuse_load(struct ml_exchange *x, const struct ml_error *err)
{
    if (err->code == ML_ELIMIT)
        ml_reply_error(x, 507, "no_memory", NULL, "%s", err->msg);
    else if (err->code == ML_EIO || err->code == ML_EINTERNAL)
        ml_reply_failure(x, "not_saved", err);
    else
        ml_reply_error(x, 400, "invalid_model", NULL, "%s", err->msg);
}

static bool put(struct ml_exchange *x, const char *name, const char *reference,
                struct ml_error *err)
{
    struct ml_strbuf text = {0};
    struct ml_json *definition;
    bool created;
    ml_strbuf_adds(&text, "{\"variants\":[{\"name\":\"main\"");
    ml_json_key_string(&text, "model", reference);
    ml_strbuf_adds(&text, "}]}");
    bool ok = ml_json_parse_in(&x->arena, &definition, text.bytes, text.length, "model", err) &&
              ml_hosts_put(x->server->hosts, name, definition, false, &created, err);
    ml_strbuf_release(&text);
    return ok;
}

/* Which model to load from where: the job, in the arena. */
struct load {
    const char *name;
    const char *url;
};

static void run_load(void *ctx)
{
    struct ml_exchange *x = ctx;
    const struct load *load = x->job;
    char reference[ML_SPEC_REFERENCE_BYTES];
    struct ml_error err;
    struct ml_endpoint *e = ml_hosts_find(x->server->hosts, load->name);
    if (e != NULL) {
        ml_reply_error(x, 409, "loaded", NULL, "model '%s' is loaded already", load->name);
    } else if (resolve(x->server, load->url, load->name, reference, &err) &&
               put(x, load->name, reference, &err)) {
        e = ml_hosts_find(x->server->hosts, load->name);
        ml_log(&x->server->log, ML_LOG_INFO, "endpoint created", {"endpoint", load->name});
        reply_model(x, e);
    } else {
        refuse_load(x, &err);
    }
    ml_endpoint_unref(e);
    ml_exchange_finish(x);
}

void ml_handle_sagemaker_load(struct ml_exchange *x)
{
    const struct ml_strbuf *body = &x->request.body;
    struct load *load = ml_arena_calloc(&x->arena, 1, sizeof(*load));
    struct ml_json *root;
    struct ml_error err;
    if (!ml_json_parse_in(&x->arena, &root, body->bytes != NULL ? body->bytes : "", body->length,
                          "body", &err)) {
        ml_reply_failure(x, "invalid_json", &err);
        return;
    }
    load->name = ml_json_string(ml_json_get(root, "model_name"));
    load->url = ml_json_string(ml_json_get(root, "url"));
    if (load->name == NULL || !ml_spec_is_name(load->name, strlen(load->name))) {
        ml_reply_error(x, 400, "bad_request", "model_name", "'model_name' must be a name");
        return;
    }
    if (load->url == NULL) {
        ml_reply_error(x, 400, "bad_request", "url", "'url' must be a string");
        return;
    }
    x->job = load;
    (void)ml_handle_later(x, x->server->control, run_load);
}

/* Requests under way hold the endpoint a little longer: the memory is free when they are done. */
static void wait_until_free(struct ml_endpoint *e)
{
    const struct timespec moment = {0, 1000000};
    for (int i = 0; i < MAX_WAITS && atomic_load(&e->refs) > 1; i++)
        nanosleep(&moment, NULL);
}

static void run_unload(void *ctx)
{
    struct ml_exchange *x = ctx;
    struct ml_error err;
    struct ml_endpoint *e = find(x);
    if (e != NULL && ml_hosts_delete(x->server->hosts, e->spec.name, &err)) {
        ml_log(&x->server->log, ML_LOG_INFO, "endpoint deleted", {"endpoint", e->spec.name});
        wait_until_free(e);
        reply_model(x, e);
    } else if (e != NULL) {
        ml_reply_failure(x, "not_saved", &err);
    }
    ml_endpoint_unref(e);
    ml_exchange_finish(x);
}

void ml_handle_sagemaker_unload(struct ml_exchange *x)
{
    (void)ml_handle_later(x, x->server->control, run_unload);
}

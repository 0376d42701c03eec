/* What Amazon ML's control plane stands on here: children for jobs, a folder for data, endpoints.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "amazonml/amazonml.h"
#include "amazonml/location.h"
#include "amazonml/runner.h"
#include "base/file.h"
#include "ml/registry.h"
#include "serve/server.h"

static bool add(void *ctx, const char *id, const char *task, size_t n, ml_amazonml_done done,
                void *done_ctx)
{
    struct ml_server *s = ctx;
    return ml_runner_add(s->runner, id, task, n, done, done_ctx);
}

static void cancel(void *ctx, const char *id)
{
    struct ml_server *s = ctx;
    ml_runner_cancel(s->runner, id);
}

static bool locate(void *ctx, char **path, const char *location, bool must_exist,
                   struct ml_error *err)
{
    const struct ml_server *s = ctx;
    if (s->config->amazonml_data == NULL)
        return ml_fail(err, ML_EINPUT,
                       "no data can be used before 'amazonml.data' of the server's configuration "
                       "names a folder");
    const char *root = s->config->amazonml_data;
    if (!ml_location_resolve(path, location, root, must_exist, err))
        return false;
    bool ok = ml_location_keep_off(*path, location, root, s->state_dir, err) &&
              ml_location_keep_off(*path, location, root, ml_registry_root(s->registry), err);
    if (!ok)
        free(*path);
    return ok;
}

/* Whether an endpoint is what we would make: nothing but that model. */
static bool is_ours(const struct ml_endpoint *e, const char *name)
{
    const char *model = e->spec.variants[0].model;
    size_t n = strlen(name);
    return e->spec.n_variants == 1 && strncmp(model, name, n) == 0 &&
           (model[n] == '\0' || model[n] == '@');
}

static bool mount(void *ctx, const char *name, const char *reference, struct ml_error *err)
{
    struct ml_server *s = ctx;
    char text[256];
    struct ml_json *definition = NULL;
    bool created;
    struct ml_endpoint *old = ml_hosts_find(s->hosts, name);
    bool is_free = old == NULL || is_ours(old, name);
    ml_endpoint_unref(old);
    if (!is_free)
        return ml_fail(err, ML_ECONFLICT, "the server has an endpoint '%s' that is not Amazon ML's",
                       name);
    int n = snprintf(text, sizeof(text), "{\"variants\":[{\"name\":\"main\",\"model\":\"%s\"}]}",
                     reference);
    if (!ml_json_parse(&definition, text, (size_t)n, "definition", err))
        return false;
    bool ok = ml_hosts_put(s->hosts, name, definition, false, &created, err);
    ml_json_free(definition);
    if (ok)
        ml_log(&s->log, ML_LOG_INFO, "endpoint created by Amazon ML's API", {"endpoint", name},
               {"model", reference});
    return ok;
}

static bool unmount(void *ctx, const char *name, struct ml_error *err)
{
    struct ml_server *s = ctx;
    if (!ml_hosts_delete(s->hosts, name, err))
        return false;
    ml_log(&s->log, ML_LOG_INFO, "endpoint deleted by Amazon ML's API", {"endpoint", name});
    return true;
}

static void refresh(void *ctx)
{
    struct ml_server *s = ctx;
    size_t n_failed;
    (void)ml_hosts_refresh(s->hosts, &n_failed);
}

static int64_t now_ms(void *ctx)
{
    (void)ctx;
    return ml_now_ms();
}

static void log_job(void *ctx, const struct ml_aml_entity *e)
{
    const struct ml_server *s = ctx;
    char seconds[32];
    bool has_failed = e->status == ML_AML_FAILED;
    bool has_run = ml_aml_has(e, ML_AML_STARTED);
    snprintf(seconds, sizeof(seconds), "%.3f",
             fmax(e->number[ML_AML_FINISHED] - e->number[ML_AML_STARTED], 0.0) / 1000.0);
    ml_log(&s->log, has_failed ? ML_LOG_WARNING : ML_LOG_INFO, "Amazon ML's job has ended",
           {"kind", ml_aml_kind_name(e->kind)}, {"id", e->id},
           {"status", ml_aml_status_name(e->status)}, {"seconds", has_run ? seconds : NULL},
           {"message", e->text[ML_AML_MESSAGE]});
}

static void log_unsaved(void *ctx, const struct ml_aml_entity *e, const struct ml_error *why)
{
    const struct ml_server *s = ctx;
    ml_log(&s->log, ML_LOG_ERROR, "Amazon ML's record was not saved",
           {"kind", ml_aml_kind_name(e->kind)}, {"id", e->id}, {"error", why->msg});
}

static bool open_control(struct ml_server *s, const char *folder, struct ml_error *err)
{
    const char *const own[] = {"--run-task", NULL};
    const char *const of_command[] = {s->config->subcommand, "--run-task", NULL};
    const char *const *arguments = s->config->subcommand != NULL ? of_command : own;
    struct ml_amazonml_host host = {
        .ctx = s,
        .registry = s->registry,
        .n_slots = s->config->amazonml_jobs,
        .add = add,
        .cancel = cancel,
        .locate = locate,
        .mount = mount,
        .unmount = unmount,
        .refresh = refresh,
        .now_ms = now_ms,
        .log_job = log_job,
        .log_unsaved = log_unsaved,
    };
    return ml_runner_start(&s->runner, NULL, arguments, host.n_slots, err) &&
           ml_amazonml_open(&s->amazonml, folder, &host, err);
}

static bool check_data(const struct ml_server *s, struct ml_error *err)
{
    struct stat st;
    const char *folder = s->config->amazonml_data;
    if (folder == NULL || (stat(folder, &st) == 0 && S_ISDIR(st.st_mode)))
        return true;
    return ml_fail(err, ML_ENOTFOUND, "'amazonml.data': there is no folder '%.300s'", folder);
}

/* A folder may be mounted later, and what is served needs none: a start only warns. */
bool ml_server_open_amazonml(struct ml_server *s, bool check_only, struct ml_error *err)
{
    struct ml_error why;
    if (s->config->protocols.on[ML_PROTOCOL_AMAZONML] && !check_data(s, &why)) {
        if (check_only) {
            *err = why;
            return false;
        }
        ml_log(&s->log, ML_LOG_WARNING, why.msg, {"jobs", "fail"});
    }
    char *folder = ml_path_join(s->state_dir, "amazonml");
    bool is_on = s->config->protocols.on[ML_PROTOCOL_AMAZONML] && !check_only;
    bool ok = is_on ? open_control(s, folder, err) : ml_amazonml_read(&s->amazonml, folder, err);
    free(folder);
    return ok;
}

void ml_server_start_amazonml(struct ml_server *s)
{
    if (s->runner != NULL)
        ml_amazonml_start(s->amazonml);
}

bool ml_server_is_amazonml_model(void *server, const char *name)
{
    struct ml_server *s = server;
    return ml_amazonml_owns(s->amazonml, name);
}

void ml_server_close_amazonml(struct ml_server *s)
{
    ml_amazonml_stop(s->amazonml);
    ml_runner_stop(s->runner);
    ml_amazonml_close(s->amazonml);
    s->runner = NULL;
    s->amazonml = NULL;
}

#include "serve/server.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

enum { CONTROL_QUEUE = 64, SHADOW_QUEUE = 4096 };

int64_t ml_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t ml_monotonic_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static const char *state_dir(const struct ml_config *c)
{
    if (c->state != NULL)
        return c->state;
    const char *env = getenv("ML_STATE");
    return env != NULL && env[0] != '\0' ? env : "state";
}

static bool open_store(struct ml_server *s, struct ml_error *err)
{
    const struct ml_config *c = s->config;
    struct ml_store_options options = {
        .dir = s->state_dir,
        .queue_rows = c->log_queue,
        .max_bytes = c->log_bytes,
    };
    return !c->log_predictions || ml_store_open(&s->store, &options, err);
}

static bool open_capture(struct ml_server *s, struct ml_error *err)
{
    const struct ml_config *c = s->config;
    struct ml_capture_options options = {
        .directory = c->capture_directory,
        .percent = c->capture_percent,
        .endpoints = c->capture_endpoints,
        .log = &s->log,
    };
    return !(c->capture_percent > 0.0) || ml_capture_open(&s->capture, &options, err);
}

static bool open_credentials(struct ml_server *s, struct ml_error *err)
{
    const struct ml_config *c = s->config;
    if (!ml_auth_open(&s->auth, c->tokens, err))
        return false;
    if (c->sigv4 == NULL)
        return true;
    ml_auth_close_to_strangers(s->auth);
    return ml_sigv4_keys_open(&s->sigv4, c->sigv4, err);
}

static bool open_parts(struct ml_server *s, bool check_only, struct ml_error *err)
{
    const struct ml_config *c = s->config;
    if (!ml_registry_open(&s->registry, c->models, err) || !open_credentials(s, err))
        return false;
    if (!check_only &&
        (!ml_dir_make(s->state_dir, err) || !open_store(s, err) || !open_capture(s, err)))
        return false;
    if (!ml_server_open_amazonml(s, check_only, err))
        return false;
    struct ml_hosts_options options = {
        .config = c,
        .state_dir = s->state_dir,
        .registry = s->registry,
        .metrics = &s->metrics,
        .store = s->store,
        .log = &s->log,
        .is_left_out = ml_server_is_amazonml_model,
        .ctx = s,
    };
    return ml_hosts_open(&s->hosts, &options, err);
}

static bool open_server(struct ml_server *s, const struct ml_config *config, bool check_only,
                        struct ml_error *err)
{
    memset(s, 0, sizeof(*s));
    s->config = config;
    s->state_dir = state_dir(config);
    s->started_ms = ml_now_ms();
    s->log = (struct ml_log){strcmp(config->log_format, "json") == 0, STDERR_FILENO};
    ml_metrics_init(&s->metrics);
    if (!open_parts(s, check_only, err)) {
        ml_server_close(s);
        return false;
    }
    if (check_only)
        return true;
    s->control = ml_jobs_start(1, CONTROL_QUEUE);
    s->batches = ml_jobs_start(config->limits.batch_jobs, config->limits.batch_queue);
    s->shadows = ml_jobs_start(1, SHADOW_QUEUE);
    ml_server_start_amazonml(s);
    return true;
}

bool ml_server_open(struct ml_server *s, const struct ml_config *config, struct ml_error *err)
{
    return open_server(s, config, false, err);
}

bool ml_server_open_to_check(struct ml_server *s, const struct ml_config *config,
                             struct ml_error *err)
{
    return open_server(s, config, true, err);
}

void ml_server_finish_jobs(struct ml_server *s)
{
    ml_jobs_finish(s->control);
    ml_jobs_finish(s->batches);
    ml_jobs_finish(s->shadows);
}

void ml_server_close(struct ml_server *s)
{
    ml_jobs_free(s->control);
    ml_jobs_free(s->batches);
    ml_jobs_free(s->shadows);
    ml_server_close_amazonml(s);
    ml_store_close(s->store);
    ml_capture_close(s->capture);
    ml_hosts_close(s->hosts);
    ml_auth_close(s->auth);
    ml_sigv4_keys_close(s->sigv4);
    ml_registry_close(s->registry);
    ml_metrics_release(&s->metrics);
}

bool ml_server_reload_credentials(struct ml_server *s, struct ml_error *err)
{
    struct ml_error second;
    bool tokens_ok = ml_auth_reload(s->auth, err);
    bool keys_ok = s->sigv4 == NULL || ml_sigv4_keys_reload(s->sigv4, tokens_ok ? err : &second);
    return tokens_ok && keys_ok;
}

void ml_server_reload(struct ml_server *s, const char *why)
{
    struct ml_error err;
    size_t n_failed = 0;
    bool ok = ml_server_reload_credentials(s, &err);
    if (!ok)
        ml_log(&s->log, ML_LOG_ERROR, "tokens or keys not reloaded, the old ones stay",
               {"error", err.msg});
    size_t n_changed = ml_hosts_refresh(s->hosts, &n_failed);
    ok = ok && n_failed == 0;
    ml_count(ok ? &s->metrics.reloads_ok : &s->metrics.reloads_failed, 1);
    ml_log(&s->log, ok ? ML_LOG_INFO : ML_LOG_ERROR, "reloaded", {"why", why},
           {"changed", n_changed > 0 ? "yes" : "no"}, {"problems", n_failed > 0 ? "yes" : "no"});
}

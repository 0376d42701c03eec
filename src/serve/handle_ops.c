#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "ml/version.h"
#include "serve/handlers.h"
#include "serve/openapi.h"

void ml_handle_health(struct ml_exchange *x)
{
    static const char text[] = "{\"status\":\"ok\"}\n";
    x->reply.static_body = text;
    x->reply.static_bytes = sizeof(text) - 1;
    ml_reply_json(x, 200);
}

/* Why the daemon is not ready, or NULL. */
static const char *not_ready(const struct ml_server *s, struct ml_endpoint *const *all, size_t n)
{
    if (atomic_load(&s->draining))
        return "draining";
    if (n == 0 && !s->config->allow_no_model)
        return "no endpoint";
    for (size_t i = 0; i < n; i++)
        if (!all[i]->is_ready)
            return "a model is not loaded";
    struct ml_store_stats stats;
    if (s->store != NULL) {
        ml_store_stats(s->store, &stats);
        if (!stats.is_writable)
            return "the prediction log cannot be written";
    }
    return NULL;
}

const char *ml_handle_unready(struct ml_server *server)
{
    struct ml_endpoint **all;
    size_t n = ml_hosts_all(server->hosts, &all);
    const char *reason = not_ready(server, all, n);
    ml_hosts_release(all, n);
    return reason;
}

void ml_handle_ready(struct ml_exchange *x)
{
    struct ml_endpoint **all;
    size_t n = ml_hosts_all(x->server->hosts, &all);
    const char *reason = not_ready(x->server, all, n);
    struct ml_strbuf *buf = &x->reply.body;
    ml_strbuf_addc(buf, '{');
    ml_json_key_bool(buf, "ready", reason == NULL);
    if (reason != NULL)
        ml_json_key_string(buf, "reason", reason);
    ml_json_add_key(buf, "endpoints");
    ml_strbuf_addc(buf, '{');
    for (size_t i = 0; i < n; i++)
        ml_json_key_bool(buf, all[i]->spec.name, all[i]->is_ready);
    ml_strbuf_adds(buf, "}}\n");
    ml_hosts_release(all, n);
    ml_reply_json(x, reason == NULL ? 200 : 503);
    if (reason != NULL)
        ml_reply_header(x, "Retry-After", "1");
}

static void gauge(struct ml_strbuf *buf, const char *name, const char *type, const char *help,
                  double x)
{
    const char *none[] = {NULL};
    ml_metrics_family(buf, name, type, help);
    ml_metrics_sample(buf, name, none, x);
}

static void write_models(struct ml_strbuf *buf, struct ml_endpoint *const *all, size_t n)
{
    ml_metrics_family(buf, "mlserved_model_info", "gauge", "The model behind each variant.");
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < all[i]->spec.n_variants; k++) {
            const struct ml_variant *v = &all[i]->variants[k];
            char version[24];
            if (v->loaded == NULL)
                continue;
            snprintf(version, sizeof(version), "%zu", ml_model_version(v->loaded->model));
            const char *labels[] = {"endpoint",  all[i]->spec.name,
                                    "variant",   v->spec->name,
                                    "model",     ml_model_name(v->loaded->model),
                                    "version",   version,
                                    "algorithm", ml_model_algorithm(v->loaded->model),
                                    NULL};
            ml_metrics_sample(buf, "mlserved_model_info", labels, 1.0);
        }
    }
    ml_metrics_family(buf, "mlserved_endpoint_ready", "gauge",
                      "Whether every variant of the endpoint has its model.");
    for (size_t i = 0; i < n; i++) {
        const char *labels[] = {"endpoint", all[i]->spec.name, NULL};
        ml_metrics_sample(buf, "mlserved_endpoint_ready", labels, all[i]->is_ready ? 1.0 : 0.0);
    }
}

static void write_store(struct ml_strbuf *buf, struct ml_store *store)
{
    struct ml_store_stats s;
    if (store == NULL)
        return;
    ml_store_stats(store, &s);
    gauge(buf, "mlserved_log_queue_rows", "gauge", "Predictions waiting for the disk.",
          (double)s.queued);
    gauge(buf, "mlserved_log_queue_capacity_rows", "gauge", "Predictions that may wait.",
          (double)s.queue_rows);
    gauge(buf, "mlserved_log_rows_total", "counter", "Predictions written to the log.",
          (double)s.logged);
    gauge(buf, "mlserved_log_dropped_total", "counter",
          "Predictions that were answered and not logged.", (double)s.dropped);
    gauge(buf, "mlserved_log_repeated_total", "counter",
          "Predictions of an inference id that was logged before: the first stays.",
          (double)s.repeated);
    gauge(buf, "mlserved_log_pruned_total", "counter", "Old predictions deleted for room.",
          (double)s.pruned);
    gauge(buf, "mlserved_log_failed_commits_total", "counter", "Writes that the disk refused.",
          (double)s.failed_commits);
    gauge(buf, "mlserved_log_bytes", "gauge", "Size of the log's database.", (double)s.file_bytes);
}

static void write_capture(struct ml_strbuf *buf, struct ml_capture *capture)
{
    struct ml_capture_stats s;
    if (capture == NULL)
        return;
    ml_capture_stats(capture, &s);
    gauge(buf, "mlserved_captured_total", "counter", "Calls written to files of captured data.",
          (double)s.written);
    gauge(buf, "mlserved_capture_dropped_total", "counter",
          "Calls that were not captured for lack of time.", (double)s.dropped);
    gauge(buf, "mlserved_capture_failed_total", "counter",
          "Calls that were not captured because the disk refused.", (double)s.failed);
}

static double count_open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    double n = -3.0; /* ".", ".." and this one */
    if (dir == NULL)
        return 0.0;
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}

static void write_process(struct ml_strbuf *buf, const struct ml_server *s)
{
    const char *labels[] = {"version", ML_VERSION, NULL};
    ml_metrics_family(buf, "mlserved_build_info", "gauge", "The program.");
    ml_metrics_sample(buf, "mlserved_build_info", labels, 1.0);
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f != NULL) {
        if (fscanf(f, "%*s %ld", &pages) != 1)
            pages = 0;
        fclose(f);
    }
    gauge(buf, "process_resident_memory_bytes", "gauge", "Resident memory.",
          (double)pages * (double)sysconf(_SC_PAGESIZE));
    gauge(buf, "process_open_fds", "gauge", "Open files and sockets.", count_open_files());
    gauge(buf, "process_start_time_seconds", "gauge", "When the daemon started.",
          (double)s->started_ms / 1000.0);
}

void ml_handle_metrics(struct ml_exchange *x)
{
    struct ml_endpoint **all;
    struct ml_strbuf *buf = &x->reply.body;
    size_t n = ml_hosts_all(x->server->hosts, &all);
    ml_metrics_write(&x->server->metrics, buf);
    write_models(buf, all, n);
    gauge(buf, "mlserved_ready", "gauge", "Whether /readyz says yes.",
          not_ready(x->server, all, n) == NULL ? 1.0 : 0.0);
    ml_hosts_release(all, n);
    write_store(buf, x->server->store);
    write_capture(buf, x->server->capture);
    write_process(buf, x->server);
    x->reply.status = 200;
    x->reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
}

void ml_handle_openapi(struct ml_exchange *x)
{
    x->reply.static_body = (const char *)ml_openapi_json;
    x->reply.static_bytes = ml_openapi_json_bytes;
    ml_reply_json(x, 200);
}

static void reload(void *ctx)
{
    struct ml_exchange *x = ctx;
    size_t n_failed = 0;
    struct ml_error err;
    bool tokens_ok = ml_server_reload_credentials(x->server, &err);
    size_t n_changed = ml_hosts_refresh(x->server->hosts, &n_failed);
    bool ok = tokens_ok && n_failed == 0;
    ml_count(ok ? &x->server->metrics.reloads_ok : &x->server->metrics.reloads_failed, 1);
    struct ml_endpoint **all;
    size_t n = ml_hosts_all(x->server->hosts, &all);
    struct ml_strbuf *buf = &x->reply.body;
    ml_strbuf_addc(buf, '{');
    ml_json_key_count(buf, "reloaded", n_changed);
    ml_json_add_key(buf, "failed");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < n; i++) {
        if (all[i]->problem[0] == '\0')
            continue;
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        ml_json_key_string(buf, "endpoint", all[i]->spec.name);
        ml_json_key_string(buf, "problem", all[i]->problem);
        ml_strbuf_addc(buf, '}');
    }
    if (!tokens_ok) {
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        ml_json_key_string(buf, "problem", err.msg);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_adds(buf, "]}\n");
    ml_hosts_release(all, n);
    ml_reply_json(x, 200);
    ml_exchange_finish(x);
}

void ml_handle_reload(struct ml_exchange *x)
{
    (void)ml_handle_later(x, x->server->control, reload);
}

bool ml_handle_later(struct ml_exchange *x, struct ml_jobs *jobs, void (*run)(void *exchange))
{
    ml_exchange_defer(x);
    if (ml_jobs_add(jobs, run, x))
        return true;
    ml_reply_busy(x, 503, "overloaded", "too many such jobs are waiting");
    ml_exchange_finish(x);
    return false;
}

/* The Prometheus text of the counters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "eval/psi.h"
#include "serve/metrics.h"

enum { MIN_PSI_ROWS = 100 };

void ml_metrics_family(struct ml_strbuf *buf, const char *name, const char *type, const char *help)
{
    ml_strbuf_addf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_label_value(struct ml_strbuf *buf, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '\n') {
            ml_strbuf_adds(buf, "\\n");
            continue;
        }
        if (*s == '"' || *s == '\\')
            ml_strbuf_addc(buf, '\\');
        ml_strbuf_addc(buf, *s);
    }
}

void ml_metrics_sample(struct ml_strbuf *buf, const char *name, const char *const *labels, double x)
{
    ml_strbuf_adds(buf, name);
    if (labels[0] != NULL) {
        char open = '{';
        for (size_t i = 0; labels[i] != NULL; i += 2) {
            ml_strbuf_addc(buf, open);
            ml_strbuf_addf(buf, "%s=\"", labels[i]);
            add_label_value(buf, labels[i + 1]);
            ml_strbuf_addc(buf, '"');
            open = ',';
        }
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ' ');
    if (isfinite(x))
        ml_strbuf_add_double(buf, x);
    else
        ml_strbuf_adds(buf, isnan(x) ? "NaN" : "+Inf");
    ml_strbuf_addc(buf, '\n');
}

static void plain(struct ml_strbuf *buf, const char *name, const char *type, const char *help,
                  double x)
{
    const char *none[] = {NULL};
    ml_metrics_family(buf, name, type, help);
    ml_metrics_sample(buf, name, none, x);
}

static uint64_t total(const struct ml_histogram *h)
{
    uint64_t n = 0;
    for (size_t b = 0; b <= ML_N_BUCKETS; b++)
        n += ml_counted(&h->buckets[b]);
    return n;
}

static void code_text(char to[8], size_t i)
{
    int code = ml_metrics_code(i);
    if (code == 0) {
        memcpy(to, "other", sizeof("other"));
        return;
    }
    to[0] = (char)('0' + code / 100);
    to[1] = (char)('0' + code / 10 % 10);
    to[2] = (char)('0' + code % 10);
    to[3] = '\0';
}

static void write_requests(const struct ml_traffic *t, void *ctx)
{
    for (size_t i = 0; i < ML_N_CODES; i++) {
        char code[8];
        uint64_t n = total(&t->by_code[i]);
        if (n == 0)
            continue;
        code_text(code, i);
        const char *labels[] = {"endpoint", t->endpoint, "variant", t->variant, "code", code, NULL};
        ml_metrics_sample(ctx, "mlserved_requests_total", labels, (double)n);
    }
}

static void write_histogram(struct ml_strbuf *buf, const struct ml_traffic *t, size_t i)
{
    const struct ml_histogram *h = &t->by_code[i];
    char code[8];
    char bound[32];
    code_text(code, i);
    uint64_t sum = 0;
    for (size_t b = 0; b <= ML_N_BUCKETS; b++) {
        sum += ml_counted(&h->buckets[b]);
        struct ml_strbuf le = {0};
        if (b < ML_N_BUCKETS)
            ml_strbuf_add_double(&le, (double)ml_metrics_bound_ns(b) / 1e9);
        else
            ml_strbuf_adds(&le, "+Inf");
        memcpy(bound, le.bytes, le.length + 1);
        ml_strbuf_release(&le);
        const char *labels[] = {"endpoint", t->endpoint, "variant", t->variant, "code",
                                code,       "le",        bound,     NULL};
        ml_metrics_sample(buf, "mlserved_request_duration_seconds_bucket", labels, (double)sum);
    }
    const char *labels[] = {"endpoint", t->endpoint, "variant", t->variant, "code", code, NULL};
    ml_metrics_sample(buf, "mlserved_request_duration_seconds_sum", labels,
                      (double)ml_counted(&h->sum_ns) / 1e9);
    ml_metrics_sample(buf, "mlserved_request_duration_seconds_count", labels, (double)sum);
}

static void write_histograms(const struct ml_traffic *t, void *ctx)
{
    for (size_t i = 0; i < ML_N_CODES; i++)
        if (total(&t->by_code[i]) > 0)
            write_histogram(ctx, t, i);
}

static void write_rows(const struct ml_traffic *t, void *ctx)
{
    const char *labels[] = {"endpoint", t->endpoint, "variant", t->variant, NULL};
    if (t->variant[0] != '\0')
        ml_metrics_sample(ctx, "mlserved_rows_total", labels, (double)ml_counted(&t->rows));
}

static void write_assigned(const struct ml_traffic *t, void *ctx)
{
    static const char *const how[] = {"key", "random", "pinned", "default", "shadow"};
    for (size_t i = 0; i < ML_N_ASSIGNMENTS; i++) {
        uint64_t n = ml_counted(&t->assigned[i]);
        const char *labels[] = {"endpoint", t->endpoint, "variant", t->variant, "by", how[i], NULL};
        if (n > 0)
            ml_metrics_sample(ctx, "mlserved_assignments_total", labels, (double)n);
    }
}

static void write_outcomes(const struct ml_traffic *t, void *ctx)
{
    const char *labels[] = {"endpoint", t->endpoint, "variant", t->variant, NULL};
    uint64_t n = ml_counted(&t->outcomes);
    if (n > 0)
        ml_metrics_sample(ctx, "mlserved_outcomes_total", labels, (double)n);
}

static void write_traffic(struct ml_metrics *m, struct ml_strbuf *buf)
{
    ml_metrics_family(buf, "mlserved_requests_total", "counter", "Requests answered.");
    ml_metrics_each_traffic(m, write_requests, buf);
    ml_metrics_family(buf, "mlserved_request_duration_seconds", "histogram",
                      "From a request's last header to its reply.");
    ml_metrics_each_traffic(m, write_histograms, buf);
    ml_metrics_family(buf, "mlserved_rows_total", "counter", "Records scored.");
    ml_metrics_each_traffic(m, write_rows, buf);
    ml_metrics_family(buf, "mlserved_assignments_total", "counter",
                      "Records by how they came to their variant.");
    ml_metrics_each_traffic(m, write_assigned, buf);
    ml_metrics_family(buf, "mlserved_outcomes_total", "counter", "Outcomes recorded.");
    ml_metrics_each_traffic(m, write_outcomes, buf);
}

static void column_sample(struct ml_strbuf *buf, const char *name, const struct ml_column_counts *c,
                          const ml_counter *counter)
{
    const char *labels[] = {"endpoint", c->endpoint, "column", c->column, NULL};
    ml_metrics_sample(buf, name, labels, (double)ml_counted(counter));
}

static void write_missing(const struct ml_column_counts *c, void *ctx)
{
    column_sample(ctx, "mlserved_missing_values_total", c, &c->missing);
}

static void write_unseen(const struct ml_column_counts *c, void *ctx)
{
    column_sample(ctx, "mlserved_unseen_categories_total", c, &c->unseen);
}

static void write_invalid(const struct ml_column_counts *c, void *ctx)
{
    column_sample(ctx, "mlserved_invalid_values_total", c, &c->invalid);
}

static void write_columns(struct ml_metrics *m, struct ml_strbuf *buf)
{
    ml_metrics_family(buf, "mlserved_missing_values_total", "counter",
                      "Values that were absent or empty.");
    ml_metrics_each_column(m, write_missing, buf);
    ml_metrics_family(buf, "mlserved_unseen_categories_total", "counter",
                      "Categories that training did not keep.");
    ml_metrics_each_column(m, write_unseen, buf);
    ml_metrics_family(buf, "mlserved_invalid_values_total", "counter",
                      "BINARY values that are none and counted as missing.");
    ml_metrics_each_column(m, write_invalid, buf);
}

static void write_psi(const struct ml_score_counts *c, void *ctx)
{
    char version[24];
    struct ml_strbuf v = {0};
    ml_strbuf_add_u64(&v, c->version);
    memcpy(version, v.bytes, v.length + 1);
    ml_strbuf_release(&v);
    uint64_t *counts = ml_xcalloc(c->n_bins, sizeof(*counts));
    uint64_t n = 0;
    for (size_t i = 0; i < c->n_bins; i++)
        n += counts[i] = ml_counted(&c->counts[i]);
    const char *labels[] = {"endpoint", c->endpoint, "variant", c->variant, "model",
                            c->model,   "version",   version,   NULL};
    /* A handful of rows would alarm whoever watches for 0.25. */
    ml_metrics_sample(ctx, "mlserved_score_psi", labels,
                      n < MIN_PSI_ROWS ? NAN : ml_psi(c->shares, counts, c->n_bins));
    free(counts);
}

static void write_rejected(struct ml_metrics *m, struct ml_strbuf *buf)
{
    static const char *const reasons[ML_N_REJECTIONS] = {
        "framing",   "auth",        "overload",           "draining",
        "too_large", "connections", "connections_per_ip", "timeout",
    };
    ml_metrics_family(buf, "mlserved_rejected_total", "counter",
                      "Requests and connections turned away, by reason.");
    for (size_t i = 0; i < ML_N_REJECTIONS; i++) {
        const char *labels[] = {"reason", reasons[i], NULL};
        ml_metrics_sample(buf, "mlserved_rejected_total", labels,
                          (double)ml_counted(&m->rejected[i]));
    }
}

static void write_reloads(struct ml_metrics *m, struct ml_strbuf *buf)
{
    const char *ok[] = {"result", "ok", NULL};
    const char *failed[] = {"result", "failed", NULL};
    ml_metrics_family(buf, "mlserved_reloads_total", "counter", "Looks for other models.");
    ml_metrics_sample(buf, "mlserved_reloads_total", ok, (double)ml_counted(&m->reloads_ok));
    ml_metrics_sample(buf, "mlserved_reloads_total", failed,
                      (double)ml_counted(&m->reloads_failed));
}

void ml_metrics_write(struct ml_metrics *m, struct ml_strbuf *buf)
{
    write_traffic(m, buf);
    write_columns(m, buf);
    ml_metrics_family(buf, "mlserved_score_psi", "gauge",
                      "Population stability index of scores since the start against those of "
                      "training; above 0.25 they have moved.");
    ml_metrics_each_scores(m, write_psi, buf);
    write_rejected(m, buf);
    write_reloads(m, buf);
    plain(buf, "mlserved_model_load_failures_total", "counter",
          "Bundles that were refused; what served before goes on.",
          (double)ml_counted(&m->load_failures));
    plain(buf, "mlserved_unknown_columns_total", "counter",
          "Columns in requests that the model does not know.",
          (double)ml_counted(&m->unknown_columns));
    plain(buf, "mlserved_shadow_dropped_total", "counter",
          "Copies for shadow variants that were not scored for lack of time.",
          (double)ml_counted(&m->shadow_dropped));
    plain(buf, "mlserved_requests_in_flight", "gauge", "Requests admitted and not answered yet.",
          (double)atomic_load_explicit(&m->in_flight, memory_order_relaxed));
    plain(buf, "mlserved_connections_total", "counter", "Connections accepted.",
          (double)ml_counted(&m->n_connections));
    plain(buf, "mlserved_connections", "gauge", "Open connections.",
          (double)atomic_load_explicit(&m->connections, memory_order_relaxed));
}

/* Batches: the whole body by one variant, row for row, in a job of their own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "ml/predict.h"
#include "protocol/body_kind.h"
#include "protocol/native.h"
#include "serve/handlers.h"

enum { OUTPUT_MEMORY_BYTES = 1024 * 1024, LOOK_BYTES = 64 };

struct batch {
    struct ml_exchange *x;
    struct ml_endpoint *endpoint; /* a reference */
    const struct ml_variant *variant;
    double threshold;
    struct ml_spool out;
    size_t n_rows;
    size_t n_rejected;
    char first_rejected[160];
};

static bool sink(void *ctx, const void *bytes, size_t n, struct ml_error *err)
{
    struct batch *b = ctx;
    if (atomic_load(&b->x->server->aborting))
        return ml_fail(err, ML_EIO, "the server is stopping");
    return ml_spool_add(&b->out, bytes, n, OUTPUT_MEMORY_BYTES, b->x->server->state_dir, err);
}

static void note_rejected(void *ctx, const char *line)
{
    struct batch *b = ctx;
    if (b->first_rejected[0] == '\0')
        snprintf(b->first_rejected, sizeof(b->first_rejected), "%.150s", line);
}

/* The body by a path that opens it from its start. */
static bool body_path(struct batch *b, char path[40], struct ml_error *err)
{
    if (!ml_spool_to_file(&b->x->request.spool, err))
        return false;
    snprintf(path, 40, "/proc/self/fd/%d", b->x->request.spool.fd);
    return true;
}

static bool score_csv(struct batch *b, struct ml_error *err)
{
    char path[40];
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary = {0};
    struct ml_talk talk = {.note = note_rejected, .ctx = b};
    options.threshold = b->threshold;
    options.jobs = 1; /* one core for batches: the others answer predictions */
    options.csv.name = "body";
    options.csv.plain = true; /* a small body must not become a large job */
    options.csv.max_rejected = SIZE_MAX;
    if (!body_path(b, path, err) ||
        !ml_predict_to(b->variant->loaded->model, path, sink, b, &options, &talk, &summary, err))
        return false;
    b->n_rows = summary.n_rows;
    b->n_rejected = summary.n_rejected;
    return true;
}

/* One line's answer, or an empty line. */
static void score_line(struct batch *b, struct ml_scorer *scorer, struct ml_arena *arena,
                       const char *line, size_t n, struct ml_strbuf *buf)
{
    struct ml_call_record record = {0};
    struct ml_call_fault fault = {0};
    struct ml_predict_fault why = {0};
    size_t n_unknown = 0;
    const struct ml_model *m = b->variant->loaded->model;
    b->n_rows++;
    ml_arena_reset(arena);
    bool ok = n <= ML_MAX_RECORD_BYTES ||
              ml_fail(&fault.err, ML_EINPUT, "the record is longer than 100 KB");
    ok = ok && ml_native_read_record(&record, arena, line, n, &fault);
    if (ok && !ml_predict_fill(scorer, b->variant->loaded, &record, false, &n_unknown, &why)) {
        ok = false;
        fault.err = why.err;
    }
    if (ok) {
        struct ml_call_answer a = {.model = m, .threshold = b->threshold};
        a.probability = ml_scorer_score(scorer);
        a.label = ml_model_decide(m, a.probability, b->threshold);
        ml_strbuf_addc(buf, '{');
        ml_native_write_answer(buf, &a);
        ml_strbuf_addc(buf, '}');
    } else {
        b->n_rejected++;
        ml_fail_context(&fault.err, "line %zu", b->n_rows);
        note_rejected(b, fault.err.msg);
    }
    ml_strbuf_addc(buf, '\n');
}

/* Scores the whole lines in `rest` and drops them. at_end: the last needs no end. */
static bool score_lines(struct batch *b, struct ml_scorer *scorer, struct ml_arena *arena,
                        struct ml_strbuf *rest, bool at_end, struct ml_error *err)
{
    struct ml_strbuf buf = {0};
    size_t at = 0;
    bool ok = true;
    while (ok && at < rest->length) {
        const char *line = rest->bytes + at;
        const char *end = memchr(line, '\n', rest->length - at);
        if (end == NULL && !at_end)
            break;
        size_t n = end != NULL ? (size_t)(end - line) : rest->length - at;
        at += n + (end != NULL);
        if (n > 0 && line[n - 1] == '\r')
            n--;
        score_line(b, scorer, arena, line, n, &buf);
        if (buf.length > 64 * 1024) {
            ok = sink(b, buf.bytes, buf.length, err);
            ml_strbuf_clear(&buf);
        }
    }
    if (ok && buf.length > 0)
        ok = sink(b, buf.bytes, buf.length, err);
    ml_strbuf_release(&buf);
    if (at > 0) {
        memmove(rest->bytes, rest->bytes + at, rest->length - at);
        rest->length -= at;
    }
    return ok;
}

static bool score_ndjson(struct batch *b, struct ml_error *err)
{
    char path[40];
    int fd;
    if (!body_path(b, path, err) || !ml_file_open(&fd, path, err))
        return false;
    struct ml_scorer *scorer = ml_loaded_scorer(b->variant->loaded);
    struct ml_arena arena = {0};
    struct ml_strbuf rest = {0};
    bool ok = true;
    for (size_t n = 1; ok && n > 0;) {
        char *to = ml_strbuf_reserve(&rest, 256 * 1024);
        ok = ml_file_read(&n, fd, to, 256 * 1024, "body", err);
        rest.length += ok ? n : 0;
        /* A line that never ends must not pile up. */
        if (ok && rest.length > 2 * ML_MAX_RECORD_BYTES + 256 * 1024)
            ok = ml_fail(err, ML_ELIMIT, "line %zu: longer than 100 KB", b->n_rows + 1);
        ok = ok && score_lines(b, scorer, &arena, &rest, n == 0, err);
    }
    if (ok && b->n_rows > 0 && b->n_rejected == b->n_rows)
        ok = ml_fail(err, ML_EINPUT, "none of the %zu rows can be scored: %s", b->n_rows,
                     b->first_rejected);
    ml_strbuf_release(&rest);
    ml_arena_release(&arena);
    ml_file_close(fd);
    return ok;
}

static void reply(struct batch *b, const char *type)
{
    struct ml_exchange *x = b->x;
    char number[24];
    snprintf(number, sizeof(number), "%zu", b->n_rows);
    ml_reply_header(x, "X-Rows", number);
    snprintf(number, sizeof(number), "%zu", b->n_rejected);
    ml_reply_header(x, "X-Rejected-Rows", number);
    if (b->n_rejected > 0 && !x->server->config->terse_errors) {
        for (char *s = b->first_rejected; *s != '\0'; s++)
            *s = (unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e ? '?' : *s;
        ml_reply_header(x, "X-First-Rejected", b->first_rejected);
    }
    x->reply.status = 200;
    x->reply.content_type = type;
    if (b->out.fd < 0) {
        x->reply.body = b->out.memory;
        b->out.memory = (struct ml_strbuf){0};
        return;
    }
    x->reply.file_fd = b->out.fd;
    x->reply.file_bytes = b->out.bytes;
    b->out.fd = -1;
}

static void run(void *ctx)
{
    struct ml_exchange *x = ctx;
    struct batch *b = x->job;
    struct ml_spool *spool = &x->request.spool;
    struct ml_error err;
    char look[LOOK_BYTES] = "";
    size_t n = spool->memory.length < sizeof(look) ? spool->memory.length : sizeof(look);
    if (spool->fd < 0 && n > 0)
        memcpy(look, spool->memory.bytes, n);
    else
        n = 0;
    enum ml_body_kind kind = ml_body_kind(x->request.content_type, look, n);
    bool is_json = kind == ML_BODY_NDJSON || (kind == ML_BODY_JSON && n > 0);
    bool ok = ml_spool_flush(spool, &err) &&
              (is_json ? score_ndjson(b, &err) : score_csv(b, &err)) &&
              ml_spool_flush(&b->out, &err);
    if (ok)
        reply(b, is_json ? "application/x-ndjson" : "text/csv; charset=utf-8");
    else
        ml_reply_error(x, ml_status_of(err.code),
                       err.code == ML_EINPUT ? "invalid_record" : "batch", NULL, "%s", err.msg);
    if (ok)
        ml_count(&b->variant->traffic->rows, b->n_rows - b->n_rejected);
    ml_spool_release(&b->out);
    ml_endpoint_unref(b->endpoint);
    ml_exchange_finish(x);
}

/* The variant that a batch goes to, or NULL after a reply. */
static const struct ml_variant *choose(struct ml_exchange *x, const struct ml_endpoint *e,
                                       const struct ml_call *call)
{
    const struct ml_variant *v = &e->variants[e->control];
    if (call->variant != NULL)
        v = ml_endpoint_find(e, call->variant);
    if (v == NULL) {
        ml_reply_error(x, 400, "unknown_variant", "variant", "endpoint '%s' has no such variant",
                       e->spec.name);
        return NULL;
    }
    if (v->loaded == NULL) {
        ml_reply_busy(x, 503, "not_loaded", "the variant's model is not loaded");
        return NULL;
    }
    struct ml_predict_fault fault = {0};
    if (!ml_predict_check_threshold(v->loaded->model, call->threshold, &fault)) {
        ml_reply_error(x, fault.status, fault.code, fault.field, "%s", fault.err.msg);
        return NULL;
    }
    return v;
}

/* Negative where there is none, as in struct ml_predict_options. */
static double threshold_of(const struct ml_variant *v, const struct ml_call *call)
{
    if (ml_model_problem(v->loaded->model) != ML_BINARY_PROBLEM)
        return -1.0;
    return !isnan(call->threshold) ? call->threshold : !isnan(v->threshold) ? v->threshold : 0.5;
}

void ml_handle_batch(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_handle_find(x);
    struct ml_call call = {0};
    if (e == NULL)
        return;
    x->traffic = e->traffic;
    x->log_endpoint = e->traffic->endpoint;
    const struct ml_variant *v = ml_handle_query(x, &call) ? choose(x, e, &call) : NULL;
    if (v == NULL) {
        ml_endpoint_unref(e);
        return;
    }
    x->traffic = v->traffic;
    x->log_variant = v->traffic->variant;
    struct batch *b = ml_arena_calloc(&x->arena, 1, sizeof(*b));
    *b = (struct batch){
        .x = x,
        .endpoint = e,
        .variant = v,
        .threshold = threshold_of(v, &call),
        .out = {.fd = -1},
    };
    x->job = b;
    if (!ml_handle_later(x, x->server->batches, run))
        ml_endpoint_unref(e);
}

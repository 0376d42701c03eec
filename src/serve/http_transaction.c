#include "serve/http_transaction.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/percent.h"
#include "serve/guard.h"
#include "serve/http_signed.h"
#include "serve/http_worker.h"
#include "serve/predict.h"
#include "serve/router.h"

enum { MAX_SPARE = 4, KEEP_BODY_BYTES = 64 * 1024, SWALLOW_TIMES = 4, BYTES_A_SECOND = 64 * 1024 };

struct transaction {
    struct ml_exchange x; /* first: an exchange's transport is its transaction */
    struct ml_http_context *context;
    struct MHD_Connection *connection;
    struct ml_http_worker *worker;
    struct ml_conn *conn;
    struct ml_guard guard;
    uint64_t received;
    bool has_run;
    bool is_too_large;
    bool has_failed; /* the body could not be kept; err says why */
    struct ml_error err;
    struct transaction *next; /* spare ones */
};

/* A few of them, with their first memory, wait in each thread for the next request. */
struct spares {
    struct transaction *first;
    size_t n;
};

static _Thread_local struct spares *spare; /* owned by the thread: spares_key ends it */
static pthread_key_t spares_key;
static pthread_once_t spares_once = PTHREAD_ONCE_INIT;

static void free_transaction(struct transaction *t)
{
    ml_exchange_reset(&t->x);
    ml_arena_release(&t->x.arena);
    ml_strbuf_release(&t->x.request.body);
    free(t);
}

static void free_spares(void *ctx)
{
    struct spares *s = ctx;
    for (struct transaction *t = s->first, *next; t != NULL; t = next) {
        next = t->next;
        free_transaction(t);
    }
    free(s);
}

static void make_spares_key(void)
{
    if (pthread_key_create(&spares_key, free_spares) != 0)
        abort(); /* a handful of keys in a process that has a thousand */
}

static struct transaction *take_transaction(void)
{
    if (spare == NULL) {
        pthread_once(&spares_once, make_spares_key);
        spare = ml_xcalloc(1, sizeof(*spare));
        pthread_setspecific(spares_key, spare);
    }
    struct transaction *t = spare->first;
    if (t != NULL) {
        spare->first = t->next;
        spare->n--;
        return t;
    }
    t = ml_xcalloc(1, sizeof(*t));
    t->x.request.spool.fd = -1;
    t->x.reply.file_fd = -1;
    ml_exchange_reset(&t->x);
    return t;
}

static void give_back(struct transaction *t)
{
    if (spare == NULL || spare->n == MAX_SPARE || t->x.request.body.capacity > KEEP_BODY_BYTES) {
        free_transaction(t);
        return;
    }
    struct ml_exchange x = t->x;
    memset(t, 0, sizeof(*t));
    t->x = x;
    ml_exchange_reset(&t->x);
    t->next = spare->first;
    spare->first = t;
    spare->n++;
}

size_t ml_http_keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static struct ml_conn *conn_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

void ml_http_on_connection(void *cls, struct MHD_Connection *connection, void **socket_state,
                           enum MHD_ConnectionNotificationCode what)
{
    struct ml_http_context *context = cls;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_state = ml_conns_find(context->conns, info->connect_fd);
    } else if (*socket_state != NULL) {
        ml_conns_close(context->conns, *socket_state);
    }
}

void *ml_http_on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct ml_http_context *context = cls;
    (void)target;
    ml_conn_begin_request(context->conns, conn_of(connection));
    return NULL;
}

static void suspend(struct ml_exchange *x)
{
    struct transaction *t = (struct transaction *)(void *)x;
    atomic_fetch_add(&t->context->suspended, 1);
    MHD_suspend_connection(t->connection);
}

static void resume(struct ml_exchange *x)
{
    struct transaction *t = (struct transaction *)(void *)x;
    struct ml_http_context *context = t->context; /* t may be gone once it is resumed */
    struct ml_http_worker *worker = t->worker;
    MHD_resume_connection(t->connection);
    ml_http_worker_wake(worker);
    atomic_fetch_sub(&context->suspended, 1);
}

static const char *find_query(void *transport, const char *name)
{
    struct transaction *t = transport;
    const char *raw = MHD_lookup_connection_value(t->connection, MHD_GET_ARGUMENT_KIND, name);
    if (raw == NULL)
        return NULL;
    size_t n = strlen(raw);
    char *text = ml_arena_alloc(&t->x.arena, n + 1);
    ml_percent_decode_form(text, raw, n);
    return text;
}

static const char *find_header(void *transport, const char *name)
{
    struct transaction *t = transport;
    return MHD_lookup_connection_value(t->connection, MHD_HEADER_KIND, name);
}

static void signed_parts(void *transport, struct ml_sigv4_request *out)
{
    struct transaction *t = transport;
    ml_http_signed_parts(out, t->connection, &t->x.arena);
}

static enum MHD_Result look_at_field(void *cls, enum MHD_ValueKind kind, const char *name,
                                     size_t name_bytes, const char *value, size_t value_bytes)
{
    struct transaction *t = cls;
    struct ml_request *q = &t->x.request;
    (void)kind;
    if (value == NULL)
        value = "";
    ml_guard_field(&t->guard, name, name_bytes, value, value_bytes);
    switch (name_bytes) {
    case 6:
        if (strncasecmp(name, "accept", 6) == 0)
            q->accept = value;
        break;
    case 12:
        if (strncasecmp(name, "content-type", 12) == 0)
            q->content_type = value;
        break;
    case 13:
        if (strncasecmp(name, "authorization", 13) == 0)
            q->authorization = value;
        break;
    default:
        break;
    }
    return MHD_YES;
}

static enum ml_method method_of(const char *s)
{
    static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(s, names[i]) == 0)
            return (enum ml_method)i;
    return ML_OTHER_METHOD;
}

static bool is_host_allowed(const struct transaction *t)
{
    const struct ml_json *hosts = t->context->server->config->hosts;
    const char *host = MHD_lookup_connection_value(t->connection, MHD_HEADER_KIND, "Host");
    if (hosts == NULL)
        return true;
    for (const struct ml_json *h = ml_json_first(hosts); host != NULL && h != NULL;
         h = ml_json_next(h)) {
        const char *allowed = ml_json_string(h);
        size_t n = strlen(allowed);
        if (strncasecmp(host, allowed, n) == 0 && (host[n] == '\0' || host[n] == ':'))
            return true;
    }
    return false;
}

/* The first call: the headers are complete. Fills the reply when they are refused. */
static void begin(struct transaction *t, const char *url, const char *method, const char *version)
{
    struct ml_request *q = &t->x.request;
    struct ml_server *s = t->context->server;
    q->started_ns = ml_monotonic_ns();
    q->method = method_of(method);
    q->path = url;
    q->query = find_query;
    q->header = find_header;
    q->signed_parts = signed_parts;
    q->transport = t;
    t->x.server = s;
    t->x.traffic = &s->metrics.other;
    t->x.suspend = suspend;
    t->x.resume = resume;
    MHD_get_connection_values_n(t->connection, MHD_HEADER_KIND, look_at_field, t);
    struct ml_guard_verdict verdict = ml_guard_judge(&t->guard, method, url, version);
    if (verdict.status != 0) {
        ml_count(&s->metrics.rejected[ML_REJECT_FRAMING], 1);
        ml_route_words(&t->x);
        ml_reply_error(&t->x, verdict.status, verdict.code, NULL, "%s", verdict.message);
        t->x.reply.close = true;
        return;
    }
    q->n_authorization = t->guard.n_authorization;
    q->has_length = t->guard.n_length > 0;
    q->length = t->guard.length;
    q->has_body = q->length > 0 || t->guard.n_encoding > 0;
    if (!is_host_allowed(t)) {
        ml_route_words(&t->x);
        ml_reply_error(&t->x, 403, "forbidden", NULL, "this Host is not served here");
        return;
    }
    ml_route_admit(&t->x);
    if (t->x.reply.status != 0)
        return;
    if (q->has_length && q->length > 0 && (t->x.route->flags & ML_ROUTE_SPOOL) == 0)
        ml_strbuf_reserve(&q->body, (size_t)q->length);
    ml_conn_enter(t->context->conns, t->conn, q->has_body ? ML_PHASE_BODY : ML_PHASE_HANDLING, 0.0);
}

static void keep(struct transaction *t, const char *data, size_t n)
{
    struct ml_request *q = &t->x.request;
    const struct ml_limits *limits = &t->context->limits;
    bool is_batch = (t->x.route->flags & ML_ROUTE_SPOOL) != 0;
    t->received += n;
    if (t->received > ml_route_body_limit(&t->x)) {
        t->is_too_large = true;
        ml_strbuf_release(&q->body);
    }
    if (t->is_too_large || t->has_failed)
        return;
    if (q->digest != NULL)
        ml_digest_update(q->digest, data, n);
    if (!is_batch) {
        ml_strbuf_add(&q->body, data, n);
        return;
    }
    t->has_failed = !ml_spool_add(&q->spool, data, n, limits->spool_bytes,
                                  t->context->server->state_dir, &t->err);
    ml_conn_extend(t->context->conns, t->conn, ML_PHASE_BODY, (double)t->received / BYTES_A_SECOND);
}

static void log_request(const struct transaction *t, int64_t ns)
{
    const struct ml_exchange *x = &t->x;
    char status[8];
    char ms[32];
    static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "other"};
    snprintf(status, sizeof(status), "%d", x->reply.status);
    snprintf(ms, sizeof(ms), "%.3f", (double)ns / 1e6);
    ml_log(&x->server->log, ML_LOG_INFO, "request", {"method", names[x->request.method]},
           {"path", x->request.path}, {"status", status}, {"ms", ms},
           {"endpoint", x->log_endpoint[0] != '\0' ? x->log_endpoint : NULL},
           {"variant", x->log_variant[0] != '\0' ? x->log_variant : NULL}, {"reason", x->reason});
}

static struct MHD_Response *make_response(struct ml_reply *r, uint64_t *bytes)
{
    if (r->file_fd >= 0) {
        int fd = r->file_fd;
        r->file_fd = -1; /* libmicrohttpd closes it */
        *bytes = r->file_bytes;
        return MHD_create_response_from_fd64(r->file_bytes, fd);
    }
    if (r->static_body != NULL) {
        *bytes = r->static_bytes;
        return MHD_create_response_from_buffer(r->static_bytes, (void *)(uintptr_t)r->static_body,
                                               MHD_RESPMEM_PERSISTENT);
    }
    *bytes = r->body.length;
    char *text = r->body.bytes;
    r->body = (struct ml_strbuf){0};
    return MHD_create_response_from_buffer((size_t)*bytes, text != NULL ? text : (void *)"",
                                           text != NULL ? MHD_RESPMEM_MUST_FREE
                                                        : MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer(struct transaction *t)
{
    struct ml_exchange *x = &t->x;
    struct ml_reply *r = &x->reply;
    uint64_t bytes;
    int64_t ns = ml_monotonic_ns() - x->request.started_ns;
    struct MHD_Response *response = make_response(r, &bytes);
    if (response == NULL)
        return MHD_NO;
    if (r->content_type != NULL)
        MHD_add_response_header(response, "Content-Type", r->content_type);
    for (size_t i = 0; i < r->n_headers; i++)
        MHD_add_response_header(response, r->headers[i].name, r->headers[i].value);
    /*
     * A chunked request is its connection's last: libmicrohttpd ends a value at a NUL, so what we
     * see as "chunked" may have been something else to the proxy in front.
     */
    if (r->close || t->guard.n_encoding > 0 ||
        atomic_load_explicit(&x->server->draining, memory_order_relaxed))
        MHD_add_response_header(response, "Connection", "close");
    ml_conn_enter(t->context->conns, t->conn, ML_PHASE_WRITING, (double)bytes / BYTES_A_SECOND);
    t->has_run = true;
    ml_traffic_answered(x->traffic, r->status, ns);
    if (x->server->config->log_requests)
        log_request(t, ns);
    enum MHD_Result ok = MHD_queue_response(t->connection, (unsigned)r->status, response);
    MHD_destroy_response(response);
    return ok;
}

/* The body is complete. */
static enum MHD_Result run(struct transaction *t)
{
    struct ml_exchange *x = &t->x;
    t->has_run = true;
    /* A batch takes its time: its job looks after itself. */
    bool is_batch = (x->route->flags & ML_ROUTE_SPOOL) != 0;
    ml_conn_enter(t->context->conns, t->conn, ML_PHASE_HANDLING, is_batch ? 1e6 : 0.0);
    if (t->is_too_large)
        ml_route_refuse_body(x);
    else if (t->has_failed)
        ml_reply_failure(x, "not_spooled", &t->err);
    else
        ml_route_run(x);
    return x->deferred ? MHD_YES : answer(t);
}

enum MHD_Result ml_http_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *data,
                                   size_t *data_bytes, void **state)
{
    struct transaction *t = *state;
    if (t == NULL) {
        t = take_transaction();
        t->context = cls;
        t->connection = connection;
        t->worker = ml_http_worker_current();
        t->conn = conn_of(connection);
        *state = t;
        begin(t, url, method, version);
        return t->x.reply.status != 0 ? answer(t) : MHD_YES;
    }
    if (*data_bytes > 0) {
        /* A reply cannot be queued here: what is too much is read and forgotten, for a while. */
        if (t->has_run || t->received / SWALLOW_TIMES > ml_route_body_limit(&t->x))
            return MHD_NO;
        keep(t, data, *data_bytes);
        *data_bytes = 0;
        return MHD_YES;
    }
    return t->has_run ? answer(t) : run(t);
}

void ml_http_on_completed(void *cls, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode why)
{
    struct ml_http_context *context = cls;
    struct transaction *t = *state;
    (void)why;
    struct ml_conn *conn = conn_of(connection);
    if (conn != NULL)
        ml_conn_enter(context->conns, conn, ML_PHASE_IDLE, 0.0);
    if (t == NULL)
        return;
    if (t->x.counted)
        atomic_fetch_sub_explicit(&context->server->metrics.in_flight, 1, memory_order_relaxed);
    if (t->x.shadow != NULL)
        ml_shadow_send(t->x.shadow, &t->x.arena);
    give_back(t);
    *state = NULL;
}

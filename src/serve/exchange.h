/*
 * One request and its reply, without a socket: what handlers see.
 *
 *     transport: headers ──> ml_route_admit ──> body, piece by piece ──> ml_route_run ──> reply
 *                               (may refuse before any body)               (may defer)
 *
 * Everything in a request lives until the exchange ends; what a handler allocates comes from
 * x->arena. A handler either fills x->reply, or calls ml_exchange_defer and later, from any thread,
 * ml_exchange_finish. One thread at a time touches an exchange.
 */
#ifndef ML_SERVE_EXCHANGE_H
#define ML_SERVE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "serve/spool.h"

struct ml_server;
struct ml_route;
struct ml_protocol;
struct ml_digest;
struct ml_signed;
struct ml_sigv4_request;

enum ml_method {
    ML_GET,
    ML_HEAD,
    ML_POST,
    ML_PUT,
    ML_PATCH,
    ML_DELETE,
    ML_OTHER_METHOD,
};

/* A bit set; what a bearer token opens. */
enum ml_scope {
    ML_SCOPE_NONE = 0,
    ML_SCOPE_PREDICT = 1,
    ML_SCOPE_ADMIN = 2,
};

enum { ML_MAX_ARGS = 2, ML_MAX_ARG_BYTES = 65, ML_MAX_REPLY_HEADERS = 8 };

struct ml_request {
    enum ml_method method;
    const char *path; /* as sent, without the query */
    /* Set by routing: the path's variable segments, decoded, 1 to 64 bytes, valid names. */
    char args[ML_MAX_ARGS][ML_MAX_ARG_BYTES];
    const char *content_type; /* NULL: none was sent */
    const char *accept;       /* NULL: none */
    const char *authorization;
    size_t n_authorization;
    bool has_length;       /* a Content-Length was sent */
    uint64_t length;       /* its value */
    bool has_body;         /* a length above 0, or chunks */
    struct ml_strbuf body; /* whole, but for a batch */
    struct ml_spool spool; /* a batch's body */
    int64_t started_ns;    /* monotonic: when its headers were complete */
    /* A query parameter, decoded, or NULL. Borrowed until the exchange ends. */
    const char *(*query)(void *transport, const char *name);
    /* A header's value as sent, or NULL; NULL: there are none. */
    const char *(*header)(void *transport, const char *name);
    void *transport;
    /* Query and fields as sent, for a signature (serve/signed.h). NULL: signatures are not read. */
    void (*signed_parts)(void *transport, struct ml_sigv4_request *out);
    struct ml_signed *signature; /* in the arena; NULL: not signed */
    struct ml_digest *digest;    /* of a signed body, as far as it has come; owned */
};

struct ml_reply_header {
    const char *name;  /* static */
    const char *value; /* in the exchange's arena */
};

struct ml_reply {
    int status; /* 0: not filled yet */
    const char *content_type;
    struct ml_strbuf body;   /* malloc'd; the transport takes it */
    const char *static_body; /* instead of body; static_bytes long */
    size_t static_bytes;
    int file_fd; /* -1, or the file to send instead; closed by the transport */
    uint64_t file_bytes;
    struct ml_reply_header headers[ML_MAX_REPLY_HEADERS];
    size_t n_headers;
    bool close; /* the connection ends with this reply */
};

struct ml_exchange {
    struct ml_server *server;
    struct ml_arena arena;
    struct ml_request request;
    struct ml_reply reply;
    const struct ml_route *route;       /* NULL until admitted */
    const struct ml_protocol *protocol; /* whose words refusals are in; NULL: our own */
    struct ml_shadow_task *shadow;      /* in the arena; NULL: none */
    const char *log_endpoint; /* for metrics and the log, "" unless known; in arena or static */
    const char *log_variant;
    struct ml_traffic *traffic; /* where the request is counted; NULL: with the rest */
    const char *reason;         /* of a refusal: its code; static */
    bool counted;               /* counts among the admitted */
    bool deferred;
    void (*suspend)(struct ml_exchange *x); /* the transport's; from within the handler */
    void (*resume)(struct ml_exchange *x);  /* the transport's; any thread */
    void *job;                              /* what a deferred handler keeps */
};

/*
 * Puts the exchange aside, before anybody else gets hold of it; the handler then returns without
 * touching it again, and ml_exchange_finish is called when it is done.
 */
void ml_exchange_defer(struct ml_exchange *x);
void ml_exchange_finish(struct ml_exchange *x);

/* Empties what the exchange owns, for the next one. */
void ml_exchange_reset(struct ml_exchange *x);

/* A request's header, or NULL. */
const char *ml_request_header(const struct ml_exchange *x, const char *name);

/* Appends to the reply's headers, with a copy of the value. */
void ml_reply_header(struct ml_exchange *x, const char *name, const char *value);

/*
 * Amazon's x-amzn-RequestId, a UUID, unless there is one: refusals in the words of Amazon's
 * protocols have it from here.
 */
void ml_reply_request_id(struct ml_exchange *x);

/* A JSON body that the caller has written into reply.body. */
void ml_reply_json(struct ml_exchange *x, int status);

/*
 * {"error":{"code":…,"message":…,"column":…}}, or what the exchange's protocol says in its place.
 * code is a static string; field NULL: none. With terse errors the message is replaced by one
 * without values from the request.
 */
void ml_reply_error(struct ml_exchange *x, int status, const char *code, const char *field,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));
/* From a library error: its message and the status its code stands for. */
void ml_reply_failure(struct ml_exchange *x, const char *code, const struct ml_error *err);
/* 503 or 429 with Retry-After: 1. */
void ml_reply_busy(struct ml_exchange *x, int status, const char *code, const char *message);

/* The HTTP status an error code stands for: input 400, not found 404, conflict 409, limit 413, … */
int ml_status_of(enum ml_err code);

#endif

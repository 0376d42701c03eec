/*
 * Which request goes to which handler, and what is checked before: one table, one order of checks.
 *
 *     framing (guard.h) -> route -> method -> credentials -> admission -> type -> length -> (body)
 *         -> signature -> handler
 */
#ifndef ML_SERVE_ROUTER_H
#define ML_SERVE_ROUTER_H

#include "protocol/protocol.h"
#include "serve/config.h"
#include "serve/exchange.h"

enum ml_route_flags {
    ML_ROUTE_OPEN = 1,      /* needs no credentials */
    ML_ROUTE_BODY = 2,      /* has a body in one of our types */
    ML_ROUTE_ANY_TYPE = 16, /* … whatever its Content-Type says */
    ML_ROUTE_SPOOL = 4,     /* a batch: limited by batch_bytes, may lie in a file */
    ML_ROUTE_ADMITTED = 8,  /* counts against limits.requests */
    ML_ROUTE_LARGE = 32,    /* takes at least ML_LARGE_BODY_BYTES */
};

/* What SageMaker's clients may send InvokeEndpoint: 6 MB. */
enum { ML_LARGE_BODY_BYTES = 6 * 1024 * 1024 };

struct ml_route {
    enum ml_method method;
    const char *pattern; /* "/v1/endpoints/{}/predict", "/v1/models/{}:predict" */
    void (*handle)(struct ml_exchange *x);
    unsigned flags;
    enum ml_scope scope; /* what a token must open */
};

/* Routes that are there together and refuse in the same words. */
struct ml_route_set {
    const struct ml_route *routes; /* ends with a NULL pattern */
    unsigned protocols; /* bits 1 << enum ml_protocol_id: there when one is on; 0: always */
    const struct ml_protocol *protocol; /* whose words refusals are in; NULL: our own */
};

/* routes.c: all of them, in the order they are looked through; ends with NULL routes. */
extern const struct ml_route_set ml_route_sets[];

/*
 * Makes refusals before routing, and of paths that are none, speak in the words of the routes that
 * are most like the path; our own where none is.
 */
void ml_route_words(struct ml_exchange *x);

/*
 * When the headers are complete: finds the route and checks everything that can be checked without
 * the body. Afterwards either x->reply.status is set (a refusal) or x->route is.
 */
void ml_route_admit(struct ml_exchange *x);

/* Whether the request's credentials open that scope, for operations that share a route; false after
 * a refusal. */
bool ml_handle_require(struct ml_exchange *x, enum ml_scope scope);

/* The limit where a route has ML_ROUTE_LARGE: limits.body_bytes, or ML_LARGE_BODY_BYTES where that
 * is more and no container's SAGEMAKER_MAX_PAYLOAD_IN_MB. */
size_t ml_route_large_limit(const struct ml_config *config);

/* The body's limit for an admitted exchange, in bytes. */
size_t ml_route_body_limit(const struct ml_exchange *x);

/* The body is too long: fills the reply. */
void ml_route_refuse_body(struct ml_exchange *x);

/*
 * When the body is complete: checks a signature and calls the handler. Afterwards reply.status is
 * set or x->deferred is.
 */
void ml_route_run(struct ml_exchange *x);

const char *ml_route_method_name(enum ml_method method); /* "GET"; "" for others */
/* A target without scheme and authority: "http://host/path" is "/path" (RFC 9112, 3.2.2). */
const char *ml_route_path(const char *target);

/*
 * One path segment of n bytes, percent-decoded into `to` (ML_MAX_ARG_BYTES). False when an escape
 * is malformed or hides a control character, or the result is no name.
 */
bool ml_route_decode_name(char to[ML_MAX_ARG_BYTES], const char *segment, size_t n);

#endif

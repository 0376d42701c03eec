/*
 * Which request goes to which handler, and what is checked before: one table, one order of checks.
 *
 *     framing (guard.h) -> route -> method -> credentials -> admission -> type -> length -> handler
 */
#ifndef ML_SERVE_ROUTER_H
#define ML_SERVE_ROUTER_H

#include "serve/exchange.h"

enum ml_route_flags {
    ML_ROUTE_OPEN = 1,     /* needs no credentials */
    ML_ROUTE_BODY = 2,     /* has a body in one of our types */
    ML_ROUTE_SPOOL = 4,    /* a batch: limited by batch_bytes, may lie in a file */
    ML_ROUTE_ADMITTED = 8, /* counts against limits.requests */
};

struct ml_route {
    enum ml_method method;
    const char *pattern; /* "/v1/endpoints/{}/predict" */
    void (*handle)(struct ml_exchange *x);
    unsigned flags;
    enum ml_scope scope; /* what a token must open */
};

/* routes.c: the table; ends with a NULL pattern. */
extern const struct ml_route ml_routes[];

/*
 * When the headers are complete: finds the route and checks everything that can be checked without
 * the body. Afterwards either x->reply.status is set (a refusal) or x->route is.
 */
void ml_route_admit(struct ml_exchange *x);

/* The body's limit for an admitted exchange, in bytes. */
size_t ml_route_body_limit(const struct ml_exchange *x);

/* The body is too long: fills the reply. */
void ml_route_refuse_body(struct ml_exchange *x);

/* When the body is complete: calls the handler. Afterwards reply.status is set or x->deferred is.
 */
void ml_route_run(struct ml_exchange *x);

/* What kind of text the body is, by Content-Type or, where that says nothing, by its first byte. */
enum ml_body_kind {
    ML_BODY_JSON,
    ML_BODY_CSV,
    ML_BODY_NDJSON,
    ML_BODY_UNKNOWN, /* as a verdict on the type alone: look at the first byte */
    ML_BODY_UNSUPPORTED,
};
enum ml_body_kind ml_body_kind_of_type(const char *content_type);
enum ml_body_kind ml_body_kind(const struct ml_exchange *x, const char *bytes, size_t n);

/*
 * One path segment of n bytes, percent-decoded into `to` (ML_MAX_ARG_BYTES). False when an escape
 * is malformed or hides a control character, or the result is no name.
 */
bool ml_route_decode_name(char to[ML_MAX_ARG_BYTES], const char *segment, size_t n);

#endif

#include "serve/router.h"

#include <string.h>
#include <strings.h>

#include "base/percent.h"
#include "protocol/body_kind.h"
#include "protocol/invocations.h"
#include "serve/endpoint_spec.h"
#include "serve/server.h"
#include "serve/signed.h"
#include "serve/sigv4.h"

const char *ml_route_method_name(enum ml_method method)
{
    static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
    return method < ML_OTHER_METHOD ? names[method] : "";
}

bool ml_route_decode_name(char to[ML_MAX_ARG_BYTES], const char *s, size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)s[i];
        if (c == '%') {
            int high = i + 2 < n ? ml_hex_digit(s[i + 1]) : -1;
            int low = i + 2 < n ? ml_hex_digit(s[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = high * 16 + low;
            i += 2;
        }
        if (used + 1 == ML_MAX_ARG_BYTES)
            return false;
        to[used++] = (char)c;
    }
    to[used] = '\0';
    return ml_spec_is_name(to, used);
}

const char *ml_route_path(const char *path)
{
    if (strncasecmp(path, "http://", 7) != 0 && strncasecmp(path, "https://", 8) != 0)
        return path;
    const char *slash = strchr(strstr(path, "//") + 2, '/');
    return slash != NULL ? slash : "/";
}

/* Whether a segment fits: "{}" is any name, "{}:predict" one with that behind it. */
static bool fits_segment(const char *pattern, size_t wanted, const char *path, size_t there,
                         char args[][ML_MAX_ARG_BYTES], size_t *n_args)
{
    if (wanted < 2 || memcmp(pattern, "{}", 2) != 0)
        return wanted == there && memcmp(pattern, path, there) == 0;
    size_t suffix = wanted - 2;
    return there > suffix && memcmp(path + there - suffix, pattern + 2, suffix) == 0 &&
           ml_route_decode_name(args[(*n_args)++], path, there - suffix);
}

/*
 * How much of the path the pattern is, segment by segment up to the first that is not: 4 for one
 * that is the same, 3 for a name with the verb that follows it, 2 for another verb, 1 for any name.
 */
static unsigned likeness(const char *pattern, const char *path)
{
    unsigned sum = 0;
    while (*pattern == '/' && *path == '/') {
        size_t wanted = strcspn(++pattern, "/");
        size_t there = strcspn(++path, "/");
        bool is_variable = wanted >= 2 && memcmp(pattern, "{}", 2) == 0;
        size_t verb = is_variable ? wanted - 2 : 0;
        if (!is_variable && (wanted != there || wanted == 0 || memcmp(pattern, path, there) != 0))
            break;
        if (verb > 0 && memchr(path, ':', there) == NULL)
            break;
        bool is_verb = there > verb && memcmp(path + there - verb, pattern + 2, verb) == 0;
        sum += !is_variable ? 4 : verb == 0 ? 1 : is_verb ? 3 : 2;
        pattern += wanted;
        path += there;
    }
    return sum;
}

/* Whether the path fits; its variable segments go to args. */
static bool fits(const char *pattern, const char *path, char args[][ML_MAX_ARG_BYTES])
{
    size_t n_args = 0;
    for (;;) {
        if (*pattern != '/' || *path != '/')
            return *pattern == '\0' && *path == '\0';
        pattern++;
        path++;
        size_t wanted = strcspn(pattern, "/");
        size_t there = strcspn(path, "/");
        if (!fits_segment(pattern, wanted, path, there, args, &n_args))
            return false;
        pattern += wanted;
        path += there;
    }
}

/* Whether a protocol they belong to is switched on. */
static bool is_on(const struct ml_exchange *x, const struct ml_route_set *set)
{
    const struct ml_protocol_settings *s = &x->server->config->protocols;
    for (size_t i = 0; i < ML_N_PROTOCOLS; i++)
        if ((set->protocols & 1u << i) != 0 && s->on[i])
            return true;
    return set->protocols == 0;
}

static const struct ml_protocol *words_of(const struct ml_exchange *x,
                                          const struct ml_route_set *set)
{
    return set->protocol == &ml_invocations_protocol
               ? ml_invocations_words(&x->server->config->protocols)
               : set->protocol;
}

static void add_methods(struct ml_strbuf *allow, const struct ml_route *r, const char *path)
{
    char args[ML_MAX_ARGS][ML_MAX_ARG_BYTES];
    for (; r->pattern != NULL; r++)
        if (fits(r->pattern, path, args))
            ml_strbuf_addf(allow, "%s%s%s", allow->length > 0 ? ", " : "",
                           ml_route_method_name(r->method), r->method == ML_GET ? ", HEAD" : "");
}

void ml_route_words(struct ml_exchange *x)
{
    const char *path = ml_route_path(x->request.path);
    unsigned best = 0;
    x->protocol = NULL;
    for (const struct ml_route_set *set = ml_route_sets; set->routes != NULL; set++) {
        for (const struct ml_route *r = set->routes; is_on(x, set) && r->pattern != NULL; r++) {
            unsigned score = likeness(r->pattern, path);
            if (score > best) {
                best = score;
                x->protocol = words_of(x, set);
            }
        }
    }
}

static void refuse_method(struct ml_exchange *x, const char *path)
{
    struct ml_strbuf allow = {0};
    for (const struct ml_route_set *set = ml_route_sets; set->routes != NULL; set++)
        if (is_on(x, set))
            add_methods(&allow, set->routes, path);
    ml_route_words(x);
    if (allow.length == 0) {
        ml_reply_error(x, 404, "not_found", NULL, "nothing is at this path");
        return;
    }
    ml_reply_error(x, 405, "method_not_allowed", NULL, "this path knows %s", allow.bytes);
    ml_reply_header(x, "Allow", allow.bytes);
    ml_strbuf_release(&allow);
}

/* The route, or NULL; words: set to whose refusals are in. */
static const struct ml_route *look_up(struct ml_exchange *x, const char *path,
                                      const struct ml_protocol **words)
{
    struct ml_request *q = &x->request;
    enum ml_method method = q->method == ML_HEAD ? ML_GET : q->method;
    for (const struct ml_route_set *set = ml_route_sets; set->routes != NULL; set++) {
        if (!is_on(x, set))
            continue;
        for (const struct ml_route *r = set->routes; r->pattern != NULL; r++) {
            if (r->method != method || !fits(r->pattern, path, q->args))
                continue;
            *words = words_of(x, set);
            return r;
        }
    }
    return NULL;
}

static const struct ml_route *find(struct ml_exchange *x)
{
    const char *path = ml_route_path(x->request.path);
    const struct ml_route *route = look_up(x, path, &x->protocol);
    if (route == NULL)
        refuse_method(x, path);
    return route;
}

/* Neither a token that is known nor something like a signature. */
static void refuse_stranger(struct ml_exchange *x)
{
    const char *authorization = x->request.authorization;
    bool takes_tokens = x->server->config->tokens != NULL || x->server->sigv4 == NULL;
    if (x->server->sigv4 == NULL && ml_sigv4_is_meant(authorization))
        /* The code is Amazon's type in Amazon's protocols, see ml_aws_error_type. */
        ml_reply_error(x, 401, x->protocol != NULL ? "unknown_key" : "unauthorized", NULL,
                       "AWS signatures are not accepted here: configure 'sigv4'");
    else if (authorization != NULL)
        ml_reply_error(x, 401, "unauthorized", NULL,
                       "the Authorization is no %s that is known here",
                       takes_tokens ? "bearer token" : "signature");
    else if (x->server->sigv4 == NULL)
        ml_reply_error(x, 401, "unauthorized", NULL, "a bearer token is needed");
    else
        ml_reply_error(x, 401, "missing_authentication", NULL, "%s",
                       takes_tokens ? "a bearer token or an AWS signature (" ML_SIGV4_ALGORITHM
                                      ") is needed"
                                    : "an AWS signature (" ML_SIGV4_ALGORITHM ") is needed");
    if (takes_tokens)
        ml_reply_header(x, "WWW-Authenticate", "Bearer");
    if (x->server->sigv4 != NULL)
        ml_reply_header(x, "WWW-Authenticate", ML_SIGV4_ALGORITHM);
}

bool ml_handle_require(struct ml_exchange *x, enum ml_scope scope)
{
    struct ml_auth *auth = x->server->auth;
    if (ml_auth_is_open(auth))
        return true;
    bool is_signed = ml_signed_is(x);
    unsigned scopes = is_signed ? ml_signed_admit(x)
                      : x->request.n_authorization == 1
                          ? ml_auth_scopes(auth, x->request.authorization)
                          : 0;
    if ((scopes & scope) != 0)
        return true;
    if (x->reply.status != 0)
        return false;
    ml_count(&x->server->metrics.rejected[ML_REJECT_AUTH], 1);
    if (scopes != 0) {
        ml_reply_error(x, 403, "forbidden", NULL, "this %s does not open this",
                       is_signed ? "key" : "token");
        return false;
    }
    refuse_stranger(x);
    return false;
}

static bool check_credentials(struct ml_exchange *x, const struct ml_route *route)
{
    return (route->flags & ML_ROUTE_OPEN) != 0 || ml_handle_require(x, route->scope);
}

static bool check_admission(struct ml_exchange *x, const struct ml_route *route)
{
    struct ml_metrics *m = &x->server->metrics;
    if ((route->flags & ML_ROUTE_ADMITTED) == 0)
        return true;
    int64_t before = atomic_fetch_add_explicit(&m->in_flight, 1, memory_order_relaxed);
    x->counted = true;
    if (before < (int64_t)x->server->config->limits.requests)
        return true;
    ml_count(&m->rejected[ML_REJECT_OVERLOAD], 1);
    ml_reply_busy(x, 503, "overloaded", "too many requests are being answered");
    return false;
}

size_t ml_route_large_limit(const struct ml_config *config)
{
    size_t set = config->limits.body_bytes;
    return config->is_container || set > ML_LARGE_BODY_BYTES ? set : ML_LARGE_BODY_BYTES;
}

size_t ml_route_body_limit(const struct ml_exchange *x)
{
    const struct ml_limits *limits = &x->server->config->limits;
    unsigned flags = x->route != NULL ? x->route->flags : 0;
    return (flags & ML_ROUTE_SPOOL) != 0   ? limits->batch_bytes
           : (flags & ML_ROUTE_LARGE) != 0 ? ml_route_large_limit(x->server->config)
                                           : limits->body_bytes;
}

void ml_route_refuse_body(struct ml_exchange *x)
{
    ml_count(&x->server->metrics.rejected[ML_REJECT_TOO_LARGE], 1);
    ml_reply_error(x, 413, "body_too_large", NULL, "the body is longer than %zu bytes (limits.%s)",
                   ml_route_body_limit(x),
                   x->route != NULL && (x->route->flags & ML_ROUTE_SPOOL) != 0 ? "batch_bytes"
                                                                               : "body_bytes");
    x->reply.close = true;
}

static bool check_body(struct ml_exchange *x, const struct ml_route *route)
{
    if ((route->flags & (ML_ROUTE_BODY | ML_ROUTE_ANY_TYPE)) == ML_ROUTE_BODY &&
        ml_body_kind_of_type(x->request.content_type) == ML_BODY_UNSUPPORTED) {
        ml_reply_error(x, 415, "unsupported_media_type", NULL,
                       "bodies are application/json, text/csv or application/x-ndjson");
        return false;
    }
    if (x->request.has_length && x->request.length > ml_route_body_limit(x)) {
        ml_route_refuse_body(x);
        return false;
    }
    return true;
}

/* Longer than any route takes: refused whatever the path, since what follows cannot be read past.
 */
static bool is_absurd(const struct ml_exchange *x)
{
    const struct ml_limits *limits = &x->server->config->limits;
    return x->request.has_length && x->request.length > limits->batch_bytes &&
           x->request.length > ml_route_large_limit(x->server->config);
}

void ml_route_admit(struct ml_exchange *x)
{
    if (is_absurd(x)) {
        ml_route_words(x);
        x->route = look_up(x, ml_route_path(x->request.path), &x->protocol);
        ml_route_refuse_body(x);
        x->route = NULL;
        return;
    }
    const struct ml_route *route = find(x);
    if (route == NULL || !check_credentials(x, route) || !check_admission(x, route))
        return;
    x->route = route;
    if (!check_body(x, route))
        x->route = NULL;
}

void ml_route_run(struct ml_exchange *x)
{
    if (ml_signed_check(x, x->route->scope))
        x->route->handle(x);
}

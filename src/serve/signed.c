#include "serve/signed.h"

#include <time.h>

#include "serve/router.h"
#include "serve/server.h"
#include "serve/sigv4.h"

struct ml_signed {
    struct ml_sigv4_request request;
    struct ml_sigv4_claim claim;
};

static bool is_presigned(const struct ml_request *q)
{
    return q->authorization == NULL && q->query != NULL &&
           (q->query(q->transport, "X-Amz-Signature") != NULL ||
            q->query(q->transport, "X-Amz-Algorithm") != NULL);
}

bool ml_signed_is(const struct ml_exchange *x)
{
    const struct ml_request *q = &x->request;
    return x->server->sigv4 != NULL && q->signed_parts != NULL &&
           (ml_sigv4_is_meant(q->authorization) || is_presigned(q));
}

static bool refuse(struct ml_exchange *x, int status, const char *code, const char *message)
{
    ml_count(&x->server->metrics.rejected[ML_REJECT_AUTH], 1);
    ml_reply_error(x, status, code, NULL, "%s", message);
    return false;
}

static bool refuse_key(struct ml_exchange *x)
{
    return refuse(x, 403, "unknown_key", "no key of the Credential's id is known here");
}

static bool read_claim(struct ml_signed *s, struct ml_exchange *x)
{
    struct ml_request *q = &x->request;
    struct ml_sigv4_fault fault = {0};
    if (q->n_authorization != 1)
        return refuse(x, 400, "incomplete_signature",
                      q->n_authorization == 0
                          ? "signatures in the query are not accepted: send an Authorization header"
                          : "more than one Authorization");
    s->request.method = ml_route_method_name(q->method);
    s->request.path = ml_route_path(q->path);
    q->signed_parts(q->transport, &s->request);
    return ml_sigv4_read(&s->claim, q->authorization, &s->request, (int64_t)time(NULL), &fault) ||
           refuse(x, fault.status, fault.code, fault.message);
}

unsigned ml_signed_admit(struct ml_exchange *x)
{
    if (x->request.signature != NULL) /* an operation asks for more than its route did */
        return ml_sigv4_keys_find(x->server->sigv4, x->request.signature->claim.key_id, NULL);
    struct ml_signed *s = ml_arena_calloc(&x->arena, 1, sizeof(*s));
    if (!read_claim(s, x))
        return 0;
    unsigned scopes = ml_sigv4_keys_find(x->server->sigv4, s->claim.key_id, NULL);
    if (scopes == 0) {
        refuse_key(x);
        return 0;
    }
    x->request.signature = s;
    x->request.digest = ml_digest_new();
    return scopes;
}

bool ml_signed_check(struct ml_exchange *x, enum ml_scope scope)
{
    const struct ml_signed *s = x->request.signature;
    struct ml_sigv4_fault fault = {0};
    char secret[ML_MAX_KEY_SECRET_BYTES + 1];
    char body[ML_DIGEST_HEX];
    if (s == NULL)
        return true;
    ml_digest_finish(x->request.digest, body);
    x->request.digest = NULL;
    /* Asked again: the keys may have been read anew while the body came. */
    unsigned scopes = ml_sigv4_keys_find(x->server->sigv4, s->claim.key_id, secret);
    if (scopes == 0)
        return refuse_key(x);
    bool ok = ml_sigv4_verify(&s->claim, &s->request, secret, body, &fault);
    ml_wipe(secret, sizeof(secret));
    if (!ok)
        return refuse(x, fault.status, fault.code, fault.message);
    return (scopes & scope) != 0 || refuse(x, 403, "forbidden", "this key does not open this");
}

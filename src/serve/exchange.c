#include "serve/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "protocol/protocol.h"
#include "serve/server.h"
#include "serve/uuid.h"

void ml_exchange_defer(struct ml_exchange *x)
{
    x->deferred = true;
    x->suspend(x);
}

void ml_exchange_finish(struct ml_exchange *x)
{
    x->resume(x);
}

void ml_exchange_reset(struct ml_exchange *x)
{
    char unused[ML_DIGEST_HEX];
    struct ml_arena arena = x->arena;
    struct ml_strbuf body = x->request.body;
    struct ml_strbuf reply = x->reply.body;
    ml_spool_release(&x->request.spool);
    if (x->request.digest != NULL)
        ml_digest_finish(x->request.digest, unused);
    if (x->reply.file_fd >= 0)
        close(x->reply.file_fd);
    memset(x, 0, sizeof(*x));
    x->request.spool.fd = -1;
    x->reply.file_fd = -1;
    x->log_endpoint = "";
    x->log_variant = "";
    ml_arena_reset(&arena);
    x->arena = arena;
    ml_strbuf_clear(&body);
    x->request.body = body;
    ml_strbuf_release(&reply);
}

void ml_reply_header(struct ml_exchange *x, const char *name, const char *value)
{
    if (x->reply.n_headers == ML_MAX_REPLY_HEADERS)
        return;
    struct ml_reply_header *h = &x->reply.headers[x->reply.n_headers++];
    h->name = name;
    h->value = ml_arena_strndup(&x->arena, value, strlen(value));
}

const char *ml_request_header(const struct ml_exchange *x, const char *name)
{
    const struct ml_request *q = &x->request;
    return q->header != NULL ? q->header(q->transport, name) : NULL;
}

void ml_reply_request_id(struct ml_exchange *x)
{
    static const char name[] = "x-amzn-RequestId";
    char id[ML_UUID_BYTES];
    for (size_t i = 0; i < x->reply.n_headers; i++)
        if (strcmp(x->reply.headers[i].name, name) == 0)
            return;
    ml_uuid_make(id);
    ml_reply_header(x, name, id);
}

void ml_reply_json(struct ml_exchange *x, int status)
{
    x->reply.status = status;
    x->reply.content_type = "application/json";
}

static void write_error(struct ml_exchange *x, int status, const char *code, const char *field,
                        const char *message)
{
    const struct ml_protocol *p = x->protocol != NULL ? x->protocol : &ml_native_protocol;
    const struct ml_wire_fault fault = {status, code, field, message};
    struct ml_wire_reply reply = {.status = status, .body = &x->reply.body};
    ml_strbuf_clear(reply.body);
    p->refuse(&reply, &fault);
    x->reply.status = reply.status;
    x->reply.content_type = reply.content_type;
    if (reply.error_type != NULL) {
        ml_reply_header(x, "x-amzn-ErrorType", reply.error_type);
        ml_reply_request_id(x);
    }
    x->reason = code;
}

/* What may be said when messages must not repeat what was sent. */
static const char *terse_message(int status)
{
    return status == 404   ? "not found"
           : status == 413 ? "too large"
           : status < 500  ? "the request is not acceptable"
                           : "the request could not be served";
}

void ml_reply_error(struct ml_exchange *x, int status, const char *code, const char *field,
                    const char *format, ...)
{
    char message[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    bool terse = x->server != NULL && x->server->config->terse_errors;
    write_error(x, status, code, terse ? NULL : field, terse ? terse_message(status) : message);
}

void ml_reply_failure(struct ml_exchange *x, const char *code, const struct ml_error *err)
{
    ml_reply_error(x, ml_status_of(err->code), code, NULL, "%s", err->msg);
}

void ml_reply_busy(struct ml_exchange *x, int status, const char *code, const char *message)
{
    write_error(x, status, code, NULL, message);
    ml_reply_header(x, "Retry-After", "1");
}

int ml_status_of(enum ml_err code)
{
    switch (code) {
    case ML_EINPUT:
        return 400;
    case ML_ENOTFOUND:
        return 404;
    case ML_ECONFLICT:
        return 409;
    case ML_ELIMIT:
        return 413;
    case ML_EUNSUPPORTED:
        return 400;
    case ML_EIO:
        return 503;
    case ML_EINTERNAL:
        return 500;
    }
    return 500;
}

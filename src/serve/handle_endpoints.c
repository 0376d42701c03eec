#include <string.h>

#include "base/json.h"
#include "serve/handlers.h"

void ml_handle_endpoints(struct ml_exchange *x)
{
    struct ml_endpoint **all;
    size_t n = ml_hosts_all(x->server->hosts, &all);
    struct ml_strbuf *buf = &x->reply.body;
    ml_strbuf_adds(buf, "{\"endpoints\":[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            ml_strbuf_adds(buf, ",\n");
        ml_endpoint_write(buf, all[i]);
    }
    ml_strbuf_adds(buf, "]}\n");
    ml_hosts_release(all, n);
    ml_reply_json(x, 200);
}

static void write_endpoint(struct ml_exchange *x, int status)
{
    struct ml_endpoint *e = ml_handle_find(x);
    if (e == NULL)
        return;
    ml_endpoint_write(&x->reply.body, e);
    ml_strbuf_addc(&x->reply.body, '\n');
    ml_endpoint_unref(e);
    ml_reply_json(x, status);
}

void ml_handle_endpoint(struct ml_exchange *x)
{
    write_endpoint(x, 200);
}

static void note_change(struct ml_exchange *x, const char *what)
{
    ml_log(&x->server->log, ML_LOG_INFO, what, {"endpoint", x->request.args[0]});
}

/* "variants[1].weight: must be …": what stands before the colon. */
static void refuse_definition(struct ml_exchange *x, const struct ml_error *err)
{
    const char *colon = strchr(err->msg, ':');
    char field[100];
    size_t n = colon != NULL ? (size_t)(colon - err->msg) : 0;
    bool is_field = n > 0 && n < sizeof(field) && memchr(err->msg, ' ', n) == NULL;
    if (is_field) {
        memcpy(field, err->msg, n);
        field[n] = '\0';
    }
    ml_reply_error(x, 400, "invalid_endpoint", is_field ? field : NULL, "%s", err->msg);
}

static void refuse_change(struct ml_exchange *x, const struct ml_error *err)
{
    if (err->code == ML_ENOTFOUND && strncmp(err->msg, "variant", 7) == 0)
        ml_reply_error(x, 400, "unknown_model", NULL, "%s", err->msg);
    else if (err->code == ML_ENOTFOUND)
        ml_reply_failure(x, "unknown_endpoint", err);
    else if (err->code == ML_EINPUT && strncmp(err->msg, "variant '", 9) == 0)
        ml_reply_error(x, 400, "invalid_model", NULL, "%s", err->msg);
    else if (err->code == ML_EINPUT)
        refuse_definition(x, err);
    else
        ml_reply_failure(x, err->code == ML_ELIMIT ? "too_many_endpoints" : "not_saved", err);
}

static void change(struct ml_exchange *x, bool is_patch)
{
    const struct ml_request *q = &x->request;
    struct ml_json *definition;
    struct ml_error err;
    bool created = false;
    if (!ml_json_parse_in(&x->arena, &definition, q->body.bytes != NULL ? q->body.bytes : "",
                          q->body.length, "body", &err))
        ml_reply_failure(x, "invalid_json", &err);
    else if (!ml_hosts_put(x->server->hosts, q->args[0], definition, is_patch, &created, &err))
        refuse_change(x, &err);
    else {
        note_change(x, created ? "endpoint created" : "endpoint changed");
        write_endpoint(x, created ? 201 : 200);
    }
    ml_exchange_finish(x);
}

static void put(void *ctx)
{
    change(ctx, false);
}

static void patch(void *ctx)
{
    change(ctx, true);
}

static void delete_endpoint(void *ctx)
{
    struct ml_exchange *x = ctx;
    struct ml_error err;
    if (ml_hosts_delete(x->server->hosts, x->request.args[0], &err)) {
        note_change(x, "endpoint deleted");
        x->reply.status = 204;
    } else {
        refuse_change(x, &err);
    }
    ml_exchange_finish(x);
}

void ml_handle_put_endpoint(struct ml_exchange *x)
{
    (void)ml_handle_later(x, x->server->control, put);
}

void ml_handle_patch_endpoint(struct ml_exchange *x)
{
    (void)ml_handle_later(x, x->server->control, patch);
}

void ml_handle_delete_endpoint(struct ml_exchange *x)
{
    (void)ml_handle_later(x, x->server->control, delete_endpoint);
}

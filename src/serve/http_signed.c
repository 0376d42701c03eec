#include "serve/http_signed.h"

#include "base/strbuf.h"
#include "serve/guard.h"

struct parts {
    struct ml_strbuf query;
    struct ml_sigv4_field *fields;
    size_t n_fields;
};

static void add_raw(struct ml_strbuf *to, const char *s)
{
    for (; *s != '\0'; s++)
        ml_strbuf_addc(to, *s == ' ' ? '+' : *s);
}

static enum MHD_Result add_argument(void *cls, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct parts *p = cls;
    (void)kind;
    if (p->query.length > 0)
        ml_strbuf_addc(&p->query, '&');
    add_raw(&p->query, name);
    if (value == NULL)
        return MHD_YES;
    ml_strbuf_addc(&p->query, '=');
    add_raw(&p->query, value);
    return MHD_YES;
}

static enum MHD_Result add_field(void *cls, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    struct parts *p = cls;
    (void)kind;
    if (p->n_fields == ML_MAX_HEADER_FIELDS)
        return MHD_NO;
    p->fields[p->n_fields++] = (struct ml_sigv4_field){name, value != NULL ? value : ""};
    return MHD_YES;
}

void ml_http_signed_parts(struct ml_sigv4_request *out, struct MHD_Connection *connection,
                          struct ml_arena *arena)
{
    struct parts p = {0};
    p.fields = ml_arena_calloc(arena, ML_MAX_HEADER_FIELDS, sizeof(*p.fields));
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument, &p);
    MHD_get_connection_values(connection, MHD_HEADER_KIND, add_field, &p);
    out->query = p.query.length > 0 ? ml_arena_strndup(arena, p.query.bytes, p.query.length) : "";
    out->fields = p.fields;
    out->n_fields = p.n_fields;
    ml_strbuf_release(&p.query);
}

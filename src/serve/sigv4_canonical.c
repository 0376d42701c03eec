#include "serve/sigv4_canonical.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/percent.h"

/* The last segment of "/a/b" goes; "" stays. */
static void drop_segment(struct ml_strbuf *path)
{
    while (path->length > 0 && path->bytes[--path->length] != '/')
        ;
}

void ml_sigv4_add_path(struct ml_strbuf *to, const char *path)
{
    struct ml_strbuf plain = {0};
    size_t n = strlen(path);
    for (const char *s = path; *s != '\0';) {
        s += strspn(s, "/");
        size_t bytes = strcspn(s, "/");
        if (bytes == 2 && memcmp(s, "..", 2) == 0) {
            drop_segment(&plain);
        } else if (bytes > 0 && !(bytes == 1 && *s == '.')) {
            ml_strbuf_addc(&plain, '/');
            ml_strbuf_add(&plain, s, bytes);
        }
        s += bytes;
    }
    if (plain.length == 0 || path[n - 1] == '/')
        ml_strbuf_addc(&plain, '/');
    ml_percent_encode(to, plain.bytes, plain.length, "/");
    ml_strbuf_release(&plain);
}

struct pair {
    const char *name;
    const char *value;
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *p = a;
    const struct pair *q = b;
    int order = strcmp(p->name, q->name);
    return order != 0 ? order : strcmp(p->value, q->value);
}

static const char *query_part(struct ml_arena *arena, const char *s, size_t n,
                              enum ml_sigv4_query how)
{
    if (how == ML_SIGV4_QUERY_AS_SENT)
        return ml_arena_strndup(arena, s, n);
    struct ml_strbuf encoded = {0};
    char *plain = ml_arena_alloc(arena, n + 1);
    size_t bytes = ml_percent_decode_form(plain, s, n);
    ml_percent_encode(&encoded, plain, bytes, "");
    const char *part =
        ml_arena_strndup(arena, encoded.bytes != NULL ? encoded.bytes : "", encoded.length);
    ml_strbuf_release(&encoded);
    return part;
}

static size_t count_pairs(const char *query)
{
    size_t n = 1;
    for (; *query != '\0'; query++)
        n += *query == '&';
    return n;
}

void ml_sigv4_add_query(struct ml_strbuf *to, const char *query, enum ml_sigv4_query how)
{
    struct ml_arena arena = {0};
    struct pair *pairs = ml_arena_calloc(&arena, count_pairs(query), sizeof(*pairs));
    size_t n = 0;
    for (const char *s = query; *s != '\0';) {
        size_t bytes = strcspn(s, "&");
        size_t name = strcspn(s, "&=");
        size_t value = name < bytes ? name + 1 : bytes;
        pairs[n].name = query_part(&arena, s, name, how);
        pairs[n++].value = query_part(&arena, s + value, bytes - value, how);
        s += bytes + (s[bytes] == '&');
    }
    qsort(pairs, n, sizeof(*pairs), compare_pairs);
    for (size_t i = 0; i < n; i++) {
        ml_strbuf_adds(to, i > 0 ? "&" : "");
        ml_strbuf_adds(to, pairs[i].name);
        ml_strbuf_addc(to, '=');
        ml_strbuf_adds(to, pairs[i].value);
    }
    ml_arena_release(&arena);
}

bool ml_sigv4_next_name(struct ml_sigv4_span *name, struct ml_sigv4_span *rest)
{
    if (rest->n == 0)
        return false;
    const char *end = memchr(rest->s, ';', rest->n);
    name->s = rest->s;
    name->n = end != NULL ? (size_t)(end - rest->s) : rest->n;
    size_t taken = name->n + (end != NULL);
    rest->s += taken;
    rest->n -= taken;
    return true;
}

bool ml_sigv4_is_field(const struct ml_sigv4_field *field, struct ml_sigv4_span name)
{
    return strncasecmp(field->name, name.s, name.n) == 0 && field->name[name.n] == '\0';
}

/* Without blanks at either end, runs of them become one. */
static void add_value(struct ml_strbuf *to, const char *s)
{
    static const char blanks[] = " \t";
    for (s += strspn(s, blanks); *s != '\0'; s += strspn(s, blanks)) {
        size_t word = strcspn(s, blanks);
        ml_strbuf_add(to, s, word);
        s += word;
        if (s[strspn(s, blanks)] != '\0')
            ml_strbuf_addc(to, ' ');
    }
}

void ml_sigv4_add_headers(struct ml_strbuf *to, const struct ml_sigv4_request *request,
                          struct ml_sigv4_span rest)
{
    struct ml_sigv4_span name;
    while (ml_sigv4_next_name(&name, &rest)) {
        const char *before = ":";
        ml_strbuf_add(to, name.s, name.n);
        for (size_t i = 0; i < request->n_fields; i++) {
            if (!ml_sigv4_is_field(&request->fields[i], name))
                continue;
            ml_strbuf_adds(to, before);
            add_value(to, request->fields[i].value);
            before = ",";
        }
        ml_strbuf_addc(to, '\n');
    }
}

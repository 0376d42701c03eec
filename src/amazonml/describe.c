/*
 * Lists of entities, page by page. A token says where the last page ended, by the value that is
 * sorted by and the number of creation, not by a count: what comes or goes in between neither
 * repeats nor hides anything else.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "amazonml/control.h"
#include "amazonml/filter.h"
#include "base/alloc.h"

enum { MAX_PAGE = 100 };

struct item {
    struct ml_aml_key key;
    double sequence;
    const struct ml_aml_entity *entity; /* NULL: a token */
    bool is_descending;
};

static int compare(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    int order = ml_aml_key_compare(&x->key, &y->key);
    if (order == 0)
        order = (x->sequence > y->sequence) - (x->sequence < y->sequence);
    return x->is_descending ? -order : order;
}

static void write_token(struct ml_strbuf *out, enum ml_aml_kind kind, const struct ml_aml_filter *f,
                        const struct item *last)
{
    struct ml_strbuf text = {0};
    ml_strbuf_addc(&text, '{');
    ml_json_key_string(&text, "of", ml_aml_kinds[kind].type);
    ml_json_key_string(&text, "by", f->variable);
    ml_json_key_bool(&text, "down", f->is_descending);
    ml_json_key_number(&text, "last", last->sequence);
    if (last->key.text != NULL)
        ml_json_key_string(&text, "text", last->key.text);
    else
        ml_json_key_number(&text, "number", last->key.number);
    ml_strbuf_addc(&text, '}');
    ml_json_add_key(out, "NextToken");
    ml_strbuf_addc(out, '"');
    for (size_t i = 0; i < text.length; i++)
        ml_strbuf_addf(out, "%02x", (unsigned char)text.bytes[i]);
    ml_strbuf_addc(out, '"');
    ml_strbuf_release(&text);
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool decode(struct ml_strbuf *text, const char *hex)
{
    for (; hex[0] != '\0'; hex += 2) {
        int high = hex_value(hex[0]);
        int low = high >= 0 ? hex_value(hex[1]) : -1;
        if (low < 0)
            return false;
        ml_strbuf_addc(text, (char)(high * 16 + low));
    }
    return text->length > 0;
}

/* Whether a token was written for that filter on that kind. */
static bool is_of(const struct ml_json *token, enum ml_aml_kind kind, const struct ml_aml_filter *f)
{
    const char *of = ml_aml_string(token, "of");
    const char *by = ml_aml_string(token, "by");
    return of != NULL && strcmp(of, ml_aml_kinds[kind].type) == 0 && by != NULL &&
           strcmp(by, f->variable) == 0 &&
           ml_json_bool(ml_json_get(token, "down"), false) == f->is_descending;
}

/* The text of the item's key is borrowed from the token. */
static bool read_item(struct item *out, const struct ml_json *token, const struct ml_aml_filter *f)
{
    struct ml_aml_entity none = {.text = {NULL}};
    bool is_text = ml_aml_filter_key(f, &none).text != NULL;
    *out = (struct item){
        .key = {ml_aml_string(token, "text"), ml_json_number(ml_json_get(token, "number"))},
        .sequence = ml_json_number(ml_json_get(token, "last")),
        .is_descending = f->is_descending,
    };
    return !isnan(out->sequence) && is_text == (out->key.text != NULL) &&
           (is_text || !isnan(out->key.number));
}

/* document keeps what the key's text borrows. */
static bool read_token(struct item *out, struct ml_json **document, const char *token,
                       const struct ml_aml_filter *f, const struct ml_aml_op *op)
{
    struct ml_strbuf text = {0};
    struct ml_error ignored;
    bool ok =
        decode(&text, token) && ml_json_parse(document, text.bytes, text.length, "token", &ignored);
    ml_strbuf_release(&text);
    return (ok && is_of(*document, op->kind, f) && read_item(out, *document, f)) ||
           ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT,
                         "NextToken: not one that this query has returned");
}

/* All that pass, in order. */
static struct item *collect(struct ml_aml_op *op, const struct ml_aml_filter *f, size_t *n)
{
    size_t n_all;
    struct ml_aml_entity *const *all = ml_aml_records_all(op->control->records, op->kind, &n_all);
    struct item *items = ml_xcalloc(n_all + 1, sizeof(*items));
    *n = 0;
    for (size_t i = 0; i < n_all; i++)
        if (ml_aml_filter_passes(f, all[i]))
            items[(*n)++] =
                (struct item){ml_aml_filter_key(f, all[i]), all[i]->number[ML_AML_SEQUENCE], all[i],
                              f->is_descending};
    qsort(items, *n, sizeof(*items), compare);
    return items;
}

static void write_page(struct ml_aml_op *op, const struct ml_aml_filter *f,
                       const struct item *after, size_t limit)
{
    size_t n;
    size_t at = 0;
    struct item *items = collect(op, f, &n);
    while (after != NULL && at < n && compare(&items[at], after) <= 0)
        at++;
    size_t end = n - at > limit ? at + limit : n;
    ml_strbuf_adds(op->out, "{\"Results\":[");
    for (size_t i = at; i < end; i++) {
        ml_json_add_comma(op->out);
        ml_aml_write_entity(op->out, op->control->records, items[i].entity, ML_AML_IN_LIST);
    }
    ml_strbuf_addc(op->out, ']');
    if (end < n)
        write_token(op->out, op->kind, f, &items[end - 1]);
    ml_strbuf_addc(op->out, '}');
    free(items);
}

bool ml_aml_describe(struct ml_aml_op *op)
{
    struct ml_aml_filter filter;
    struct item after;
    struct ml_json *document = NULL;
    const char *token = ml_aml_string(op->input, "NextToken");
    double limit = ml_json_number(ml_json_get(op->input, "Limit"));
    if (!ml_aml_filter_read(&filter, op->kind, op->input, op->fault))
        return false;
    if (token != NULL && token[0] == '\0')
        token = NULL;
    bool ok = token == NULL || read_token(&after, &document, token, &filter, op);
    if (ok)
        write_page(op, &filter, token != NULL ? &after : NULL,
                   isnan(limit) ? MAX_PAGE : (size_t)limit);
    ml_json_free(document);
    return ok;
}

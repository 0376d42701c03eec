#include "recipe/recipe_expr.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

enum { SHOWN_BYTES = 80 };

struct reader {
    struct ml_arena *arena;
    const char *text; /* NUL-terminated */
    const char *place;
    size_t at;
    size_t depth;
    struct ml_error *err;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The end of the text counts, being NUL. */
static bool ends_word(const char *s)
{
    return strchr(" \t\r\n,'\"()\\", s[0]) != NULL || (s[0] == '/' && s[1] == '/');
}

bool ml_expr_is_bare(const char *name, size_t n)
{
    if (n == 0 || !is_letter(name[0]))
        return false;
    for (size_t i = 1; i < n; i++)
        if (!is_letter(name[i]) && !is_digit(name[i]) && memchr("_.-", name[i], 3) == NULL)
            return false;
    return true;
}

bool ml_expr_fail(const struct ml_expr *expr, struct ml_error *err, enum ml_err code,
                  const char *format, ...)
{
    char message[sizeof(err->msg)];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    return ml_fail(err, code, "%s, column %zu: %s", expr->place, expr->column, message);
}

static bool fail_here(const struct reader *r, enum ml_err code, const char *message)
{
    return ml_fail(r->err, code, "%s, column %zu: %s", r->place, r->at + 1, message);
}

/* The text from here, cut to what a message can show. */
static const char *rest(const struct reader *r, char shown[SHOWN_BYTES])
{
    const char *s = r->text + r->at;
    return ml_quote(shown, SHOWN_BYTES, s, strlen(s));
}

static void skip_blanks(struct reader *r)
{
    while (r->text[r->at] != '\0' && strchr(" \t\r\n", r->text[r->at]) != NULL)
        r->at++;
    if (r->text[r->at] == '/' && r->text[r->at + 1] == '/')
        r->at += strlen(r->text + r->at);
}

static void read_word(struct reader *r, struct ml_expr *e)
{
    size_t start = r->at;
    while (!ends_word(r->text + r->at))
        r->at++;
    e->text = r->text + start;
    e->n = r->at - start;
}

static bool read_quoted(struct reader *r, struct ml_expr *e)
{
    size_t start = r->at + 1;
    size_t end = start;
    for (; r->text[end] != '\'' || r->text[end + 1] == '\''; end++) {
        if (r->text[end] == '\0')
            return fail_here(r, ML_EINPUT, "the quote that opens here is not closed");
        end += r->text[end] == '\'';
    }
    if (end == start)
        return fail_here(r, ML_EINPUT, "an empty name");
    char *name = ml_arena_alloc(r->arena, end - start);
    for (size_t at = start; at < end; at++) {
        name[e->n++] = r->text[at];
        at += r->text[at] == '\'';
    }
    r->at = end + 1;
    e->is_quoted = true;
    e->text = name;
    return true;
}

static bool read_expr(struct reader *r, struct ml_expr **out);

/* The text stands behind the opening parenthesis. */
static bool read_args(struct reader *r, struct ml_expr *call)
{
    struct ml_expr **tail = &call->args;
    call->kind = ML_EXPR_CALL;
    if (r->depth == ML_MAX_RECIPE_DEPTH)
        return ml_expr_fail(call, r->err, ML_ELIMIT, "calls are nested more than %d deep",
                            (int)ML_MAX_RECIPE_DEPTH);
    r->depth++;
    skip_blanks(r);
    while (r->text[r->at] != ')' || call->n_args > 0) {
        if (!read_expr(r, tail))
            return false;
        tail = &(*tail)->next;
        call->n_args++;
        skip_blanks(r);
        char c = r->text[r->at];
        if (c == ')')
            break;
        char shown[SHOWN_BYTES];
        if (c == '\0')
            return ml_expr_fail(call, r->err, ML_EINPUT, "the parenthesis of '%s' is not closed",
                                ml_quote(shown, sizeof(shown), call->text, call->n));
        if (c != ',')
            return ml_fail(r->err, ML_EINPUT, "%s, column %zu: expected ',' or ')', found '%s'",
                           r->place, r->at + 1, rest(r, shown));
        r->at++;
    }
    r->at++;
    r->depth--;
    return true;
}

static bool fail_no_expr(const struct reader *r)
{
    char c = r->text[r->at];
    if (c == '\0')
        return fail_here(r, ML_EINPUT, "an expression is missing");
    if (c == '"')
        return fail_here(r, ML_EINPUT, "names are quoted with ', not with \"");
    char shown[SHOWN_BYTES];
    return ml_fail(r->err, ML_EINPUT,
                   "%s, column %zu: expected a name or a function, found '%s'; a name that does "
                   "not start with a letter must be quoted",
                   r->place, r->at + 1, rest(r, shown));
}

/* The end, once a name has been read, of what may be a call. */
static bool read_call(struct reader *r, struct ml_expr *e)
{
    size_t behind = r->at;
    skip_blanks(r);
    if (r->text[r->at] != '(') {
        r->at = behind;
        return true;
    }
    if (e->is_quoted)
        return fail_here(r, ML_EINPUT, "a quoted name is no function");
    r->at++;
    return read_args(r, e);
}

static bool read_expr(struct reader *r, struct ml_expr **out)
{
    skip_blanks(r);
    char c = r->text[r->at];
    struct ml_expr *e = ml_arena_calloc(r->arena, 1, sizeof(*e));
    e->place = r->place;
    e->column = r->at + 1;
    *out = e;
    if (c == '\'') {
        e->kind = ML_EXPR_NAME;
        return read_quoted(r, e) && read_call(r, e);
    }
    if (is_letter(c) || (unsigned char)c >= 0x80) {
        e->kind = ML_EXPR_NAME;
        read_word(r, e);
        return read_call(r, e);
    }
    if (is_digit(c) || c == '-' || c == '+' || c == '.') {
        e->kind = ML_EXPR_NUMBER;
        read_word(r, e);
        return true;
    }
    return fail_no_expr(r);
}

bool ml_expr_parse(struct ml_expr **out, struct ml_arena *arena, const char *text,
                   const char *place, struct ml_error *err)
{
    struct reader r = {.arena = arena, .err = err};
    r.text = ml_arena_strndup(arena, text, strlen(text));
    r.place = ml_arena_strndup(arena, place, strlen(place));
    struct ml_expr *e;
    if (!read_expr(&r, &e))
        return false;
    skip_blanks(&r);
    if (r.text[r.at] != '\0') {
        char shown[SHOWN_BYTES];
        return ml_fail(err, ML_EINPUT, "%s, column %zu: trailing garbage: '%s'%s", r.place,
                       r.at + 1, rest(&r, shown),
                       e->kind == ML_EXPR_NAME && !e->is_quoted
                           ? "; a name with blanks or other such characters must be quoted"
                           : "");
    }
    *out = e;
    return true;
}

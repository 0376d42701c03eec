#include "base/json_scan.h"

#include <string.h>

#include "base/json.h"
#include "base/number.h"
#include "base/utf8.h"

struct scanner {
    const char *text;
    size_t n;
    size_t at;
    const char *name;
    struct ml_json_builder *builder; /* or NULL */
    struct ml_error *err;
};

static bool complain(const struct scanner *s, size_t at, const char *what)
{
    size_t line = 1;
    size_t column = 1;
    for (size_t i = 0; i < at && i < s->n; i++) {
        column++;
        if (s->text[i] == '\n') {
            line++;
            column = 1;
        }
    }
    return ml_fail(s->err, ML_EINPUT, "%s:%zu:%zu: invalid JSON: %s", s->name, line, column, what);
}

static bool peek(const struct scanner *s, char c)
{
    return s->at < s->n && s->text[s->at] == c;
}

static void skip_space(struct scanner *s)
{
    for (; s->at < s->n; s->at++) {
        char c = s->text[s->at];
        if (c > ' ' || (c != ' ' && c != '\n' && c != '\r' && c != '\t'))
            return;
    }
}

/* Four hexadecimal digits at s->at; -1 when they are not. */
static int hex4(struct scanner *s)
{
    int code = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        char c = s->at < s->n ? s->text[s->at] : '\0';
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

/* After "\u". Surrogates must come as a pair; NUL is refused since C strings would end there. */
static bool scan_unicode_escape(struct scanner *s)
{
    size_t start = s->at - 2;
    int code = hex4(s);
    if (code < 0)
        return complain(s, start, "\\u needs four hexadecimal digits");
    if (code == 0)
        return complain(s, start, "\\u0000 is not supported");
    if (code >= 0xdc00 && code <= 0xdfff)
        return complain(s, start, "lone surrogate");
    if (code < 0xd800 || code > 0xdbff)
        return true;
    if (!peek(s, '\\') || s->at + 1 >= s->n || s->text[s->at + 1] != 'u')
        return complain(s, start, "lone surrogate");
    s->at += 2;
    int low = hex4(s);
    return low >= 0xdc00 && low <= 0xdfff ? true : complain(s, start, "lone surrogate");
}

static bool scan_escape(struct scanner *s)
{
    s->at++;
    char c = s->at < s->n ? s->text[s->at] : '\0';
    s->at++;
    if (c == 'u')
        return scan_unicode_escape(s);
    if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
        return complain(s, s->at - 2, "unknown escape");
    return true;
}

/* *text: the string, when there is a builder. */
static bool scan_string(struct scanner *s, char **text)
{
    size_t start = s->at++;
    bool has_escapes = false;
    while (s->at < s->n) {
        unsigned char c = (unsigned char)s->text[s->at];
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            s->at++;
            continue;
        }
        if (c == '"') {
            if (s->builder != NULL)
                *text = ml_json_build_text(s->builder, s->text + start + 1, s->at - start - 1,
                                           has_escapes);
            s->at++;
            return true;
        }
        if (c < 0x20)
            return complain(s, s->at, "control character in a string");
        if (c == '\\') {
            has_escapes = true;
            if (!scan_escape(s))
                return false;
            continue;
        }
        size_t length = ml_utf8_length(s->text + s->at, s->n - s->at);
        if (length == 0)
            return complain(s, s->at, "invalid UTF-8");
        s->at += length;
    }
    return complain(s, start, "string without an end");
}

static bool is_digit_at(const struct scanner *s)
{
    return s->at < s->n && s->text[s->at] >= '0' && s->text[s->at] <= '9';
}

static bool scan_digits(struct scanner *s)
{
    if (!is_digit_at(s))
        return false;
    while (is_digit_at(s))
        s->at++;
    return true;
}

static bool scan_number(struct scanner *s)
{
    size_t start = s->at;
    if (peek(s, '-'))
        s->at++;
    bool ok;
    if (peek(s, '0')) {
        s->at++;
        ok = !is_digit_at(s);
    } else {
        ok = scan_digits(s);
    }
    if (ok && peek(s, '.')) {
        s->at++;
        ok = scan_digits(s);
    }
    if (ok && (peek(s, 'e') || peek(s, 'E'))) {
        s->at++;
        if (peek(s, '+') || peek(s, '-'))
            s->at++;
        ok = scan_digits(s);
    }
    if (!ok)
        return complain(s, start, "malformed number");
    double x;
    if (ml_number_parse(s->text + start, s->at - start, &x) != ML_NUMBER_OK)
        return complain(s, start, "number out of range");
    if (s->builder != NULL)
        ml_json_build_add(s->builder, cJSON_Number)->valuedouble = x;
    return true;
}

static bool scan_word(struct scanner *s)
{
    static const char *const words[] = {"true", "false", "null"};
    static const int types[] = {cJSON_True, cJSON_False, cJSON_NULL};
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if (s->n - s->at >= n && memcmp(s->text + s->at, words[i], n) == 0) {
            s->at += n;
            if (s->builder != NULL)
                ml_json_build_add(s->builder, types[i]);
            return true;
        }
    }
    return complain(s, s->at, s->at < s->n ? "unexpected character" : "unexpected end");
}

static bool scan_scalar(struct scanner *s)
{
    if (peek(s, '"')) {
        char *text = NULL;
        bool ok = scan_string(s, &text);
        if (ok && s->builder != NULL)
            ml_json_build_add(s->builder, cJSON_String)->valuestring = text;
        return ok;
    }
    if (peek(s, '-') || is_digit_at(s))
        return scan_number(s);
    return scan_word(s);
}

static bool scan_member_name(struct scanner *s)
{
    skip_space(s);
    if (!peek(s, '"'))
        return complain(s, s->at, "a member name in double quotes is needed here");
    char *text = NULL;
    if (!scan_string(s, &text))
        return false;
    if (s->builder != NULL)
        s->builder->key = text;
    skip_space(s);
    if (!peek(s, ':'))
        return complain(s, s->at, "':' is needed here");
    s->at++;
    return true;
}

/* Opens brackets until a scalar or an empty container has been read; depth counts them. */
static bool scan_down(struct scanner *s, char *closers, size_t *depth)
{
    for (;;) {
        skip_space(s);
        if (!peek(s, '{') && !peek(s, '['))
            return scan_scalar(s);
        if (*depth == ML_JSON_MAX_DEPTH)
            return complain(s, s->at, "nested more than 32 deep");
        char closer = s->text[s->at] == '{' ? '}' : ']';
        s->at++;
        if (s->builder != NULL)
            ml_json_build_open(s->builder, closer == '}' ? cJSON_Object : cJSON_Array);
        skip_space(s);
        if (peek(s, closer)) {
            s->at++;
            if (s->builder != NULL)
                ml_json_build_close(s->builder);
            return true;
        }
        closers[(*depth)++] = closer;
        if (closer == '}' && !scan_member_name(s))
            return false;
    }
}

/* After a value: closes brackets. *more is set when a comma asks for another value. */
static bool scan_up(struct scanner *s, const char *closers, size_t *depth, bool *more)
{
    *more = false;
    while (*depth > 0) {
        skip_space(s);
        char closer = closers[*depth - 1];
        if (peek(s, ',')) {
            s->at++;
            *more = true;
            return closer == '}' ? scan_member_name(s) : true;
        }
        if (!peek(s, closer))
            return complain(s, s->at,
                            closer == '}' ? "',' or '}' is needed here"
                                          : "',' or ']' is needed here");
        s->at++;
        --*depth;
        if (s->builder != NULL)
            ml_json_build_close(s->builder);
    }
    return true;
}

bool ml_json_scan(const char *text, size_t n, const char *name, struct ml_json_builder *builder,
                  struct ml_error *err)
{
    struct scanner s = {.text = text, .n = n, .name = name, .builder = builder, .err = err};
    char closers[ML_JSON_MAX_DEPTH];
    size_t depth = 0;
    bool more = true;
    while (more)
        if (!scan_down(&s, closers, &depth) || !scan_up(&s, closers, &depth, &more))
            return false;
    skip_space(&s);
    return s.at == n ? true : complain(&s, s.at, "text after the value");
}

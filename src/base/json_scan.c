#include "base/json_scan.h"

#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/number.h"
#include "base/utf8.h"

struct scanner {
    const char *text;
    const char *at;
    const char *end;
    const char *name;
    struct ml_json_builder *builder; /* or NULL */
    struct ml_error *err;
};

static bool complain(const struct scanner *s, const char *at, const char *what)
{
    size_t line = 1;
    size_t column = 1;
    for (const char *c = s->text; c < at && c < s->end; c++) {
        column++;
        if (*c == '\n') {
            line++;
            column = 1;
        }
    }
    return ml_fail(s->err, ML_EINPUT, "%s:%zu:%zu: invalid JSON: %s", s->name, line, column, what);
}

static inline bool peek(const struct scanner *s, char c)
{
    return s->at < s->end && *s->at == c;
}

static void skip_space(struct scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
        s->at++;
}

/* The first character that is no white space; NUL at the end. */
static inline char next(struct scanner *s)
{
    if (s->at < s->end && *s->at <= ' ')
        skip_space(s);
    return s->at < s->end ? *s->at : '\0';
}

/* Four hexadecimal digits at s->at; -1 when they are not. */
static int hex4(struct scanner *s)
{
    int code = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        char c = s->at < s->end ? *s->at : '\0';
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
    const char *start = s->at - 2;
    int code = hex4(s);
    if (code < 0)
        return complain(s, start, "\\u needs four hexadecimal digits");
    if (code == 0)
        return complain(s, start, "\\u0000 is not supported");
    if (code >= 0xdc00 && code <= 0xdfff)
        return complain(s, start, "lone surrogate");
    if (code < 0xd800 || code > 0xdbff)
        return true;
    if (!peek(s, '\\') || s->at + 1 >= s->end || s->at[1] != 'u')
        return complain(s, start, "lone surrogate");
    s->at += 2;
    int low = hex4(s);
    return low >= 0xdc00 && low <= 0xdfff ? true : complain(s, start, "lone surrogate");
}

static bool scan_escape(struct scanner *s)
{
    s->at++;
    char c = s->at < s->end ? *s->at : '\0';
    s->at++;
    if (c == 'u')
        return scan_unicode_escape(s);
    if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
        return complain(s, s->at - 2, "unknown escape");
    return true;
}

/* A bit in each byte of eight that may not stand for itself; exact up to the first one. */
static inline uint64_t special_bytes(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t quote = eight ^ ones * '"';
    uint64_t backslash = eight ^ ones * '\\';
    uint64_t below = (eight - ones * 0x20) | (quote - ones) | (backslash - ones);
    return (below | eight) & ones * 0x80;
}

/* To the next quote, backslash, control character or byte of UTF-8: eight bytes at a time. */
static inline const char *skip_plain(const char *at, const char *end)
{
    uint64_t eight;
    for (; end - at >= (ptrdiff_t)sizeof(eight); at += sizeof(eight)) {
        memcpy(&eight, at, sizeof(eight));
        if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
            eight = __builtin_bswap64(eight);
        uint64_t special = special_bytes(eight);
        if (special != 0)
            return at + __builtin_ctzll(special) / 8;
    }
    while (at < end && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80 && *at != '"' &&
           *at != '\\')
        at++;
    return at;
}

/* *text: the string, when there is a builder. */
static bool scan_string(struct scanner *s, char **text)
{
    const char *start = s->at++;
    bool has_escapes = false;
    while ((s->at = skip_plain(s->at, s->end)) < s->end) {
        unsigned char c = (unsigned char)*s->at;
        if (c == '"') {
            if (s->builder != NULL)
                *text = ml_json_build_text(s->builder, (size_t)(start + 1 - s->text),
                                           (size_t)(s->at - start - 1), has_escapes);
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
        size_t length = ml_utf8_length(s->at, (size_t)(s->end - s->at));
        if (length == 0)
            return complain(s, s->at, "invalid UTF-8");
        s->at += length;
    }
    return complain(s, start, "string without an end");
}

static bool is_digit_at(const struct scanner *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
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
    const char *start = s->at;
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
    if (ml_number_parse(start, (size_t)(s->at - start), &x) != ML_NUMBER_OK)
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
        if ((size_t)(s->end - s->at) >= n && memcmp(s->at, words[i], n) == 0) {
            s->at += n;
            if (s->builder != NULL)
                ml_json_build_add(s->builder, types[i]);
            return true;
        }
    }
    return complain(s, s->at, s->at < s->end ? "unexpected character" : "unexpected end");
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
    if (next(s) != '"')
        return complain(s, s->at, "a member name in double quotes is needed here");
    char *text = NULL;
    const char *start = s->at + 1;
    if (!scan_string(s, &text))
        return false;
    if (s->builder != NULL)
        ml_json_build_key(s->builder, text, (size_t)(s->at - start - 1));
    if (next(s) != ':')
        return complain(s, s->at, "':' is needed here");
    s->at++;
    return true;
}

/* Opens brackets until a scalar or an empty container has been read; depth counts them. */
static bool scan_down(struct scanner *s, char *closers, size_t *depth)
{
    for (;;) {
        char opener = next(s);
        if (opener != '{' && opener != '[')
            return scan_scalar(s);
        if (*depth == ML_JSON_MAX_DEPTH)
            return complain(s, s->at, "nested more than 32 deep");
        char closer = opener == '{' ? '}' : ']';
        s->at++;
        if (s->builder != NULL)
            ml_json_build_open(s->builder, closer == '}' ? cJSON_Object : cJSON_Array);
        if (next(s) == closer) {
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
        char closer = closers[*depth - 1];
        char c = next(s);
        if (c == ',') {
            s->at++;
            *more = true;
            return closer == '}' ? scan_member_name(s) : true;
        }
        if (c != closer)
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
    /* err is written to, never read. */
    /* cppcheck-suppress ctuuninitvar */
    struct scanner s = {text, text, text + n, name, builder, err};
    char closers[ML_JSON_MAX_DEPTH];
    size_t depth = 0;
    bool more = true;
    while (more)
        if (!scan_down(&s, closers, &depth) || !scan_up(&s, closers, &depth, &more))
            return false;
    skip_space(&s);
    return s.at == s.end ? true : complain(&s, s.at, "text after the value");
}

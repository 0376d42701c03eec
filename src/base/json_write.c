#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"

/* Bytes at the start that stand for themselves: printable ASCII but for quote and backslash. */
static size_t plain_length(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x7f && s[i] != '"' &&
           s[i] != '\\')
        i++;
    return i;
}

/* Invalid UTF-8 is written as U+FFFD, byte by byte: the output is always valid JSON. */
void ml_json_add_string(struct ml_strbuf *buf, const char *s, size_t n)
{
    ml_strbuf_addc(buf, '"');
    for (size_t at = 0; at < n;) {
        size_t plain = plain_length(s + at, n - at);
        ml_strbuf_add(buf, s + at, plain);
        at += plain;
        if (at == n)
            break;
        unsigned char c = (unsigned char)s[at];
        size_t length = ml_utf8_length(s + at, n - at);
        if (length == 0)
            ml_strbuf_adds(buf, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\')
            ml_strbuf_addf(buf, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            ml_strbuf_addf(buf, "\\u%04x", c);
        else
            ml_strbuf_add(buf, s + at, length);
        at += length > 0 ? length : 1;
    }
    ml_strbuf_addc(buf, '"');
}

void ml_json_adds(struct ml_strbuf *buf, const char *s)
{
    ml_json_add_string(buf, s, strlen(s));
}

void ml_json_add_comma(struct ml_strbuf *buf)
{
    size_t n = buf->length;
    while (n > 0 && (buf->bytes[n - 1] == ' ' || buf->bytes[n - 1] == '\n'))
        n--;
    if (n > 0 && strchr("{[:,", buf->bytes[n - 1]) == NULL)
        ml_strbuf_addc(buf, ',');
}

void ml_json_add_key(struct ml_strbuf *buf, const char *name)
{
    ml_json_add_comma(buf);
    ml_json_adds(buf, name);
    ml_strbuf_addc(buf, ':');
}

void ml_json_add_number(struct ml_strbuf *buf, double x)
{
    if (isfinite(x))
        ml_strbuf_add_double(buf, x);
    else
        ml_strbuf_adds(buf, "null");
}

void ml_json_key_number(struct ml_strbuf *buf, const char *name, double x)
{
    ml_json_add_key(buf, name);
    ml_json_add_number(buf, x);
}

void ml_json_key_count(struct ml_strbuf *buf, const char *name, size_t x)
{
    ml_json_add_key(buf, name);
    ml_strbuf_add_u64(buf, x);
}

void ml_json_key_string(struct ml_strbuf *buf, const char *name, const char *s)
{
    ml_json_add_key(buf, name);
    ml_json_adds(buf, s);
}

void ml_json_key_bool(struct ml_strbuf *buf, const char *name, bool x)
{
    ml_json_add_key(buf, name);
    ml_strbuf_adds(buf, x ? "true" : "false");
}

void ml_json_key_numbers(struct ml_strbuf *buf, const char *name, const double *x, size_t n)
{
    ml_json_add_key(buf, name);
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < n; i++) {
        ml_json_add_comma(buf);
        ml_json_add_number(buf, x[i]);
    }
    ml_strbuf_addc(buf, ']');
}

void ml_json_key_counts(struct ml_strbuf *buf, const char *name, const size_t *x, size_t n)
{
    ml_json_add_key(buf, name);
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < n; i++) {
        ml_json_add_comma(buf);
        ml_strbuf_add_u64(buf, x[i]);
    }
    ml_strbuf_addc(buf, ']');
}

void ml_json_add_bytes(struct ml_strbuf *buf, const char *s, size_t n)
{
    if (ml_utf8_is_valid(s, n) && (n == 0 || memchr(s, '\0', n) == NULL)) {
        ml_json_add_string(buf, s, n);
        return;
    }
    ml_strbuf_adds(buf, "{\"hex\":\"");
    for (size_t i = 0; i < n; i++)
        ml_strbuf_addf(buf, "%02x", (unsigned char)s[i]);
    ml_strbuf_adds(buf, "\"}");
}

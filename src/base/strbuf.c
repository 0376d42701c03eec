#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"

void ml_strbuf_release(struct ml_strbuf *buf)
{
    free(buf->bytes);
    *buf = (struct ml_strbuf){0};
}

void ml_strbuf_clear(struct ml_strbuf *buf)
{
    buf->length = 0;
    if (buf->bytes != NULL)
        buf->bytes[0] = '\0';
}

char *ml_strbuf_reserve(struct ml_strbuf *buf, size_t extra)
{
    size_t need = buf->length + extra + 1;
    if (need > buf->capacity) {
        size_t doubled = buf->capacity * 2;
        buf->capacity = doubled > need ? doubled : need + 32;
        buf->bytes = ml_xrealloc(buf->bytes, buf->capacity, 1);
    }
    return buf->bytes + buf->length;
}

void ml_strbuf_add(struct ml_strbuf *buf, const void *bytes, size_t n)
{
    char *to = ml_strbuf_reserve(buf, n);
    if (n > 0)
        memcpy(to, bytes, n);
    to[n] = '\0';
    buf->length += n;
}

void ml_strbuf_adds(struct ml_strbuf *buf, const char *s)
{
    ml_strbuf_add(buf, s, strlen(s));
}

void ml_strbuf_addc(struct ml_strbuf *buf, char c)
{
    ml_strbuf_add(buf, &c, 1);
}

void ml_strbuf_addf(struct ml_strbuf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n > 0) {
        char *to = ml_strbuf_reserve(buf, (size_t)n);
        vsnprintf(to, (size_t)n + 1, format, again);
        buf->length += (size_t)n;
    }
    va_end(again);
}

void ml_strbuf_add_double(struct ml_strbuf *buf, double x)
{
    char *to = ml_strbuf_reserve(buf, ML_NUMBER_BYTES);
    buf->length += ml_number_format(to, x);
}

void ml_strbuf_add_u64(struct ml_strbuf *buf, uint64_t x)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + x % 10);
        x /= 10;
    } while (x > 0);
    char *to = ml_strbuf_reserve(buf, n);
    for (size_t i = 0; i < n; i++)
        to[i] = digits[n - 1 - i];
    to[n] = '\0';
    buf->length += n;
}

char *ml_strbuf_take(struct ml_strbuf *buf)
{
    ml_strbuf_reserve(buf, 0)[0] = '\0';
    char *bytes = buf->bytes;
    *buf = (struct ml_strbuf){0};
    return bytes;
}

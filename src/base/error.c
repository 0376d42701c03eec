#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

bool ml_fail(struct ml_error *err, enum ml_err code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err->code = code;
    vsnprintf(err->msg, sizeof(err->msg), format, args);
    va_end(args);
    return false;
}

bool ml_fail_context(struct ml_error *err, const char *format, ...)
{
    char old[sizeof(err->msg)];
    memcpy(old, err->msg, sizeof(old));
    va_list args;
    va_start(args, format);
    int n = vsnprintf(err->msg, sizeof(err->msg), format, args);
    va_end(args);
    if (n >= 0 && (size_t)n + 3 < sizeof(err->msg)) {
        size_t room = sizeof(err->msg) - (size_t)n;
        snprintf(err->msg + n, room, ": %.*s", (int)(room - 3), old);
    }
    return false;
}

bool ml_fail_errno(struct ml_error *err, const char *verb, const char *path)
{
    int e = errno;
    enum ml_err code = e == ENOENT || e == ENOTDIR ? ML_ENOTFOUND : ML_EIO;
    char reason[128];
    if (strerror_r(e, reason, sizeof(reason)) != 0)
        snprintf(reason, sizeof(reason), "error %d", e);
    return ml_fail(err, code, "unable to %s '%s': %s", verb, path, reason);
}

const char *ml_quote(char *buf, unsigned long buf_bytes, const char *text, unsigned long text_bytes)
{
    size_t used = 0;
    size_t at = 0;
    while (at < text_bytes) {
        size_t n = ml_utf8_length(text + at, text_bytes - at);
        bool plain = n > 1 || (n == 1 && (unsigned char)text[at] >= 0x20 && text[at] != 0x7f);
        size_t need = plain ? n : 4;
        if (used + need + 4 > buf_bytes) {
            memcpy(buf + used, "...", 3);
            used += 3;
            break;
        }
        if (plain)
            memcpy(buf + used, text + at, n);
        else
            snprintf(buf + used, 5, "\\x%02x", (unsigned char)text[at]);
        used += need;
        at += plain ? n : 1;
    }
    buf[used] = '\0';
    return buf;
}

#include "serve/guard.h"

#include <string.h>
#include <strings.h>

static bool is_token_char(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_token_char((unsigned char)s[i]))
            return false;
    return n > 0;
}

/* Visible characters, blanks, tabs and bytes above 127. */
static bool is_value(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* The characters of reg-name, IP literal and port; userinfo has none of its own here. */
static bool is_host(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && (c == '\0' || strchr("-._~%!$&'()*+,;=:[]", c) == NULL))
            return false;
    }
    return true;
}

static void read_length(struct ml_guard *g, const char *s, size_t n)
{
    g->n_length++;
    g->length = 0;
    g->bad_length = g->bad_length || n == 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9') {
            g->bad_length = true;
            return;
        }
        uint64_t digit = (uint64_t)(s[i] - '0');
        g->length = g->length > (UINT64_MAX - digit) / 10 ? UINT64_MAX : g->length * 10 + digit;
    }
}

static bool is_name(const char *name, size_t n, const char *wanted)
{
    return strlen(wanted) == n && strncasecmp(name, wanted, n) == 0;
}

/*
 * libmicrohttpd appends the second line of a folded field to its *name*: "Transfer-Encoding:" and
 * " chunked" arrive as Transfer-Encodingchunked. No field of that beginning is in the registry.
 */
static bool is_folded_framing(const char *name, size_t n)
{
    return (n > 17 && strncasecmp(name, "transfer-encoding", 17) == 0) ||
           (n > 14 && strncasecmp(name, "content-length", 14) == 0);
}

void ml_guard_field(struct ml_guard *g, const char *name, size_t name_bytes, const char *value,
                    size_t value_bytes)
{
    g->n_fields++;
    g->bytes += name_bytes + value_bytes + 4;
    g->bad_name = g->bad_name || !is_token(name, name_bytes) || is_folded_framing(name, name_bytes);
    g->bad_value = g->bad_value || !is_value(value, value_bytes);
    if (is_name(name, name_bytes, "host")) {
        g->n_host++;
        g->bad_host = g->bad_host || !is_host(value, value_bytes);
    } else if (is_name(name, name_bytes, "content-length")) {
        read_length(g, value, value_bytes);
    } else if (is_name(name, name_bytes, "transfer-encoding")) {
        g->n_encoding++;
        g->is_chunked = value_bytes == 7 && strncasecmp(value, "chunked", 7) == 0;
    } else if (is_name(name, name_bytes, "authorization")) {
        g->n_authorization++;
    }
}

static struct ml_guard_verdict refuse(int status, const char *code, const char *message)
{
    return (struct ml_guard_verdict){status, code, message};
}

static struct ml_guard_verdict judge_framing(const struct ml_guard *g, bool is_1_1)
{
    if (g->n_length > 1)
        return refuse(400, "bad_framing", "more than one Content-Length");
    if (g->bad_length)
        return refuse(400, "bad_framing", "Content-Length is not a number");
    if (g->n_encoding == 0)
        return refuse(0, NULL, NULL);
    if (g->n_length > 0)
        return refuse(400, "bad_framing", "both Content-Length and Transfer-Encoding");
    if (g->n_encoding > 1)
        return refuse(400, "bad_framing", "more than one Transfer-Encoding");
    if (!g->is_chunked)
        return refuse(501, "unsupported_encoding", "the only transfer coding known is 'chunked'");
    if (!is_1_1)
        return refuse(400, "bad_framing", "Transfer-Encoding needs HTTP/1.1");
    return refuse(0, NULL, NULL);
}

static bool is_target(const char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s <= 0x20 || *s == 0x7f)
            return false;
    return true;
}

struct ml_guard_verdict ml_guard_judge(const struct ml_guard *g, const char *method,
                                       const char *target, const char *version)
{
    bool is_1_1 = strcmp(version, "HTTP/1.1") == 0;
    if (!is_1_1 && strcmp(version, "HTTP/1.0") != 0)
        return refuse(505, "unsupported_version", "only HTTP/1.0 and HTTP/1.1 are spoken here");
    if (!is_token(method, strlen(method)))
        return refuse(400, "bad_request", "malformed method");
    if (target[0] == '\0' || !is_target(target))
        return refuse(400, "bad_request", "malformed request target");
    if (g->bytes > ML_MAX_HEADER_BYTES || g->n_fields > ML_MAX_HEADER_FIELDS)
        return refuse(431, "headers_too_large", "more than 16 KB or 100 header fields");
    if (g->bad_name || g->bad_value)
        return refuse(400, "bad_request", "malformed header field");
    if (g->n_host > 1 || g->bad_host || (is_1_1 && g->n_host == 0))
        return refuse(400, "bad_request", "exactly one valid Host is needed");
    return judge_framing(g, is_1_1);
}

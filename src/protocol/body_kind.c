#include "protocol/body_kind.h"

#include <string.h>
#include <strings.h>

#include "data/start.h"

static bool is_type(const char *type, size_t n, const char *wanted)
{
    return strlen(wanted) == n && strncasecmp(type, wanted, n) == 0;
}

enum ml_body_kind ml_body_kind_of_type(const char *type)
{
    static const struct {
        const char *type;
        enum ml_body_kind kind;
    } types[] = {
        {"application/json", ML_BODY_JSON},
        {"text/json", ML_BODY_JSON},
        {"application/x-amz-json-1.1", ML_BODY_JSON},
        {"application/x-amz-json-1.0", ML_BODY_JSON},
        {"text/csv", ML_BODY_CSV},
        {"application/csv", ML_BODY_CSV},
        {"application/x-ndjson", ML_BODY_NDJSON},
        {"application/ndjson", ML_BODY_NDJSON},
        {"application/jsonlines", ML_BODY_NDJSON},
        {"application/jsonl", ML_BODY_NDJSON},
        {"application/merge-patch+json", ML_BODY_JSON},
        {"application/octet-stream", ML_BODY_UNKNOWN},
        {"application/x-www-form-urlencoded", ML_BODY_UNKNOWN}, /* curl's, when not told */
        {"text/plain", ML_BODY_UNKNOWN},
        {"*/*", ML_BODY_UNKNOWN},
        {"", ML_BODY_UNKNOWN},
    };
    if (type == NULL)
        return ML_BODY_UNKNOWN;
    size_t n = strcspn(type, "; \t");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (is_type(type, n, types[i].type))
            return types[i].kind;
    return ML_BODY_UNSUPPORTED;
}

static size_t skip_blanks(const char *s, size_t n, size_t at)
{
    while (at < n && s[at] != '\0' && strchr(" \t\r\n", s[at]) != NULL)
        at++;
    return at;
}

static bool begins_json(const char *bytes, size_t n)
{
    size_t at = skip_blanks(bytes, n, ml_start_mark(bytes, n));
    return at == n || bytes[at] == '{' || bytes[at] == '[';
}

enum ml_body_kind ml_body_kind(const char *content_type, const char *bytes, size_t n)
{
    enum ml_body_kind kind = ml_body_kind_of_type(content_type);
    if (kind != ML_BODY_UNKNOWN)
        return kind;
    return begins_json(bytes, n) ? ML_BODY_JSON : ML_BODY_CSV;
}

/* Behind a line that ends in '}' a '{' begins another value: no one JSON text has that. */
static bool has_second_object(const char *bytes, size_t n)
{
    const char *end = memchr(bytes, '\n', n);
    if (end == NULL)
        return false;
    size_t at = (size_t)(end - bytes);
    size_t next = skip_blanks(bytes, n, at);
    while (at > 0 && strchr(" \t\r", bytes[at - 1]) != NULL)
        at--;
    return at > 0 && bytes[at - 1] == '}' && next < n && bytes[next] == '{';
}

enum ml_body_kind ml_body_kind_guess(const char *content_type, const char *bytes, size_t n)
{
    enum ml_body_kind type = ml_body_kind_of_type(content_type);
    if (type == ML_BODY_UNSUPPORTED && begins_json(bytes, n))
        return ML_BODY_JSON;
    if (type != ML_BODY_UNKNOWN)
        return type;
    enum ml_body_kind kind = ml_body_kind(content_type, bytes, n);
    return kind == ML_BODY_JSON && has_second_object(bytes, n) ? ML_BODY_NDJSON : kind;
}

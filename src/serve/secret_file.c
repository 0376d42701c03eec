#include "serve/secret_file.h"

#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "serve/exchange.h"

enum { MAX_FILE_BYTES = 1024 * 1024 };

bool ml_secret_is_visible(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] <= ' ' || s[i] > '~')
            return false;
    return true;
}

static unsigned scopes_of(const char *role, size_t n)
{
    if (n == 5 && memcmp(role, "admin", 5) == 0)
        return ML_SCOPE_PREDICT | ML_SCOPE_ADMIN;
    return n == 7 && memcmp(role, "predict", 7) == 0 ? ML_SCOPE_PREDICT : 0;
}

static struct ml_secret_line split(const char *s, size_t n)
{
    size_t role = 0;
    while (role < n && s[role] != ' ' && s[role] != '\t')
        role++;
    size_t at = role;
    while (at < n && (s[at] == ' ' || s[at] == '\t'))
        at++;
    return (struct ml_secret_line){scopes_of(s, role), s + at, n - at};
}

bool ml_secret_file_read(const char *path,
                         bool (*take)(void *ctx, const struct ml_secret_line *line,
                                      struct ml_error *err),
                         void *ctx, struct ml_error *err)
{
    struct ml_strbuf text = {0};
    if (!ml_file_read_all(&text, path, MAX_FILE_BYTES, err))
        return false;
    size_t n_lines = 0;
    bool ok = true;
    for (size_t at = 0; ok && at < text.length;) {
        const char *s = text.bytes + at;
        const char *end = memchr(s, '\n', text.length - at);
        size_t n = end != NULL ? (size_t)(end - s) : text.length - at;
        at += n + 1;
        n_lines++;
        while (n > 0 && (s[n - 1] == '\r' || s[n - 1] == ' '))
            n--;
        if (n == 0 || s[0] == '#')
            continue;
        struct ml_secret_line line = split(s, n);
        ok = take(ctx, &line, err) || ml_fail_context(err, "%s:%zu", path, n_lines);
    }
    ml_wipe(text.bytes, text.length);
    ml_strbuf_release(&text);
    return ok;
}

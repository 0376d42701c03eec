#include "data/start.h"

#include <string.h>

#include "data/fields.h"

size_t ml_start_mark(const char *bytes, size_t n)
{
    return n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* Behind the quote that closes the one at bytes[at]; n when it is not in sight. */
static size_t skip_quotes(const char *bytes, size_t n, size_t at)
{
    for (at++; at < n; at++) {
        if (bytes[at] != '"')
            continue;
        if (at + 1 == n || bytes[at + 1] != '"')
            return at + 1;
        at++;
    }
    return n;
}

char ml_start_terminator(const char *bytes, size_t n, char delimiter, size_t max_bytes, bool at_end)
{
    for (size_t at = 0; at < n;) {
        if (bytes[at] == '"' && (at == 0 || bytes[at - 1] == delimiter)) {
            at = skip_quotes(bytes, n, at);
            continue;
        }
        if (bytes[at] == '\n')
            return '\n';
        if (bytes[at] == '\r' && at + 1 < n)
            return bytes[at + 1] != '\n' ? '\r' : '\n';
        at++;
    }
    return at_end || n >= max_bytes ? '\n' : '\0';
}

static bool compare(const struct ml_field *a, size_t n_a, const struct ml_field *b, size_t n_b,
                    const char *name, struct ml_error *err)
{
    char quoted[96];
    if (n_a != n_b)
        return ml_fail(err, ML_EINPUT, "%s:1: %zu columns, but the files before it have %zu", name,
                       n_a, n_b);
    for (size_t i = 0; i < n_a; i++)
        if (a[i].n != b[i].n || memcmp(a[i].s, b[i].s, a[i].n) != 0)
            return ml_fail(err, ML_EINPUT,
                           "%s:1: column %zu is '%s', which it is not in the files before it", name,
                           i + 1, ml_quote(quoted, sizeof(quoted), a[i].s, a[i].n));
    return true;
}

bool ml_start_same_header(const struct ml_strbuf *before, const char *header, size_t n,
                          char delimiter, const char *name, struct ml_error *err)
{
    struct ml_splitter *first = ml_splitter_new(delimiter);
    struct ml_splitter *other = ml_splitter_new(delimiter);
    const struct ml_field *a = NULL;
    const struct ml_field *b = NULL;
    size_t n_a = 0;
    size_t n_b = 0;
    bool ok = (ml_splitter_split(first, before->bytes, before->length, &b, &n_b, err) &&
               ml_splitter_split(other, header, n, &a, &n_a, err)) ||
              ml_fail_context(err, "%s:1", name);
    ok = ok && compare(a, n_a, b, n_b, name, err);
    ml_splitter_free(first);
    ml_splitter_free(other);
    return ok;
}

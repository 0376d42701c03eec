#include "data/frame.h"

#include <string.h>

static size_t find(const char *bytes, size_t from, size_t n, char c)
{
    const char *hit = from < n ? memchr(bytes + from, c, n - from) : NULL;
    return hit != NULL ? (size_t)(hit - bytes) : n;
}

/*
 * Behind the quote that closes the one before `from`; n + 1 when it is not in sight. A quote on the
 * very last byte may be the first of a pair unless nothing follows.
 */
static size_t close_quote(const char *bytes, size_t from, size_t n, bool at_end)
{
    for (;;) {
        size_t quote = find(bytes, from, n, '"');
        if (quote == n || (quote + 1 == n && !at_end))
            return n + 1;
        if (quote + 1 == n || bytes[quote + 1] != '"')
            return quote + 1;
        from = quote + 2;
    }
}

static size_t count_lines(const char *bytes, size_t n, char terminator)
{
    size_t lines = 0;
    for (size_t at = find(bytes, 0, n, terminator); at < n; at = find(bytes, at + 1, n, terminator))
        lines++;
    return lines;
}

static struct ml_frame record(const struct ml_dialect *d, const char *bytes, size_t end, bool ended,
                              bool quoted)
{
    struct ml_frame f = {ML_FRAME_RECORD, end, end + ended, ended, ended};
    if (quoted)
        f.lines += count_lines(bytes, end, d->terminator);
    if (d->terminator == '\n' && end > 0 && bytes[end - 1] == '\r')
        f.length--;
    return f;
}

static struct ml_frame open_quote(const struct ml_dialect *d, const char *bytes, size_t n)
{
    size_t end = find(bytes, 0, n, d->terminator);
    struct ml_frame f = record(d, bytes, end, end < n, false);
    f.status = ML_FRAME_OPEN_QUOTE;
    return f;
}

/*
 * Where the record's own line end is, or n. *quoted: it has a quoted field. Gives n + 1 when a
 * quoted field is still open at the end of the bytes.
 */
static size_t find_end(const struct ml_dialect *d, const char *bytes, size_t n, bool at_end,
                       bool *quoted)
{
    size_t end = find(bytes, 0, n, d->terminator);
    size_t quote = find(bytes, 0, end, '"');
    while (quote < end) {
        size_t at = quote + 1;
        if (quote == 0 || bytes[quote - 1] == d->delimiter) {
            *quoted = true;
            at = close_quote(bytes, quote + 1, n, at_end);
            if (at > n)
                return n + 1;
            if (at > end)
                end = find(bytes, at, n, d->terminator);
        }
        quote = find(bytes, at, end, '"');
    }
    return end;
}

struct ml_frame ml_frame_next(const struct ml_dialect *d, const char *bytes, size_t n, bool at_end,
                              size_t limit)
{
    /* Looking no further than the limit keeps the verdict independent of the bytes at hand. */
    bool full = n >= limit + 2;
    if (full) {
        n = limit + 2;
        at_end = false;
    }
    bool quoted = false;
    size_t end = find_end(d, bytes, n, at_end, &quoted);
    if (end >= n && !at_end && !full)
        return (struct ml_frame){.status = ML_FRAME_MORE};
    if (end > n)
        return open_quote(d, bytes, n);
    struct ml_frame f = record(d, bytes, end, end < n, quoted);
    if (f.length > limit || (full && end == n))
        f.status = ML_FRAME_TOO_LONG;
    return f;
}

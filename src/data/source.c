#include "data/source.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"

enum { MAX_HEADER_BYTES = 1024 * 1024 };

struct ml_source {
    int fd;
    char *name; /* owned */
    struct ml_dialect dialect;
    struct ml_strbuf rest;    /* read, not yet given out */
    struct ml_frame first;    /* what ml_source_peek found */
    struct ml_digest *digest; /* NULL unless asked for */
    size_t line;              /* 1-based, of rest's first byte */
    size_t n_rows;
    size_t n_blank; /* empty lines held back: rows only if something follows */
    uint64_t n_bytes;
    uint64_t file_bytes;
    bool at_end;
    bool skipping; /* inside a record that was too long */
};

void ml_block_release(struct ml_block *block)
{
    ml_strbuf_release(&block->text);
    free(block->spans);
    *block = (struct ml_block){0};
}

/* One read(2) of at most `bytes` behind what is there. */
static bool read_more(struct ml_source *s, size_t bytes, struct ml_error *err)
{
    char *to = ml_strbuf_reserve(&s->rest, bytes);
    size_t n;
    if (!ml_file_read(&n, s->fd, to, bytes, s->name, err))
        return false;
    if (s->digest != NULL)
        ml_digest_update(s->digest, to, n);
    s->rest.length += n;
    s->n_bytes += n;
    s->at_end = n == 0;
    return true;
}

static void drop(struct ml_source *s, size_t n)
{
    if (n == 0)
        return;
    memmove(s->rest.bytes, s->rest.bytes + n, s->rest.length - n);
    s->rest.length -= n;
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

/*
 * A file whose first line ends in a lone carriage return uses those throughout. Gives 0 while the
 * first line's end is not among the bytes.
 */
static char find_terminator(const char *bytes, size_t n, char delimiter, bool at_end)
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
    return at_end || n >= MAX_HEADER_BYTES ? '\n' : '\0';
}

/* The byte-order mark's length at the start of n bytes; 0 or 3. */
static size_t mark_length(const char *bytes, size_t n)
{
    return n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* Reads no further than the first line, so that a pipe's first line is not held up. */
static bool look_at_start(struct ml_source *s, struct ml_error *err)
{
    while (s->dialect.terminator == '\0') {
        if (!s->at_end && !read_more(s, ML_BLOCK_BYTES, err))
            return false;
        size_t mark = mark_length(s->rest.bytes, s->rest.length);
        s->dialect.terminator = find_terminator(s->rest.bytes + mark, s->rest.length - mark,
                                                s->dialect.delimiter, s->at_end);
    }
    const char *b = s->rest.bytes;
    size_t n = s->rest.length;
    if (n == 0)
        return true;
    if (n >= 2 && (memcmp(b, "\xff\xfe", 2) == 0 || memcmp(b, "\xfe\xff", 2) == 0))
        return ml_fail(err, ML_EINPUT, "%s:1: UTF-16 text; convert the file to UTF-8", s->name);
    drop(s, mark_length(b, n));
    return true;
}

bool ml_source_open(struct ml_source **out, const char *path, const char *name, char delimiter,
                    bool with_digest, struct ml_error *err)
{
    int fd;
    if (!ml_file_open(&fd, path, err))
        return false;
    struct ml_source *s = ml_xcalloc(1, sizeof(*s));
    s->fd = fd;
    s->name = ml_xstrdup(name != NULL ? name : strcmp(path, "-") == 0 ? "standard input" : path);
    s->dialect.delimiter = delimiter != '\0' ? delimiter : ',';
    s->line = 1;
    s->digest = with_digest ? ml_digest_new() : NULL;
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        s->file_bytes = (uint64_t)st.st_size;
    if (!look_at_start(s, err)) {
        ml_source_close(s);
        return false;
    }
    *out = s;
    return true;
}

bool ml_source_open_memory(struct ml_source **out, const char *bytes, size_t n, const char *name,
                           char delimiter, struct ml_error *err)
{
    struct ml_source *s = ml_xcalloc(1, sizeof(*s));
    s->fd = -1;
    s->name = ml_xstrdup(name);
    s->dialect.delimiter = delimiter != '\0' ? delimiter : ',';
    s->line = 1;
    s->at_end = true;
    ml_strbuf_add(&s->rest, bytes, n);
    s->n_bytes = n;
    s->file_bytes = n;
    if (!look_at_start(s, err)) {
        ml_source_close(s);
        return false;
    }
    *out = s;
    return true;
}

void ml_source_close(struct ml_source *s)
{
    if (s == NULL)
        return;
    char unused[ML_DIGEST_HEX];
    if (s->digest != NULL)
        ml_digest_finish(s->digest, unused);
    if (s->fd >= 0)
        ml_file_close(s->fd);
    ml_strbuf_release(&s->rest);
    free(s->name);
    free(s);
}

bool ml_source_peek(struct ml_source *s, const char **text, size_t *n, struct ml_error *err)
{
    struct ml_frame *f = &s->first;
    for (;;) {
        if (s->rest.length == 0 && s->at_end)
            return ml_fail(err, ML_EINPUT, "%s: the file is empty", s->name);
        if (s->rest.length > 0)
            *f = ml_frame_next(&s->dialect, s->rest.bytes, s->rest.length, s->at_end,
                               MAX_HEADER_BYTES);
        if (s->rest.length > 0 && f->status != ML_FRAME_MORE)
            break;
        if (!read_more(s, ML_BLOCK_BYTES, err))
            return false;
    }
    if (f->status == ML_FRAME_TOO_LONG)
        return ml_fail(err, ML_ELIMIT, "%s:1: the first line is longer than %d bytes", s->name,
                       (int)MAX_HEADER_BYTES);
    if (f->status == ML_FRAME_OPEN_QUOTE)
        return ml_fail(err, ML_EINPUT, "%s:1: a quoted field without its closing quote", s->name);
    if (memchr(s->rest.bytes, '\0', f->length) != NULL)
        return ml_fail(err, ML_EINPUT, "%s:1: NUL byte; this is not a text file", s->name);
    *text = s->rest.bytes;
    *n = f->length;
    return true;
}

void ml_source_skip_header(struct ml_source *s)
{
    drop(s, s->first.consumed);
    s->line += s->first.lines;
}

/* Looks for the end of a record that was too long; true when rest begins a record again. */
static bool skip_long(struct ml_source *s)
{
    const char *end = memchr(s->rest.bytes, s->dialect.terminator, s->rest.length);
    if (end == NULL) {
        s->rest.length = 0;
        return false;
    }
    drop(s, (size_t)(end - s->rest.bytes) + 1);
    s->line++;
    s->skipping = false;
    return true;
}

static void add_span(struct ml_block *block, size_t offset, size_t length, size_t line,
                     enum ml_frame_status status)
{
    block->spans =
        ml_grow(block->spans, block->n_spans, &block->spans_capacity, sizeof(*block->spans));
    block->spans[block->n_spans++] = (struct ml_span){
        .offset = (uint32_t)offset,
        .length = (uint32_t)length,
        .line = (uint32_t)(line - block->first_line),
        .status = status,
    };
}

/* Empty lines become rows only when a record follows them. */
static void flush_blanks(struct ml_source *s, struct ml_block *block, size_t line)
{
    for (; s->n_blank > 0; s->n_blank--)
        add_span(block, 0, 0, line - s->n_blank, ML_FRAME_RECORD);
}

/* Frames what is at hand; returns the bytes that the records take. */
static size_t frame_records(struct ml_source *s, struct ml_block *block)
{
    size_t at = 0;
    while (at < s->rest.length) {
        const char *from = s->rest.bytes + at;
        struct ml_frame f =
            ml_frame_next(&s->dialect, from, s->rest.length - at, s->at_end, ML_MAX_RECORD_BYTES);
        if (f.status == ML_FRAME_MORE)
            break;
        if (f.status == ML_FRAME_RECORD && f.length == 0) {
            s->n_blank++;
        } else {
            flush_blanks(s, block, s->line);
            add_span(block, at, f.status == ML_FRAME_RECORD ? f.length : 0, s->line, f.status);
        }
        at += f.consumed;
        s->line += f.lines;
        /* Its line goes on beyond what was looked at. */
        if (f.status != ML_FRAME_RECORD && !f.ended) {
            s->skipping = true;
            break;
        }
    }
    return at;
}

bool ml_source_next(struct ml_source *s, struct ml_block *block, struct ml_error *err)
{
    block->n_spans = 0;
    for (;;) {
        if (s->rest.length > 0 && (!s->skipping || skip_long(s))) {
            block->first_line = s->line - s->n_blank;
            size_t taken = frame_records(s, block);
            /* The block takes the buffer; the source keeps a copy of the incomplete tail. */
            ml_strbuf_clear(&block->text);
            struct ml_strbuf swap = block->text;
            block->text = s->rest;
            s->rest = swap;
            ml_strbuf_add(&s->rest, block->text.bytes + taken, block->text.length - taken);
            block->text.length = taken;
        }
        if (block->n_spans > 0 || (s->at_end && s->rest.length == 0))
            break;
        if (!s->at_end && !read_more(s, ML_BLOCK_BYTES, err))
            return false;
    }
    block->first_row = s->n_rows;
    s->n_rows += block->n_spans;
    return true;
}

bool ml_source_is_ready(const struct ml_source *s)
{
    struct pollfd input = {.fd = s->fd, .events = POLLIN};
    return s->file_bytes > 0 || s->at_end || poll(&input, 1, 0) != 0;
}

const char *ml_source_name(const struct ml_source *s)
{
    return s->name;
}

size_t ml_source_rows(const struct ml_source *s)
{
    return s->n_rows;
}

uint64_t ml_source_bytes(const struct ml_source *s)
{
    return s->n_bytes;
}

uint64_t ml_source_size(const struct ml_source *s)
{
    return s->file_bytes;
}

void ml_source_digest(struct ml_source *s, char hex[ML_DIGEST_HEX])
{
    ml_digest_finish(s->digest, hex);
    s->digest = NULL;
}

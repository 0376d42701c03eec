#include "data/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/input.h"
#include "data/parts.h"
#include "data/start.h"

enum { MAX_HEADER_BYTES = 1024 * 1024, MAX_SPANS = ML_BLOCK_BYTES };

struct ml_source {
    struct ml_parts parts;
    char delimiter;
    unsigned flags;
    size_t n_rows;
    uint64_t n_bytes;        /* of the files before this one */
    struct ml_strbuf header; /* of a directory's first file, once it is known to be one */
    struct ml_digest *sums;  /* a directory's digest; NULL unless asked for */

    /* Of the file that is being read: */
    size_t file;
    struct ml_input *input; /* NULL: bytes in memory */
    struct ml_digest *digest;
    struct ml_dialect dialect;
    struct ml_strbuf rest; /* read, not yet given out */
    struct ml_frame first; /* what ml_source_peek found */
    size_t line;           /* 1-based, of rest's first byte */
    size_t n_blank;        /* empty lines held back: rows only if something follows */
    bool at_end;
    bool skipping; /* inside a record that was too long */
};

void ml_block_release(struct ml_block *block)
{
    ml_strbuf_release(&block->text);
    free(block->spans);
    *block = (struct ml_block){0};
}

const char *ml_source_file(const struct ml_source *s)
{
    return s->parts.files[s->file].name;
}

/* One read of at most `bytes` behind what is there. */
static bool read_more(struct ml_source *s, size_t bytes, struct ml_error *err)
{
    char *to = ml_strbuf_reserve(&s->rest, bytes);
    size_t n;
    if (!ml_input_read(&n, s->input, to, bytes, err))
        return false;
    s->rest.length += n;
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

/* Reads no further than the first line, so that a pipe's first line is not held up. */
static bool look_at_start(struct ml_source *s, struct ml_error *err)
{
    while (s->dialect.terminator == '\0') {
        if (!s->at_end && !read_more(s, ML_BLOCK_BYTES, err))
            return false;
        size_t mark = ml_start_mark(s->rest.bytes, s->rest.length);
        s->dialect.terminator = ml_start_terminator(s->rest.bytes + mark, s->rest.length - mark,
                                                    s->delimiter, MAX_HEADER_BYTES, s->at_end);
    }
    const char *b = s->rest.bytes;
    size_t n = s->rest.length;
    if (n == 0)
        return true;
    if (n >= 2 && (memcmp(b, "\xff\xfe", 2) == 0 || memcmp(b, "\xfe\xff", 2) == 0))
        return ml_fail(err, ML_EINPUT, "%s:1: UTF-16 text; convert the file to UTF-8",
                       ml_source_file(s));
    drop(s, ml_start_mark(b, n));
    return true;
}

/* Begins the file whose turn it is. */
static bool begin_file(struct ml_source *s, struct ml_error *err)
{
    const struct ml_part_file *file = &s->parts.files[s->file];
    s->dialect = (struct ml_dialect){.delimiter = s->delimiter};
    s->line = 1;
    s->n_blank = 0;
    s->at_end = false;
    s->skipping = false;
    s->digest = (s->flags & ML_SOURCE_DIGEST) != 0 ? ml_digest_new() : NULL;
    return ml_input_open(&s->input, file->path, file->name, (s->flags & ML_SOURCE_PLAIN) != 0,
                         s->digest, err) &&
           look_at_start(s, err);
}

/* Of a directory's file that was read to its end. */
static void end_file(struct ml_source *s)
{
    s->n_bytes += ml_input_bytes(s->input);
    ml_input_close(s->input);
    s->input = NULL;
    if (s->digest == NULL)
        return;
    char hex[ML_DIGEST_HEX];
    ml_digest_finish(s->digest, hex);
    s->digest = NULL;
    ml_parts_add_line(&s->parts, s->file, hex, s->sums);
}

static bool is_exhausted(const struct ml_source *s)
{
    return s->at_end && s->rest.length == 0;
}

/* The first file that is not empty, or the last. */
static bool begin_first(struct ml_source *s, struct ml_error *err)
{
    if (!begin_file(s, err))
        return false;
    while (is_exhausted(s) && s->file + 1 < s->parts.n) {
        end_file(s);
        s->file++;
        if (!begin_file(s, err))
            return false;
    }
    return true;
}

bool ml_source_open(struct ml_source **out, const char *path, const char *name, char delimiter,
                    unsigned flags, struct ml_error *err)
{
    struct ml_parts parts;
    if (!ml_parts_list(&parts, path, name, err))
        return false;
    struct ml_source *s = ml_xcalloc(1, sizeof(*s));
    s->parts = parts;
    s->delimiter = delimiter != '\0' ? delimiter : ',';
    s->flags = flags;
    s->sums = parts.is_directory && (flags & ML_SOURCE_DIGEST) != 0 ? ml_digest_new() : NULL;
    if (!begin_first(s, err)) {
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
    s->parts = ml_parts_single(name, n);
    s->delimiter = delimiter != '\0' ? delimiter : ',';
    s->dialect.delimiter = s->delimiter;
    s->line = 1;
    s->at_end = true;
    ml_strbuf_add(&s->rest, bytes, n);
    s->n_bytes = n;
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
    if (s->sums != NULL)
        ml_digest_finish(s->sums, unused);
    ml_input_close(s->input);
    ml_parts_release(&s->parts);
    ml_strbuf_release(&s->header);
    ml_strbuf_release(&s->rest);
    free(s);
}

bool ml_source_peek(struct ml_source *s, const char **text, size_t *n, struct ml_error *err)
{
    struct ml_frame *f = &s->first;
    const char *name = ml_source_file(s);
    for (;;) {
        if (is_exhausted(s))
            return ml_fail(err, ML_EINPUT,
                           s->parts.n > 1 ? "%s: all files are empty" : "%s: the file is empty",
                           s->parts.n > 1 ? s->parts.name : name);
        if (s->rest.length > 0)
            *f = ml_frame_next(&s->dialect, s->rest.bytes, s->rest.length, s->at_end,
                               MAX_HEADER_BYTES);
        if (s->rest.length > 0 && f->status != ML_FRAME_MORE)
            break;
        if (!read_more(s, ML_BLOCK_BYTES, err))
            return false;
    }
    if (f->status == ML_FRAME_TOO_LONG)
        return ml_fail(err, ML_ELIMIT, "%s:1: the first line is longer than %d bytes", name,
                       (int)MAX_HEADER_BYTES);
    if (f->status == ML_FRAME_OPEN_QUOTE)
        return ml_fail(err, ML_EINPUT, "%s:1: a quoted field without its closing quote", name);
    if (memchr(s->rest.bytes, '\0', f->length) != NULL)
        return ml_fail(err, ML_EINPUT, "%s:1: NUL byte; this is not a text file", name);
    *text = s->rest.bytes;
    *n = f->length;
    return true;
}

static void drop_first(struct ml_source *s)
{
    drop(s, s->first.consumed);
    s->line += s->first.lines;
}

void ml_source_skip_header(struct ml_source *s)
{
    if (s->parts.n > 1)
        ml_strbuf_add(&s->header, s->rest.bytes, s->first.length);
    drop_first(s);
}

/* An empty file has neither header nor rows: programs that write many files leave such ones. */
static bool begin_next(struct ml_source *s, struct ml_error *err)
{
    const char *text;
    size_t n;
    end_file(s);
    s->file++;
    if (!begin_file(s, err))
        return false;
    if (s->header.length == 0 || is_exhausted(s))
        return true;
    if (!ml_source_peek(s, &text, &n, err) ||
        !ml_start_same_header(&s->header, text, n, s->delimiter, ml_source_file(s), err))
        return false;
    drop_first(s);
    return true;
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

/*
 * Empty lines become rows only when a record follows them. False when the block has no room for
 * all: a few packed kilobytes can hold millions.
 */
static bool flush_blanks(struct ml_source *s, struct ml_block *block)
{
    for (; s->n_blank > 0 && block->n_spans < MAX_SPANS; s->n_blank--)
        add_span(block, 0, 0, s->line - s->n_blank, ML_FRAME_RECORD);
    return s->n_blank == 0;
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
            if (!flush_blanks(s, block))
                break;
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

/* Moves the whole records at hand into the block. */
static void fill_block(struct ml_source *s, struct ml_block *block)
{
    block->first_line = s->line - s->n_blank;
    block->file = s->file;
    block->name = ml_source_file(s);
    size_t taken = frame_records(s, block);
    /* The block takes the buffer; the source keeps a copy of the incomplete tail. */
    ml_strbuf_clear(&block->text);
    struct ml_strbuf swap = block->text;
    block->text = s->rest;
    s->rest = swap;
    ml_strbuf_add(&s->rest, block->text.bytes + taken, block->text.length - taken);
    block->text.length = taken;
}

bool ml_source_next(struct ml_source *s, struct ml_block *block, struct ml_error *err)
{
    block->n_spans = 0;
    for (;;) {
        if (s->rest.length > 0 && (!s->skipping || skip_long(s)))
            fill_block(s, block);
        if (block->n_spans > 0)
            break;
        if (is_exhausted(s) && s->file + 1 == s->parts.n)
            break;
        if (is_exhausted(s) && !begin_next(s, err))
            return false;
        if (!s->at_end && !read_more(s, ML_BLOCK_BYTES, err))
            return false;
    }
    block->first_row = s->n_rows;
    s->n_rows += block->n_spans;
    return true;
}

bool ml_source_is_ready(const struct ml_source *s)
{
    return s->parts.bytes > 0 || s->at_end || ml_input_is_ready(s->input);
}

const char *ml_source_name(const struct ml_source *s)
{
    return s->parts.name;
}

size_t ml_source_rows(const struct ml_source *s)
{
    return s->n_rows;
}

uint64_t ml_source_bytes(const struct ml_source *s)
{
    return s->n_bytes + (s->input != NULL ? ml_input_bytes(s->input) : 0);
}

uint64_t ml_source_size(const struct ml_source *s)
{
    return s->parts.bytes;
}

void ml_source_digest(struct ml_source *s, char hex[ML_DIGEST_HEX])
{
    if (s->sums == NULL) {
        ml_digest_finish(s->digest, hex);
        s->digest = NULL;
        return;
    }
    ml_digest_finish(s->digest, hex);
    s->digest = NULL;
    ml_parts_add_line(&s->parts, s->file, hex, s->sums);
    ml_digest_finish(s->sums, hex);
    s->sums = NULL;
}

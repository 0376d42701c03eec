#include "data/fields.h"

#include <csv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"

struct ml_splitter {
    struct csv_parser parser;
    char delimiter;
    char *bytes; /* the fields' bytes, each with a NUL behind it */
    size_t used;
    size_t capacity;
    struct ml_field *fields;
    size_t n_fields;
    size_t fields_capacity;
    size_t n_rows; /* row ends libcsv reported within this record */
    struct ml_strbuf mended;
};

/* libcsv trims what this calls a space; a NULL function would mean blank and tab. */
static int nothing_is_space(unsigned char c)
{
    (void)c;
    return 0;
}

static void init_parser(struct ml_splitter *s)
{
    if (csv_init(&s->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
        abort(); /* only for a NULL parser */
    csv_set_delim(&s->parser, (unsigned char)s->delimiter);
    csv_set_space_func(&s->parser, nothing_is_space);
    csv_set_realloc_func(&s->parser, realloc);
    csv_set_blk_size(&s->parser, 1024);
}

struct ml_splitter *ml_splitter_new(char delimiter)
{
    struct ml_splitter *s = ml_xcalloc(1, sizeof(*s));
    s->delimiter = delimiter;
    init_parser(s);
    return s;
}

void ml_splitter_free(struct ml_splitter *s)
{
    if (s == NULL)
        return;
    csv_free(&s->parser);
    ml_strbuf_release(&s->mended);
    free(s->bytes);
    free(s->fields);
    free(s);
}

static void on_field(void *text, size_t n, void *ctx)
{
    struct ml_splitter *s = ctx;
    if (s->n_fields == s->fields_capacity)
        s->fields = ml_grow(s->fields, s->n_fields, &s->fields_capacity, sizeof(*s->fields));
    char *to = s->bytes + s->used;
    if (n > 0)
        memcpy(to, text, n);
    to[n] = '\0';
    s->fields[s->n_fields++] = (struct ml_field){to, n};
    s->used += n + 1;
}

static void on_row(int terminator, void *ctx)
{
    (void)terminator;
    ((struct ml_splitter *)ctx)->n_rows++;
}

/* A strict parser that has stumbled keeps its state: begin anew. */
static bool spoilt(struct ml_splitter *s, struct ml_error *err, const char *what)
{
    csv_free(&s->parser);
    init_parser(s);
    return ml_fail(err, ML_EINPUT, "field %zu: %s", s->n_fields + 1, what);
}

/* Behind the closing quote of the quoted field that begins at s[0]; n when there is none. */
static size_t end_of_quoted(const char *s, size_t n)
{
    for (size_t at = 1; at < n; at++) {
        if (s[at] != '"')
            continue;
        if (at + 1 == n || s[at + 1] != '"')
            return at + 1;
        at++;
    }
    return n;
}

static size_t end_of_bare(const char *s, size_t n, char delimiter)
{
    const char *end = memchr(s, delimiter, n);
    return end != NULL ? (size_t)(end - s) : n;
}

/* Each gives the length of the field that begins at s[0] and writes it as strict CSV has it. */
static size_t mend_quoted(struct ml_splitter *s, const char *field, size_t left)
{
    size_t length = end_of_quoted(field, left);
    size_t end = length;
    while (end < left && (field[end] == ' ' || field[end] == '\t'))
        end++;
    size_t rest = end_of_bare(field + end, left - end, s->delimiter);
    /* With a rest the blanks stay, and the field is refused again. */
    ml_strbuf_add(&s->mended, field, rest > 0 ? end + rest : length);
    return end + rest;
}

static size_t mend_bare(struct ml_splitter *s, const char *field, size_t left)
{
    size_t length = end_of_bare(field, left, s->delimiter);
    bool needs_quotes = memchr(field, '"', length) != NULL && memchr(field, '\r', length) == NULL;
    if (!needs_quotes) {
        ml_strbuf_add(&s->mended, field, length);
        return length;
    }
    ml_strbuf_addc(&s->mended, '"');
    for (size_t i = 0; i < length; i++) {
        if (field[i] == '"')
            ml_strbuf_addc(&s->mended, '"');
        ml_strbuf_addc(&s->mended, field[i]);
    }
    ml_strbuf_addc(&s->mended, '"');
    return length;
}

/*
 * What strict CSV refuses and only one reading fits: a quote inside a field that does not begin
 * with one is a character like others (6" pipe), and blanks behind a closing quote are nothing.
 * Writes the record as strict CSV says it.
 */
static void mend(struct ml_splitter *s, const char *record, size_t n)
{
    ml_strbuf_clear(&s->mended);
    for (size_t at = 0; at <= n;) {
        const char *field = record + at;
        size_t left = n - at;
        size_t length;
        if (left > 0 && *field == '"')
            length = mend_quoted(s, field, left);
        else
            length = mend_bare(s, field, left);
        at += length + 1;
        if (at <= n)
            ml_strbuf_addc(&s->mended, s->delimiter);
    }
}

static bool split_strictly(struct ml_splitter *s, const char *record, size_t n, bool *stumbled,
                           struct ml_error *err)
{
    /* Every field is preceded by a delimiter or the start: at most n + 1 NULs join n bytes. */
    if (s->capacity < 2 * n + 2) {
        s->capacity = 4 * n + 1024;
        s->bytes = ml_xrealloc(s->bytes, s->capacity, 1);
    }
    s->used = 0;
    s->n_fields = 0;
    s->n_rows = 0;
    if (n == 0) {
        on_field(NULL, 0, s);
        return true;
    }
    size_t read = csv_parse(&s->parser, record, n, on_field, on_row, s);
    if (read < n && csv_error(&s->parser) == CSV_ENOMEM)
        return spoilt(s, err, "out of memory");
    if (read < n) {
        *stumbled = true;
        return spoilt(s, err, "text behind the closing quote");
    }
    if (s->n_rows > 0)
        return spoilt(s, err, "a carriage return inside the line");
    if (csv_fini(&s->parser, on_field, on_row, s) != 0)
        return spoilt(s, err, "a quoted field without its closing quote");
    return true;
}

bool ml_splitter_split(struct ml_splitter *s, const char *record, size_t n,
                       const struct ml_field **fields, size_t *n_fields, struct ml_error *err)
{
    bool stumbled = false;
    bool ok = split_strictly(s, record, n, &stumbled, err);
    if (!ok && stumbled) {
        mend(s, record, n);
        ok = split_strictly(s, s->mended.bytes, s->mended.length, &stumbled, err);
    }
    if (!ok)
        return false;
    *fields = s->fields;
    *n_fields = s->n_fields;
    return true;
}

#include "data/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/dict.h"

static bool fail_order(const struct ml_table *t, size_t i, const struct ml_field *field,
                       struct ml_error *err)
{
    char quoted[96];
    ml_quote(quoted, sizeof(quoted), field->s, field->n);
    return ml_fail(err, ML_EINPUT, "%s:1: column %zu is '%s', but the schema has '%.64s' there",
                   ml_source_file(t->source), i + 1, quoted, t->schema->columns[i].name);
}

static bool match_exact(struct ml_table *t, const struct ml_field *fields, size_t n,
                        struct ml_error *err)
{
    const struct ml_schema *schema = t->schema;
    for (size_t i = 0; i < n && i < schema->n_columns; i++) {
        const char *name = schema->columns[i].name;
        if (fields[i].n != strlen(name) || memcmp(fields[i].s, name, fields[i].n) != 0)
            return fail_order(t, i, &fields[i], err);
        t->column_of[i] = (long)i;
    }
    if (n > schema->n_columns)
        return ml_fail(err, ML_EINPUT, "%s:1: %zu columns, but the schema has %zu",
                       ml_source_file(t->source), n, schema->n_columns);
    if (n < schema->n_columns)
        return ml_fail(err, ML_EINPUT, "%s:1: column '%.64s' of the schema is not in the data",
                       ml_source_file(t->source), schema->columns[n].name);
    return true;
}

/* Inputs must be there; the target and the row id may be; the rest is not looked at. */
static bool check_inputs(const struct ml_table *t, const bool *found, struct ml_error *err)
{
    for (size_t c = 0; c < t->schema->n_columns; c++)
        if (!found[c] && t->schema->columns[c].role == ML_ROLE_INPUT)
            return ml_fail(err, ML_EINPUT,
                           "%s:1: column '%.64s', which the model needs, is not in "
                           "the data",
                           ml_source_file(t->source), t->schema->columns[c].name);
    return true;
}

static bool match_names(struct ml_table *t, const struct ml_field *fields, size_t n,
                        struct ml_error *err)
{
    struct ml_dict names = {0};
    bool *found = ml_xcalloc(t->schema->n_columns, sizeof(*found));
    bool ok = true;
    for (size_t c = 0; c < t->schema->n_columns; c++)
        ml_dict_add(&names, t->schema->columns[c].name, strlen(t->schema->columns[c].name));
    for (size_t i = 0; i < n && ok; i++) {
        uint32_t c = ml_dict_find(&names, fields[i].s, fields[i].n);
        t->column_of[i] = c == ML_DICT_NONE ? -1 : (long)c;
        t->n_ignored += c == ML_DICT_NONE;
        if (c == ML_DICT_NONE)
            continue;
        if (found[c])
            ok = ml_fail(err, ML_EINPUT, "%s:1: column '%.64s' appears twice",
                         ml_source_file(t->source), t->schema->columns[c].name);
        found[c] = true;
    }
    ok = ok && check_inputs(t, found, err);
    ml_dict_release(&names);
    free(found);
    return ok;
}

/* No header: all columns, or (when scoring) all but the target. */
static bool match_positions(struct ml_table *t, size_t n, enum ml_match match, struct ml_error *err)
{
    size_t n_columns = t->schema->n_columns;
    long skip = -1;
    if (match == ML_MATCH_NAMES && t->schema->target >= 0 && n + 1 == n_columns)
        skip = t->schema->target;
    else if (n != n_columns)
        return ml_fail(err, ML_EINPUT, "%s:1: %zu fields, but the schema has %zu columns",
                       ml_source_file(t->source), n, n_columns);
    long column = 0;
    for (size_t i = 0; i < n; i++, column++) {
        column += column == skip;
        t->column_of[i] = column;
    }
    return true;
}

/* Fields stay borrowed by the splitter; their names are needed for longer. */
static void keep_names(struct ml_table *t, const struct ml_field *fields, size_t n)
{
    t->names = ml_xcalloc(n, sizeof(*t->names));
    for (size_t i = 0; i < n; i++)
        t->names[i] = ml_xmemdup0(fields[i].s, fields[i].n);
}

static bool match_columns(struct ml_table *t, bool has_header, enum ml_match match,
                          struct ml_error *err)
{
    const char *text;
    size_t bytes;
    if (!ml_source_peek(t->source, &text, &bytes, err))
        return false;
    struct ml_splitter *splitter = ml_splitter_new(t->delimiter);
    const struct ml_field *fields = NULL;
    size_t n = 0;
    bool ok = ml_splitter_split(splitter, text, bytes, &fields, &n, err) ||
              ml_fail_context(err, "%s:1", ml_source_file(t->source));
    if (ok && n > ML_MAX_COLUMNS)
        ok = ml_fail(err, ML_ELIMIT, "%s:1: %zu columns; at most %d are supported",
                     ml_source_file(t->source), n, (int)ML_MAX_COLUMNS);
    if (ok) {
        t->n_fields = n;
        t->column_of = ml_xcalloc(n, sizeof(*t->column_of));
        if (has_header)
            keep_names(t, fields, n);
        if (!has_header)
            ok = match_positions(t, n, match, err);
        else
            ok = match == ML_MATCH_EXACT ? match_exact(t, fields, n, err)
                                         : match_names(t, fields, n, err);
    }
    ml_splitter_free(splitter);
    if (ok && has_header)
        ml_source_skip_header(t->source);
    return ok;
}

bool ml_table_has_header(const struct ml_schema *schema, const struct ml_csv_options *options)
{
    return options->header == ML_HEADER_SCHEMA ? schema->has_header
                                               : options->header == ML_HEADER_YES;
}

bool ml_table_open(struct ml_table *out, const char *path, const struct ml_schema *schema,
                   const struct ml_csv_options *options, enum ml_match match, bool with_digest,
                   struct ml_error *err)
{
    struct ml_table t = {
        .schema = schema,
        .delimiter = options->delimiter != '\0' ? options->delimiter : ',',
    };
    bool has_header = ml_table_has_header(schema, options);
    unsigned flags = (with_digest ? ML_SOURCE_DIGEST : 0) | (options->plain ? ML_SOURCE_PLAIN : 0);
    if (!ml_source_open(&t.source, path, options->name, t.delimiter, flags, err))
        return false;
    if (!match_columns(&t, has_header, match, err)) {
        ml_table_close(&t);
        return false;
    }
    for (size_t i = 0; i < t.n_fields; i++) {
        t.has_target = t.has_target || (t.column_of[i] >= 0 && t.column_of[i] == schema->target);
        t.has_row_id = t.has_row_id || (t.column_of[i] >= 0 && t.column_of[i] == schema->row_id);
    }
    *out = t;
    return true;
}

void ml_table_close(struct ml_table *t)
{
    ml_source_close(t->source);
    free(t->column_of);
    for (size_t i = 0; t->names != NULL && i < t->n_fields; i++)
        free(t->names[i]);
    free(t->names);
    *t = (struct ml_table){0};
}

bool ml_table_map(long **column_of, const struct ml_table *t, const struct ml_schema *schema,
                  struct ml_error *err)
{
    struct ml_table other = {
        .schema = schema,
        .source = t->source,
        .n_fields = t->n_fields,
        .column_of = ml_xcalloc(t->n_fields, sizeof(*other.column_of)),
    };
    bool ok;
    if (t->names == NULL) {
        ok = match_positions(&other, t->n_fields, ML_MATCH_NAMES, err);
    } else {
        struct ml_field *fields = ml_xcalloc(t->n_fields, sizeof(*fields));
        for (size_t i = 0; i < t->n_fields; i++)
            fields[i] = (struct ml_field){t->names[i], strlen(t->names[i])};
        ok = match_names(&other, fields, t->n_fields, err);
        free(fields);
    }
    if (ok)
        *column_of = other.column_of;
    else
        free(other.column_of);
    return ok;
}

long ml_table_field(const struct ml_table *t, size_t column)
{
    for (size_t i = 0; i < t->n_fields; i++)
        if (t->column_of[i] == (long)column)
            return (long)i;
    return -1;
}

size_t ml_block_line(const struct ml_block *block, size_t i)
{
    return block->first_line + block->spans[i].line;
}

static bool fail_record(const struct ml_block *block, size_t i, const char *what,
                        struct ml_error *err)
{
    return ml_fail(err, ML_EINPUT, "%s:%zu: %s", block->name, ml_block_line(block, i), what);
}

bool ml_table_split(const struct ml_table *t, struct ml_splitter *splitter,
                    const struct ml_block *block, size_t i, const struct ml_field **fields,
                    struct ml_error *err)
{
    const struct ml_span *span = &block->spans[i];
    const char *bytes = block->text.bytes + span->offset;
    if (span->status == ML_FRAME_TOO_LONG)
        return fail_record(block, i, "the record is longer than 100 KB", err);
    if (span->status == ML_FRAME_OPEN_QUOTE)
        return fail_record(block, i, "a quote is opened and not closed", err);
    if (span->length > 0 && memchr(bytes, '\0', span->length) != NULL)
        return fail_record(block, i, "NUL byte", err);
    size_t n;
    if (!ml_splitter_split(splitter, bytes, span->length, fields, &n, err))
        return ml_fail_context(err, "%s:%zu", block->name, ml_block_line(block, i));
    if (n != t->n_fields)
        return ml_fail(err, ML_EINPUT, "%s:%zu: %zu field%s, expected %zu", block->name,
                       ml_block_line(block, i), n, n == 1 ? "" : "s", t->n_fields);
    return true;
}

bool ml_table_fail_cell(const struct ml_table *t, const struct ml_block *block, size_t i,
                        size_t column, const char *what, const struct ml_field *cell,
                        struct ml_error *err)
{
    char quoted[96];
    ml_quote(quoted, sizeof(quoted), cell->s, cell->n);
    return ml_fail(err, ML_EINPUT, "%s:%zu: column '%.64s': %s: '%s'", block->name,
                   ml_block_line(block, i), t->schema->columns[column].name, what, quoted);
}

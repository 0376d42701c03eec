#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/dict.h"
#include "data/cell.h"
#include "data/table.h"

enum {
    MAX_DISTINCT = 1000,        /* levels are counted up to here */
    MAX_CLASS_NUMBERS = 10,     /* a target with so few whole numbers is a class */
    TEXT_WORDS = 3,             /* a TEXT cell has more words than this on average… */
    TEXT_DISTINCT_PERCENT = 50, /* …and at least so many in a hundred cells are distinct */
};

/* What was seen of one column. */
struct seen {
    size_t n_filled;
    size_t n_numbers;
    size_t n_whole;
    size_t n_zero_one;
    size_t n_binary_words;
    size_t n_words;
    struct ml_dict distinct; /* up to MAX_DISTINCT */
};

static size_t count_words(const char *s, size_t n)
{
    size_t words = 0;
    bool inside = false;
    for (size_t i = 0; i < n; i++) {
        bool blank = s[i] == ' ' || s[i] == '\t';
        words += !blank && !inside;
        inside = !blank;
    }
    return words;
}

static void look_at_cell(struct seen *c, const struct ml_field *cell)
{
    double x;
    enum ml_cell_status number = ml_cell_number(cell->s, cell->n, &x);
    if (number == ML_CELL_MISSING)
        return;
    c->n_filled++;
    c->n_numbers += number == ML_CELL_OK;
    c->n_whole += number == ML_CELL_OK && x == floor(x);
    c->n_zero_one += number == ML_CELL_OK && (x == 0.0 || x == 1.0);
    c->n_binary_words += ml_cell_binary(cell->s, cell->n, &x) == ML_CELL_OK;
    c->n_words += count_words(cell->s, cell->n);
    if (c->distinct.count < MAX_DISTINCT)
        ml_dict_add(&c->distinct, cell->s, cell->n);
}

static bool is_text(const struct seen *c)
{
    size_t cells = c->n_filled < MAX_DISTINCT ? c->n_filled : MAX_DISTINCT;
    return c->n_words > TEXT_WORDS * c->n_filled &&
           c->distinct.count * 100 >= cells * TEXT_DISTINCT_PERCENT;
}

static enum ml_type guess(const struct seen *c, bool is_target)
{
    if (c->n_filled == 0)
        return is_target ? ML_CATEGORICAL : ML_NUMERIC;
    bool two_levels = c->distinct.count > 1 || is_target;
    if (c->n_zero_one == c->n_filled && two_levels)
        return ML_BINARY;
    if (c->n_numbers == c->n_filled) {
        bool classes =
            is_target && c->n_whole == c->n_filled && c->distinct.count <= MAX_CLASS_NUMBERS;
        return classes ? ML_CATEGORICAL : ML_NUMERIC;
    }
    if (c->n_binary_words == c->n_filled && two_levels)
        return ML_BINARY;
    return !is_target && is_text(c) ? ML_TEXT : ML_CATEGORICAL;
}

/* Column names from the header, or Var01… */
static bool name_columns(struct ml_schema **out, struct ml_source *source, char delimiter,
                         bool has_header, struct ml_error *err)
{
    const char *text;
    size_t bytes;
    if (!ml_source_peek(source, &text, &bytes, err))
        return false;
    struct ml_splitter *splitter = ml_splitter_new(delimiter);
    const struct ml_field *fields;
    size_t n;
    bool ok = ml_splitter_split(splitter, text, bytes, &fields, &n, err) ||
              ml_fail_context(err, "%s:1", ml_source_file(source));
    if (ok && n > ML_MAX_COLUMNS)
        ok = ml_fail(err, ML_ELIMIT, "%s:1: %zu columns; at most %d are supported",
                     ml_source_file(source), n, (int)ML_MAX_COLUMNS);
    if (ok && n < 2)
        ok = ml_fail(err, ML_EINPUT, "%s:1: only one column; is the delimiter right?",
                     ml_source_file(source));
    if (ok) {
        struct ml_schema *schema = ml_schema_new(n);
        struct ml_strbuf name = {0};
        int digits = n > 999 ? 4 : n > 99 ? 3 : n > 9 ? 2 : 1;
        for (size_t i = 0; i < n; i++) {
            ml_strbuf_clear(&name);
            if (has_header)
                ml_strbuf_add(&name, fields[i].s, fields[i].n);
            else
                ml_strbuf_addf(&name, "Var%0*zu", digits, i + 1);
            schema->columns[i].name = ml_xmemdup0(name.bytes, name.length);
        }
        ml_strbuf_release(&name);
        schema->has_header = has_header;
        if (has_header)
            ml_source_skip_header(source);
        *out = schema;
    }
    ml_splitter_free(splitter);
    return ok;
}

/* Every cell of every whole record; malformed ones are passed over, as training will reject them.
 */
static bool look_at_rows(struct ml_source *source, char delimiter, struct seen *seen, size_t n,
                         size_t *n_rows, struct ml_error *err)
{
    struct ml_table t = {.source = source, .delimiter = delimiter, .n_fields = n};
    struct ml_splitter *splitter = ml_splitter_new(delimiter);
    struct ml_block block = {0};
    bool ok;
    *n_rows = 0;
    while ((ok = ml_source_next(source, &block, err)) && block.n_spans > 0) {
        for (size_t i = 0; i < block.n_spans; i++) {
            const struct ml_field *fields;
            struct ml_error why;
            if (!ml_table_split(&t, splitter, &block, i, &fields, &why))
                continue;
            ++*n_rows;
            for (size_t c = 0; c < n; c++)
                look_at_cell(&seen[c], &fields[c]);
        }
    }
    ml_block_release(&block);
    ml_splitter_free(splitter);
    if (ok && *n_rows == 0)
        ok = ml_fail(err, ML_EINPUT, "%s: no rows to infer types from", ml_source_name(source));
    return ok;
}

static bool find_target(struct ml_schema *schema, const char *target, const char *name,
                        struct ml_error *err)
{
    long c = target == NULL ? (long)schema->n_columns - 1
                            : ml_schema_find(schema, target, strlen(target));
    if (c < 0)
        return ml_fail(err, ML_EINPUT, "%s: no column is named '%.64s'", name, target);
    ml_schema_set_role(schema, (size_t)c, ML_ROLE_TARGET);
    return true;
}

/* Names must be such that the schema reads back. */
static bool check(const struct ml_schema *schema, const char *name, struct ml_error *err)
{
    char *json = ml_schema_json(schema);
    struct ml_schema *copy;
    bool ok = ml_schema_parse(&copy, json, strlen(json), name, err);
    if (ok)
        ml_schema_free(copy);
    free(json);
    return ok;
}

bool ml_schema_infer(struct ml_schema **out, const char *data_path, const char *target,
                     const struct ml_csv_options *options, struct ml_error *err)
{
    char delimiter = options->delimiter != '\0' ? options->delimiter : ',';
    struct ml_source *source;
    if (!ml_source_open(&source, data_path, options->name, delimiter,
                        options->plain ? ML_SOURCE_PLAIN : 0, err))
        return false;
    struct ml_schema *schema = NULL;
    struct seen *seen = NULL;
    size_t n_rows;
    bool ok = name_columns(&schema, source, delimiter, options->header != ML_HEADER_NO, err) &&
              find_target(schema, target, ml_source_name(source), err);
    if (ok) {
        seen = ml_xcalloc(schema->n_columns, sizeof(*seen));
        ok = look_at_rows(source, delimiter, seen, schema->n_columns, &n_rows, err);
    }
    for (size_t c = 0; seen != NULL && c < schema->n_columns; c++) {
        schema->columns[c].type = guess(&seen[c], (long)c == schema->target);
        ml_dict_release(&seen[c].distinct);
    }
    free(seen);
    ok = ok && check(schema, ml_source_name(source), err);
    ml_source_close(source);
    if (!ok) {
        ml_schema_free(schema);
        return false;
    }
    *out = schema;
    return true;
}

#include <math.h>
#include <string.h>

#include "data/fields.h"
#include "data/schema.h"
#include "data/source.h"
#include "model/answer_line.h"
#include "protocol/json_call.h"
#include "protocol/native.h"

struct reader {
    struct ml_call *call;
    struct ml_arena *arena;
    const struct ml_schema *schema;
    struct ml_source *source;
    struct ml_splitter *splitter;
    struct ml_field *names; /* in the arena; n_fields */
    size_t n_fields;
    size_t capacity; /* of call->records */
    size_t max_rows;
    enum ml_csv_names wanted;
    bool has_header; /* the first line is names */
    struct ml_call_fault *fault;
};

static bool fault(struct reader *r, const char *code)
{
    r->fault->code = code;
    r->fault->field = NULL;
    return false;
}

/* Position i of n fields without a header: a file may lack the target. */
static const char *name_at(const struct ml_schema *schema, size_t n, size_t i)
{
    size_t column = i;
    if (n + 1 == schema->n_columns && schema->target >= 0 && i >= (size_t)schema->target)
        column++;
    return schema->columns[column].name;
}

static bool names_are_unique(const struct reader *r)
{
    for (size_t i = 0; i < r->n_fields; i++)
        for (size_t j = 0; j < i; j++)
            if (r->names[i].n == r->names[j].n &&
                memcmp(r->names[i].s, r->names[j].s, r->names[i].n) == 0)
                return false;
    return true;
}

static bool is_name(const struct ml_schema *schema, size_t at, const struct ml_field *field)
{
    const char *name = schema->columns[at % schema->n_columns].name;
    return name[0] == field->s[0] && strcmp(name, field->s) == 0;
}

static bool is_known(const struct ml_schema *schema, const struct ml_field *field)
{
    for (size_t c = 0; c < schema->n_columns; c++)
        if (is_name(schema, c, field))
            return true;
    return false;
}

static size_t count_known(const struct ml_schema *schema, const struct ml_field *fields, size_t n)
{
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++)
        n_known += is_known(schema, &fields[i]);
    return n_known;
}

/* Quotes the first field that is no column's name; there is one. */
static const char *quote_unknown(char *buf, size_t size, const struct ml_schema *schema,
                                 const struct ml_field *fields)
{
    while (is_known(schema, fields))
        fields++;
    return ml_quote(buf, size, fields->s, fields->n);
}

/* Whether more fields than not are columns' names. They mostly stand in the schema's order. */
static bool are_names(const struct ml_schema *schema, const struct ml_field *fields, size_t n)
{
    size_t at = 0;
    size_t n_unknown = 0;
    for (size_t i = 0; i < n; i++, at++) {
        size_t tries = 0;
        while (tries < schema->n_columns && !is_name(schema, at, &fields[i])) {
            tries++;
            at++;
        }
        n_unknown += tries == schema->n_columns;
        if (2 * n_unknown >= n)
            return false;
    }
    return true;
}

static void set_name(struct reader *r, size_t i, const char *s, size_t n)
{
    r->names[i] = (struct ml_field){ml_arena_strndup(r->arena, s, n), n};
}

/* Names for n fields that come without. */
static bool name_positions(struct reader *r, size_t n)
{
    const struct ml_schema *schema = r->schema;
    size_t *columns = NULL;
    if (r->wanted == ML_CSV_NAMES_DETECTED) {
        if (!ml_call_positions(&columns, r->arena, schema, n, r->fault))
            return ml_fail_context(&r->fault->err, "line 1");
    } else if (n != schema->n_columns && (n + 1 != schema->n_columns || schema->target < 0)) {
        return ml_fail(&r->fault->err, ML_EINPUT,
                       "line 1: %zu fields, but the schema has %zu columns", n, schema->n_columns);
    }
    for (size_t i = 0; i < n; i++) {
        const char *s = columns != NULL ? schema->columns[columns[i]].name : name_at(schema, n, i);
        set_name(r, i, s, strlen(s));
    }
    return true;
}

/* Whether a column of numbers is given a column's name: then the line was meant as a header. */
static bool has_name_for_number(const struct reader *r, const struct ml_field *fields)
{
    const struct ml_schema *schema = r->schema;
    for (size_t i = 0; i < r->n_fields; i++) {
        if (strchr("0123456789+-.", fields[i].s[0]) != NULL || !is_known(schema, &fields[i]))
            continue;
        for (size_t c = 0; c < schema->n_columns; c++)
            if (schema->columns[c].type == ML_NUMERIC &&
                strcmp(schema->columns[c].name, r->names[i].s) == 0)
                return true;
    }
    return false;
}

/* Names by position for a first line that too few names of columns stand in. */
static bool take_record(struct reader *r, const struct ml_field *fields, size_t n)
{
    char quoted[80];
    bool ok = name_positions(r, n);
    if (r->wanted != ML_CSV_NAMES_DETECTED || (ok && !has_name_for_number(r, fields)))
        return ok;
    size_t n_known = count_known(r->schema, fields, n);
    if (n_known == 0)
        return ok;
    return ml_fail(
        &r->fault->err, ML_EINPUT,
        "line 1: it is taken for a record, since only %zu of its %zu fields name%s columns "
        "of the model: '%s' names none",
        n_known, n, n_known == 1 ? "s" : "",
        quote_unknown(quoted, sizeof(quoted), r->schema, fields));
}

static bool take_header(struct reader *r, const struct ml_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        set_name(r, i, fields[i].s, fields[i].n);
    ml_source_skip_header(r->source);
    if (!names_are_unique(r))
        return ml_fail(&r->fault->err, ML_EINPUT, "line 1: a column name appears twice");
    char quoted[80];
    return count_known(r->schema, fields, n) > 0 ||
           ml_fail(&r->fault->err, ML_EINPUT,
                   "line 1: it must name the columns, but no field of it is a column of the model: "
                   "the first is '%s'",
                   quote_unknown(quoted, sizeof(quoted), r->schema, fields));
}

static bool read_names(struct reader *r)
{
    const char *text;
    size_t bytes;
    const struct ml_field *fields;
    size_t n;
    struct ml_error *err = &r->fault->err;
    if (!ml_source_peek(r->source, &text, &bytes, err))
        return false;
    if (!ml_splitter_split(r->splitter, text, bytes, &fields, &n, err))
        return ml_fail_context(err, "line 1");
    if (n > ML_MAX_COLUMNS)
        return ml_fail(err, ML_ELIMIT, "line 1: %zu columns; at most %d are supported", n,
                       (int)ML_MAX_COLUMNS);
    r->n_fields = n;
    r->names = ml_arena_alloc(r->arena, n * sizeof(*r->names));
    r->has_header = r->wanted == ML_CSV_NAMES_FIRST_LINE ||
                    (r->wanted == ML_CSV_NAMES_DETECTED ? are_names(r->schema, fields, n)
                                                        : r->schema->has_header);
    return r->has_header ? take_header(r, fields, n) : take_record(r, fields, n);
}

static struct ml_call_record *next_record(struct reader *r)
{
    struct ml_call *call = r->call;
    if (call->n_records == r->capacity) {
        size_t capacity = r->capacity > 0 ? 2 * r->capacity : 16;
        struct ml_call_record *more = ml_arena_alloc(r->arena, capacity * sizeof(*more));
        if (call->n_records > 0)
            memcpy(more, call->records, call->n_records * sizeof(*more));
        call->records = more;
        r->capacity = capacity;
    }
    return &call->records[call->n_records++];
}

static bool check_span(const struct ml_span *span, const char *bytes, struct ml_error *err)
{
    if (span->status == ML_FRAME_TOO_LONG)
        return ml_fail(err, ML_EINPUT, "the record is longer than 100 KB");
    if (span->status == ML_FRAME_OPEN_QUOTE)
        return ml_fail(err, ML_EINPUT, "a quote is opened and not closed");
    if (span->length > 0 && memchr(bytes, '\0', span->length) != NULL)
        return ml_fail(err, ML_EINPUT, "NUL byte");
    return true;
}

static bool read_record(struct reader *r, const struct ml_block *block, size_t i)
{
    const struct ml_span *span = &block->spans[i];
    const char *bytes = block->text.bytes + span->offset;
    const struct ml_field *fields;
    size_t n;
    size_t line = block->first_line + span->line;
    struct ml_error *err = &r->fault->err;
    if (!check_span(span, bytes, err) ||
        !ml_splitter_split(r->splitter, bytes, span->length, &fields, &n, err))
        return ml_fail_context(err, "line %zu", line);
    if (n != r->n_fields)
        return ml_fail(err, ML_EINPUT, "line %zu: %zu field%s, expected %zu", line, n,
                       n == 1 ? "" : "s", r->n_fields);
    struct ml_call_record *record = next_record(r);
    record->place = line;
    record->n_cells = n;
    record->cells = ml_arena_calloc(r->arena, n, sizeof(*record->cells));
    for (size_t f = 0; f < n; f++) {
        record->cells[f].name = r->names[f].s;
        record->cells[f].name_bytes = r->names[f].n;
        record->cells[f].text = ml_arena_strndup(r->arena, fields[f].s, fields[f].n);
        record->cells[f].text_bytes = fields[f].n;
    }
    return true;
}

static bool read_block(struct reader *r, const struct ml_block *block)
{
    if (r->call->n_records + block->n_spans > r->max_rows) {
        ml_fail(&r->fault->err, ML_ELIMIT, "more than %zu rows in one call (limits.rows)%s",
                r->max_rows,
                r->wanted == ML_CSV_NAMES_BY_SCHEMA ? "; a batch has no such limit" : "");
        return fault(r, "too_many_rows");
    }
    for (size_t i = 0; i < block->n_spans; i++)
        if (!read_record(r, block, i))
            return fault(r, "invalid_record");
    return true;
}

static bool read_all(struct reader *r)
{
    if (!read_names(r))
        return fault(r, "invalid_record");
    struct ml_block block = {0};
    bool ok = true;
    do {
        ok = ml_source_next(r->source, &block, &r->fault->err) ? read_block(r, &block)
                                                               : fault(r, "invalid_record");
    } while (ok && block.n_spans > 0);
    ml_block_release(&block);
    return ok;
}

static bool read_body(struct reader *r, const char *body, size_t n)
{
    r->call->is_csv = true;
    r->call->is_list = true;
    if (!ml_source_open_memory(&r->source, body, n, "body", ',', &r->fault->err))
        return fault(r, "invalid_record");
    r->splitter = ml_splitter_new(',');
    bool ok = read_all(r);
    ml_splitter_free(r->splitter);
    ml_source_close(r->source);
    return ok;
}

bool ml_native_read_csv(struct ml_call *out, struct ml_arena *arena, const char *body, size_t n,
                        const struct ml_schema *schema, size_t max_rows,
                        struct ml_call_fault *fault_out)
{
    struct reader r = {
        .call = out,
        .arena = arena,
        .schema = schema,
        .max_rows = max_rows,
        .wanted = ML_CSV_NAMES_BY_SCHEMA,
        .fault = fault_out,
    };
    return read_body(&r, body, n);
}

bool ml_native_read_csv_as(struct ml_call *out, struct ml_arena *arena,
                           const struct ml_wire_request *q, enum ml_csv_names names,
                           bool *has_header, struct ml_call_fault *fault_out)
{
    struct reader r = {
        .call = out,
        .arena = arena,
        .schema = ml_model_schema(q->model),
        .max_rows = q->max_rows,
        .wanted = names,
        .fault = fault_out,
    };
    bool ok = read_body(&r, q->body, q->body_bytes);
    if (has_header != NULL)
        *has_header = r.has_header;
    return ok;
}

/* The record's cell of that column as a field, or NULL. */
static const struct ml_field *find_cell(const struct ml_call_record *record,
                                        const struct ml_schema *schema, long column,
                                        struct ml_field *out)
{
    if (column < 0)
        return NULL;
    const char *name = schema->columns[column].name;
    for (size_t i = 0; i < record->n_cells; i++) {
        const struct ml_call_cell *cell = &record->cells[i];
        if (strcmp(cell->name, name) != 0)
            continue;
        *out = (struct ml_field){cell->text, cell->text_bytes};
        return out;
    }
    return NULL;
}

void ml_native_write_csv(struct ml_strbuf *buf, const struct ml_call_answer *answers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct ml_call_answer *a = &answers[i];
        const struct ml_schema *schema = ml_model_schema(a->model);
        struct ml_field cells[2];
        const struct ml_field *tag = find_cell(a->record, schema, schema->row_id, &cells[0]);
        const struct ml_field *truth = find_cell(a->record, schema, schema->target, &cells[1]);
        if (i == 0)
            ml_answer_header(a->model, tag != NULL, truth != NULL, buf);
        ml_answer_line(a->model, tag, truth, a->probability, a->threshold, ML_NUMBERS_SHORTEST,
                       buf);
    }
}

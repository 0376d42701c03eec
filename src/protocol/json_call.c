#include "protocol/json_call.h"

#include <string.h>

#include "base/number.h"
#include "data/schema.h"
#include "data/start.h"
#include "protocol/protocol.h"

bool ml_call_read_cell(struct ml_call_cell *cell, const char *name, const struct ml_json *value,
                       struct ml_call_fault *fault)
{
    char quoted[80];
    *cell = (struct ml_call_cell){.name = name, .name_bytes = strlen(name), .text = ""};
    switch (ml_json_type(value)) {
    case ML_JSON_NULL:
        return true;
    case ML_JSON_NUMBER:
        cell->is_number = true;
        cell->number = ml_json_number(value);
        return true;
    case ML_JSON_BOOL:
        cell->text = ml_json_bool(value, false) ? "true" : "false";
        break;
    case ML_JSON_STRING:
        cell->text = ml_json_string(value);
        break;
    case ML_JSON_ARRAY:
    case ML_JSON_OBJECT:
        return ml_call_refuse(fault, "invalid_record", name,
                              "column '%s': a value must be a string, number, boolean or null",
                              ml_quote(quoted, sizeof(quoted), name, strlen(name)));
    }
    cell->text_bytes = strlen(cell->text);
    return true;
}

bool ml_call_read_object(struct ml_call_record *out, struct ml_arena *arena,
                         const struct ml_json *object, struct ml_call_fault *fault)
{
    if (ml_json_type(object) != ML_JSON_OBJECT)
        return ml_call_refuse(fault, "invalid_record", NULL, "a record must be an object");
    size_t n = ml_json_count(object);
    out->cells = ml_arena_alloc(arena, (n > 0 ? n : 1) * sizeof(*out->cells));
    out->n_cells = 0;
    for (const struct ml_json *v = ml_json_first(object); v != NULL; v = ml_json_next(v))
        if (!ml_call_read_cell(&out->cells[out->n_cells++], ml_json_key(v), v, fault))
            return false;
    return true;
}

bool ml_call_positions(size_t **columns, struct ml_arena *arena, const struct ml_schema *schema,
                       size_t n, struct ml_call_fault *fault)
{
    size_t n_inputs = 0;
    for (size_t c = 0; c < schema->n_columns; c++)
        n_inputs += schema->columns[c].role == ML_ROLE_INPUT;
    bool without_target = n != n_inputs && schema->target >= 0 && n + 1 == schema->n_columns;
    if (n != n_inputs && n != schema->n_columns && !without_target)
        return ml_call_refuse(fault, "invalid_record", NULL,
                              "%zu values without names, but the model has %zu input columns", n,
                              n_inputs);
    size_t *to = ml_arena_alloc(arena, (n > 0 ? n : 1) * sizeof(*to));
    *columns = to;
    for (size_t c = 0; c < schema->n_columns; c++) {
        bool is_there = n == n_inputs    ? schema->columns[c].role == ML_ROLE_INPUT
                        : without_target ? (long)c != (long)schema->target
                                         : true;
        if (is_there)
            *to++ = c;
    }
    return true;
}

bool ml_call_read_array(struct ml_call_record *out, struct ml_arena *arena,
                        const struct ml_json *array, const struct ml_schema *schema,
                        struct ml_call_fault *fault)
{
    size_t *columns;
    if (ml_json_type(array) != ML_JSON_ARRAY)
        return ml_call_refuse(fault, "invalid_record", NULL, "a record must be an array of values");
    size_t n = ml_json_count(array);
    if (!ml_call_positions(&columns, arena, schema, n, fault))
        return false;
    out->cells = ml_arena_alloc(arena, (n > 0 ? n : 1) * sizeof(*out->cells));
    out->n_cells = 0;
    for (const struct ml_json *v = ml_json_first(array); v != NULL; v = ml_json_next(v)) {
        const char *name = schema->columns[columns[out->n_cells]].name;
        if (!ml_call_read_cell(&out->cells[out->n_cells++], name, v, fault))
            return false;
    }
    return true;
}

bool ml_call_make_records(struct ml_call *call, struct ml_arena *arena, size_t n, size_t max_rows,
                          struct ml_call_fault *fault)
{
    if (n > max_rows) {
        fault->code = "too_many_rows";
        fault->field = "records";
        return ml_fail(&fault->err, ML_ELIMIT,
                       "%zu records in one call; at most %zu are allowed (limits.rows)", n,
                       max_rows);
    }
    call->is_list = true;
    call->records = ml_arena_calloc(arena, n > 0 ? n : 1, sizeof(*call->records));
    call->n_records = n;
    for (size_t i = 0; i < n; i++)
        call->records[i].place = i + 1;
    return true;
}

/* A number key is the text of its shortest decimal: 42 and "42" are one customer. */
static bool read_key(struct ml_call *call, struct ml_arena *arena, const struct ml_json *value,
                     struct ml_call_fault *fault)
{
    if (ml_json_type(value) == ML_JSON_NULL)
        return true;
    if (ml_json_type(value) == ML_JSON_NUMBER) {
        char *text = ml_arena_alloc(arena, ML_NUMBER_BYTES);
        call->key_bytes = ml_number_format(text, ml_json_number(value));
        call->key = text;
        return true;
    }
    call->key = ml_json_string(value);
    if (call->key == NULL)
        return ml_call_refuse(fault, "invalid_request", "key",
                              "'key' must be a string or a number");
    call->key_bytes = strlen(call->key);
    if (call->key_bytes == 0)
        call->key = NULL; /* nobody in particular: never one bucket for all of them */
    return true;
}

static bool read_flag(bool *out, const struct ml_json *value, struct ml_call_fault *fault)
{
    const char *name = ml_json_key(value);
    if (ml_json_type(value) != ML_JSON_BOOL)
        return ml_call_refuse(fault, "invalid_request", name, "'%s' must be true or false", name);
    *out = ml_json_bool(value, false);
    return true;
}

bool ml_call_read_option(struct ml_call *call, struct ml_arena *arena, const struct ml_json *m,
                         bool *is_known, struct ml_call_fault *fault)
{
    const char *name = ml_json_key(m);
    *is_known = true;
    if (strcmp(name, "key") == 0)
        return read_key(call, arena, m, fault);
    if (strcmp(name, "explain") == 0)
        return read_flag(&call->explain, m, fault);
    if (strcmp(name, "strict") == 0)
        return read_flag(&call->strict, m, fault);
    if (strcmp(name, "variant") == 0) {
        call->variant = ml_json_string(m);
        return call->variant != NULL ||
               ml_call_refuse(fault, "invalid_request", name, "'variant' must be a string");
    }
    if (strcmp(name, "threshold") == 0) {
        call->threshold = ml_json_number(m);
        return (call->threshold >= 0.0 && call->threshold <= 1.0) ||
               ml_call_refuse(fault, "invalid_request", name,
                              "'threshold' must be a number from 0 to 1");
    }
    *is_known = false;
    return true;
}

bool ml_call_parse_json(struct ml_json **out, struct ml_arena *arena, const char *text, size_t n,
                        struct ml_call_fault *fault)
{
    size_t mark = ml_start_mark(text, n);
    fault->code = "invalid_json";
    fault->field = NULL;
    return ml_json_parse_in(arena, out, text + mark, n - mark, "body", &fault->err);
}

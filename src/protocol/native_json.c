#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/number.h"
#include "data/schema.h"
#include "protocol/native.h"

/* "<before>'name'<after>" without a name: "<before>". */
static bool fault_at(struct ml_call_fault *fault, const char *code, const char *name,
                     const char *before, const char *after)
{
    char quoted[80];
    fault->code = code;
    fault->field = name;
    if (name == NULL)
        return ml_fail(&fault->err, ML_EINPUT, "%s", before);
    return ml_fail(&fault->err, ML_EINPUT, "%s'%s'%s", before,
                   ml_quote(quoted, sizeof(quoted), name, strlen(name)), after);
}

static bool read_cell(struct ml_call_cell *cell, const struct ml_json *value,
                      struct ml_call_fault *fault)
{
    const char *name = ml_json_key(value);
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
        return fault_at(fault, "invalid_record", name, "column ",
                        ": a value must be a string, number, boolean or null");
    }
    cell->text_bytes = strlen(cell->text);
    return true;
}

static bool read_record(struct ml_call_record *out, struct ml_arena *arena,
                        const struct ml_json *object, struct ml_call_fault *fault)
{
    if (ml_json_type(object) != ML_JSON_OBJECT)
        return fault_at(fault, "invalid_record", NULL, "a record must be an object", "");
    size_t n = ml_json_count(object);
    out->cells = ml_arena_alloc(arena, (n > 0 ? n : 1) * sizeof(*out->cells));
    out->n_cells = 0;
    for (const struct ml_json *v = ml_json_first(object); v != NULL; v = ml_json_next(v))
        if (!read_cell(&out->cells[out->n_cells++], v, fault))
            return false;
    return true;
}

static bool read_list(struct ml_call *call, struct ml_arena *arena, const struct ml_json *list,
                      size_t max_rows, struct ml_call_fault *fault)
{
    if (ml_json_type(list) != ML_JSON_ARRAY)
        return fault_at(fault, "invalid_request", "records", "", " must be an array of objects");
    size_t n = ml_json_count(list);
    if (n > max_rows) {
        fault->code = "too_many_rows";
        fault->field = "records";
        return ml_fail(&fault->err, ML_ELIMIT, "%zu records in one call; at most %zu are allowed",
                       n, max_rows);
    }
    call->is_list = true;
    call->records = ml_arena_calloc(arena, n > 0 ? n : 1, sizeof(*call->records));
    for (const struct ml_json *v = ml_json_first(list); v != NULL; v = ml_json_next(v)) {
        struct ml_call_record *record = &call->records[call->n_records++];
        record->place = call->n_records;
        if (!read_record(record, arena, v, fault))
            return ml_fail_context(&fault->err, "record %zu", record->place);
    }
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
        return fault_at(fault, "invalid_request", "key", "", " must be a string or a number");
    call->key_bytes = strlen(call->key);
    if (call->key_bytes == 0)
        call->key = NULL; /* nobody in particular: never one bucket for all of them */
    return true;
}

static bool read_flag(bool *out, const struct ml_json *value, struct ml_call_fault *fault)
{
    const char *name = ml_json_key(value);
    if (ml_json_type(value) != ML_JSON_BOOL)
        return fault_at(fault, "invalid_request", name, "", " must be true or false");
    *out = ml_json_bool(value, false);
    return true;
}

static bool read_member(struct ml_call *call, struct ml_arena *arena, const struct ml_json *m,
                        size_t max_rows, struct ml_call_fault *fault)
{
    const char *name = ml_json_key(m);
    if (strcmp(name, "record") == 0) {
        call->records = ml_arena_calloc(arena, 1, sizeof(*call->records));
        call->n_records = 1;
        return read_record(call->records, arena, m, fault);
    }
    if (strcmp(name, "records") == 0)
        return read_list(call, arena, m, max_rows, fault);
    if (strcmp(name, "key") == 0)
        return read_key(call, arena, m, fault);
    if (strcmp(name, "explain") == 0)
        return read_flag(&call->explain, m, fault);
    if (strcmp(name, "strict") == 0)
        return read_flag(&call->strict, m, fault);
    if (strcmp(name, "variant") == 0) {
        call->variant = ml_json_string(m);
        return call->variant != NULL ||
               fault_at(fault, "invalid_request", name, "", " must be a string");
    }
    if (strcmp(name, "threshold") == 0) {
        call->threshold = ml_json_number(m);
        return (call->threshold >= 0.0 && call->threshold <= 1.0) ||
               fault_at(fault, "invalid_request", name, "", " must be a number from 0 to 1");
    }
    return fault_at(fault, "unknown_field", name, "unknown member ",
                    "; known are record, records, key, threshold, variant, explain, strict");
}

static bool parse(struct ml_json **out, struct ml_arena *arena, const char *text, size_t n,
                  struct ml_call_fault *fault)
{
    fault->code = "invalid_json";
    fault->field = NULL;
    return ml_json_parse_in(arena, out, text, n, "body", &fault->err);
}

bool ml_native_read_json(struct ml_call *out, struct ml_arena *arena, const char *body, size_t n,
                         size_t max_rows, struct ml_call_fault *fault)
{
    struct ml_json *root = NULL;
    struct ml_call call = {.threshold = NAN};
    if (!parse(&root, arena, body, n, fault))
        return false;
    if (ml_json_type(root) != ML_JSON_OBJECT)
        return fault_at(fault, "invalid_request", NULL,
                        "the body must be an object with \"record\" or \"records\"", "");
    if ((ml_json_get(root, "record") != NULL) == (ml_json_get(root, "records") != NULL))
        return fault_at(fault, "invalid_request", NULL,
                        "the body needs either \"record\" or \"records\"", "");
    for (const struct ml_json *m = ml_json_first(root); m != NULL; m = ml_json_next(m))
        if (!read_member(&call, arena, m, max_rows, fault))
            return false;
    *out = call;
    return true;
}

bool ml_native_read_record(struct ml_call_record *out, struct ml_arena *arena, const char *line,
                           size_t n, struct ml_call_fault *fault)
{
    struct ml_json *root = NULL;
    return parse(&root, arena, line, n, fault) && read_record(out, arena, root, fault);
}

static void write_contributions(struct ml_strbuf *buf, const struct ml_call_explanation *e,
                                const struct ml_schema *schema, bool with_margin)
{
    ml_strbuf_addc(buf, '{');
    if (with_margin)
        ml_json_key_number(buf, "margin", e->margin);
    ml_json_key_number(buf, "bias", e->bias);
    ml_json_add_key(buf, "contributions");
    ml_strbuf_addc(buf, '{');
    for (size_t c = 0; c < schema->n_columns; c++)
        if (schema->columns[c].role == ML_ROLE_INPUT)
            ml_json_key_number(buf, schema->columns[c].name, e->columns[c * e->stride]);
    ml_strbuf_adds(buf, "}}");
}

static void write_explanation(struct ml_strbuf *buf, const struct ml_call_answer *a)
{
    const struct ml_schema *schema = ml_model_schema(a->model);
    ml_json_add_key(buf, "explanation");
    if (ml_model_problem(a->model) != ML_MULTICLASS_PROBLEM) {
        /* A regression's margin is its value, which stands above. */
        write_contributions(buf, a->explanations, schema,
                            ml_model_problem(a->model) == ML_BINARY_PROBLEM);
        return;
    }
    ml_strbuf_addc(buf, '{');
    for (size_t k = 0; k < ml_model_n_labels(a->model); k++) {
        ml_json_add_key(buf, ml_model_label(a->model, k));
        write_contributions(buf, &a->explanations[k], schema, true);
    }
    ml_strbuf_addc(buf, '}');
}

/* A number, or what a binary answer and one among many classes have in common. */
static void write_result(struct ml_strbuf *buf, const struct ml_call_answer *a)
{
    double headline = ml_model_headline(a->model, a->probability, a->label);
    if (ml_model_problem(a->model) == ML_REGRESSION_PROBLEM) {
        ml_json_key_number(buf, "value", headline);
        return;
    }
    ml_json_key_string(buf, "label", ml_model_label(a->model, a->label));
    ml_json_key_number(buf, "score", headline);
    if (ml_model_problem(a->model) == ML_BINARY_PROBLEM) {
        ml_json_key_number(buf, "threshold", a->threshold);
        return;
    }
    ml_json_add_key(buf, "scores");
    ml_strbuf_addc(buf, '{');
    for (size_t k = 0; k < ml_model_n_labels(a->model); k++)
        ml_json_key_number(buf, ml_model_label(a->model, k), a->probability[k]);
    ml_strbuf_addc(buf, '}');
}

void ml_native_write_answer(struct ml_strbuf *buf, const struct ml_call_answer *a)
{
    if (a->variant != NULL) {
        ml_json_key_string(buf, "variant", a->variant);
        ml_json_key_string(buf, "model", ml_model_name(a->model));
        ml_json_key_count(buf, "version", ml_model_version(a->model));
    }
    if (a->inference_id != NULL)
        ml_json_key_string(buf, "inference_id", a->inference_id);
    if (a->assignment != NULL)
        ml_json_key_string(buf, "assignment", a->assignment);
    write_result(buf, a);
    if (a->explanations != NULL)
        write_explanation(buf, a);
}

void ml_native_write_json(struct ml_strbuf *buf, const char *endpoint,
                          const struct ml_call_answer *answers, size_t n, bool is_list)
{
    ml_strbuf_reserve(buf, 512);
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "endpoint", endpoint);
    if (!is_list && n == 1) {
        ml_native_write_answer(buf, answers);
        ml_strbuf_adds(buf, "}\n");
        return;
    }
    ml_json_add_key(buf, "predictions");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < n; i++) {
        ml_strbuf_adds(buf, i > 0 ? ",\n{" : "{");
        ml_native_write_answer(buf, &answers[i]);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_adds(buf, "]}\n");
}

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/number.h"
#include "data/schema.h"
#include "protocol/json_call.h"
#include "protocol/native.h"
#include "protocol/protocol.h"

static bool read_list(struct ml_call *call, struct ml_arena *arena, const struct ml_json *list,
                      size_t max_rows, struct ml_call_fault *fault)
{
    if (ml_json_type(list) != ML_JSON_ARRAY)
        return ml_call_refuse(fault, "invalid_request", "records",
                              "'records' must be an array of objects");
    if (!ml_call_make_records(call, arena, ml_json_count(list), max_rows, fault))
        return false;
    struct ml_call_record *record = call->records;
    for (const struct ml_json *v = ml_json_first(list); v != NULL; v = ml_json_next(v), record++)
        if (!ml_call_read_object(record, arena, v, fault))
            return ml_fail_context(&fault->err, "record %zu", record->place);
    return true;
}

static bool read_member(struct ml_call *call, struct ml_arena *arena, const struct ml_json *m,
                        size_t max_rows, struct ml_call_fault *fault)
{
    const char *name = ml_json_key(m);
    bool is_known = false;
    char quoted[80];
    if (strcmp(name, "record") == 0) {
        call->records = ml_arena_calloc(arena, 1, sizeof(*call->records));
        call->n_records = 1;
        return ml_call_read_object(call->records, arena, m, fault);
    }
    if (strcmp(name, "records") == 0)
        return read_list(call, arena, m, max_rows, fault);
    if (!ml_call_read_option(call, arena, m, &is_known, fault))
        return false;
    return is_known ||
           ml_call_refuse(fault, "unknown_field", name,
                          "unknown member '%s'; known are record, records, key, threshold, "
                          "variant, explain, strict",
                          ml_quote(quoted, sizeof(quoted), name, strlen(name)));
}

bool ml_native_read_tree(struct ml_call *call, struct ml_arena *arena, const struct ml_json *root,
                         size_t max_rows, struct ml_call_fault *fault)
{
    if (ml_json_type(root) != ML_JSON_OBJECT)
        return ml_call_refuse(fault, "invalid_request", NULL,
                              "the body must be an object with \"record\" or \"records\"");
    if ((ml_json_get(root, "record") != NULL) == (ml_json_get(root, "records") != NULL))
        return ml_call_refuse(fault, "invalid_request", NULL,
                              "the body needs either \"record\" or \"records\"");
    for (const struct ml_json *m = ml_json_first(root); m != NULL; m = ml_json_next(m))
        if (!read_member(call, arena, m, max_rows, fault))
            return false;
    return true;
}

bool ml_native_read_json(struct ml_call *out, struct ml_arena *arena, const char *body, size_t n,
                         size_t max_rows, struct ml_call_fault *fault)
{
    struct ml_json *root = NULL;
    struct ml_call call = {.threshold = NAN};
    if (!ml_call_parse_json(&root, arena, body, n, fault) ||
        !ml_native_read_tree(&call, arena, root, max_rows, fault))
        return false;
    *out = call;
    return true;
}

bool ml_native_read_record(struct ml_call_record *out, struct ml_arena *arena, const char *line,
                           size_t n, struct ml_call_fault *fault)
{
    struct ml_json *root = NULL;
    return ml_call_parse_json(&root, arena, line, n, fault) &&
           ml_call_read_object(out, arena, root, fault);
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

void ml_native_write_explanation(struct ml_strbuf *buf, const struct ml_call_answer *a)
{
    const struct ml_schema *schema = ml_model_schema(a->model);
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
    if (a->explanations == NULL)
        return;
    ml_json_add_key(buf, "explanation");
    ml_native_write_explanation(buf, a);
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

#include "protocol/v1.h"

#include <string.h>

#include "base/number.h"
#include "data/schema.h"
#include "protocol/json_call.h"
#include "protocol/oip.h"

enum { MAX_CONTEXT_VALUES = 1000000 };

/* [33] is 33. */
static const struct ml_json *unwrap(const struct ml_json *value)
{
    const struct ml_json *first =
        ml_json_type(value) == ML_JSON_ARRAY ? ml_json_first(value) : NULL;
    return first != NULL && ml_json_next(first) == NULL ? first : value;
}

/* Appends the object's members to the record's cells, which have room. */
static bool add_cells(struct ml_call_record *out, const struct ml_json *object,
                      struct ml_call_fault *fault)
{
    for (const struct ml_json *v = ml_json_first(object); v != NULL; v = ml_json_next(v))
        if (!ml_call_read_cell(&out->cells[out->n_cells++], ml_json_key(v), unwrap(v), fault))
            return false;
    return true;
}

static void make_cells(struct ml_call_record *out, struct ml_arena *arena, size_t n)
{
    out->cells = ml_arena_alloc(arena, (n > 0 ? n : 1) * sizeof(*out->cells));
    out->n_cells = 0;
}

/* A list by position, an object by name, or the one value of a model with one column. */
static bool read_instance(struct ml_call_record *out, struct ml_arena *arena,
                          const struct ml_json *v, const struct ml_schema *schema,
                          struct ml_call_fault *fault)
{
    size_t *column;
    if (ml_json_type(v) == ML_JSON_ARRAY)
        return ml_call_read_array(out, arena, v, schema, fault);
    make_cells(out, arena, ml_json_count(v));
    if (ml_json_type(v) == ML_JSON_OBJECT)
        return add_cells(out, v, fault);
    if (!ml_call_positions(&column, arena, schema, 1, fault))
        return false;
    out->n_cells = 1;
    return ml_call_read_cell(out->cells, schema->columns[*column].name, v, fault);
}

static bool read_instances(struct ml_call *call, struct ml_arena *arena,
                           const struct ml_wire_request *q, const struct ml_json *list,
                           struct ml_call_fault *fault)
{
    const char *name = ml_json_key(list);
    if (ml_json_type(list) != ML_JSON_ARRAY)
        return ml_call_refuse(fault, "invalid_request", name, "\"%s\" must be a list", name);
    if (!ml_call_make_records(call, arena, ml_json_count(list), q->max_rows, fault))
        return false;
    struct ml_call_record *record = call->records;
    for (const struct ml_json *v = ml_json_first(list); v != NULL; v = ml_json_next(v), record++)
        if (!read_instance(record, arena, v, ml_model_schema(q->model), fault))
            return ml_fail_context(&fault->err, "record %zu", record->place);
    return true;
}

static bool check_column(const struct ml_json *column, const struct ml_json *first,
                         struct ml_call_fault *fault)
{
    char quoted[80];
    char other[80];
    const char *name =
        ml_quote(quoted, sizeof(quoted), ml_json_key(column), strlen(ml_json_key(column)));
    if (ml_json_type(column) != ML_JSON_ARRAY)
        return ml_call_refuse(fault, "invalid_request", ml_json_key(column),
                              "input '%s': a column must be a list of values", name);
    return ml_json_count(column) == ml_json_count(first) ||
           ml_call_refuse(
               fault, "invalid_request", ml_json_key(column),
               "input '%s' has %zu values, but input '%s' has %zu", name, ml_json_count(column),
               ml_quote(other, sizeof(other), ml_json_key(first), strlen(ml_json_key(first))),
               ml_json_count(first));
}

static bool read_column(struct ml_call *call, const struct ml_json *column,
                        struct ml_call_fault *fault)
{
    struct ml_call_record *r = call->records;
    for (const struct ml_json *v = ml_json_first(column); v != NULL; v = ml_json_next(v), r++)
        if (!ml_call_read_cell(&r->cells[r->n_cells++], ml_json_key(column), unwrap(v), fault))
            return ml_fail_context(&fault->err, "record %zu", r->place);
    return true;
}

/* {"age":[33,51],"job":["a","b"]} */
static bool read_columns(struct ml_call *call, struct ml_arena *arena,
                         const struct ml_wire_request *q, const struct ml_json *inputs,
                         struct ml_call_fault *fault)
{
    const struct ml_json *first = ml_json_first(inputs);
    if (first == NULL)
        return ml_call_refuse(fault, "invalid_request", "inputs", "\"inputs\" has no columns");
    for (const struct ml_json *c = first; c != NULL; c = ml_json_next(c))
        if (!check_column(c, first, fault))
            return false;
    if (!ml_call_make_records(call, arena, ml_json_count(first), q->max_rows, fault))
        return false;
    size_t n = ml_json_count(inputs);
    for (size_t i = 0; i < call->n_records; i++)
        make_cells(&call->records[i], arena, n);
    for (const struct ml_json *c = first; c != NULL; c = ml_json_next(c))
        if (!read_column(call, c, fault))
            return false;
    return true;
}

static bool read_options(struct ml_call *call, struct ml_arena *arena, const struct ml_json *root,
                         struct ml_call_fault *fault)
{
    call->is_together = true;
    if (!ml_oip_read_parameters(call, arena, ml_json_get(root, "parameters"), fault))
        return false;
    return !call->explain ||
           ml_call_refuse(fault, "unsupported", "explain",
                          "'explain' has no place in this protocol's answers; version 2 has");
}

static bool read_predict(struct ml_call *call, struct ml_arena *arena,
                         const struct ml_wire_request *q, struct ml_call_fault *fault)
{
    struct ml_json *root;
    if (!ml_oip_parse(&root, arena, q, fault) || !read_options(call, arena, root, fault))
        return false;
    const struct ml_json *instances = ml_json_get(root, "instances");
    const struct ml_json *inputs = ml_json_get(root, "inputs");
    if ((instances != NULL) == (inputs != NULL))
        return ml_call_refuse(fault, "invalid_request", NULL,
                              "the body needs either \"instances\" or \"inputs\"");
    const char *answers = instances != NULL ? "predictions" : "outputs"; /* their name */
    call->wire = ml_arena_strndup(arena, answers, strlen(answers));
    if (inputs != NULL && ml_json_type(inputs) == ML_JSON_OBJECT)
        return read_columns(call, arena, q, inputs, fault);
    return read_instances(call, arena, q, instances != NULL ? instances : inputs, fault);
}

/* The context's members that the example has not itself. */
static bool add_context(struct ml_call_record *out, const struct ml_json *context,
                        const struct ml_json *example, struct ml_call_fault *fault)
{
    for (const struct ml_json *v = context != NULL ? ml_json_first(context) : NULL; v != NULL;
         v = ml_json_next(v))
        if (ml_json_get(example, ml_json_key(v)) == NULL &&
            !ml_call_read_cell(&out->cells[out->n_cells++], ml_json_key(v), unwrap(v), fault))
            return false;
    return true;
}

static bool read_example(struct ml_call_record *out, struct ml_arena *arena,
                         const struct ml_json *example, const struct ml_json *context,
                         size_t n_context, struct ml_call_fault *fault)
{
    if (ml_json_type(example) != ML_JSON_OBJECT)
        return ml_call_refuse(fault, "invalid_record", NULL, "an example must be an object");
    make_cells(out, arena, ml_json_count(example) + n_context);
    return add_cells(out, example, fault) && add_context(out, context, example, fault);
}

static bool read_examples(struct ml_call *call, struct ml_arena *arena,
                          const struct ml_wire_request *q, const struct ml_json *root,
                          struct ml_call_fault *fault)
{
    const struct ml_json *examples = ml_json_get(root, "examples");
    const struct ml_json *context = ml_json_get(root, "context");
    if (examples == NULL || ml_json_type(examples) != ML_JSON_ARRAY)
        return ml_call_refuse(fault, "invalid_request", "examples",
                              "the body needs \"examples\": a list of objects");
    if (context != NULL && ml_json_type(context) != ML_JSON_OBJECT)
        return ml_call_refuse(fault, "invalid_request", "context", "\"context\" must be an object");
    if (!ml_call_make_records(call, arena, ml_json_count(examples), q->max_rows, fault))
        return false;
    size_t n = ml_json_count(context);
    /* A small body could else ask for very much memory. */
    if (n > 0 && call->n_records > MAX_CONTEXT_VALUES / n)
        return ml_call_refuse(fault, "invalid_request", "context",
                              "%zu examples with a context of %zu values are too many",
                              call->n_records, n);
    struct ml_call_record *r = call->records;
    for (const struct ml_json *v = ml_json_first(examples); v != NULL; v = ml_json_next(v), r++)
        if (!read_example(r, arena, v, context, n, fault))
            return ml_fail_context(&fault->err, "record %zu", r->place);
    return true;
}

static bool refuse_regression(const struct ml_model *model, struct ml_call_fault *fault)
{
    return ml_model_problem(model) != ML_REGRESSION_PROBLEM ||
           ml_call_refuse(fault, "unsupported", NULL,
                          "':classify' is for models with labels: '%s' is a regression; use "
                          "':predict'",
                          ml_model_name(model));
}

static bool read_classify(struct ml_call *call, struct ml_arena *arena,
                          const struct ml_wire_request *q, struct ml_call_fault *fault)
{
    struct ml_json *root;
    return refuse_regression(q->model, fault) && ml_oip_parse(&root, arena, q, fault) &&
           read_options(call, arena, root, fault) && read_examples(call, arena, q, root, fault);
}

/* Whether every label is a number as we would write it: 0 and 1, not 007. */
static bool has_number_labels(const struct ml_model *model)
{
    for (size_t i = 0; i < ml_model_n_labels(model); i++) {
        const char *label = ml_model_label(model, i);
        char text[ML_NUMBER_BYTES];
        double x;
        if (ml_number_parse(label, strlen(label), &x) != ML_NUMBER_OK)
            return false;
        ml_number_format(text, x);
        if (strcmp(text, label) != 0)
            return false;
    }
    return true;
}

static void open_list(struct ml_wire_reply *reply, const char *name)
{
    ml_strbuf_reserve(reply->body, 256);
    ml_strbuf_addc(reply->body, '{');
    ml_json_add_key(reply->body, name);
    ml_strbuf_addc(reply->body, '[');
    reply->content_type = "application/json";
}

static bool write_predict(struct ml_wire_reply *reply, struct ml_arena *arena,
                          const struct ml_wire_request *q, const struct ml_call *call,
                          const struct ml_call_answer *answers, struct ml_call_fault *fault)
{
    struct ml_strbuf *buf = reply->body;
    const struct ml_model *model = call->n_records > 0 ? answers[0].model : q->model;
    bool is_regression = ml_model_problem(model) == ML_REGRESSION_PROBLEM;
    bool is_number = !is_regression && has_number_labels(model);
    (void)arena;
    (void)fault;
    open_list(reply, call->wire);
    for (size_t i = 0; i < call->n_records; i++) {
        if (i > 0)
            ml_strbuf_addc(buf, ',');
        if (is_regression)
            ml_json_add_number(buf, answers[i].probability[0]);
        else if (is_number)
            ml_strbuf_adds(buf, ml_model_label(model, answers[i].label));
        else
            ml_json_adds(buf, ml_model_label(model, answers[i].label));
    }
    ml_strbuf_adds(buf, "]}\n");
    return true;
}

static bool write_classify(struct ml_wire_reply *reply, struct ml_arena *arena,
                           const struct ml_wire_request *q, const struct ml_call *call,
                           const struct ml_call_answer *answers, struct ml_call_fault *fault)
{
    struct ml_strbuf *buf = reply->body;
    (void)arena;
    (void)q;
    if (call->n_records > 0 && !refuse_regression(answers[0].model, fault))
        return false;
    open_list(reply, "result");
    for (size_t i = 0; i < call->n_records; i++) {
        const struct ml_call_answer *a = &answers[i];
        ml_strbuf_adds(buf, i > 0 ? ",[" : "[");
        for (size_t k = 0; k < ml_model_n_labels(a->model); k++) {
            ml_strbuf_adds(buf, k > 0 ? ",[" : "[");
            ml_json_adds(buf, ml_model_label(a->model, k));
            ml_strbuf_addc(buf, ',');
            ml_json_add_number(buf, a->probability[k]);
            ml_strbuf_addc(buf, ']');
        }
        ml_strbuf_addc(buf, ']');
    }
    ml_strbuf_adds(buf, "]}\n");
    return true;
}

const struct ml_protocol ml_v1_protocol = {read_predict, write_predict, ml_oip_refuse};
const struct ml_protocol ml_v1_classify_protocol = {read_classify, write_classify, ml_oip_refuse};

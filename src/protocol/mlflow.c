#include "protocol/mlflow.h"

#include <string.h>

#include "base/dict.h"
#include "data/schema.h"
#include "model/model.h"
#include "protocol/body_kind.h"
#include "protocol/json_answer.h"
#include "protocol/json_call.h"
#include "protocol/native.h"

struct reader {
    struct ml_call *call;
    struct ml_arena *arena;
    const struct ml_wire_request *request;
    const struct ml_schema *schema;
    struct ml_call_fault *fault;
};

static bool refuse_request(struct reader *r, const char *field, const char *what)
{
    return ml_call_refuse(r->fault, "invalid_request", field, "%s", what);
}

static bool make_records(struct reader *r, size_t n)
{
    return ml_call_make_records(r->call, r->arena, n, r->request->max_rows, r->fault);
}

/* A list of objects or arrays of values. */
static bool read_rows(struct reader *r, const struct ml_json *list)
{
    if (!make_records(r, ml_json_count(list)))
        return false;
    struct ml_call_record *record = r->call->records;
    for (const struct ml_json *v = ml_json_first(list); v != NULL; v = ml_json_next(v), record++) {
        bool ok = ml_json_type(v) == ML_JSON_ARRAY
                      ? ml_call_read_array(record, r->arena, v, r->schema, r->fault)
                      : ml_call_read_object(record, r->arena, v, r->fault);
        if (!ok)
            return ml_fail_context(&r->fault->err, "record %zu", record->place);
    }
    return true;
}

static bool read_records(struct reader *r, const struct ml_json *list)
{
    return ml_json_type(list) == ML_JSON_ARRAY
               ? read_rows(r, list)
               : refuse_request(r, ml_json_key(list),
                                "'dataframe_records' must be an array of objects");
}

static bool read_instances(struct reader *r, const struct ml_json *list)
{
    return ml_json_type(list) == ML_JSON_ARRAY
               ? read_rows(r, list)
               : refuse_request(r, ml_json_key(list),
                                "'instances' must be an array of objects or arrays");
}

static bool refuse_ragged(struct reader *r, const char *name, size_t n, size_t wanted)
{
    char quoted[80];
    return ml_call_refuse(r->fault, "invalid_request", name,
                          "inputs: column '%s' has %zu value%s, but the first column has %zu",
                          ml_quote(quoted, sizeof(quoted), name, strlen(name)), n,
                          n == 1 ? "" : "s", wanted);
}

/* One column: value i goes to cell `at` of record i. */
static bool read_column(struct reader *r, const struct ml_json *column, size_t at)
{
    const char *name = ml_json_key(column);
    struct ml_call_record *record = r->call->records;
    const struct ml_json *v = ml_json_first(column);
    for (; v != NULL; v = ml_json_next(v), record++)
        if (!ml_call_read_cell(&record->cells[at], name, v, r->fault))
            return ml_fail_context(&r->fault->err, "record %zu", record->place);
    return true;
}

static bool check_columns(struct reader *r, const struct ml_json *columns, size_t *n_rows)
{
    const struct ml_json *first = ml_json_first(columns);
    char quoted[80];
    *n_rows = ml_json_count(first);
    for (const struct ml_json *c = first; c != NULL; c = ml_json_next(c)) {
        const char *name = ml_json_key(c);
        if (ml_json_type(c) != ML_JSON_ARRAY)
            return ml_call_refuse(r->fault, "invalid_request", name,
                                  "inputs: column '%s' must be an array of values",
                                  ml_quote(quoted, sizeof(quoted), name, strlen(name)));
        if (ml_json_count(c) != *n_rows)
            return refuse_ragged(r, name, ml_json_count(c), *n_rows);
    }
    return true;
}

/* {"age":[33],"job":["student"]} */
static bool read_columns(struct reader *r, const struct ml_json *columns)
{
    size_t n_rows = 0;
    size_t n = ml_json_count(columns);
    if (!check_columns(r, columns, &n_rows) || !make_records(r, n_rows))
        return false;
    for (size_t i = 0; i < n_rows; i++) {
        struct ml_call_record *record = &r->call->records[i];
        record->cells = ml_arena_alloc(r->arena, (n > 0 ? n : 1) * sizeof(*record->cells));
        record->n_cells = n;
    }
    size_t at = 0;
    for (const struct ml_json *c = ml_json_first(columns); c != NULL; c = ml_json_next(c))
        if (!read_column(r, c, at++))
            return false;
    return true;
}

static bool read_inputs(struct reader *r, const struct ml_json *inputs)
{
    switch (ml_json_type(inputs)) {
    case ML_JSON_ARRAY:
        return read_rows(r, inputs);
    case ML_JSON_OBJECT:
        return read_columns(r, inputs);
    case ML_JSON_NULL:
    case ML_JSON_BOOL:
    case ML_JSON_NUMBER:
    case ML_JSON_STRING:
        break;
    }
    return refuse_request(r, "inputs",
                          "'inputs' must be an array of records or an object of columns");
}

static bool are_unique(const char *const *names, size_t n)
{
    struct ml_dict seen = {0};
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++)
        ok = ml_dict_add(&seen, names[i], strlen(names[i])) == i;
    ml_dict_release(&seen);
    return ok;
}

/* Names of dataframe_split's columns, in the arena; NULL after a refusal. */
static const char **read_names(struct reader *r, const struct ml_json *columns, size_t *n_out)
{
    size_t n = ml_json_count(columns);
    if (ml_json_type(columns) != ML_JSON_ARRAY || n > ML_MAX_COLUMNS) {
        (void)refuse_request(r, "columns", "'columns' must be an array of at most 4096 names");
        return NULL;
    }
    const char **names = ml_arena_alloc(r->arena, (n > 0 ? n : 1) * sizeof(*names));
    size_t i = 0;
    for (const struct ml_json *v = ml_json_first(columns); v != NULL; v = ml_json_next(v)) {
        names[i] = ml_json_string(v);
        if (names[i++] == NULL) {
            (void)refuse_request(r, "columns", "'columns' must hold strings");
            return NULL;
        }
    }
    if (!are_unique(names, n)) {
        (void)refuse_request(r, "columns", "'columns' has a name twice");
        return NULL;
    }
    *n_out = n;
    return names;
}

static bool read_row(struct reader *r, struct ml_call_record *out, const struct ml_json *row,
                     const char *const *names, size_t n)
{
    if (ml_json_type(row) != ML_JSON_ARRAY || ml_json_count(row) != n)
        return ml_call_refuse(r->fault, "invalid_record", NULL,
                              "must be an array of %zu values, one a column", n);
    out->cells = ml_arena_alloc(r->arena, (n > 0 ? n : 1) * sizeof(*out->cells));
    for (const struct ml_json *v = ml_json_first(row); v != NULL; v = ml_json_next(v)) {
        const char *name = names[out->n_cells];
        if (!ml_call_read_cell(&out->cells[out->n_cells++], name, v, r->fault))
            return false;
    }
    return true;
}

static bool read_split(struct reader *r, const struct ml_json *split)
{
    const struct ml_json *data = ml_json_get(split, "data");
    const struct ml_json *columns = ml_json_get(split, "columns");
    size_t n = 0;
    if (ml_json_type(data) != ML_JSON_ARRAY || data == NULL)
        return refuse_request(r, "dataframe_split",
                              "'dataframe_split' must be an object with \"columns\" and \"data\"");
    if (columns == NULL)
        return read_rows(r, data);
    const char **names = read_names(r, columns, &n);
    if (names == NULL || !make_records(r, ml_json_count(data)))
        return false;
    struct ml_call_record *record = r->call->records;
    for (const struct ml_json *v = ml_json_first(data); v != NULL; v = ml_json_next(v), record++)
        if (!read_row(r, record, v, names, n))
            return ml_fail_context(&r->fault->err, "record %zu", record->place);
    return true;
}

static const struct {
    const char *name;
    bool (*read)(struct reader *r, const struct ml_json *value);
} forms[] = {
    {"dataframe_split", read_split},
    {"dataframe_records", read_records},
    {"instances", read_instances},
    {"inputs", read_inputs},
};

enum { N_FORMS = sizeof(forms) / sizeof(forms[0]) };

static bool read_method(struct reader *r, const struct ml_json *value)
{
    const char *method = ml_json_string(value);
    if (method != NULL && strcmp(method, "predict") == 0)
        return true;
    if (method == NULL || strcmp(method, "predict_proba") != 0)
        return refuse_request(r, "predict_method",
                              "'predict_method' must be \"predict\" or \"predict_proba\"");
    if (ml_model_problem(r->request->model) == ML_REGRESSION_PROBLEM)
        return ml_call_refuse(r->fault, "unsupported", "predict_method",
                              "a regression has no probabilities");
    bool *is_proba = ml_arena_calloc(r->arena, 1, sizeof(*is_proba));
    *is_proba = true;
    r->call->wire = is_proba;
    return true;
}

static bool read_params(struct reader *r, const struct ml_json *params)
{
    if (params == NULL || ml_json_type(params) == ML_JSON_NULL)
        return true;
    if (ml_json_type(params) != ML_JSON_OBJECT)
        return refuse_request(r, "params", "'params' must be an object");
    for (const struct ml_json *m = ml_json_first(params); m != NULL; m = ml_json_next(m)) {
        bool is_known;
        bool ok = strcmp(ml_json_key(m), "predict_method") == 0
                      ? read_method(r, m)
                      : ml_call_read_option(r->call, r->arena, m, &is_known, r->fault);
        if (!ok)
            return ml_fail_context(&r->fault->err, "params");
    }
    return true;
}

void ml_mlflow_start(struct ml_call *call)
{
    call->is_together = true;
    call->wire = NULL;
}

bool ml_mlflow_read_tree(struct ml_call *call, struct ml_arena *arena,
                         const struct ml_wire_request *q, const struct ml_json *root,
                         struct ml_call_fault *fault)
{
    struct reader r = {call, arena, q, ml_model_schema(q->model), fault};
    const struct ml_json *found = NULL;
    size_t form = 0;
    size_t n = 0;
    ml_mlflow_start(call);
    for (size_t i = 0; i < N_FORMS; i++) {
        const struct ml_json *value = ml_json_get(root, forms[i].name);
        if (value == NULL)
            continue;
        found = value;
        form = i;
        n++;
    }
    if (n != 1)
        return refuse_request(&r, NULL,
                              "the body must be an object with exactly one of dataframe_split, "
                              "dataframe_records, instances, inputs");
    return read_params(&r, ml_json_get(root, "params")) && forms[form].read(&r, found);
}

static bool read(struct ml_call *call, struct ml_arena *arena, const struct ml_wire_request *q,
                 struct ml_call_fault *fault)
{
    struct ml_json *root = NULL;
    switch (ml_body_kind_guess(q->content_type, q->body, q->body_bytes)) {
    case ML_BODY_CSV:
        ml_mlflow_start(call);
        return ml_native_read_csv_as(call, arena, q, ML_CSV_NAMES_FIRST_LINE, NULL, fault);
    case ML_BODY_UNSUPPORTED:
    case ML_BODY_NDJSON:
        ml_mlflow_start(call);
        fault->status = 415;
        return ml_call_refuse(fault, "unsupported_media_type", NULL,
                              "bodies are application/json or text/csv");
    case ML_BODY_JSON:
    case ML_BODY_UNKNOWN:
        break;
    }
    return ml_call_parse_json(&root, arena, q->body, q->body_bytes, fault) &&
           ml_mlflow_read_tree(call, arena, q, root, fault);
}

static void add_prediction(struct ml_strbuf *buf, const struct ml_call_answer *a, bool is_proba)
{
    if (ml_model_problem(a->model) == ML_REGRESSION_PROBLEM)
        ml_json_add_number(buf, a->probability[0]);
    else if (is_proba)
        ml_json_add_probabilities(buf, a, ",");
    else
        ml_json_add_label(buf, ml_model_label(a->model, a->label));
}

static void add_explanations(struct ml_strbuf *buf, const struct ml_call_answer *answers, size_t n)
{
    ml_json_add_key(buf, "explanations");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < n; i++) {
        ml_strbuf_adds(buf, i > 0 ? "," : "");
        ml_native_write_explanation(buf, &answers[i]);
    }
    ml_strbuf_addc(buf, ']');
}

static bool write(struct ml_wire_reply *reply, struct ml_arena *arena,
                  const struct ml_wire_request *q, const struct ml_call *call,
                  const struct ml_call_answer *answers, struct ml_call_fault *fault)
{
    struct ml_strbuf *buf = reply->body;
    const bool *wire = call->wire; /* NULL: labels */
    bool is_proba = wire != NULL && *wire;
    (void)arena;
    (void)q;
    (void)fault;
    ml_strbuf_reserve(buf, 512);
    ml_strbuf_adds(buf, "{\"predictions\":[");
    for (size_t i = 0; i < call->n_records; i++) {
        ml_strbuf_adds(buf, i > 0 ? "," : "");
        add_prediction(buf, &answers[i], is_proba);
    }
    ml_strbuf_addc(buf, ']');
    if (call->explain)
        add_explanations(buf, answers, call->n_records);
    ml_strbuf_adds(buf, "}\n");
    reply->content_type = "application/json";
    return true;
}

/* MLflow's own names for what happened. */
static const char *error_code(int status)
{
    switch (status) {
    case 401:
        return "UNAUTHENTICATED";
    case 403:
        return "PERMISSION_DENIED";
    case 404:
        return "RESOURCE_DOES_NOT_EXIST";
    case 409:
        return "RESOURCE_CONFLICT";
    case 429:
        return "REQUEST_LIMIT_EXCEEDED";
    case 503:
        return "TEMPORARILY_UNAVAILABLE";
    default:
        return status < 500 ? "BAD_REQUEST" : "INTERNAL_ERROR";
    }
}

static void refuse(struct ml_wire_reply *reply, const struct ml_wire_fault *fault)
{
    ml_strbuf_addc(reply->body, '{');
    ml_json_key_string(reply->body, "error_code", error_code(fault->status));
    ml_json_key_string(reply->body, "message", fault->message);
    ml_strbuf_adds(reply->body, "}\n");
    reply->content_type = "application/json";
}

const struct ml_protocol ml_mlflow_protocol = {read, write, refuse};

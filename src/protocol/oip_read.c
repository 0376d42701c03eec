#include <stdlib.h>
#include <string.h>

#include "data/schema.h"
#include "protocol/json_call.h"
#include "protocol/oip.h"
#include "protocol/oip_parts.h"

static bool contains(const struct ml_wire_request *q, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= q->body_bytes; i++)
        if (memcmp(q->body + i, word, n) == 0)
            return true;
    return false;
}

bool ml_oip_parse(struct ml_json **out, struct ml_arena *arena, const struct ml_wire_request *q,
                  struct ml_call_fault *fault)
{
    if (!ml_call_parse_json(out, arena, q->body, q->body_bytes, fault)) {
        bool has_tokens = contains(q, "NaN") || contains(q, "Infinity");
        if (has_tokens && (strstr(fault->err.msg, "unexpected character") != NULL ||
                           strstr(fault->err.msg, "malformed number") != NULL))
            ml_fail_context(&fault->err, "NaN and Infinity are no JSON (a missing value is null)");
        return false;
    }
    return ml_json_type(*out) == ML_JSON_OBJECT ||
           ml_call_refuse(fault, "invalid_request", NULL, "the body must be an object");
}

bool ml_oip_read_parameters(struct ml_call *call, struct ml_arena *arena,
                            const struct ml_json *parameters, struct ml_call_fault *fault)
{
    const char *pinned = call->variant;
    if (parameters == NULL || ml_json_type(parameters) == ML_JSON_NULL)
        return true;
    if (ml_json_type(parameters) != ML_JSON_OBJECT)
        return ml_call_refuse(fault, "invalid_request", "parameters",
                              "\"parameters\" must be an object");
    if (ml_json_bool(ml_json_get(parameters, "binary_data_output"), false))
        return ml_call_refuse(fault, "unsupported", "parameters",
                              "binary tensors are not supported: 'binary_data_output' must be "
                              "false");
    for (const struct ml_json *m = ml_json_first(parameters); m != NULL; m = ml_json_next(m)) {
        bool is_known;
        if (!ml_call_read_option(call, arena, m, &is_known, fault))
            return false;
    }
    return pinned == NULL || strcmp(pinned, call->variant) == 0 ||
           ml_call_refuse(fault, "invalid_request", "variant",
                          "'variant' is another one than the address names: '%.64s'", pinned);
}

static bool refuse_input(const char *name, struct ml_call_fault *fault)
{
    char quoted[80];
    return ml_fail_context(&fault->err, "input '%s'",
                           ml_quote(quoted, sizeof(quoted), name, strlen(name)));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum { FEW_INPUTS = 64 };

static bool few_differ(const struct ml_oip_tensor *tensors, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (tensors[i].name[0] == tensors[k].name[0] &&
                strcmp(tensors[i].name, tensors[k].name) == 0)
                return false;
    return true;
}

/* Many are sorted rather than compared with each other: a body can name thousands. */
static bool check_duplicates(struct ml_arena *arena, const struct ml_oip_tensor *tensors, size_t n,
                             struct ml_call_fault *fault)
{
    if (n <= FEW_INPUTS && few_differ(tensors, n))
        return true;
    const char **names = ml_arena_alloc(arena, n * sizeof(*names));
    for (size_t i = 0; i < n; i++)
        names[i] = tensors[i].name;
    qsort(names, n, sizeof(*names), compare_names);
    for (size_t i = 1; i < n; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return ml_call_refuse(fault, "invalid_tensor", names[i], "it is there twice") ||
                   refuse_input(names[i], fault);
    return true;
}

static bool read_tensors(struct ml_oip_tensor *tensors, const struct ml_json *inputs,
                         struct ml_call_fault *fault)
{
    struct ml_oip_tensor *t = tensors;
    for (const struct ml_json *v = ml_json_first(inputs); v != NULL; v = ml_json_next(v), t++) {
        if (ml_oip_tensor_read(t, v, fault))
            continue;
        return t->name != NULL
                   ? refuse_input(t->name, fault)
                   : ml_fail_context(&fault->err, "input %zu", (size_t)(t - tensors) + 1);
    }
    return true;
}

/* Every record with room for n cells. */
static bool make_records(struct ml_call *call, struct ml_arena *arena, size_t rows, size_t n,
                         size_t max_rows, struct ml_call_fault *fault)
{
    if (!ml_call_make_records(call, arena, rows, max_rows, fault))
        return false;
    struct ml_call_cell *cells =
        ml_arena_calloc(arena, rows * n > 0 ? rows * n : 1, sizeof(*cells));
    for (size_t i = 0; i < rows; i++) {
        call->records[i].cells = cells + i * n;
        call->records[i].n_cells = n;
    }
    return true;
}

static bool read_matrix(struct ml_call *call, struct ml_arena *arena,
                        const struct ml_wire_request *q, const struct ml_oip_tensor *t,
                        struct ml_call_fault *fault)
{
    const struct ml_schema *schema = ml_model_schema(q->model);
    size_t *columns;
    if (!ml_call_positions(&columns, arena, schema, t->columns, fault)) {
        if (t->columns == 1)
            ml_fail_context(&fault->err, "no column of the model has this name");
        return false;
    }
    const char **names = ml_arena_alloc(arena, t->columns * sizeof(*names));
    for (size_t i = 0; i < t->columns; i++)
        names[i] = schema->columns[columns[i]].name;
    return make_records(call, arena, t->rows, t->columns, q->max_rows, fault) &&
           ml_oip_tensor_fill(t, call->records, 0, names, fault);
}

static bool check_column(const struct ml_oip_tensor *t, const struct ml_oip_tensor *first,
                         struct ml_call_fault *fault)
{
    char quoted[80];
    if (t->columns != 1)
        return ml_call_refuse(fault, "invalid_tensor", t->name,
                              "a column has shape [n] or [n,1], not [%zu,%zu]; a matrix stands "
                              "alone and has no column's name",
                              t->rows, t->columns);
    return t->rows == first->rows ||
           ml_call_refuse(
               fault, "invalid_tensor", t->name, "it has %zu rows, but input '%s' has %zu", t->rows,
               ml_quote(quoted, sizeof(quoted), first->name, strlen(first->name)), first->rows);
}

static bool read_columns(struct ml_call *call, struct ml_arena *arena,
                         const struct ml_wire_request *q, const struct ml_oip_tensor *tensors,
                         size_t n, struct ml_call_fault *fault)
{
    for (size_t i = 0; i < n; i++)
        if (!check_column(&tensors[i], &tensors[0], fault))
            return refuse_input(tensors[i].name, fault);
    if (!make_records(call, arena, tensors[0].rows, n, q->max_rows, fault))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!ml_oip_tensor_fill(&tensors[i], call->records, i, &tensors[i].name, fault))
            return refuse_input(tensors[i].name, fault);
    return true;
}

static bool read_inputs(struct ml_call *call, struct ml_arena *arena,
                        const struct ml_wire_request *q, const struct ml_json *inputs,
                        struct ml_call_fault *fault)
{
    bool is_list = inputs != NULL && ml_json_type(inputs) == ML_JSON_ARRAY;
    size_t n = is_list ? ml_json_count(inputs) : 0;
    if (n == 0)
        return ml_call_refuse(fault, "invalid_request", "inputs",
                              "the request needs \"inputs\": a list of tensors");
    struct ml_oip_tensor *t = ml_arena_alloc(arena, n * sizeof(*t));
    if (!read_tensors(t, inputs, fault) || !check_duplicates(arena, t, n, fault))
        return false;
    if (n == 1 && ml_schema_find(ml_model_schema(q->model), t->name, strlen(t->name)) < 0)
        return read_matrix(call, arena, q, t, fault) || refuse_input(t->name, fault);
    return read_columns(call, arena, q, t, n, fault);
}

static bool read(struct ml_call *call, struct ml_arena *arena, const struct ml_wire_request *q,
                 struct ml_call_fault *fault)
{
    struct ml_json *root;
    struct ml_oip_wire *wire = ml_arena_calloc(arena, 1, sizeof(*wire));
    if (!ml_oip_parse(&root, arena, q, fault))
        return false;
    const struct ml_json *id = ml_json_get(root, "id");
    wire->id = ml_json_string(id);
    if (id != NULL && wire->id == NULL && ml_json_type(id) != ML_JSON_NULL)
        return ml_call_refuse(fault, "invalid_request", "id", "\"id\" must be a string");
    call->wire = wire;
    call->is_together = true;
    return ml_oip_read_parameters(call, arena, ml_json_get(root, "parameters"), fault) &&
           ml_oip_read_outputs(wire, call, ml_json_get(root, "outputs"), q->model, fault) &&
           read_inputs(call, arena, q, ml_json_get(root, "inputs"), fault);
}

void ml_oip_refuse(struct ml_wire_reply *reply, const struct ml_wire_fault *fault)
{
    ml_strbuf_addc(reply->body, '{');
    ml_json_key_string(reply->body, "error", fault->message);
    ml_strbuf_adds(reply->body, "}\n");
    reply->content_type = "application/json";
}

const struct ml_protocol ml_oip_protocol = {read, ml_oip_write, ml_oip_refuse};

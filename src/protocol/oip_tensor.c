#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "protocol/json_call.h"
#include "protocol/oip_parts.h"

enum kind {
    TRUTH,
    WHOLE,
    REAL,
    BYTES,
};

struct ml_oip_datatype {
    const char *name;
    enum kind kind;
    double min; /* a double has no neighbour of 2^63 and 2^64 that would have to be told apart */
    double max;
};

#define FP16_MAX 65504.0

/* The usual ones first: each input looks its own up. */
static const struct ml_oip_datatype datatypes[] = {
    {"FP64", REAL, -DBL_MAX, DBL_MAX},
    {"BYTES", BYTES, 0, 0},
    {"FP32", REAL, -FLT_MAX, FLT_MAX},
    {"INT64", WHOLE, -0x1p63, 0x1p63},
    {"INT32", WHOLE, -2147483648.0, 2147483647.0},
    {"BOOL", TRUTH, 0, 0},
    {"UINT8", WHOLE, 0, 255},
    {"UINT16", WHOLE, 0, 65535},
    {"UINT32", WHOLE, 0, 4294967295.0},
    {"UINT64", WHOLE, 0, 0x1p64},
    {"INT8", WHOLE, -128, 127},
    {"INT16", WHOLE, -32768, 32767},
    {"FP16", REAL, -FP16_MAX, FP16_MAX},
};

static const char *const expected[] = {
    "expected true or false",
    "expected a whole number in its range",
    "expected a number in its range, or null where it is missing",
    "expected a string, or null where it is missing",
};

/* An input's members; NULL: not there. */
struct members {
    const struct ml_json *name;
    const struct ml_json *datatype;
    const struct ml_json *shape;
    const struct ml_json *data;
    const struct ml_json *parameters;
};

/* In one pass, by first letters: a lookup each would be a quarter of the work for twenty columns.
 */
static void find_members(struct members *out, const struct ml_json *input)
{
    for (const struct ml_json *m = ml_json_first(input); m != NULL; m = ml_json_next(m)) {
        const char *key = ml_json_key(m);
        if (key[0] == 'n' && strcmp(key, "name") == 0)
            out->name = m;
        else if (key[0] == 's' && strcmp(key, "shape") == 0)
            out->shape = m;
        else if (key[0] == 'd' && strcmp(key, "data") == 0)
            out->data = m;
        else if (key[0] == 'd' && strcmp(key, "datatype") == 0)
            out->datatype = m;
        else if (key[0] == 'p' && strcmp(key, "parameters") == 0)
            out->parameters = m;
    }
}

static bool read_datatype(struct ml_oip_tensor *t, const struct ml_json *datatype,
                          struct ml_call_fault *fault)
{
    const char *name = ml_json_string(datatype);
    char quoted[40];
    if (name == NULL)
        return ml_call_refuse(fault, "invalid_tensor", t->name, "it needs a \"datatype\"");
    for (size_t i = 0; i < sizeof(datatypes) / sizeof(datatypes[0]); i++) {
        t->type = &datatypes[i];
        if (t->type->name[0] == name[0] && strcmp(t->type->name, name) == 0)
            return true;
    }
    return ml_call_refuse(fault, "invalid_tensor", t->name,
                          "datatype '%s' is none of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, "
                          "INT16, INT32, INT64, FP16, FP32, FP64, BYTES",
                          ml_quote(quoted, sizeof(quoted), name, strlen(name)));
}

static bool read_shape(struct ml_oip_tensor *t, const struct ml_json *shape,
                       struct ml_call_fault *fault)
{
    size_t sizes[2] = {0, 1};
    bool ok = shape != NULL && ml_json_type(shape) == ML_JSON_ARRAY;
    t->rank = 0;
    for (const struct ml_json *v = ok ? ml_json_first(shape) : NULL; ok && v != NULL;
         v = ml_json_next(v)) {
        double x = ml_json_number(v);
        ok = t->rank < 2 && x >= 0.0 && x <= 1e9 && x == (double)(size_t)x;
        if (ok)
            sizes[t->rank++] = (size_t)x;
    }
    if (!ok || t->rank == 0)
        return ml_call_refuse(fault, "invalid_tensor", t->name,
                              "it needs a \"shape\" of one or two whole numbers, [n] or [n,d]");
    t->rows = sizes[0];
    t->columns = sizes[1];
    return true;
}

static bool refuse_count(const struct ml_oip_tensor *t, size_t there, const char *what,
                         size_t needed, struct ml_call_fault *fault)
{
    char shape[50];
    snprintf(shape, sizeof(shape), t->rank == 1 ? "[%zu]" : "[%zu,%zu]", t->rows, t->columns);
    return ml_call_refuse(fault, "invalid_tensor", t->name, "shape %s needs %zu %s, but it has %zu",
                          shape, needed, what, there);
}

/* One list a row. */
static bool check_nested(const struct ml_oip_tensor *t, struct ml_call_fault *fault)
{
    size_t row = 0;
    if (t->rank == 1)
        return ml_call_refuse(fault, "invalid_tensor", t->name,
                              "its data is nested, but its shape has one dimension");
    for (const struct ml_json *v = ml_json_first(t->data); v != NULL; v = ml_json_next(v)) {
        row++;
        if (ml_json_type(v) != ML_JSON_ARRAY)
            return ml_call_refuse(fault, "invalid_tensor", t->name,
                                  "row %zu: its data is nested, but this row is no list", row);
        size_t n = ml_json_count(v);
        if (n != t->columns)
            return refuse_count(t, n, "values a row", t->columns, fault) ||
                   ml_fail_context(&fault->err, "row %zu", row);
    }
    return row == t->rows || refuse_count(t, row, "rows", t->rows, fault);
}

static bool is_nested(const struct ml_oip_tensor *t)
{
    const struct ml_json *first = ml_json_first(t->data);
    return first != NULL && ml_json_type(first) == ML_JSON_ARRAY;
}

/* Counted before anything is allocated by what the shape says. */
static bool read_data(struct ml_oip_tensor *t, const struct ml_json *data,
                      struct ml_call_fault *fault)
{
    t->data = data;
    if (t->data == NULL || ml_json_type(t->data) != ML_JSON_ARRAY)
        return ml_call_refuse(fault, "invalid_tensor", t->name, "it needs \"data\": a list");
    if (is_nested(t))
        return check_nested(t, fault);
    size_t n = ml_json_count(t->data);
    return n == t->rows * t->columns || refuse_count(t, n, "values", t->rows * t->columns, fault);
}

/* What would make the JSON mean something else than it says. */
static bool check_parameters(const struct ml_oip_tensor *t, const struct ml_json *parameters,
                             struct ml_call_fault *fault)
{
    if (parameters == NULL)
        return true;
    if (ml_json_get(parameters, "binary_data_size") != NULL)
        return ml_call_refuse(fault, "unsupported", t->name,
                              "binary tensors are not supported: send \"data\" as JSON");
    const char *type = ml_json_string(ml_json_get(parameters, "content_type"));
    return type == NULL || strcmp(type, "base64") != 0 ||
           ml_call_refuse(fault, "unsupported", t->name,
                          "content_type 'base64' is not supported: send plain strings");
}

bool ml_oip_tensor_read(struct ml_oip_tensor *t, const struct ml_json *input,
                        struct ml_call_fault *fault)
{
    struct members m = {0};
    if (ml_json_type(input) == ML_JSON_OBJECT)
        find_members(&m, input);
    *t = (struct ml_oip_tensor){.name = ml_json_string(m.name)};
    if (t->name == NULL)
        return ml_call_refuse(fault, "invalid_tensor", "inputs",
                              "it must be an object with a \"name\"");
    return check_parameters(t, m.parameters, fault) && read_datatype(t, m.datatype, fault) &&
           read_shape(t, m.shape, fault) && read_data(t, m.data, fault);
}

static bool fits(const struct ml_oip_datatype *type, const struct ml_json *v)
{
    enum ml_json_type json = ml_json_type(v);
    double x = ml_json_number(v);
    switch (type->kind) {
    case TRUTH:
        return json == ML_JSON_BOOL;
    case WHOLE:
        return x >= type->min && x <= type->max && x == floor(x);
    case REAL:
        return json == ML_JSON_NULL || (x >= type->min && x <= type->max);
    case BYTES:
        break;
    }
    return json == ML_JSON_NULL || json == ML_JSON_STRING;
}

static const char *show(char to[60], const struct ml_json *v)
{
    char quoted[40];
    switch (ml_json_type(v)) {
    case ML_JSON_NULL:
        return "null";
    case ML_JSON_BOOL:
        return ml_json_bool(v, false) ? "true" : "false";
    case ML_JSON_NUMBER:
        ml_number_format(to, ml_json_number(v));
        return to;
    case ML_JSON_STRING:
        ml_quote(quoted, sizeof(quoted), ml_json_string(v), strlen(ml_json_string(v)));
        snprintf(to, 60, "'%s'", quoted);
        return to;
    case ML_JSON_ARRAY:
        return "a list";
    case ML_JSON_OBJECT:
        break;
    }
    return "an object";
}

static bool refuse_value(const struct ml_oip_tensor *t, const struct ml_json *v, size_t row,
                         size_t column, struct ml_call_fault *fault)
{
    char value[60];
    char place[40] = "";
    if (t->columns > 1)
        snprintf(place, sizeof(place), "value %zu: ", column + 1);
    return ml_call_refuse(fault, "invalid_tensor", t->name, "row %zu: %s%s is no %s: %s", row + 1,
                          place, show(value, v), t->type->name, expected[t->type->kind]);
}

bool ml_oip_tensor_fill(const struct ml_oip_tensor *t, struct ml_call_record *records, size_t at,
                        const char *const *names, struct ml_call_fault *fault)
{
    bool nested = is_nested(t);
    const struct ml_json *outer = ml_json_first(t->data);
    const struct ml_json *v = outer;
    for (size_t row = 0; row < t->rows; row++) {
        struct ml_call_cell *cells = records[row].cells + at;
        if (nested) {
            v = ml_json_first(outer);
            outer = ml_json_next(outer);
        }
        for (size_t c = 0; c < t->columns; c++, v = ml_json_next(v)) {
            if (!fits(t->type, v))
                return refuse_value(t, v, row, c, fault);
            if (!ml_call_read_cell(&cells[c], names[c], v, fault))
                return false;
        }
    }
    return true;
}

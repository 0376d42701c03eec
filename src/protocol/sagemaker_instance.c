#include "protocol/sagemaker_instance.h"

#include <math.h>
#include <string.h>

#include "data/schema.h"
#include "protocol/json_call.h"
#include "protocol/protocol.h"

static bool refuse_instance(struct ml_call_fault *fault, const char *what)
{
    return ml_call_refuse(fault, "invalid_record", NULL, "%s", what);
}

/* A whole number from 0 to below `end`, or false. */
static bool read_index(size_t *out, const struct ml_json *value, size_t end)
{
    double x = ml_json_number(value);
    if (!(x >= 0.0 && x < (double)end) || x != floor(x))
        return false;
    *out = (size_t)x;
    return true;
}

/* How many features a vector says it has. */
static bool read_shape(size_t *out, const struct ml_json *shape, struct ml_call_fault *fault)
{
    const struct ml_json *size = ml_json_first(shape);
    if (ml_json_type(shape) != ML_JSON_ARRAY || ml_json_count(shape) != 1 ||
        !read_index(out, size, ML_MAX_COLUMNS + 1))
        return refuse_instance(fault, "'shape' must be an array of the number of features");
    return true;
}

/* All cells as if nothing were given. */
static void make_zeros(struct ml_call_record *out, struct ml_arena *arena,
                       const struct ml_schema *schema, const size_t *columns, size_t n)
{
    out->cells = ml_arena_calloc(arena, n > 0 ? n : 1, sizeof(*out->cells));
    out->n_cells = n;
    for (size_t i = 0; i < n; i++) {
        const struct ml_schema_column *c = &schema->columns[columns[i]];
        out->cells[i].name = c->name;
        out->cells[i].name_bytes = strlen(c->name);
        out->cells[i].text = "";
        out->cells[i].is_number = c->type == ML_NUMERIC || c->type == ML_BINARY;
    }
}

static bool set_keys(struct ml_call_record *out, struct ml_arena *arena, const struct ml_json *keys,
                     const struct ml_json *values, struct ml_call_fault *fault)
{
    size_t n = out->n_cells;
    bool *is_set = ml_arena_calloc(arena, n > 0 ? n : 1, sizeof(*is_set));
    const struct ml_json *v = ml_json_first(values);
    for (const struct ml_json *k = ml_json_first(keys); k != NULL; k = ml_json_next(k)) {
        size_t i = 0;
        if (!read_index(&i, k, n))
            return ml_call_refuse(fault, "invalid_record", NULL,
                                  "'keys' must be whole numbers from 0 to below the shape, %zu", n);
        if (is_set[i])
            return ml_call_refuse(fault, "invalid_record", NULL, "key %zu appears twice", i);
        is_set[i] = true;
        if (!ml_call_read_cell(&out->cells[i], out->cells[i].name, v, fault))
            return false;
        v = ml_json_next(v);
    }
    return true;
}

static bool read_sparse(struct ml_call_record *out, struct ml_arena *arena,
                        const struct ml_json *features, const struct ml_schema *schema,
                        struct ml_call_fault *fault)
{
    const struct ml_json *keys = ml_json_get(features, "keys");
    const struct ml_json *values = ml_json_get(features, "values");
    size_t n = 0;
    size_t *columns;
    if (ml_json_type(keys) != ML_JSON_ARRAY || ml_json_type(values) != ML_JSON_ARRAY ||
        ml_json_count(keys) != ml_json_count(values))
        return refuse_instance(fault, "'keys' and 'values' must be arrays of the same length");
    if (!read_shape(&n, ml_json_get(features, "shape"), fault) ||
        !ml_call_positions(&columns, arena, schema, n, fault))
        return false;
    make_zeros(out, arena, schema, columns, n);
    return set_keys(out, arena, keys, values, fault);
}

static bool read_vector(struct ml_call_record *out, struct ml_arena *arena,
                        const struct ml_json *features, const struct ml_schema *schema,
                        struct ml_call_fault *fault)
{
    const struct ml_json *values = ml_json_get(features, "values");
    const struct ml_json *shape = ml_json_get(features, "shape");
    size_t n = 0;
    if (ml_json_get(features, "keys") != NULL)
        return read_sparse(out, arena, features, schema, fault);
    if (values == NULL)
        return refuse_instance(fault, "'data.features' needs 'values'");
    if (!ml_call_read_array(out, arena, values, schema, fault))
        return false;
    if (shape == NULL)
        return true;
    return read_shape(&n, shape, fault) &&
           (n == out->n_cells || refuse_instance(fault, "'shape' is not the number of 'values'"));
}

/* An object that is none would otherwise be scored, with every column missing. */
static bool names_column(const struct ml_json *object, const struct ml_schema *schema)
{
    for (const struct ml_json *v = ml_json_first(object); v != NULL; v = ml_json_next(v))
        for (size_t c = 0; c < schema->n_columns; c++)
            if (strcmp(ml_json_key(v), schema->columns[c].name) == 0)
                return true;
    return false;
}

bool ml_sagemaker_read_instance(struct ml_call_record *out, struct ml_arena *arena,
                                const struct ml_json *instance, const struct ml_schema *schema,
                                struct ml_call_fault *fault)
{
    const struct ml_json *features = ml_json_get(instance, "features");
    const struct ml_json *vector = ml_json_get(ml_json_get(instance, "data"), "features");
    if (ml_json_type(instance) == ML_JSON_ARRAY)
        return ml_call_read_array(out, arena, instance, schema, fault);
    if (ml_json_type(features) == ML_JSON_ARRAY)
        return ml_call_read_array(out, arena, features, schema, fault);
    if (vector != NULL)
        return read_vector(out, arena, vector, schema, fault);
    if (ml_json_type(instance) == ML_JSON_OBJECT && names_column(instance, schema))
        return ml_call_read_object(out, arena, instance, fault);
    if (features != NULL)
        return ml_call_read_array(out, arena, features, schema, fault); /* says what is wrong */
    return refuse_instance(fault, "an instance must be {\"features\":[…]}, "
                                  "{\"data\":{\"features\":{\"values\":[…]}}}, an array of "
                                  "values or an object whose members are columns of the model");
}

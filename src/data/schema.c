#include "data/schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/dict.h"
#include "base/file.h"

enum { MAX_SCHEMA_BYTES = 4 * 1024 * 1024 };

static const char *const type_names[] = {
    [ML_NUMERIC] = "NUMERIC",
    [ML_CATEGORICAL] = "CATEGORICAL",
    [ML_BINARY] = "BINARY",
    [ML_TEXT] = "TEXT",
};

enum { N_TYPES = sizeof(type_names) / sizeof(type_names[0]) };

const char *ml_type_name(enum ml_type type)
{
    return type_names[type];
}

struct ml_schema *ml_schema_new(size_t n_columns)
{
    struct ml_schema *schema = ml_xcalloc(1, sizeof(*schema));
    schema->columns = ml_xcalloc(n_columns, sizeof(*schema->columns));
    schema->n_columns = n_columns;
    schema->target = -1;
    schema->row_id = -1;
    schema->weight = -1;
    return schema;
}

void ml_schema_free(struct ml_schema *schema)
{
    if (schema == NULL)
        return;
    for (size_t i = 0; i < schema->n_columns; i++)
        free(schema->columns[i].name);
    free(schema->columns);
    free(schema);
}

void ml_schema_set_role(struct ml_schema *schema, size_t column, enum ml_role role)
{
    schema->columns[column].role = role;
    if (role == ML_ROLE_TARGET)
        schema->target = (long)column;
    if (role == ML_ROLE_ROW_ID)
        schema->row_id = (long)column;
    if (role == ML_ROLE_WEIGHT)
        schema->weight = (long)column;
}

long ml_schema_find(const struct ml_schema *schema, const char *name, size_t name_bytes)
{
    for (size_t i = 0; i < schema->n_columns; i++)
        if (strlen(schema->columns[i].name) == name_bytes &&
            memcmp(schema->columns[i].name, name, name_bytes) == 0)
            return (long)i;
    return -1;
}

/* The member under its new or its old name. */
static const struct ml_json *member(const struct ml_json *object, const char *name, const char *old)
{
    const struct ml_json *value = ml_json_get(object, name);
    return value != NULL ? value : ml_json_get(object, old);
}

static bool parse_type(enum ml_type *out, const char *text)
{
    for (int i = 0; i < N_TYPES; i++) {
        if (strcmp(type_names[i], text) == 0) {
            *out = (enum ml_type)i;
            return true;
        }
    }
    return false;
}

static bool parse_column(struct ml_schema_column *out, const struct ml_json *object, size_t i,
                         const char *name, struct ml_error *err)
{
    if (ml_json_type(object) != ML_JSON_OBJECT)
        return ml_fail(err, ML_EINPUT, "%s: attributes[%zu]: not an object", name, i);
    const char *column = ml_json_string(member(object, "attributeName", "fieldName"));
    const char *type = ml_json_string(member(object, "attributeType", "fieldType"));
    if (column == NULL || column[0] == '\0')
        return ml_fail(err, ML_EINPUT, "%s: attributes[%zu]: 'attributeName' is missing or empty",
                       name, i);
    if (type == NULL)
        return ml_fail(err, ML_EINPUT, "%s: column '%.64s': 'attributeType' is missing", name,
                       column);
    if (!parse_type(&out->type, type))
        return ml_fail(err, ML_EINPUT,
                       "%s: column '%.64s': unknown type '%.64s'; known are NUMERIC, CATEGORICAL, "
                       "BINARY, TEXT",
                       name, column, type);
    out->name = ml_xstrdup(column);
    return true;
}

static bool check_names(const struct ml_schema *schema, const char *name, struct ml_error *err)
{
    struct ml_dict seen = {0};
    bool ok = true;
    for (size_t i = 0; i < schema->n_columns && ok; i++) {
        const char *column = schema->columns[i].name;
        if (ml_dict_add(&seen, column, strlen(column)) != i)
            ok = ml_fail(err, ML_EINPUT, "%s: column '%.64s' appears twice", name, column);
    }
    ml_dict_release(&seen);
    return ok;
}

static bool parse_columns(struct ml_schema **out, const struct ml_json *object, const char *name,
                          struct ml_error *err)
{
    const struct ml_json *list = member(object, "attributes", "variables");
    if (list == NULL || ml_json_type(list) != ML_JSON_ARRAY || ml_json_first(list) == NULL)
        return ml_fail(err, ML_EINPUT, "%s: 'attributes' must be a list of columns", name);
    size_t n = ml_json_count(list);
    if (n > ML_MAX_COLUMNS)
        return ml_fail(err, ML_ELIMIT, "%s: %zu columns; at most %d are supported", name, n,
                       (int)ML_MAX_COLUMNS);
    struct ml_schema *schema = ml_schema_new(n);
    bool ok = true;
    size_t i = 0;
    for (const struct ml_json *c = ml_json_first(list); c != NULL && ok; c = ml_json_next(c), i++)
        ok = parse_column(&schema->columns[i], c, i, name, err);
    if (!ok || !check_names(schema, name, err)) {
        ml_schema_free(schema);
        return false;
    }
    *out = schema;
    return true;
}

/* Gives `role` to the column that a string member names; absent and null give it to none. */
static bool parse_role(struct ml_schema *schema, const struct ml_json *value, const char *key,
                       enum ml_role role, const char *name, struct ml_error *err)
{
    if (value == NULL || ml_json_type(value) == ML_JSON_NULL)
        return true;
    const char *column = ml_json_string(value);
    if (column == NULL)
        return ml_fail(err, ML_EINPUT, "%s: '%s' must be a column's name", name, key);
    long i = ml_schema_find(schema, column, strlen(column));
    if (i < 0)
        return ml_fail(err, ML_EINPUT, "%s: '%s' names '%.64s', which is not among the attributes",
                       name, key, column);
    if (schema->columns[i].role != ML_ROLE_INPUT && schema->columns[i].role != role)
        return ml_fail(err, ML_EINPUT, "%s: '%s' names '%.64s', which has another role already",
                       name, key, column);
    ml_schema_set_role(schema, (size_t)i, role);
    return true;
}

static bool parse_excluded(struct ml_schema *schema, const struct ml_json *list, const char *name,
                           struct ml_error *err)
{
    if (list == NULL || ml_json_type(list) == ML_JSON_NULL)
        return true;
    if (ml_json_type(list) != ML_JSON_ARRAY)
        return ml_fail(err, ML_EINPUT, "%s: 'excludedAttributeNames' must be a list of names",
                       name);
    for (const struct ml_json *v = ml_json_first(list); v != NULL; v = ml_json_next(v)) {
        const char *column = ml_json_string(v);
        long i = column != NULL ? ml_schema_find(schema, column, strlen(column)) : -1;
        /* Excluding these says nothing new: they are never inputs. */
        if (i >= 0 && (schema->columns[i].role == ML_ROLE_ROW_ID ||
                       schema->columns[i].role == ML_ROLE_WEIGHT))
            continue;
        if (!parse_role(schema, v, "excludedAttributeNames", ML_ROLE_EXCLUDED, name, err))
            return false;
    }
    return true;
}

static bool check_constants(const struct ml_json *object, const char *name, struct ml_error *err)
{
    const struct ml_json *value = ml_json_get(object, "version");
    const char *text = ml_json_string(value);
    if (value != NULL && (text == NULL || strcmp(text, "1.0") != 0))
        return ml_fail(err, ML_EUNSUPPORTED, "%s: 'version' must be \"1.0\"", name);
    value = ml_json_get(object, "dataFormat");
    text = ml_json_string(value);
    if (value != NULL && (text == NULL || strcmp(text, "CSV") != 0))
        return ml_fail(err, ML_EUNSUPPORTED, "%s: 'dataFormat' must be \"CSV\"", name);
    value = ml_json_get(object, "dataFileContainsHeader");
    if (value != NULL && ml_json_type(value) != ML_JSON_BOOL)
        return ml_fail(err, ML_EINPUT, "%s: 'dataFileContainsHeader' must be true or false", name);
    return true;
}

static bool parse_roles(struct ml_schema *schema, const struct ml_json *object, const char *name,
                        struct ml_error *err)
{
    if (!parse_role(schema, member(object, "targetAttributeName", "targetFieldName"),
                    "targetAttributeName", ML_ROLE_TARGET, name, err) ||
        !parse_role(schema, member(object, "rowId", "recordAnnotationFieldName"), "rowId",
                    ML_ROLE_ROW_ID, name, err) ||
        !parse_role(schema, member(object, "rowWeight", "recordWeightFieldName"), "rowWeight",
                    ML_ROLE_WEIGHT, name, err) ||
        !parse_excluded(schema, member(object, "excludedAttributeNames", "excludedVariableNames"),
                        name, err))
        return false;
    if (schema->target >= 0 && schema->columns[schema->target].type == ML_TEXT)
        return ml_fail(err, ML_EINPUT, "%s: column '%.64s': a TEXT column cannot be the target",
                       name, schema->columns[schema->target].name);
    if (schema->weight >= 0 && schema->columns[schema->weight].type != ML_NUMERIC)
        return ml_fail(err, ML_EINPUT, "%s: column '%.64s': a row weight must be NUMERIC", name,
                       schema->columns[schema->weight].name);
    if (ml_schema_n_inputs(schema) == 0)
        return ml_fail(err, ML_EINPUT, "%s: no column is left to learn from", name);
    return true;
}

bool ml_schema_from_json(struct ml_schema **out, const struct ml_json *object, const char *name,
                         struct ml_error *err)
{
    if (object == NULL || ml_json_type(object) != ML_JSON_OBJECT)
        return ml_fail(err, ML_EINPUT, "%s: a schema must be a JSON object", name);
    struct ml_schema *schema = NULL;
    if (!check_constants(object, name, err) || !parse_columns(&schema, object, name, err))
        return false;
    schema->has_header = ml_json_bool(ml_json_get(object, "dataFileContainsHeader"), false);
    if (!parse_roles(schema, object, name, err)) {
        ml_schema_free(schema);
        return false;
    }
    *out = schema;
    return true;
}

bool ml_schema_parse(struct ml_schema **out, const char *json, size_t n, const char *name,
                     struct ml_error *err)
{
    struct ml_json *document;
    if (!ml_json_parse(&document, json, n, name, err))
        return false;
    bool ok = ml_schema_from_json(out, document, name, err);
    ml_json_free(document);
    return ok;
}

bool ml_schema_load(struct ml_schema **out, const char *path, struct ml_error *err)
{
    struct ml_strbuf text;
    if (!ml_file_read_all(&text, path, MAX_SCHEMA_BYTES, err))
        return false;
    bool ok = ml_schema_parse(out, text.bytes, text.length, path, err);
    ml_strbuf_release(&text);
    return ok;
}

static void add_name(struct ml_strbuf *buf, const char *key, const struct ml_schema *schema,
                     long column)
{
    ml_json_add_key(buf, key);
    if (column >= 0)
        ml_json_adds(buf, schema->columns[column].name);
    else
        ml_strbuf_adds(buf, "null");
}

/* `line` begins each line, "" puts all on one. */
static void write_schema(const struct ml_schema *schema, struct ml_strbuf *buf, const char *line)
{
    const char *inner = line[0] != '\0' ? "    " : "";
    ml_strbuf_adds(buf, "{");
    ml_strbuf_adds(buf, line);
    ml_json_key_string(buf, "version", "1.0");
    ml_strbuf_addf(buf, ",%s", line);
    add_name(buf, "rowId", schema, schema->row_id);
    ml_strbuf_addf(buf, ",%s", line);
    add_name(buf, "targetAttributeName", schema, schema->target);
    ml_strbuf_addf(buf, ",%s", line);
    if (schema->weight >= 0) {
        add_name(buf, "rowWeight", schema, schema->weight);
        ml_strbuf_addf(buf, ",%s", line);
    }
    ml_json_key_string(buf, "dataFormat", "CSV");
    ml_strbuf_addf(buf, ",%s", line);
    ml_json_key_bool(buf, "dataFileContainsHeader", schema->has_header);
    ml_strbuf_addf(buf, ",%s", line);
    ml_json_add_key(buf, "attributes");
    ml_strbuf_adds(buf, "[");
    for (size_t i = 0; i < schema->n_columns; i++) {
        ml_strbuf_addf(buf, "%s%s%s{", i > 0 ? "," : "", line[0] != '\0' ? "\n" : "", inner);
        ml_json_key_string(buf, "attributeName", schema->columns[i].name);
        ml_json_key_string(buf, "attributeType", type_names[schema->columns[i].type]);
        ml_strbuf_adds(buf, "}");
    }
    ml_strbuf_addf(buf, "%s],%s", line, line);
    ml_json_add_key(buf, "excludedAttributeNames");
    ml_strbuf_adds(buf, "[");
    for (size_t i = 0; i < schema->n_columns; i++) {
        if (schema->columns[i].role != ML_ROLE_EXCLUDED)
            continue;
        ml_json_add_comma(buf);
        ml_json_adds(buf, schema->columns[i].name);
    }
    ml_strbuf_adds(buf, line[0] != '\0' ? "]\n}\n" : "]}");
}

void ml_schema_to_json(const struct ml_schema *schema, struct ml_strbuf *buf)
{
    write_schema(schema, buf, "");
}

char *ml_schema_json(const struct ml_schema *schema)
{
    struct ml_strbuf buf = {0};
    write_schema(schema, &buf, "\n  ");
    return ml_strbuf_take(&buf);
}

size_t ml_schema_n_columns(const struct ml_schema *schema)
{
    return schema->n_columns;
}

const char *ml_schema_name(const struct ml_schema *schema, size_t column)
{
    return schema->columns[column].name;
}

enum ml_type ml_schema_type(const struct ml_schema *schema, size_t column)
{
    return schema->columns[column].type;
}

enum ml_role ml_schema_role(const struct ml_schema *schema, size_t column)
{
    return schema->columns[column].role;
}

long ml_schema_target(const struct ml_schema *schema)
{
    return schema->target;
}

long ml_schema_weight(const struct ml_schema *schema)
{
    return schema->weight;
}

bool ml_schema_set_weight(struct ml_schema *schema, const char *name, struct ml_error *err)
{
    long i = ml_schema_find(schema, name, strlen(name));
    if (i < 0)
        return ml_fail(err, ML_EINPUT, "the row weight '%.64s' is no column of the schema", name);
    enum ml_role role = schema->columns[i].role;
    if (role == ML_ROLE_TARGET || role == ML_ROLE_ROW_ID)
        return ml_fail(err, ML_EINPUT, "column '%.64s': the %s cannot be the row weight", name,
                       role == ML_ROLE_TARGET ? "target" : "row id");
    if (schema->columns[i].type != ML_NUMERIC)
        return ml_fail(err, ML_EINPUT, "column '%.64s': a row weight must be NUMERIC", name);
    if (ml_schema_n_inputs(schema) == (role == ML_ROLE_INPUT))
        return ml_fail(err, ML_EINPUT, "column '%.64s': no other is left to learn from", name);
    if (schema->weight >= 0)
        schema->columns[schema->weight].role = ML_ROLE_EXCLUDED;
    ml_schema_set_role(schema, (size_t)i, ML_ROLE_WEIGHT);
    return true;
}

bool ml_schema_has_header(const struct ml_schema *schema)
{
    return schema->has_header;
}

size_t ml_schema_n_inputs(const struct ml_schema *schema)
{
    size_t n = 0;
    for (size_t i = 0; i < schema->n_columns; i++)
        n += schema->columns[i].role == ML_ROLE_INPUT;
    return n;
}

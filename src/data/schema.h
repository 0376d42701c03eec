/* The inside of struct ml_schema, for the layers that read it on every row. */
#ifndef ML_DATA_SCHEMA_H
#define ML_DATA_SCHEMA_H

#include "base/json.h"
#include "ml/schema.h"

struct ml_schema_column {
    char *name; /* owned */
    enum ml_type type;
    enum ml_role role;
};

struct ml_schema {
    struct ml_schema_column *columns; /* owned, in the file's order */
    size_t n_columns;
    bool has_header;
    long target; /* column or -1 */
    long row_id; /* column or -1 */
    long weight; /* column or -1 */
};

/* The schema in an already parsed JSON object (a member of a bundle). */
bool ml_schema_from_json(struct ml_schema **out, const struct ml_json *object, const char *name,
                         struct ml_error *err) __attribute__((warn_unused_result));
/* The object on one line, without a newline. */
void ml_schema_to_json(const struct ml_schema *schema, struct ml_strbuf *buf);

/* The column's number, or -1. O(columns). */
long ml_schema_find(const struct ml_schema *schema, const char *name, size_t name_bytes);

/* Columns with role ML_ROLE_INPUT. */
size_t ml_schema_n_inputs(const struct ml_schema *schema);

/* A schema of n unnamed NUMERIC inputs, for building; every name must be set before use. */
struct ml_schema *ml_schema_new(size_t n_columns);

/* Sets the column's role and the schema's target or row_id with it. */
void ml_schema_set_role(struct ml_schema *schema, size_t column, enum ml_role role);

/*
 * Makes the column of that name the row weight, in place of one that was it before and is excluded
 * then. ML_EINPUT when it cannot be: unknown, of another role, not NUMERIC, the only input.
 */
bool ml_schema_set_weight(struct ml_schema *schema, const char *name, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

/*
 * What the columns of a data file are: Amazon ML's schema file.
 *
 * A schema is immutable once made and may be shared by threads; ml_schema_free ends it.
 */
#ifndef ML_SCHEMA_H
#define ML_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "ml/data.h"
#include "ml/error.h"

enum ml_type {
    ML_NUMERIC,     /* a finite decimal number; an empty cell or "nan" is a missing value */
    ML_CATEGORICAL, /* the whole cell is one level; the empty cell is a level too */
    ML_BINARY,      /* 0 n no f false / 1 y yes t true in any case; an empty cell is missing */
    ML_TEXT,        /* words separated by white space */
};

enum ml_role {
    ML_ROLE_INPUT,
    ML_ROLE_TARGET,
    ML_ROLE_ROW_ID,   /* echoed as `tag` by batch prediction, never an input */
    ML_ROLE_EXCLUDED, /* declared, present in the file, ignored */
    ML_ROLE_WEIGHT,   /* NUMERIC: how much the row counts in training; never an input */
};

struct ml_schema;

/* Reads JSON text; `name` stands in front of messages. Amazon's older spellings are accepted. */
bool ml_schema_parse(struct ml_schema **out, const char *json, size_t n, const char *name,
                     struct ml_error *err) __attribute__((warn_unused_result));

/* Reads a schema file of at most 4 MB. */
bool ml_schema_load(struct ml_schema **out, const char *path, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * Where the schema of a data file lies: "<dir>/.schema" for a directory, "<data>.schema" for a
 * file, or for "<data>.gz" if that is not there "<data>.schema". *exists says whether it is; if
 * not, the path is the first of these. To be freed with free.
 */
char *ml_schema_path(const char *data, bool *exists);

/*
 * Guesses a schema from the whole data file in one pass: a column whose cells are all numbers is
 * NUMERIC (BINARY if only 0 and 1 occur), all of Amazon's ten words BINARY, mostly distinct cells
 * of several words TEXT, else CATEGORICAL. The target (NULL: the last column) is CATEGORICAL
 * instead of NUMERIC when it holds at most 10 distinct whole numbers. Columns without names become
 * Var1, Var2… padded to one width. options.header ML_HEADER_SCHEMA means yes here.
 */
bool ml_schema_infer(struct ml_schema **out, const char *data_path, const char *target,
                     const struct ml_csv_options *options, struct ml_error *err)
    __attribute__((warn_unused_result));

void ml_schema_free(struct ml_schema *schema);

/* The schema as indented JSON with a final newline, in Amazon's newer spelling; free with free. */
char *ml_schema_json(const struct ml_schema *schema);

size_t ml_schema_n_columns(const struct ml_schema *schema);
const char *ml_schema_name(const struct ml_schema *schema, size_t column);
enum ml_type ml_schema_type(const struct ml_schema *schema, size_t column);
enum ml_role ml_schema_role(const struct ml_schema *schema, size_t column);
/* The target's column, or -1. */
long ml_schema_target(const struct ml_schema *schema);
/* The column of row weights, or -1. */
long ml_schema_weight(const struct ml_schema *schema);
bool ml_schema_has_header(const struct ml_schema *schema);

/* "NUMERIC", … */
const char *ml_type_name(enum ml_type type);

#endif

/*
 * A CSV source read through a schema: which field is which column, and what is wrong with a record.
 */
#ifndef ML_DATA_TABLE_H
#define ML_DATA_TABLE_H

#include "data/fields.h"
#include "data/schema.h"
#include "data/source.h"

/* How the file's columns must relate to the schema's. */
enum ml_match {
    ML_MATCH_EXACT, /* training: the same names in the same order */
    ML_MATCH_NAMES, /* scoring: every input is there, in any order; more is ignored; the target and
                       the row id may be absent. Without a header: by position, with or without
                       the target */
};

struct ml_table {
    const struct ml_schema *schema; /* borrowed */
    struct ml_source *source;       /* owned */
    char delimiter;
    size_t n_fields; /* a record must have as many */
    long *column_of; /* owned; n_fields: schema column, or -1: ignored */
    char **names;    /* owned; n_fields: the header; NULL without one */
    bool has_target; /* the target's column is in the file */
    bool has_row_id;
    size_t n_ignored; /* fields whose header name the schema does not know */
};

/* Whether data of that schema, read so, begin with a header. */
bool ml_table_has_header(const struct ml_schema *schema, const struct ml_csv_options *options);

/* Opens the file, reads the header if there is one, and matches it. */
bool ml_table_open(struct ml_table *out, const char *path, const struct ml_schema *schema,
                   const struct ml_csv_options *options, enum ml_match match, bool with_digest,
                   struct ml_error *err) __attribute__((warn_unused_result));
void ml_table_close(struct ml_table *table);

/*
 * Where the fields of an open table stand in another schema, by ML_MATCH_NAMES: n_fields column
 * numbers or -1, to be freed with free.
 */
bool ml_table_map(long **column_of, const struct ml_table *table, const struct ml_schema *schema,
                  struct ml_error *err) __attribute__((warn_unused_result));
/* The field that is that column of the schema, or -1. O(fields). */
long ml_table_field(const struct ml_table *table, size_t column);

/*
 * The fields of record i of a block, or false with the whole story: "banking.csv:217: 19 fields,
 * expected 21". Thread-safe with a splitter per thread.
 */
bool ml_table_split(const struct ml_table *table, struct ml_splitter *splitter,
                    const struct ml_block *block, size_t i, const struct ml_field **fields,
                    struct ml_error *err) __attribute__((warn_unused_result));

/* ML_EINPUT "banking.csv:217: column 'age': <what>: '<cell>'"; returns false. */
bool ml_table_fail_cell(const struct ml_table *table, const struct ml_block *block, size_t i,
                        size_t column, const char *what, const struct ml_field *cell,
                        struct ml_error *err);

/* 1-based line where record i of the block begins. */
size_t ml_block_line(const struct ml_block *block, size_t i);

#endif

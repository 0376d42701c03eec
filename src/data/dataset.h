/*
 * A whole CSV file in memory, by column and typed: what training works on.
 *
 * Memory: 8 bytes a numeric or binary cell, 4 a categorical one, the bytes of a text one, and each
 * distinct level once.
 */
#ifndef ML_DATA_DATASET_H
#define ML_DATA_DATASET_H

#include "base/dict.h"
#include "data/table.h"

struct ml_column {
    double *numbers;       /* NUMERIC, BINARY: n_rows values, NaN where missing or invalid */
    uint32_t *levels;      /* CATEGORICAL: n_rows numbers into dict */
    struct ml_dict dict;   /* CATEGORICAL: levels in the order they appear */
    struct ml_strbuf text; /* TEXT: all cells, end to end */
    size_t *text_ends;     /* TEXT: n_rows ends in text */
    size_t n_missing;
    size_t n_invalid;
};

struct ml_dataset {
    const struct ml_schema *schema; /* borrowed */
    struct ml_column *columns;      /* owned; one a schema column, empty where excluded or row id */
    size_t n_rows;                  /* accepted rows */
    size_t *row_number;             /* owned; n_rows: the row's number in the file */
    bool *has_invalid;  /* owned; n_rows: some input cell is invalid: cannot be scored */
    size_t n_file_rows; /* all rows, rejected ones included */
    size_t n_rejected;
    char digest[ML_DIGEST_HEX]; /* SHA-256 of the file */
    size_t capacity;            /* rows that the arrays have room for */
};

/*
 * Reads the file for training: the target is required, and a row without a valid one is rejected.
 * Invalid cells of inputs count as missing; a NUMERIC input without a single number fails. More
 * than options->max_rejected rejected rows, or no row at all, fail. Problems go to talk->note as
 * they are found, at most ML_MAX_EXPLAINED.
 */
bool ml_dataset_load(struct ml_dataset *out, const char *path, const struct ml_schema *schema,
                     const struct ml_csv_options *options, const struct ml_talk *talk,
                     struct ml_error *err) __attribute__((warn_unused_result));
void ml_dataset_release(struct ml_dataset *dataset);

/* A TEXT cell. */
const char *ml_column_text(const struct ml_column *column, size_t row, size_t *n);

#endif

/*
 * What a block of rows comes down to: for each column its distinct values and how many rows of each
 * class hold them. This is the work of the threads; a cell is hashed once, and numbers are read
 * once for each distinct text.
 */
#ifndef ML_INSIGHT_BLOCK_H
#define ML_INSIGHT_BLOCK_H

#include <stdatomic.h>

#include "base/dict.h"
#include "data/pipeline.h"
#include "data/table.h"
#include "insight/sample.h"

/* What the threads share; nothing but `level` changes while they run. */
struct ml_reading {
    const struct ml_table *table;
    const bool *wanted; /* by schema column */
    long target;        /* schema column, or -1 */
    /* NUMERIC target: where it is cut; NULL while that is unknown: all rows are of class 0. */
    const double *target_edges;
    size_t n_target_edges;
    bool samples; /* whether rows are kept aside */
    atomic_uint level;
};

struct ml_block_column {
    struct ml_dict values; /* cells, or the words of TEXT */
    uint32_t *value_of;    /* owned; each cell's value, or TEXT: each distinct word of each row */
    uint32_t *row_of;      /* owned; TEXT: the row of that word */
    size_t n;
    size_t capacity;
    uint32_t *counts; /* owned; values x classes */
    double *numbers;  /* owned; NUMERIC, BINARY: each value as a number, NaN if it is none */
    bool *is_invalid; /* owned; … and is not missing either */
    /* TEXT */
    uint32_t *last_row; /* owned; by word: 1 + the last row that holds it */
    size_t last_row_capacity;
    uint64_t n_words;
    uint64_t n_without; /* rows without a word */
    size_t row_words[2];
    size_t word_length[2];
};

/*
 * Classes: 0 is "no target"; BINARY: 1 negative, 2 positive; NUMERIC: 1 + bin; CATEGORICAL: 1 +
 * number of the value in the target column's `values`, or all 0 when there are more than
 * ML_MAX_CLASSES.
 */
struct ml_block_sum {
    size_t n_rows;
    struct ml_block_column *columns; /* owned; one a schema column */
    size_t n_columns;
    uint32_t *class_of; /* owned; by row */
    size_t n_classes;
    bool too_many_classes;
    struct ml_row_sample sample;
};

struct ml_block_reader {
    struct ml_splitter *splitter;
    struct ml_strbuf word;
};

void ml_block_sum_release(struct ml_block_sum *sum);
void ml_block_reader_release(struct ml_block_reader *reader);

/* Fills sum from the block's whole records; the others are rejected. */
void ml_block_sum_make(struct ml_block_sum *sum, const struct ml_reading *reading,
                       struct ml_block_reader *reader, const struct ml_block *block,
                       struct ml_rejects *rejects);

#endif

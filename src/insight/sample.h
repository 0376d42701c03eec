/*
 * Rows of the file kept aside, whole, for what cannot be counted in one pass.
 *
 * A row's place is a hash of its number and a fixed seed; at level L the rows whose hash begins
 * with L zero bits are kept. The level rises when a limit is passed, so what is kept in the end
 * depends on the file alone, not on blocks or workers: all rows, or between half the limit and the
 * limit.
 */
#ifndef ML_INSIGHT_SAMPLE_H
#define ML_INSIGHT_SAMPLE_H

#include <stdbool.h>

#include "data/source.h"

struct ml_row_sample {
    struct ml_block rows; /* their text, readable like any block */
    size_t *numbers;      /* owned; rows.n_spans: the rows' numbers in the file */
    size_t capacity;
    unsigned level; /* 0: every row is here */
};

void ml_row_sample_release(struct ml_row_sample *sample);
void ml_row_sample_clear(struct ml_row_sample *sample);

/* Whether the row belongs to the sample at that level. */
bool ml_row_sample_wants(unsigned level, size_t row_number);
/* Adds a row without looking at the limits. */
void ml_row_sample_add(struct ml_row_sample *sample, const char *record, size_t n, size_t row);
/* Adds all rows of another that are wanted, and raises the level as the limits demand. */
void ml_row_sample_merge(struct ml_row_sample *sample, const struct ml_row_sample *other,
                         size_t max_rows, size_t max_bytes);

#endif

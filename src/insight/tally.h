/*
 * A contingency table that grows: distinct values (byte strings) by classes of the target.
 *
 * Class 0 is "no target": rows without one, or a run without classes. Zero-initialised is empty.
 */
#ifndef ML_INSIGHT_TALLY_H
#define ML_INSIGHT_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dict.h"

struct ml_tally {
    struct ml_dict values;
    uint64_t *counts; /* owned; value i's rows by class: counts[i * stride ...] */
    size_t capacity;  /* values there is room for */
    size_t stride;    /* classes there is room for */
};

void ml_tally_release(struct ml_tally *tally);

/*
 * The value's counts, all 0 if it is new, with room for classes 0..n_classes-1; borrowed until the
 * next call.
 */
uint64_t *ml_tally_at(struct ml_tally *tally, const char *value, size_t n, size_t n_classes);

/* Rows of value i over all classes. */
uint64_t ml_tally_total(const struct ml_tally *tally, size_t i);

/* Puts all rows into class 0. */
void ml_tally_collapse(struct ml_tally *tally);

#endif

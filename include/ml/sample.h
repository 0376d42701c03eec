/*
 * Synthetic data sets in the shape of the two that the Amazon ML guide teaches with.
 *
 * Every row is drawn on its own from (seed, row number), so a longer sample starts with the shorter
 * one, memory is constant, and all arithmetic is on integers: the same bytes on every machine. The
 * rule behind the last column is known, hence also the best that any model can reach on it; both
 * are described in datasets/README.md. Rows are in no order: a sequential split is as good as a
 * random one.
 */
#ifndef ML_SAMPLE_H
#define ML_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ml/error.h"

/*
 * Receives one line of CSV at a time, header first; `bytes` counts the \n it ends with. The line is
 * borrowed for the call. To stop, fill err and return false.
 */
typedef bool (*ml_sample_write_fn)(void *ctx, const char *line, size_t bytes, struct ml_error *err);

/*
 * Writes the header and n_rows rows of kind "banking" or "restaurant".
 * ML_EINPUT for another kind; what `write` failed with is passed on. Thread-safe.
 */
bool ml_sample(const char *kind, size_t n_rows, uint64_t seed, ml_sample_write_fn write, void *ctx,
               struct ml_error *err) __attribute__((warn_unused_result));

/* "banking, restaurant", for messages and help. */
const char *ml_sample_kinds(void);

/* As many rows as the data set that the kind stands in for; 0 for an unknown kind. */
size_t ml_sample_default_rows(const char *kind);

#endif

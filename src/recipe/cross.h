/*
 * Combinations of levels: which of them training kept, and the number of each.
 *
 * A combination of levels a, b, c of nodes with A, B, C levels has the code (a * B + b) * C + c.
 */
#ifndef ML_RECIPE_CROSS_H
#define ML_RECIPE_CROSS_H

#include "base/json.h"

#define ML_CROSS_NONE UINT32_MAX
/* Codes stay exact in a double, which is how JSON holds them. */
#define ML_MAX_CROSS_CODES (UINT64_C(1) << 53)

enum { ML_MAX_COMBINATIONS = 20 * 1000 * 1000 }; /* distinct ones counted while fitting */

/* Codes and how often each was met, while fitting. Zero-initialised is empty. */
struct ml_cross_tally {
    uint64_t *codes; /* owned: open addressing, code + 1, 0 is free */
    uint32_t *counts;
    size_t n;
    size_t n_slots;
};

/* False, and nothing counted, when the code is new and ML_MAX_COMBINATIONS are there. */
bool ml_cross_count(struct ml_cross_tally *tally, uint64_t code);
void ml_cross_tally_release(struct ml_cross_tally *tally);

/* The combinations that were kept, numbered in the order of their codes. Immutable once made. */
struct ml_cross {
    uint64_t n_codes; /* codes are below it; at most ML_MAX_CROSS_CODES */
    uint64_t *codes;  /* owned; n, ascending */
    size_t n;
    uint32_t *dense; /* owned; n_codes numbers + 1, 0 for none; NULL where that would be much */
    uint32_t *slots; /* owned; else: open addressing, number + 1, 0 is free */
    size_t n_slots;
};

/* Keeps the codes met at least min_count times. */
void ml_cross_fit(struct ml_cross *out, const struct ml_cross_tally *tally, uint64_t n_codes,
                  uint32_t min_count);
void ml_cross_release(struct ml_cross *cross);
/* The code's number (< n), or ML_CROSS_NONE. O(1). */
uint32_t ml_cross_find(const struct ml_cross *cross, uint64_t code);

void ml_cross_save(const struct ml_cross *cross, struct ml_strbuf *buf);
bool ml_cross_load(struct ml_cross *out, const struct ml_json *object, uint64_t n_codes)
    __attribute__((warn_unused_result));

#endif

/*
 * The most frequent strings of a stream, in constant memory: Misra & Gries (1982) in the batched
 * form of Agarwal et al., "Mergeable summaries", PODS 2012. It keeps what SpaceSaving (Metwally,
 * Agrawal, El Abbadi 2005) keeps, with counts from below instead of above.
 *
 * A string's count is too low by at most `removed`, which is at most rows / (limit + 1); so a
 * string in a larger share of the rows than that is always there.
 */
#ifndef ML_INSIGHT_HEAVY_H
#define ML_INSIGHT_HEAVY_H

#include <stddef.h>
#include <stdint.h>

#include "base/dict.h"

/* Zero-initialised but for `limit` is empty. */
struct ml_heavy {
    size_t limit;          /* strings that survive a clean-up; twice as many are kept before it */
    struct ml_dict values; /* the strings that are left */
    uint64_t *counts;      /* owned; by number in `values` */
    uint64_t removed;
};

void ml_heavy_release(struct ml_heavy *heavy);
void ml_heavy_add(struct ml_heavy *heavy, const char *s, size_t n, uint64_t rows);

#endif

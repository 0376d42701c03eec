/*
 * Which rows of some data: Amazon ML's DataRearrangement.
 *
 * sequential: row i of n (rejected rows included, the header not) is inside when 100 i / n lies in
 * [begin, end). random: when a number in [0, 100) that is a function of the seed and of the row's
 * number alone lies there, so that the shares are met on average only, and a row's side survives
 * rejected rows and any way of cutting the data. (Amazon drew from the seed and the row's byte
 * offset by a function it never published: the same seed gives other rows here.) Hence ranges that
 * share no percentage share no row, and complement takes exactly the others.
 */
#ifndef ML_SPLIT_H
#define ML_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ml/error.h"

enum ml_split_strategy {
    ML_SPLIT_RANDOM,
    ML_SPLIT_SEQUENTIAL,
};

enum { ML_SEED_BYTES = 2049 }; /* a URI of Amazon's longest kind and a NUL */

struct ml_selection {
    enum ml_split_strategy strategy;
    double begin; /* percent: 0 <= begin < end <= 100 */
    double end;
    bool complement; /* the rows outside the range instead */
    uint64_t seed;
    char seed_text[ML_SEED_BYTES]; /* what the seed was hashed from; "": it is a number */
};

#define ML_SELECTION_INIT                                                                          \
    {                                                                                              \
        .end = 100.0, .seed = 42                                                                   \
    }

/*
 * Sets the range from "70" (meaning 0 to 70), "20-40", or Amazon's JSON, which sets all members:
 *
 *     {"splitting":{"percentBegin":20,"percentEnd":40,"strategy":"random",
 *                   "strategyParams":{"randomSeed":"x"},"complement":true}}
 *
 * In it strategy defaults to sequential, as Amazon has it; complement may be a string; randomSeed
 * may also stand in "splitting" or outside it, and where it is missing the seed stays as it was.
 * ML_EINPUT for anything else, or when no row would be inside.
 */
bool ml_selection_parse(struct ml_selection *selection, const char *text, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * Sets the seed from text: a decimal number below 2^64 is the seed; of any other string, up to
 * ML_SEED_BYTES - 1 bytes, the first 8 bytes of its SHA-256 are, the most significant first.
 */
bool ml_selection_set_seed(struct ml_selection *selection, const char *text, struct ml_error *err)
    __attribute__((warn_unused_result));

/* Whether the range is one and leaves some row inside. */
bool ml_selection_check(const struct ml_selection *selection, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

/*
 * All that is kept of one column while the file goes by: exact counts of every distinct value while
 * they are few, sketches from then on.
 */
#ifndef ML_INSIGHT_GATHER_H
#define ML_INSIGHT_GATHER_H

#include "data/schema.h"
#include "eval/moments.h"
#include "insight/heavy.h"
#include "insight/hll.h"
#include "insight/kll.h"
#include "insight/tally.h"

/*
 * Keys of the values of NUMERIC and BINARY columns: the number's 8 bytes, nothing for a missing
 * cell, one byte for an invalid one. Those of CATEGORICAL and TEXT are the bytes of the cell or
 * word; of a long one ML_KEY_KEPT_BYTES and a hash of the rest, ML_DESCRIBE_KEY_BYTES in all.
 */
enum { ML_KEY_INVALID_BYTES = 1, ML_KEY_NUMBER_BYTES = 8, ML_KEY_KEPT_BYTES = 240 };

struct ml_gather {
    enum ml_type type;
    size_t limit; /* distinct values that are counted exactly */
    bool is_exact;
    struct ml_tally tally; /* while exact */
    uint64_t n_missing;    /* NUMERIC, BINARY; TEXT: rows without a word; CATEGORICAL: empty */
    uint64_t n_invalid;
    /* NUMERIC: over the numbers */
    double min;
    double max;
    uint64_t n_numbers;
    uint64_t n_zeros;
    bool is_whole; /* no number has a fraction */
    /* TEXT */
    uint64_t n_words;
    size_t row_words[2];   /* words in a row: fewest, most */
    size_t word_length[2]; /* characters in a word: fewest, most */
    /* beyond the limit */
    struct ml_hll hll;
    struct ml_kll kll;         /* NUMERIC */
    struct ml_moments moments; /* NUMERIC */
    struct ml_heavy heavy;     /* CATEGORICAL */
};

void ml_gather_init(struct ml_gather *gather, enum ml_type type, size_t limit);
void ml_gather_release(struct ml_gather *gather);

/*
 * Takes rows of one value: counts[k] rows of the block's class k, which is the file's class map[k];
 * n_classes: the file's so far.
 */
void ml_gather_add(struct ml_gather *gather, const char *key, size_t n, const uint32_t *counts,
                   const uint32_t *map, size_t n_block_classes, size_t n_classes);

/* Whether the key is a number's; *x becomes it. */
bool ml_key_number(const char *key, size_t n, double *x);

/* The bytes to know a cell or word by: itself, or into buf (ML_DESCRIBE_KEY_BYTES) when too long.
 */
const char *ml_key_text(char *buf, const char *s, size_t *n);

#endif

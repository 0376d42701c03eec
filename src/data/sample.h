/*
 * What is behind a sample: its kinds, the truth of each row, and integer-only random draws.
 *
 * No floating point takes part in a draw or a decision, so that no libm and no fused multiply-add
 * can make two machines disagree. Effects are in milli-logits, shares in parts of a stated whole.
 */
#ifndef ML_DATA_SAMPLE_H
#define ML_DATA_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "base/strbuf.h"
#include "ml/sample.h"

enum { ML_SAMPLE_MAX_CLASSES = 3 };

/* What the rule says of one row, whose last cell is the label. */
struct ml_sample_truth {
    double prob[ML_SAMPLE_MAX_CLASSES]; /* P(label = k) given the other cells, 0..1, sums to 1 */
    unsigned label;                     /* what was drawn from prob and stands in the row */
};

struct ml_sample_kind {
    const char *name;
    const char *header; /* no \n */
    size_t default_rows;
    unsigned n_classes; /* 2..ML_SAMPLE_MAX_CLASSES */
    /* Appends the row's cells, comma between, no \n. */
    void (*add_row)(struct ml_strbuf *line, struct ml_sample_truth *truth, struct ml_rng *rng);
};

extern const struct ml_sample_kind ml_sample_banking;
extern const struct ml_sample_kind ml_sample_restaurant;

/* Replaces *line by row number `row` (from 0) with its \n. */
void ml_sample_row(struct ml_strbuf *line, struct ml_sample_truth *truth,
                   const struct ml_sample_kind *kind, uint64_t seed, uint64_t row);

/* Drawing (sample_draw.c). */

/* A point of a piecewise linear function; `at` ascends strictly along an array of them. */
struct ml_sample_knot {
    int32_t at;
    int32_t value;
};

/* True in `share` of `whole` draws, 0 <= share <= whole, whole > 0. */
bool ml_sample_chance(struct ml_rng *rng, unsigned share, unsigned whole);

/* Index 0..n-1 with probability weight[i] over the sum of weights, which must not be 0. */
size_t ml_sample_pick(struct ml_rng *rng, const uint16_t *weight, size_t n);

/* The function through n >= 2 knots at x, to the nearest integer; flat outside them. */
int32_t ml_sample_interpolate(const struct ml_sample_knot *knot, size_t n, int32_t x);

/* A value whose quantile function goes through the knots, the first at 0, the last at the whole. */
int32_t ml_sample_quantile(struct ml_rng *rng, const struct ml_sample_knot *knot, size_t n);

/* 1 / (1 + exp(-milli_logits / 1000)) in units of 2^-32, within 16 of them; at most 2^32. */
uint64_t ml_sample_logistic(int32_t milli_logits);

#endif

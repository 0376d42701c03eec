/*
 * Scored rows in descending order of score, rows of equal score counted together.
 *
 * Every figure of a binary evaluation is a function of this table, so rows are sorted once, ties
 * need no special case, and the order in which rows came cannot change a single bit of any result.
 *
 *     score   label          step  score  positives  negatives
 *      0.9      1              0    0.9       1          0
 *      0.4      0      ->      1    0.4       1          2
 *      0.4      1              2    0.1       0          1
 *      0.1      0
 *      0.4      0
 */
#ifndef ML_EVAL_RANKING_H
#define ML_EVAL_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct ml_score_step {
    double score;
    size_t positives; /* rows of exactly this score with label 1; one of the two is not 0 */
    size_t negatives; /* … with label 0 */
};

/* Zero-initialised is valid and releasable. Read-only after building, so threads may share it. */
struct ml_ranking {
    struct ml_score_step *steps; /* owned: `count` of them, strictly descending by score */
    size_t count;
    size_t positives; /* sums over the steps */
    size_t negatives;
};

/*
 * Builds the table of n rows.
 *   score  n values, larger = more positive, any scale, no NaN
 *   label  n values, 0 = negative, 1 = positive
 * ML_EINPUT when n is 0, a score is NaN or a label is neither 0 nor 1; one class alone is fine
 * here. -0.0 and 0.0 are one score. O(n log n), 16 bytes a row while it runs.
 */
bool ml_ranking_build(struct ml_ranking *out, const double *score, const uint8_t *label, size_t n,
                      struct ml_error *err) __attribute__((warn_unused_result));
void ml_ranking_release(struct ml_ranking *ranking);

/* Rows with score > threshold: *tp positives and *fp negatives. O(steps). */
void ml_ranking_count_above(const struct ml_ranking *ranking, double threshold, size_t *tp,
                            size_t *fp);

/*
 * A threshold t so that exactly the rows of the first n_steps (0..count) have score > t, for scores
 * in [0,1]. It is the score of the next step, the highest that stays negative; 1 for no step at
 * all; 0 for every step, but -INFINITY when the lowest score is 0, which no threshold in [0,1]
 * makes positive.
 */
double ml_ranking_threshold(const struct ml_ranking *ranking, size_t n_steps);

#endif

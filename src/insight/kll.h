/*
 * Quantiles of a stream in constant memory: Karnin, Lang & Liberty, "Optimal quantile approximation
 * in streams", FOCS 2016.
 *
 * Level h keeps numbers that stand for 2^h rows each. When all levels together are too full, a full
 * one is sorted and every other number of it moves up. Which of the two halves is drawn from a
 * fixed seed: the same numbers in the same order give the same sketch.
 */
#ifndef ML_INSIGHT_KLL_H
#define ML_INSIGHT_KLL_H

#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "insight/runs.h"

/*
 * A rank read off the sketch is wrong by less than this share of the rows (99 % of the time; about
 * 2.3 / K^0.9 = 0.0024 is expected, and tests hold it to 0.005 on awkward orders).
 */
#define ML_KLL_ERROR 0.005

enum { ML_KLL_K = 2048, ML_KLL_LEVELS = 48 };

struct ml_kll_level {
    double *items; /* owned */
    size_t n;
    size_t capacity;
};

/* Zero-initialised is empty. About 50 KB when full. */
struct ml_kll {
    struct ml_kll_level levels[ML_KLL_LEVELS];
    size_t n_levels;
    size_t n_items;
    struct ml_rng rng;
};

void ml_kll_release(struct ml_kll *kll);
/* x, finite, that occurred in `rows` (below 2^47) rows. */
void ml_kll_add(struct ml_kll *kll, double x, uint64_t rows);
/* What is left as ascending runs whose counts sum to the rows added; runs must be empty. */
void ml_kll_runs(const struct ml_kll *kll, struct ml_runs *runs);

#endif

/*
 * How many distinct things there were, in 16 KB: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier,
 * AofA 2007) with Ertl's estimator, which needs no correction at either end ("New cardinality
 * estimation algorithms for HyperLogLog sketches", arXiv:1702.01284, 2017).
 */
#ifndef ML_INSIGHT_HLL_H
#define ML_INSIGHT_HLL_H

#include <stddef.h>
#include <stdint.h>

enum { ML_HLL_BITS = 14, ML_HLL_REGISTERS = 1 << ML_HLL_BITS };

/* One standard deviation of the estimate, relative: 1.04 / sqrt(registers). */
#define ML_HLL_ERROR 0.008125

/* Zero-initialised is empty. */
struct ml_hll {
    uint8_t *registers; /* owned */
};

void ml_hll_release(struct ml_hll *hll);
/* The same bytes count once. What was added, not the order, decides the estimate. */
void ml_hll_add(struct ml_hll *hll, const char *s, size_t n);
double ml_hll_estimate(const struct ml_hll *hll);

#endif

/*
 * Seeded pseudo-random numbers that are the same on every machine: nothing in this project uses
 * rand(). ml_mix64 is a stateless hash for decisions that must depend on (seed, index) alone;
 * struct ml_rng is SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), one per job, not shared by
 * threads.
 */
#ifndef ML_BASE_RNG_H
#define ML_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct ml_rng {
    uint64_t state;
};

uint64_t ml_mix64(uint64_t seed, uint64_t index);
void ml_rng_init(struct ml_rng *rng, uint64_t seed);
uint64_t ml_rng_next(struct ml_rng *rng);
double ml_rng_uniform(struct ml_rng *rng);             /* [0, 1), 53 bits */
size_t ml_rng_below(struct ml_rng *rng, size_t bound); /* [0, bound), bound > 0, no modulo bias */
double ml_rng_normal(struct ml_rng *rng);              /* mean 0, variance 1 (Box-Muller, cosine) */

#endif

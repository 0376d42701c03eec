#include "base/rng.h"

#include <math.h>

static uint64_t finalise(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t ml_mix64(uint64_t seed, uint64_t index)
{
    return finalise(finalise(seed + UINT64_C(0x9e3779b97f4a7c15)) +
                    (index + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

void ml_rng_init(struct ml_rng *rng, uint64_t seed)
{
    rng->state = seed;
}

uint64_t ml_rng_next(struct ml_rng *rng)
{
    rng->state += UINT64_C(0x9e3779b97f4a7c15);
    return finalise(rng->state);
}

double ml_rng_uniform(struct ml_rng *rng)
{
    return (double)(ml_rng_next(rng) >> 11) * 0x1p-53;
}

size_t ml_rng_below(struct ml_rng *rng, size_t bound)
{
    uint64_t n = bound;
    uint64_t reject_below = (0 - n) % n; /* 2^64 mod n */
    uint64_t x;
    do
        x = ml_rng_next(rng);
    while (x < reject_below);
    return (size_t)(x % n);
}

double ml_rng_normal(struct ml_rng *rng)
{
    const double two_pi = 6.283185307179586;
    double u = 1.0 - ml_rng_uniform(rng); /* (0, 1]: log stays finite */
    double v = ml_rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(two_pi * v);
}

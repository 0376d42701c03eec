#include "data/sample.h"

#include <assert.h>

bool ml_sample_chance(struct ml_rng *rng, unsigned share, unsigned whole)
{
    return ml_rng_below(rng, whole) < share;
}

size_t ml_sample_pick(struct ml_rng *rng, const uint16_t *weight, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += weight[i];
    assert(total > 0);
    size_t left = ml_rng_below(rng, total);
    size_t i = 0;
    while (left >= weight[i])
        left -= weight[i++];
    return i;
}

/* num / den to the nearest integer, halves away from zero; den > 0. */
static int64_t divide_rounded(int64_t num, int64_t den)
{
    return num >= 0 ? (num + den / 2) / den : -((-num + den / 2) / den);
}

/* The function through the knots at x / scale. */
static int32_t value_at(const struct ml_sample_knot *knot, size_t n, int64_t x, int64_t scale)
{
    assert(n >= 2);
    if (x <= knot[0].at * scale)
        return knot[0].value;
    if (x >= knot[n - 1].at * scale)
        return knot[n - 1].value;
    size_t right = 1;
    while (x > knot[right].at * scale)
        right++;
    const struct ml_sample_knot *a = &knot[right - 1];
    const struct ml_sample_knot *b = &knot[right];
    int64_t rise = (int64_t)b->value - a->value;
    int64_t run = ((int64_t)b->at - a->at) * scale;
    return (int32_t)(a->value + divide_rounded(rise * (x - a->at * scale), run));
}

int32_t ml_sample_interpolate(const struct ml_sample_knot *knot, size_t n, int32_t x)
{
    return value_at(knot, n, x, 1);
}

int32_t ml_sample_quantile(struct ml_rng *rng, const struct ml_sample_knot *knot, size_t n)
{
    enum { FINENESS = 1000 }; /* ranks between two neighbouring `at` */
    assert(knot[0].at == 0);
    size_t whole = (size_t)knot[n - 1].at * FINENESS;
    return value_at(knot, n, (int64_t)ml_rng_below(rng, whole), FINENESS);
}

uint64_t ml_sample_logistic(int32_t milli_logits)
{
    /* exp(-2^k / 1000) in units of 2^-32, so that the bits of z select the factors of exp(-z) */
    static const uint32_t factor[] = {
        4290674475, 4286385946, 4277821741, 4260744631, 4226794655, 4159704096, 4028700796,
        3778941489, 3324914438, 2573955809, 1542560875, 554019132,  71464385,   1189103,
    };
    enum { N_BITS = sizeof(factor) / sizeof(factor[0]) };
    const uint64_t one = UINT64_C(1) << 32;
    assert(milli_logits > -(1 << N_BITS) && milli_logits < 1 << N_BITS);
    uint32_t z = (uint32_t)(milli_logits < 0 ? -milli_logits : milli_logits);
    uint64_t e = one;
    for (unsigned k = 0; k < N_BITS; k++) {
        if ((z >> k & 1) != 0)
            e = (e * factor[k]) >> 32;
    }
    uint64_t upper = (UINT64_C(1) << 63) / ((one + e) >> 1); /* 1 / (1 + exp(-|z|)) */
    return milli_logits < 0 ? one - upper : upper;
}

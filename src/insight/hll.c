#include "insight/hll.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"

enum { REST_BITS = 64 - ML_HLL_BITS };

void ml_hll_release(struct ml_hll *h)
{
    free(h->registers);
    *h = (struct ml_hll){0};
}

/* FNV-1a, whose upper bits are weak, and a finaliser. */
static uint64_t hash(const char *s, size_t n)
{
    uint64_t x = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++)
        x = (x ^ (unsigned char)s[i]) * UINT64_C(0x100000001b3);
    return ml_mix64(n, x);
}

void ml_hll_add(struct ml_hll *h, const char *s, size_t n)
{
    if (h->registers == NULL)
        h->registers = ml_xcalloc(ML_HLL_REGISTERS, 1);
    uint64_t x = hash(s, n);
    size_t at = (size_t)(x >> REST_BITS);
    uint8_t rank = 1;
    for (; rank <= REST_BITS && (x & 1) == 0; rank++)
        x >>= 1;
    if (h->registers[at] < rank)
        h->registers[at] = rank;
}

/* Ertl's sigma and tau: the series that stand for registers that saw nothing or overflowed. */
static double sigma(double x)
{
    double y = 1.0;
    double z = x;
    for (double old = -1.0; z != old;) {
        x *= x;
        old = z;
        z += x * y;
        y += y;
    }
    return z;
}

static double tau(double x)
{
    if (x == 0.0 || x == 1.0)
        return 0.0;
    double y = 1.0;
    double z = 1.0 - x;
    for (double old = -1.0; z != old;) {
        x = sqrt(x);
        old = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
    }
    return z / 3.0;
}

double ml_hll_estimate(const struct ml_hll *h)
{
    const double m = ML_HLL_REGISTERS;
    size_t with[REST_BITS + 2] = {0};
    if (h->registers == NULL)
        return 0.0;
    for (size_t i = 0; i < ML_HLL_REGISTERS; i++)
        with[h->registers[i]]++;
    if (with[0] == ML_HLL_REGISTERS)
        return 0.0;
    double z = m * tau(1.0 - (double)with[REST_BITS + 1] / m);
    for (size_t k = REST_BITS; k >= 1; k--)
        z = 0.5 * (z + (double)with[k]);
    z += m * sigma((double)with[0] / m);
    return m * m / (2.0 * 0.69314718055994531 * z);
}

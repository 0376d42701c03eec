#include "serve/uuid.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/random.h>
#include <time.h>

#include "base/rng.h"

static uint64_t draw(void)
{
    static _Thread_local struct ml_rng rng;
    static _Thread_local bool is_seeded;
    if (!is_seeded) {
        uint64_t seed = (uint64_t)time(NULL);
        if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
            seed ^= (uint64_t)(uintptr_t)&rng; /* the kernel's pool is ready long before us */
        ml_rng_init(&rng, seed);
        is_seeded = true;
    }
    return ml_rng_next(&rng);
}

void ml_uuid_make(char to[ML_UUID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t half[2] = {draw(), draw()};
    half[0] = (half[0] & ~(uint64_t)0xf000) | 0x4000;
    half[1] = (half[1] & ~((uint64_t)3 << 62)) | (uint64_t)2 << 62;
    char *s = to;
    for (unsigned i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *s++ = '-';
        *s++ = digits[half[i / 16] >> (60 - 4 * (i % 16)) & 15];
    }
    *s = '\0';
}

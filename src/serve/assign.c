#include "serve/assign.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/rng.h"
#include "base/utf8.h"

static const uint32_t fnv_offset = 0x811c9dc5u;

enum { PLACES = 10000 };

static uint32_t add_unit(uint32_t hash, uint32_t unit)
{
    return (hash ^ unit) * 0x01000193u;
}

/* Bytes that are no UTF-8 count as one unit each. */
static uint32_t add_text(uint32_t hash, const char *s, size_t n)
{
    for (size_t at = 0; at < n;) {
        unsigned char c = (unsigned char)s[at];
        size_t length = c < 0x80 ? 1 : ml_utf8_length(s + at, n - at);
        if (length <= 1) {
            hash = add_unit(hash, c);
            at++;
            continue;
        }
        uint32_t code = c & (0xffu >> (length + 1));
        for (size_t i = 1; i < length; i++)
            code = code << 6 | ((unsigned char)s[at + i] & 0x3fu);
        if (code >= 0x10000) {
            hash = add_unit(hash, 0xd800 + ((code - 0x10000) >> 10));
            code = 0xdc00 + ((code - 0x10000) & 0x3ff);
        }
        hash = add_unit(hash, code);
        at += length;
    }
    return hash;
}

double ml_assign_position(const char *seed, const char *key, size_t key_bytes)
{
    uint32_t hash = add_text(fnv_offset, seed, strlen(seed));
    hash = add_text(hash, key, key_bytes);
    char text[16];
    int n = snprintf(text, sizeof(text), "%u", hash);
    hash = add_text(fnv_offset, text, (size_t)n);
    return (double)(hash % PLACES) / PLACES;
}

void ml_assign_ranges(const double *weights, size_t n, double coverage, double *start, double *end)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += weights[i];
    double at = 0.0;
    for (size_t i = 0; i < n; i++) {
        double share = weights[i] / sum;
        start[i] = at;
        end[i] = at + coverage * share;
        at += share;
    }
    /* Shares may add up to a little less than 1: nobody falls off the end. */
    for (size_t i = n; i > 0 && coverage >= 1.0; i--) {
        if (weights[i - 1] > 0.0) {
            end[i - 1] = 1.0;
            break;
        }
    }
}

uint64_t ml_assign_key_hash(const char *key, size_t key_bytes)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < key_bytes; i++)
        hash = (hash ^ (unsigned char)key[i]) * 0x100000001b3u;
    return ml_mix64(hash, 0);
}

double ml_assign_random(void)
{
    static _Thread_local struct ml_rng rng;
    static _Thread_local int is_seeded;
    if (!is_seeded) {
        uint64_t seed = (uint64_t)time(NULL);
        if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
            seed ^= (uint64_t)(uintptr_t)&rng;
        ml_rng_init(&rng, seed);
        is_seeded = 1;
    }
    return ml_rng_uniform(&rng);
}

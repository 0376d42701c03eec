/*
 * Who gets which variant: GrowthBook's hash v2, a public contract that any replica and any other
 * implementation agrees on.
 *
 *     position = fnv1a32(decimal(fnv1a32(seed + key))) mod 10000 / 10000       in [0, 1)
 *     variant i is hit when  start_i <= position < start_i + coverage x share_i
 *
 * share_i is a weight over the sum of weights and start_i the sum of the shares before it. Coverage
 * cuts every range at its end: raising it never moves a key that was in already. Strings are hashed
 * by UTF-16 code units, as JavaScript sees them. (GrowthBook SDK reference: hashVersion 2.)
 */
#ifndef ML_SERVE_ASSIGN_H
#define ML_SERVE_ASSIGN_H

#include <stddef.h>
#include <stdint.h>

/* 0..9999 in ten-thousandths: 0.0505 is 505. seed and key are UTF-8. */
double ml_assign_position(const char *seed, const char *key, size_t key_bytes);

/* start, end: n values each, the ranges; weights >= 0, their sum > 0; coverage 0..1. */
void ml_assign_ranges(const double *weights, size_t n, double coverage, double *start, double *end);

/* A key's 64-bit digest for the log (FNV-1a), from which the key cannot be read. */
uint64_t ml_assign_key_hash(const char *key, size_t key_bytes);

/* A random position in [0, 1) for a request without a key; seeded by the kernel, per thread. */
double ml_assign_random(void);

#endif

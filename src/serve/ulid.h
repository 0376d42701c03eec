/*
 * Inference ids: ULIDs, 26 characters that sort by the time they were made.
 *
 *     01JDX9K2W3 7Q4M8N2P5R6S7T8V     48 bits of milliseconds, 80 bits of chance, Crockford base32
 *
 * Ids made by one process never collide: each thread draws from its own stream, seeded by the
 * kernel, and within a millisecond adds 1 to the last one it gave. Thread-safe.
 */
#ifndef ML_SERVE_ULID_H
#define ML_SERVE_ULID_H

#include <stdint.h>

enum { ML_ULID_BYTES = 27 }; /* with the NUL */

/* A new id for a moment in milliseconds since 1970 (UTC); those of a thread ascend. */
void ml_ulid_make(char to[ML_ULID_BYTES], int64_t time_ms);

#endif

/*
 * Byte strings numbered 0, 1, 2… in the order they are first added; lookup by hash.
 *
 * Used for category levels and text tokens. Any bytes are legal, NUL included. Zero-initialised is
 * an empty dictionary. Reading is thread-safe while nobody adds. The hash is fixed, so a hostile
 * file can make insertion slow; numbers of distinct strings are bounded by the callers.
 */
#ifndef ML_BASE_DICT_H
#define ML_BASE_DICT_H

#include <stddef.h>
#include <stdint.h>

#define ML_DICT_NONE UINT32_MAX

struct ml_dict {
    char *pool; /* owned: all strings, end to end */
    size_t pool_bytes;
    size_t pool_capacity;
    size_t *ends; /* owned: where string i ends in pool */
    size_t count;
    size_t ends_capacity;
    uint32_t *slots; /* owned: open addressing, number + 1, 0 is free */
    uint32_t *tags;  /* owned: upper hash bits beside each slot, to avoid most comparisons */
    size_t n_slots;  /* a power of two, or 0 */
};

void ml_dict_release(struct ml_dict *dict);
/* The string's number, added if new. */
uint32_t ml_dict_add(struct ml_dict *dict, const char *s, size_t n);
/* The string's number, or ML_DICT_NONE. */
uint32_t ml_dict_find(const struct ml_dict *dict, const char *s, size_t n);
/* String number i (< count), borrowed until the next add; not NUL-terminated. */
const char *ml_dict_get(const struct ml_dict *dict, uint32_t i, size_t *n);

/* The numbers 0..count-1 in the order of their strings' bytes; to be freed with free. */
uint32_t *ml_dict_sorted(const struct ml_dict *dict);

#endif

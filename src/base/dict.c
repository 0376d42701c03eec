#include "base/dict.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Eight bytes a step, multiply and fold; the tail is padded with its length. */
static uint64_t hash_bytes(const char *s, size_t n)
{
    const uint64_t k = UINT64_C(0x9fb21c651e98df25);
    uint64_t h = (uint64_t)n * k;
    while (n >= 8) {
        uint64_t word;
        memcpy(&word, s, 8);
        h = (h ^ word) * k;
        h ^= h >> 29;
        s += 8;
        n -= 8;
    }
    uint64_t tail = 0;
    for (size_t i = 0; i < n; i++)
        tail |= (uint64_t)(unsigned char)s[i] << (8 * i);
    h = (h ^ tail) * k;
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    return h ^ (h >> 32);
}

void ml_dict_release(struct ml_dict *dict)
{
    free(dict->pool);
    free(dict->ends);
    free(dict->slots);
    free(dict->tags);
    *dict = (struct ml_dict){0};
}

const char *ml_dict_get(const struct ml_dict *dict, uint32_t i, size_t *n)
{
    size_t start = i > 0 ? dict->ends[i - 1] : 0;
    *n = dict->ends[i] - start;
    return dict->pool + start;
}

/* The slot that holds the string, or the free one where it would go. */
static size_t probe(const struct ml_dict *dict, uint64_t hash, const char *s, size_t n)
{
    size_t mask = dict->n_slots - 1;
    uint32_t tag = (uint32_t)(hash >> 32);
    size_t at = (size_t)hash & mask;
    for (; dict->slots[at] != 0; at = (at + 1) & mask) {
        if (dict->tags[at] != tag)
            continue;
        size_t length;
        const char *other = ml_dict_get(dict, dict->slots[at] - 1, &length);
        if (length == n && (n == 0 || memcmp(other, s, n) == 0))
            break;
    }
    return at;
}

static void rehash(struct ml_dict *dict)
{
    free(dict->slots);
    free(dict->tags);
    dict->n_slots = dict->n_slots > 0 ? dict->n_slots * 2 : 16;
    dict->slots = ml_xcalloc(dict->n_slots, sizeof(*dict->slots));
    dict->tags = ml_xcalloc(dict->n_slots, sizeof(*dict->tags));
    for (size_t i = 0; i < dict->count; i++) {
        size_t n;
        const char *s = ml_dict_get(dict, (uint32_t)i, &n);
        uint64_t hash = hash_bytes(s, n);
        size_t at = probe(dict, hash, s, n);
        dict->slots[at] = (uint32_t)i + 1;
        dict->tags[at] = (uint32_t)(hash >> 32);
    }
}

static void append(struct ml_dict *dict, const char *s, size_t n)
{
    if (dict->pool_bytes + n > dict->pool_capacity) {
        size_t want = dict->pool_bytes + n;
        size_t doubled = dict->pool_capacity * 2;
        dict->pool_capacity = doubled > want ? doubled : want + 64;
        dict->pool = ml_xrealloc(dict->pool, dict->pool_capacity, 1);
    }
    if (n > 0)
        memcpy(dict->pool + dict->pool_bytes, s, n);
    dict->pool_bytes += n;
    dict->ends = ml_grow(dict->ends, dict->count, &dict->ends_capacity, sizeof(*dict->ends));
    dict->ends[dict->count++] = dict->pool_bytes;
}

uint32_t ml_dict_add(struct ml_dict *dict, const char *s, size_t n)
{
    if (dict->count * 2 >= dict->n_slots)
        rehash(dict);
    uint64_t hash = hash_bytes(s, n);
    size_t at = probe(dict, hash, s, n);
    if (dict->slots[at] != 0)
        return dict->slots[at] - 1;
    append(dict, s, n);
    dict->slots[at] = (uint32_t)dict->count;
    dict->tags[at] = (uint32_t)(hash >> 32);
    return (uint32_t)dict->count - 1;
}

uint32_t ml_dict_find(const struct ml_dict *dict, const char *s, size_t n)
{
    if (dict->count == 0)
        return ML_DICT_NONE;
    size_t at = probe(dict, hash_bytes(s, n), s, n);
    return dict->slots[at] != 0 ? dict->slots[at] - 1 : ML_DICT_NONE;
}

struct entry {
    const char *s;
    size_t n;
    uint32_t number;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    size_t shared = x->n < y->n ? x->n : y->n;
    int order = shared > 0 ? memcmp(x->s, y->s, shared) : 0;
    return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

uint32_t *ml_dict_sorted(const struct ml_dict *dict)
{
    struct entry *entries = ml_xcalloc(dict->count, sizeof(*entries));
    uint32_t *order = ml_xcalloc(dict->count, sizeof(*order));
    for (size_t i = 0; i < dict->count; i++) {
        entries[i].s = ml_dict_get(dict, (uint32_t)i, &entries[i].n);
        entries[i].number = (uint32_t)i;
    }
    qsort(entries, dict->count, sizeof(*entries), compare_entries);
    for (size_t i = 0; i < dict->count; i++)
        order[i] = entries[i].number;
    free(entries);
    return order;
}

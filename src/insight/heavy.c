#include "insight/heavy.h"

#include <stdlib.h>

#include "base/alloc.h"

void ml_heavy_release(struct ml_heavy *h)
{
    ml_dict_release(&h->values);
    free(h->counts);
    *h = (struct ml_heavy){.limit = h->limit};
}

static int descending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

/* The count that all but the `limit` most frequent have at most. */
static uint64_t find_cut(const struct ml_heavy *h)
{
    size_t n = h->values.count;
    uint64_t *sorted = ml_xcalloc(n, sizeof(*sorted));
    for (size_t i = 0; i < n; i++)
        sorted[i] = h->counts[i];
    qsort(sorted, n, sizeof(*sorted), descending);
    uint64_t cut = sorted[h->limit];
    free(sorted);
    return cut;
}

static void clean_up(struct ml_heavy *h)
{
    uint64_t cut = find_cut(h);
    struct ml_dict left = {0};
    for (size_t i = 0; i < h->values.count; i++) {
        if (h->counts[i] <= cut)
            continue;
        size_t n;
        const char *s = ml_dict_get(&h->values, (uint32_t)i, &n);
        /* A new number is never above the old one: nothing is overwritten before it is read. */
        h->counts[ml_dict_add(&left, s, n)] = h->counts[i] - cut;
    }
    ml_dict_release(&h->values);
    h->values = left;
    h->removed += cut;
}

void ml_heavy_add(struct ml_heavy *h, const char *s, size_t n, uint64_t rows)
{
    if (h->counts == NULL)
        h->counts = ml_xcalloc(2 * h->limit + 1, sizeof(*h->counts));
    size_t before = h->values.count;
    uint32_t i = ml_dict_add(&h->values, s, n);
    if (h->values.count > before)
        h->counts[i] = 0;
    h->counts[i] += rows;
    if (h->values.count > 2 * h->limit)
        clean_up(h);
}

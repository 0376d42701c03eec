#include "insight/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void ml_tally_release(struct ml_tally *t)
{
    ml_dict_release(&t->values);
    free(t->counts);
    *t = (struct ml_tally){0};
}

static void resize(struct ml_tally *t, size_t capacity, size_t stride)
{
    uint64_t *counts = ml_xcalloc(capacity * stride, sizeof(*counts));
    for (size_t i = 0; i < t->values.count && t->counts != NULL; i++)
        memcpy(counts + i * stride, t->counts + i * t->stride, t->stride * sizeof(*counts));
    free(t->counts);
    t->counts = counts;
    t->capacity = capacity;
    t->stride = stride;
}

uint64_t *ml_tally_at(struct ml_tally *t, const char *value, size_t n, size_t n_classes)
{
    size_t stride = t->stride > 0 ? t->stride : 1;
    while (stride < n_classes)
        stride *= 2;
    if (stride != t->stride)
        resize(t, t->capacity > 0 ? t->capacity : 16, stride);
    if (t->values.count == t->capacity)
        resize(t, t->capacity * 2, t->stride);
    return t->counts + ml_dict_add(&t->values, value, n) * t->stride;
}

uint64_t ml_tally_total(const struct ml_tally *t, size_t i)
{
    uint64_t total = 0;
    for (size_t k = 0; k < t->stride; k++)
        total += t->counts[i * t->stride + k];
    return total;
}

void ml_tally_collapse(struct ml_tally *t)
{
    for (size_t i = 0; i < t->values.count; i++)
        t->counts[i] = ml_tally_total(t, i);
    t->stride = t->counts != NULL ? 1 : 0;
}

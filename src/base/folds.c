#include "base/folds.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"

/* 0..n-1 in random order, shuffled from the inside out; to be freed with free. */
static size_t *shuffled(struct ml_rng *rng, size_t n)
{
    size_t *order = ml_xcalloc(n, sizeof(*order));
    for (size_t i = 0; i < n; i++) {
        size_t j = ml_rng_below(rng, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    return order;
}

void ml_folds_by_class(unsigned char *fold, const uint32_t *label, size_t n, size_t n_classes,
                       size_t n_folds, uint64_t seed)
{
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    size_t *row = shuffled(&rng, n);
    size_t *dealt = ml_xcalloc(n_classes, sizeof(*dealt));
    for (size_t i = 0; i < n; i++) {
        uint32_t c = label[row[i]];
        fold[row[i]] = (unsigned char)((dealt[c]++ + c) % n_folds);
    }
    free(dealt);
    free(row);
}

struct place {
    double value;
    size_t row;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

void ml_folds_by_value(unsigned char *fold, const double *value, size_t n, size_t n_folds,
                       uint64_t seed)
{
    struct place *place = ml_xcalloc(n, sizeof(*place));
    for (size_t i = 0; i < n; i++)
        place[i] = (struct place){value[i], i};
    if (n > 0)
        qsort(place, n, sizeof(*place), compare_places);
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    for (size_t start = 0; start < n; start += n_folds) {
        size_t *order = shuffled(&rng, n_folds);
        for (size_t i = 0; i < n_folds && start + i < n; i++)
            fold[place[start + i].row] = (unsigned char)order[i];
        free(order);
    }
    free(place);
}

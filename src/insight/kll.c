#include "insight/kll.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { MIN_LEVEL = 8 };

void ml_kll_release(struct ml_kll *kll)
{
    for (size_t h = 0; h < ML_KLL_LEVELS; h++)
        free(kll->levels[h].items);
    *kll = (struct ml_kll){0};
}

/* Numbers that level h should hold: K at the top, two thirds of the level above below it. */
static size_t level_size(const struct ml_kll *kll, size_t h)
{
    double size = ML_KLL_K * pow(2.0 / 3.0, (double)(kll->n_levels - 1 - h));
    return size > MIN_LEVEL ? (size_t)size : MIN_LEVEL;
}

static size_t total_size(const struct ml_kll *kll)
{
    size_t total = 0;
    for (size_t h = 0; h < kll->n_levels; h++)
        total += level_size(kll, h);
    return total;
}

static void put(struct ml_kll *kll, size_t h, double x)
{
    struct ml_kll_level *level = &kll->levels[h];
    level->items = ml_grow(level->items, level->n, &level->capacity, sizeof(*level->items));
    level->items[level->n++] = x;
    kll->n_items++;
    if (h >= kll->n_levels)
        kll->n_levels = h + 1;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void compact_level(struct ml_kll *kll, size_t h)
{
    struct ml_kll_level *level = &kll->levels[h];
    qsort(level->items, level->n, sizeof(*level->items), compare);
    size_t n = level->n;
    size_t odd = n % 2; /* the first number stays when there is no partner for the last */
    size_t offset = (size_t)(ml_rng_next(&kll->rng) >> 63);
    level->n = odd;
    kll->n_items -= n - odd;
    for (size_t i = odd; i < n; i += 2)
        put(kll, h + 1, level->items[i + offset]);
}

static void compact(struct ml_kll *kll)
{
    for (size_t h = 0; h < kll->n_levels && h + 1 < ML_KLL_LEVELS; h++) {
        if (kll->levels[h].n < level_size(kll, h))
            continue;
        compact_level(kll, h);
        return;
    }
}

void ml_kll_add(struct ml_kll *kll, double x, uint64_t rows)
{
    for (size_t h = 0; rows > 0 && h < ML_KLL_LEVELS; h++, rows >>= 1)
        if ((rows & 1) != 0)
            put(kll, h, x);
    while (kll->n_items > (size_t)3 * ML_KLL_K && kll->n_items > total_size(kll))
        compact(kll);
}

void ml_kll_runs(const struct ml_kll *kll, struct ml_runs *runs)
{
    for (size_t h = 0; h < kll->n_levels; h++)
        for (size_t i = 0; i < kll->levels[h].n; i++)
            ml_runs_add(runs, kll->levels[h].items[i], UINT64_C(1) << h);
    ml_runs_sort(runs);
}

#include "insight/gather.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "ml/describe.h"

void ml_gather_init(struct ml_gather *g, enum ml_type type, size_t limit)
{
    *g = (struct ml_gather){
        .type = type,
        .limit = limit,
        .is_exact = true,
        .min = INFINITY,
        .max = -INFINITY,
        .is_whole = true,
        .row_words = {SIZE_MAX, 0},
        .word_length = {SIZE_MAX, 0},
        .heavy.limit = limit,
    };
}

void ml_gather_release(struct ml_gather *g)
{
    ml_tally_release(&g->tally);
    ml_hll_release(&g->hll);
    ml_kll_release(&g->kll);
    ml_heavy_release(&g->heavy);
}

bool ml_key_number(const char *key, size_t n, double *x)
{
    if (n == ML_KEY_NUMBER_BYTES)
        memcpy(x, key, sizeof(*x));
    return n == ML_KEY_NUMBER_BYTES;
}

const char *ml_key_text(char *buf, const char *s, size_t *n)
{
    const size_t kept = ML_KEY_KEPT_BYTES;
    if (*n < ML_DESCRIBE_KEY_BYTES)
        return s;
    uint64_t hash[2] = {*n, 0};
    for (size_t i = kept; i < *n; i++) {
        hash[0] = ml_mix64(hash[0], (unsigned char)s[i]);
        hash[1] = ml_mix64(hash[1] + 1, (unsigned char)s[i]);
    }
    memcpy(buf, s, kept);
    memcpy(buf + kept, hash, sizeof(hash));
    *n = ML_DESCRIBE_KEY_BYTES;
    return buf;
}

static bool is_numeric(const struct ml_gather *g)
{
    return g->type == ML_NUMERIC || g->type == ML_BINARY;
}

/* One value more for the sketches. */
static void sketch(struct ml_gather *g, const char *key, size_t n, uint64_t rows)
{
    double x;
    if (!is_numeric(g)) {
        ml_hll_add(&g->hll, key, n);
        if (g->type == ML_CATEGORICAL)
            ml_heavy_add(&g->heavy, key, n, rows);
    } else if (ml_key_number(key, n, &x)) {
        ml_hll_add(&g->hll, key, n);
        ml_kll_add(&g->kll, x, rows);
        ml_moments_merge(&g->moments, &(struct ml_moments){.n = rows, .mean = x});
    }
}

static void give_up_exactness(struct ml_gather *g)
{
    g->is_exact = false;
    for (size_t i = 0; i < g->tally.values.count; i++) {
        size_t n;
        const char *key = ml_dict_get(&g->tally.values, (uint32_t)i, &n);
        sketch(g, key, n, ml_tally_total(&g->tally, i));
    }
    ml_tally_release(&g->tally);
}

static void count_kind(struct ml_gather *g, const char *key, size_t n, uint64_t rows)
{
    double x;
    if (g->type == ML_TEXT)
        return;
    if (n == 0)
        g->n_missing += rows;
    if (!is_numeric(g) || n == 0)
        return;
    if (!ml_key_number(key, n, &x)) {
        g->n_invalid += rows;
        return;
    }
    g->n_numbers += rows;
    g->n_zeros += x == 0.0 ? rows : 0;
    g->min = x < g->min ? x : g->min;
    g->max = x > g->max ? x : g->max;
    g->is_whole = g->is_whole && x == floor(x);
}

void ml_gather_add(struct ml_gather *g, const char *key, size_t n, const uint32_t *counts,
                   const uint32_t *map, size_t n_block_classes, size_t n_classes)
{
    uint64_t rows = 0;
    for (size_t k = 0; k < n_block_classes; k++)
        rows += counts[k];
    count_kind(g, key, n, rows);
    if (g->is_exact) {
        uint64_t *to = ml_tally_at(&g->tally, key, n, n_classes);
        for (size_t k = 0; k < n_block_classes; k++)
            to[map[k]] += counts[k];
        if (g->tally.values.count > g->limit)
            give_up_exactness(g);
    } else {
        sketch(g, key, n, rows);
    }
}

#include "recipe/cross.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"

enum { MAX_DENSE = 1 << 16 };

static size_t hash(uint64_t code, size_t n_slots)
{
    return (size_t)(ml_mix64(0, code) & (n_slots - 1));
}

/* Where the code is, or the free slot where it would be. */
static size_t probe(const struct ml_cross_tally *t, uint64_t code)
{
    size_t at = hash(code, t->n_slots);
    while (t->codes[at] != 0 && t->codes[at] != code + 1)
        at = (at + 1) & (t->n_slots - 1);
    return at;
}

static void grow(struct ml_cross_tally *t)
{
    struct ml_cross_tally old = *t;
    t->n_slots = old.n_slots > 0 ? old.n_slots * 2 : 64;
    t->codes = ml_xcalloc(t->n_slots, sizeof(*t->codes));
    t->counts = ml_xcalloc(t->n_slots, sizeof(*t->counts));
    for (size_t i = 0; i < old.n_slots; i++) {
        if (old.codes[i] == 0)
            continue;
        size_t at = probe(t, old.codes[i] - 1);
        t->codes[at] = old.codes[i];
        t->counts[at] = old.counts[i];
    }
    free(old.codes);
    free(old.counts);
}

bool ml_cross_count(struct ml_cross_tally *t, uint64_t code)
{
    if (t->n * 2 >= t->n_slots)
        grow(t);
    size_t at = probe(t, code);
    if (t->codes[at] == 0) {
        if (t->n == ML_MAX_COMBINATIONS)
            return false;
        t->codes[at] = code + 1;
        t->n++;
    }
    if (t->counts[at] < UINT32_MAX)
        t->counts[at]++;
    return true;
}

void ml_cross_tally_release(struct ml_cross_tally *t)
{
    free(t->codes);
    free(t->counts);
    *t = (struct ml_cross_tally){0};
}

static int compare_codes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void make_lookup(struct ml_cross *c)
{
    if (c->n_codes <= MAX_DENSE && c->n_codes <= 32 * c->n + 256) {
        c->dense = ml_xcalloc((size_t)c->n_codes, sizeof(*c->dense));
        for (size_t i = 0; i < c->n; i++)
            c->dense[c->codes[i]] = (uint32_t)i + 1;
        return;
    }
    c->n_slots = 16;
    while (c->n_slots < 2 * c->n)
        c->n_slots *= 2;
    c->slots = ml_xcalloc(c->n_slots, sizeof(*c->slots));
    for (size_t i = 0; i < c->n; i++) {
        size_t at = hash(c->codes[i], c->n_slots);
        while (c->slots[at] != 0)
            at = (at + 1) & (c->n_slots - 1);
        c->slots[at] = (uint32_t)i + 1;
    }
}

void ml_cross_fit(struct ml_cross *out, const struct ml_cross_tally *tally, uint64_t n_codes,
                  uint32_t min_count)
{
    struct ml_cross c = {.n_codes = n_codes};
    c.codes = ml_xcalloc(tally->n, sizeof(*c.codes));
    for (size_t i = 0; i < tally->n_slots; i++)
        if (tally->codes[i] != 0 && tally->counts[i] >= min_count)
            c.codes[c.n++] = tally->codes[i] - 1;
    qsort(c.codes, c.n, sizeof(*c.codes), compare_codes);
    make_lookup(&c);
    *out = c;
}

void ml_cross_release(struct ml_cross *c)
{
    free(c->codes);
    free(c->dense);
    free(c->slots);
    *c = (struct ml_cross){0};
}

uint32_t ml_cross_find(const struct ml_cross *c, uint64_t code)
{
    if (c->dense != NULL)
        return code < c->n_codes ? c->dense[code] - 1 : ML_CROSS_NONE; /* 0 - 1 is none */
    for (size_t at = hash(code, c->n_slots); c->slots[at] != 0; at = (at + 1) & (c->n_slots - 1))
        if (c->codes[c->slots[at] - 1] == code)
            return c->slots[at] - 1;
    return ML_CROSS_NONE;
}

void ml_cross_save(const struct ml_cross *c, struct ml_strbuf *buf)
{
    ml_json_add_key(buf, "codes");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < c->n; i++) {
        if (i > 0)
            ml_strbuf_addc(buf, ',');
        ml_strbuf_addf(buf, "%llu", (unsigned long long)c->codes[i]);
    }
    ml_strbuf_addc(buf, ']');
}

bool ml_cross_load(struct ml_cross *out, const struct ml_json *object, uint64_t n_codes)
{
    struct ml_cross c = {.n_codes = n_codes};
    double *codes = ml_json_numbers(ml_json_get(object, "codes"), &c.n);
    if (codes == NULL)
        return false;
    c.codes = ml_xcalloc(c.n, sizeof(*c.codes));
    bool ok = true;
    for (size_t i = 0; ok && i < c.n; i++) {
        ok = codes[i] >= 0.0 && codes[i] < (double)n_codes && codes[i] == floor(codes[i]) &&
             (i == 0 || codes[i] > codes[i - 1]);
        c.codes[i] = ok ? (uint64_t)codes[i] : 0;
    }
    free(codes);
    if (!ok) {
        free(c.codes);
        return false;
    }
    make_lookup(&c);
    *out = c;
    return true;
}

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "insight/insight.h"

/* A value and what orders it. */
struct ranked {
    const char *key;
    size_t n;
    uint32_t number;
    uint64_t rows;
    double prominence; /* goes before rows */
};

static int compare(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->prominence != y->prominence)
        return x->prominence < y->prominence ? 1 : -1;
    if (x->rows != y->rows)
        return x->rows < y->rows ? 1 : -1;
    size_t shared = x->n < y->n ? x->n : y->n;
    int order = shared > 0 ? memcmp(x->key, y->key, shared) : 0;
    return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

char *ml_item_label(const char *key, size_t n)
{
    if (n < ML_DESCRIBE_KEY_BYTES)
        return ml_xmemdup0(key, n);
    struct ml_strbuf label = {0};
    size_t kept = 0;
    for (size_t step = 1; step > 0 && kept + 4 <= ML_KEY_KEPT_BYTES; kept += step)
        step = ml_utf8_length(key + kept, ML_KEY_KEPT_BYTES - kept);
    ml_strbuf_add(&label, key, kept);
    ml_strbuf_adds(&label, "\xe2\x80\xa6");
    return ml_strbuf_take(&label);
}

double ml_insight_estimate(const struct ml_gather *g, uint64_t most)
{
    return fmin(round(ml_hll_estimate(&g->hll)), (double)most);
}

void ml_items_release(struct ml_items *items)
{
    for (size_t i = 0; i < items->n; i++)
        free(items->list[i].label);
    free(items->list);
    *items = (struct ml_items){0};
}

void ml_insight_release(struct ml_insight *insight)
{
    free(insight->name);
    ml_items_release(&insight->items);
    free(insight->least.label);
    free(insight->bars);
    *insight = (struct ml_insight){0};
}

static struct ranked *rank(const struct ml_dict *values, const uint64_t *rows)
{
    struct ranked *list = ml_xcalloc(values->count + 1, sizeof(*list));
    for (uint32_t i = 0; i < values->count; i++) {
        list[i].key = ml_dict_get(values, i, &list[i].n);
        list[i].number = i;
        list[i].rows = rows[i];
    }
    qsort(list, values->count, sizeof(*list), compare);
    return list;
}

/* The value's share of positives, from wherever its rows were counted by class. */
static double positive_of(const struct ml_views *v, size_t column, const char *key, size_t n)
{
    const struct ml_tally *t = &ml_view(v, column)->columns[column].tally;
    uint32_t i = ml_dict_find(&t->values, key, n);
    return i == ML_DICT_NONE ? NAN : ml_relate_positive(v, t->counts + i * t->stride, t->stride);
}

/* Lists the first `top` values. */
static void list_values(struct ml_items *items, const struct ml_views *v, size_t column,
                        const struct ranked *list, size_t n, size_t top, uint64_t n_rows)
{
    items->n = n < top ? n : top;
    items->list = ml_xcalloc(items->n + 1, sizeof(*items->list));
    items->other = n_rows;
    for (size_t i = 0; i < items->n; i++) {
        items->list[i] = (struct ml_item){
            .label = ml_item_label(list[i].key, list[i].n),
            .rows = list[i].rows,
            .positive = positive_of(v, column, list[i].key, list[i].n),
        };
        items->other -= list[i].rows;
    }
}

static uint64_t *count_rows(const struct ml_tally *t)
{
    uint64_t *rows = ml_xcalloc(t->values.count + 1, sizeof(*rows));
    for (size_t i = 0; i < t->values.count; i++)
        rows[i] = ml_tally_total(t, i);
    return rows;
}

static void list_binary(struct ml_insight *insight, const struct ml_views *v, size_t column)
{
    const struct ml_tally *t = &v->all->columns[column].tally;
    insight->items.list = ml_xcalloc(2, sizeof(*insight->items.list));
    insight->items.n = 2;
    for (size_t k = 0; k < 2; k++) {
        double x = (double)k;
        uint32_t i = ml_dict_find(&t->values, (const char *)&x, sizeof(x));
        insight->items.list[k] = (struct ml_item){
            .label = ml_xstrdup(k == 0 ? "0" : "1"),
            .rows = i == ML_DICT_NONE ? 0 : ml_tally_total(t, i),
            .positive = positive_of(v, column, (const char *)&x, sizeof(x)),
        };
        insight->n_unique += i != ML_DICT_NONE;
    }
}

static void list_categories(struct ml_insight *insight, const struct ml_views *v, size_t column)
{
    const struct ml_gather *g = &v->all->columns[column];
    const struct ml_dict *values = g->is_exact ? &g->tally.values : &g->heavy.values;
    uint64_t *rows = g->is_exact ? count_rows(&g->tally) : NULL;
    struct ranked *list = rank(values, g->is_exact ? rows : g->heavy.counts);
    size_t n = values->count;
    size_t sure = n;
    /* A value that is not kept may have as many rows as were removed. */
    while (!g->is_exact && sure > 0 && list[sure - 1].rows <= g->heavy.removed)
        sure--;
    list_values(&insight->items, v, column, list, sure, ML_DESCRIBE_TOP, v->all->n_rows);
    insight->n_unique = g->is_exact ? (double)n : ml_insight_estimate(g, v->all->n_rows);
    insight->count_error = g->is_exact ? 0 : g->heavy.removed;
    if (g->is_exact && n > 0)
        insight->least = (struct ml_item){
            .label = ml_item_label(list[n - 1].key, list[n - 1].n),
            .rows = list[n - 1].rows,
        };
    free(list);
    free(rows);
}

void ml_insight_values(struct ml_insight *insight, const struct ml_views *v, size_t column)
{
    if (insight->type == ML_BINARY)
        list_binary(insight, v, column);
    else
        list_categories(insight, v, column);
}

void ml_insight_classes(struct ml_items *out, const struct ml_views *v)
{
    size_t column = (size_t)v->target;
    const struct ml_gather *g = &v->all->columns[column];
    uint64_t *rows = count_rows(&g->tally);
    struct ranked *list = rank(&g->tally.values, rows);
    size_t n = 0;
    for (size_t i = 0; i < g->tally.values.count; i++) {
        double x;
        bool is_class =
            g->type == ML_CATEGORICAL ? list[i].n > 0 : ml_key_number(list[i].key, list[i].n, &x);
        if (!is_class)
            continue;
        list[n] = list[i];
        if (g->type == ML_BINARY) {
            list[n].key = x > 0.5 ? "1" : "0";
            list[n].n = 1;
        }
        n++;
    }
    out->list = ml_xcalloc(n + 1, sizeof(*out->list));
    out->n = n;
    for (size_t i = 0; i < n; i++)
        out->list[i] = (struct ml_item){
            .label = ml_item_label(list[i].key, list[i].n),
            .rows = list[i].rows,
            .positive = NAN,
        };
    free(list);
    free(rows);
}

/* How much a word's presence says: about the target, or (without one) at all. */
static double prominence(const struct ml_views *v, const struct ml_scan *scan, size_t column,
                         struct ranked *word, const uint64_t *totals, struct ml_mutual *best)
{
    if (!v->has_classes) {
        uint64_t with[2] = {word->rows, scan->n_rows - word->rows};
        return ml_entropy(with, 2);
    }
    struct ml_mutual m = ml_relate_word(scan, column, word->number, totals);
    if (isnan(best->nats) || m.nats > best->nats)
        *best = m;
    return isnan(m.nats) ? 0.0 : m.nats;
}

/* Rows of the file, from rows of the sample. */
static uint64_t scale(uint64_t rows, const struct ml_scan *scan, const struct ml_scan *all)
{
    if (scan->n_rows == 0 || scan->n_rows == all->n_rows)
        return rows;
    return (uint64_t)llround((double)rows * (double)all->n_rows / (double)scan->n_rows);
}

void ml_insight_words(struct ml_insight *insight, const struct ml_views *v, size_t column)
{
    const struct ml_gather *g = &v->all->columns[column];
    const struct ml_scan *scan = ml_view(v, column);
    const struct ml_tally *t = &scan->columns[column].tally;
    size_t n = t->values.count;
    uint64_t *rows = count_rows(t);
    uint64_t *totals = v->has_classes ? ml_relate_totals(v, scan) : NULL;
    struct ranked *list = rank(&t->values, rows);
    struct ml_mutual best = {.nats = NAN};
    for (size_t i = 0; i < n; i++)
        list[i].prominence = prominence(v, scan, column, &list[i], totals, &best);
    qsort(list, n, sizeof(*list), compare);
    list_values(&insight->items, v, column, list, n, ML_DESCRIBE_TOP, UINT64_MAX);
    for (size_t i = 0; i < insight->items.n; i++) {
        insight->items.list[i].prominence = list[i].prominence;
        insight->items.list[i].rows = scale(list[i].rows, scan, v->all);
    }
    insight->items.other = 0;
    insight->n_unique =
        g->is_exact ? (double)g->tally.values.count : ml_insight_estimate(g, g->n_words);
    insight->n_words = g->n_words;
    for (size_t k = 0; k < 2; k++) {
        insight->row_words[k] = v->all->n_rows > 0 ? g->row_words[k] : 0;
        insight->word_length[k] = g->n_words > 0 ? g->word_length[k] : 0;
    }
    if (v->has_classes && n > 0) {
        /* By chance, the largest of n chi-squared is about 2 ln n, which is ln n / rows nats. */
        best.chance += log((double)n) / (double)best.rows;
        ml_relate_set(insight, v, column, &best);
    }
    free(list);
    free(totals);
    free(rows);
}

void ml_insight_make(struct ml_insight *insight, const struct ml_views *v, size_t column)
{
    const struct ml_gather *g = &v->all->columns[column];
    insight->type = g->type;
    insight->is_exact = g->is_exact;
    insight->n_missing = g->n_missing;
    insight->n_invalid = g->n_invalid;
    insight->n_numbers = g->n_numbers;
    insight->min = insight->max = insight->mean = insight->sd = NAN;
    for (size_t i = 0; i < ML_N_QUANTILES; i++)
        insight->quantiles[i] = NAN;
    if (g->type == ML_TEXT)
        ml_insight_words(insight, v, column);
    else if (g->type == ML_NUMERIC)
        ml_insight_numeric(insight, v, column);
    else
        ml_insight_values(insight, v, column);
    if (v->has_classes && g->type != ML_TEXT && (long)column != v->target)
        ml_relate_column(insight, v, column);
}

#include "recipe/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void collect_numbers(struct ml_summary *s, const struct ml_column *column,
                            const size_t *rows, size_t n)
{
    s->sorted = ml_xcalloc(n, sizeof(*s->sorted));
    for (size_t i = 0; i < n; i++) {
        double x = column->numbers[rows[i]];
        if (!isnan(x))
            s->sorted[s->n_sorted++] = x;
    }
    s->n_missing = n - s->n_sorted;
    qsort(s->sorted, s->n_sorted, sizeof(*s->sorted), compare_doubles);
}

/* Strings and how many rows hold each, in the order they were met. */
struct tally {
    struct ml_dict dict;
    size_t *counts;
    size_t *last_row; /* 1 + the last row that was counted: a token counts once a row */
    size_t capacity;
};

static void count(struct tally *t, const char *s, size_t n, size_t row)
{
    size_t before = t->dict.count;
    uint32_t i = ml_dict_add(&t->dict, s, n);
    if (t->dict.count > before) {
        size_t capacity = t->capacity;
        t->counts = ml_grow(t->counts, before, &capacity, sizeof(*t->counts));
        t->last_row = ml_grow(t->last_row, before, &t->capacity, sizeof(*t->last_row));
        t->counts[i] = 0;
        t->last_row[i] = 0;
    }
    t->counts[i] += t->last_row[i] != row + 1;
    t->last_row[i] = row + 1;
}

static void sort_tally(struct ml_summary *s, struct tally *t)
{
    uint32_t *order = ml_dict_sorted(&t->dict);
    s->counts = ml_xcalloc(t->dict.count, sizeof(*s->counts));
    for (size_t i = 0; i < t->dict.count; i++) {
        size_t n;
        const char *level = ml_dict_get(&t->dict, order[i], &n);
        ml_dict_add(&s->levels, level, n);
        s->counts[i] = t->counts[order[i]];
    }
    free(order);
    free(t->counts);
    free(t->last_row);
    ml_dict_release(&t->dict);
}

static void collect_levels(struct ml_summary *s, const struct ml_column *column, const size_t *rows,
                           size_t n)
{
    size_t *by_code = ml_xcalloc(column->dict.count, sizeof(*by_code));
    for (size_t i = 0; i < n; i++)
        by_code[column->levels[rows[i]]]++;
    struct tally t = {0};
    for (uint32_t code = 0; code < column->dict.count; code++) {
        size_t bytes;
        const char *level = ml_dict_get(&column->dict, code, &bytes);
        if (by_code[code] == 0)
            continue;
        count(&t, level, bytes, code);
        t.counts[t.dict.count - 1] = by_code[code];
    }
    free(by_code);
    sort_tally(s, &t);
}

static void collect_tokens(struct ml_summary *s, const struct ml_column *column,
                           const struct ml_token_plan *plan, const size_t *rows, size_t n)
{
    struct tally t = {0};
    struct ml_tokens tokens = {0};
    for (size_t i = 0; i < n; i++) {
        size_t bytes;
        const char *text = ml_column_text(column, rows[i], &bytes);
        ml_tokens_make(&tokens, plan, text, bytes);
        for (size_t k = 0; k < tokens.n; k++)
            count(&t, tokens.bytes.bytes + tokens.token[k].start, tokens.token[k].length, i);
    }
    ml_tokens_release(&tokens);
    sort_tally(s, &t);
}

void ml_summary_make(struct ml_summary *out, const struct ml_dataset *data, size_t column,
                     const struct ml_token_plan *tokens, const size_t *rows, size_t n)
{
    *out = (struct ml_summary){.n_rows = n};
    const struct ml_column *c = &data->columns[column];
    switch (data->schema->columns[column].type) {
    case ML_NUMERIC:
    case ML_BINARY:
        collect_numbers(out, c, rows, n);
        break;
    case ML_CATEGORICAL:
        collect_levels(out, c, rows, n);
        break;
    case ML_TEXT:
        collect_tokens(out, c, tokens, rows, n);
        break;
    }
}

void ml_summary_release(struct ml_summary *s)
{
    free(s->sorted);
    free(s->counts);
    ml_dict_release(&s->levels);
    *s = (struct ml_summary){0};
}

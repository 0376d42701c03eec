#include <stdlib.h>

#include "base/alloc.h"
#include "recipe/step.h"

/* A word of a single training row cannot generalise; one of all rows says nothing. */
enum { MIN_ROWS = 2 };

/* One feature a word, 1 when the text holds it however often; unknown words are passed over. */
struct words {
    struct ml_dict dict; /* in the order of the words' bytes */
};

static void *fit(const struct ml_summary *s, const struct ml_step_options *options,
                 uint32_t *n_features)
{
    (void)options;
    struct words *w = ml_xcalloc(1, sizeof(*w));
    for (uint32_t i = 0; i < s->levels.count; i++) {
        size_t n;
        const char *word = ml_dict_get(&s->levels, i, &n);
        if (s->counts[i] >= MIN_ROWS && s->counts[i] < s->n_rows)
            ml_dict_add(&w->dict, word, n);
    }
    *n_features = (uint32_t)w->dict.count;
    return w;
}

static int compare_indices(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void apply(const void *fitted, const struct ml_value *v, uint32_t first,
                  struct ml_sparse *row)
{
    const struct words *w = fitted;
    size_t start = row->n;
    const char *word;
    size_t n;
    for (size_t at = 0; ml_next_word(v->text, v->text_bytes, &at, &word, &n);) {
        uint32_t i = ml_dict_find(&w->dict, word, n);
        if (i != ML_DICT_NONE)
            ml_sparse_add(row, first + i, 1.0);
    }
    if (row->n == start)
        return;
    qsort(row->index + start, row->n - start, sizeof(*row->index), compare_indices);
    size_t kept = start + 1;
    for (size_t i = start + 1; i < row->n; i++)
        if (row->index[i] != row->index[kept - 1])
            row->index[kept++] = row->index[i];
    row->n = kept;
}

static void save(const void *fitted, struct ml_strbuf *buf)
{
    const struct words *w = fitted;
    ml_json_add_key(buf, "words");
    ml_strbuf_addc(buf, '[');
    for (uint32_t i = 0; i < w->dict.count; i++) {
        size_t n;
        const char *word = ml_dict_get(&w->dict, i, &n);
        ml_json_add_comma(buf);
        ml_json_add_bytes(buf, word, n);
    }
    ml_strbuf_addc(buf, ']');
}

static void release(void *fitted)
{
    ml_dict_release(&((struct words *)fitted)->dict);
    free(fitted);
}

static void *load(const struct ml_json *object, uint32_t *n_features)
{
    const struct ml_json *list = ml_json_get(object, "words");
    if (list == NULL || ml_json_type(list) != ML_JSON_ARRAY)
        return NULL;
    struct words *w = ml_xcalloc(1, sizeof(*w));
    struct ml_strbuf word = {0};
    bool ok = true;
    size_t n = 0;
    for (const struct ml_json *v = ml_json_first(list); v != NULL && ok; v = ml_json_next(v)) {
        ml_strbuf_clear(&word);
        ok = ml_json_bytes(v, &word) && ml_dict_add(&w->dict, word.bytes, word.length) == n++;
    }
    ml_strbuf_release(&word);
    if (!ok) {
        release(w);
        return NULL;
    }
    *n_features = (uint32_t)w->dict.count;
    return w;
}

static void describe(const void *fitted, uint32_t i, struct ml_strbuf *buf)
{
    size_t n;
    const char *word = ml_dict_get(&((const struct words *)fitted)->dict, i, &n);
    ml_strbuf_adds(buf, "has ");
    ml_strbuf_add(buf, word, n);
}

const struct ml_step_ops ml_step_words = {
    .name = "words",
    .fit = fit,
    .apply = apply,
    .save = save,
    .load = load,
    .describe = describe,
    .release = release,
};

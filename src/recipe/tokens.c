#include "recipe/tokens.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/words.h"

/* Cleaned words into out->bytes; their number. */
static size_t collect_words(struct ml_tokens *out, const struct ml_token_plan *plan,
                            const char *text, size_t text_bytes)
{
    size_t n_words = 0;
    const char *word;
    size_t n;
    for (size_t at = 0; ml_word_next(text, text_bytes, &at, &word, &n);) {
        if (plan->no_punct)
            ml_word_strip(&word, &n);
        if (n == 0)
            continue;
        size_t start = out->bytes.length;
        if (plan->lowercase)
            ml_word_add_lower(&out->bytes, word, n);
        else
            ml_strbuf_add(&out->bytes, word, n);
        out->words = ml_grow(out->words, n_words, &out->words_capacity, sizeof(*out->words));
        out->words[n_words++] = (struct ml_token){start, out->bytes.length - start};
    }
    return n_words;
}

static void add_token(struct ml_tokens *out, size_t start)
{
    out->token = ml_grow(out->token, out->n, &out->capacity, sizeof(*out->token));
    out->token[out->n++] = (struct ml_token){start, out->bytes.length - start};
}

static void add_word(struct ml_tokens *out, size_t i)
{
    /* Room first: the word is in the same buffer, which growing moves. */
    ml_strbuf_reserve(&out->bytes, out->words[i].length);
    ml_strbuf_add(&out->bytes, out->bytes.bytes + out->words[i].start, out->words[i].length);
}

static void add_ngrams(struct ml_tokens *out, size_t n_words, size_t n)
{
    for (size_t first = 0; first < n_words; first++)
        for (size_t last = first + 1; last < n_words && last < first + n; last++) {
            size_t start = out->bytes.length;
            for (size_t i = first; i <= last; i++) {
                if (i > first)
                    ml_strbuf_addc(&out->bytes, ' ');
                add_word(out, i);
            }
            add_token(out, start);
        }
}

static void add_sparse_bigrams(struct ml_tokens *out, size_t n_words, size_t window)
{
    for (size_t first = 0; first < n_words; first++)
        for (size_t other = first + 1; other < n_words && other < first + window; other++) {
            size_t start = out->bytes.length;
            add_word(out, first);
            for (size_t i = first; i < other; i++)
                ml_strbuf_addc(&out->bytes, '_');
            add_word(out, other);
            add_token(out, start);
        }
}

void ml_tokens_make(struct ml_tokens *out, const struct ml_token_plan *plan, const char *text,
                    size_t text_bytes)
{
    ml_strbuf_clear(&out->bytes);
    out->n = 0;
    size_t n_words = collect_words(out, plan, text, text_bytes);
    for (size_t i = 0; plan->join != ML_JOIN_OSB && i < n_words; i++) {
        out->token = ml_grow(out->token, out->n, &out->capacity, sizeof(*out->token));
        out->token[out->n++] = out->words[i];
    }
    if (plan->join == ML_JOIN_NGRAM)
        add_ngrams(out, n_words, plan->n);
    if (plan->join == ML_JOIN_OSB)
        add_sparse_bigrams(out, n_words, plan->n);
}

void ml_tokens_release(struct ml_tokens *t)
{
    ml_strbuf_release(&t->bytes);
    free(t->token);
    free(t->words);
    *t = (struct ml_tokens){0};
}

#include "recipe/tokens.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "recipe/letters.h"

bool ml_next_word(const char *text, size_t n, size_t *at, const char **word, size_t *word_bytes)
{
    static const char space[] = " \t\r\n\v\f";
    while (*at < n && memchr(space, text[*at], 6) != NULL)
        ++*at;
    if (*at == n)
        return false;
    size_t start = *at;
    while (*at < n && memchr(space, text[*at], 6) == NULL)
        ++*at;
    *word = text + start;
    *word_bytes = *at - start;
    return true;
}

/* The character at s and its length; a byte that begins none is taken as it is. */
static size_t read_character(const char *s, size_t n, uint32_t *c)
{
    size_t length = ml_utf8_length(s, n);
    *c = length > 0 ? ml_utf8_decode(s, length) : 0;
    return length > 0 ? length : 1;
}

/* The word without punctuation at its ends: *word and *n shrink, to nothing perhaps. */
static void strip(const char **word, size_t *n)
{
    size_t start = 0;
    size_t end = 0; /* behind the last character that stays */
    for (size_t at = 0; at < *n;) {
        uint32_t c;
        size_t length = read_character(*word + at, *n - at, &c);
        bool stays = !ml_letter_is_punctuation(c);
        if (stays && end == 0)
            start = at;
        at += length;
        if (stays)
            end = at;
    }
    *word += start;
    *n = end > start ? end - start : 0;
}

static void add_lowercase(struct ml_strbuf *out, const char *word, size_t n)
{
    for (size_t at = 0; at < n;) {
        uint32_t c;
        size_t length = read_character(word + at, n - at, &c);
        uint32_t lower = ml_letter_lower(c);
        char bytes[4];
        if (lower == c)
            ml_strbuf_add(out, word + at, length);
        else
            ml_strbuf_add(out, bytes, ml_utf8_encode(bytes, lower));
        at += length;
    }
}

/* Cleaned words into out->bytes; their number. */
static size_t collect_words(struct ml_tokens *out, const struct ml_token_plan *plan,
                            const char *text, size_t text_bytes)
{
    size_t n_words = 0;
    const char *word;
    size_t n;
    for (size_t at = 0; ml_next_word(text, text_bytes, &at, &word, &n);) {
        if (plan->no_punct)
            strip(&word, &n);
        if (n == 0)
            continue;
        size_t start = out->bytes.length;
        if (plan->lowercase)
            add_lowercase(&out->bytes, word, n);
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

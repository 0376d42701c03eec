/*
 * Text to tokens: white space separates words; words may be lower-cased, stripped of punctuation at
 * their ends, and joined (base/words.h).
 *
 *     words  "red wine pairs"  red, wine, pairs
 *     ngram  2                 the words, and "red wine", "wine pairs"
 *     osb    3                 red_wine, red__pairs, wine_pairs: each pair of words within a window
 *                              of 3, joined by one underscore a step from the first to the second
 *
 * A word that is all punctuation disappears, and its neighbours become adjacent.
 */
#ifndef ML_RECIPE_TOKENS_H
#define ML_RECIPE_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum ml_join {
    ML_JOIN_NONE,
    ML_JOIN_NGRAM, /* 1..n words in a row, joined by a space */
    ML_JOIN_OSB,   /* orthogonal sparse bigrams */
};

struct ml_token_plan {
    bool lowercase;
    bool no_punct;
    enum ml_join join;
    size_t n; /* words in a window; of no meaning for ML_JOIN_NONE */
};

struct ml_token {
    size_t start; /* into bytes */
    size_t length;
};

/* Memory of one caller, reused from text to text. Zero-initialised is ready. */
struct ml_tokens {
    struct ml_strbuf bytes;
    struct ml_token *token; /* owned; in the order of the text, repeated ones repeated */
    size_t n;
    size_t capacity;
    struct ml_token *words; /* owned; before joining */
    size_t words_capacity;
};

void ml_tokens_make(struct ml_tokens *out, const struct ml_token_plan *plan, const char *text,
                    size_t text_bytes);
void ml_tokens_release(struct ml_tokens *tokens);

#endif

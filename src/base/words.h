/*
 * The words of a text: what white space separates. They may be lower-cased and stripped of the
 * punctuation at their ends: "The end." has "the" and "end"; "it's" and "e-mail" stay whole.
 *
 * Bytes that are not UTF-8 are letters without case, each a character.
 */
#ifndef ML_BASE_WORDS_H
#define ML_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/* The next word of text at *at, which moves behind it; false at the end. */
bool ml_word_next(const char *text, size_t n, size_t *at, const char **word, size_t *word_bytes);

/* Takes punctuation off both ends: *word and *n shrink, to nothing perhaps. */
void ml_word_strip(const char **word, size_t *n);

/* Appends the word in lower case; its characters. */
size_t ml_word_add_lower(struct ml_strbuf *out, const char *word, size_t n);

#endif

/*
 * The words of a text as statistics count them: separated by white space, punctuation at their
 * edges stripped, in lower case. "The end." has "the" and "end"; "it's" and "e-mail" stay whole;
 * what is all punctuation is no word. (The features of a model are made of the words as they are.)
 *
 * Lower case is that of ASCII, Latin-1, Greek and Cyrillic letters; edge punctuation that of ASCII,
 * of Latin-1 and U+2010..U+205E.
 */
#ifndef ML_INSIGHT_WORDS_H
#define ML_INSIGHT_WORDS_H

#include <stdbool.h>

#include "base/strbuf.h"

/*
 * Puts the next word of text[*at...] into `word` (cleared first), its characters into *length, and
 * moves *at behind it. False at the end.
 */
bool ml_words_next(const char *text, size_t n, size_t *at, struct ml_strbuf *word, size_t *length);

#endif

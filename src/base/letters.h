/*
 * Lower case and punctuation of Unicode characters, the same on every machine: no locale is asked.
 *
 * Cased scripts covered: Latin, Greek, Cyrillic, Armenian, full-width Latin, each by the simple
 * one-to-one mapping of the Unicode Character Database. Other characters have no case here.
 */
#ifndef ML_BASE_LETTERS_H
#define ML_BASE_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

uint32_t ml_letter_lower(uint32_t c);

/* ASCII's 32 signs; general, CJK and full-width punctuation; the marks of Latin-1. */
bool ml_letter_is_punctuation(uint32_t c);

#endif

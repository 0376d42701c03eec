/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef ML_BASE_UTF8_H
#define ML_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes (1..4) of the well-formed character at s, or 0 when there is none in the n bytes. */
size_t ml_utf8_length(const char *s, size_t n);

/* Whether all n bytes are well-formed. O(n). */
bool ml_utf8_is_valid(const char *s, size_t n);

#endif

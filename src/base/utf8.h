/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef ML_BASE_UTF8_H
#define ML_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes (1..4) of the well-formed character at s, or 0 when there is none in the n bytes. */
size_t ml_utf8_length(const char *s, size_t n);

/* The character in the 1..4 bytes that ml_utf8_length has counted. */
uint32_t ml_utf8_decode(const char *s, size_t length);
/* Writes a character up to U+10FFFF to out[4]; the bytes written. */
size_t ml_utf8_encode(char out[4], uint32_t c);

/* Whether all n bytes are well-formed. O(n). */
bool ml_utf8_is_valid(const char *s, size_t n);
/* The characters of a well-formed string. O(n). */
size_t ml_utf8_count(const char *s);

#endif

/* Percent-encoding (RFC 3986, 2.1). */
#ifndef ML_BASE_PERCENT_H
#define ML_BASE_PERCENT_H

#include <stddef.h>

#include "base/strbuf.h"

int ml_hex_digit(char c); /* 0 to 15; -1: none */

/*
 * Decodes a form's name or value of n bytes into `to` (n + 1 bytes) and returns the length: '+' is
 * a blank; a malformed escape and "%00" stay as they are.
 */
size_t ml_percent_decode_form(char *to, const char *s, size_t n);

/* Appends s; all but letters, digits, "-._~" and what is in `also` becomes %XX, in capitals. */
void ml_percent_encode(struct ml_strbuf *to, const char *s, size_t n, const char *also);

#endif

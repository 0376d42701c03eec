/* What stands at the start of a CSV file: a mark, the first line's end, the header. */
#ifndef ML_DATA_START_H
#define ML_DATA_START_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"

/* The UTF-8 byte-order mark's length at the start of n bytes; 0 or 3. */
size_t ml_start_mark(const char *bytes, size_t n);

/*
 * '\r' when the first line ends in a lone carriage return, since such a file uses those throughout;
 * else '\n'. '\0' while the first line's end is not among the n bytes, of which no more than
 * max_bytes are waited for. at_end: nothing follows them.
 */
char ml_start_terminator(const char *bytes, size_t n, char delimiter, size_t max_bytes,
                         bool at_end);

/*
 * Whether a file's header names the same columns in the same order as the files before it.
 * ML_EINPUT
 * "<name>:1: …" if not.
 */
bool ml_start_same_header(const struct ml_strbuf *before, const char *header, size_t n,
                          char delimiter, const char *name, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

/* The strict look at JSON text: instead of cJSON's lenient one in requests, before it elsewhere. */
#ifndef ML_BASE_JSON_SCAN_H
#define ML_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json_build.h"

/*
 * Whether n bytes are exactly one RFC 8259 value in valid UTF-8, at most ML_JSON_MAX_DEPTH deep,
 * with every number a finite double and no NUL in any string. Messages carry name, line and column.
 * builder: makes the tree on the way; NULL: nothing is allocated. O(n).
 */
bool ml_json_scan(const char *text, size_t n, const char *name, struct ml_json_builder *builder,
                  struct ml_error *err) __attribute__((warn_unused_result));

#endif

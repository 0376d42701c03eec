/* The strict look at JSON text that comes before cJSON's lenient one. */
#ifndef ML_BASE_JSON_SCAN_H
#define ML_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * Whether n bytes are exactly one RFC 8259 value in valid UTF-8, at most ML_JSON_MAX_DEPTH deep,
 * with every number a finite double and no NUL in any string. Messages carry name, line and column.
 * O(n), no allocation.
 */
bool ml_json_scan(const char *text, size_t n, const char *name, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

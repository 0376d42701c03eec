/*
 * Memory whose exhaustion the program cannot sensibly survive.
 *
 * These never return NULL: on exhaustion the out-of-memory handler runs (it removes temporary
 * files, says so on stderr and ends the process with status 1). Sizes that come from input are
 * checked against a named limit before they get here.
 */
#ifndef ML_BASE_ALLOC_H
#define ML_BASE_ALLOC_H

#include <stddef.h>

void *ml_xmalloc(size_t bytes);
void *ml_xcalloc(size_t count, size_t bytes); /* zeroed; count x bytes is checked for overflow */
void *ml_xrealloc(void *old, size_t count, size_t bytes);
char *ml_xstrdup(const char *s);
char *ml_xmemdup0(const void *s, size_t bytes); /* bytes copied and a NUL after them */

/*
 * Room for one more element in a growing array: doubles *capacity (elements of `bytes` each) when
 * count has reached it, and returns the array, moved or not.
 */
void *ml_grow(void *array, size_t count, size_t *capacity, size_t bytes);

#endif

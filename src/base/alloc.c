#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tempfile.h"

/* Async-signal-safe on purpose: nothing here may allocate. */
static void out_of_memory(void)
{
    static const char text[] = "out of memory\n";
    ml_tempfile_remove_all();
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(1);
    _exit(1);
}

void *ml_xmalloc(size_t bytes)
{
    void *p = malloc(bytes > 0 ? bytes : 1);
    if (p == NULL)
        out_of_memory();
    return p;
}

void *ml_xcalloc(size_t count, size_t bytes)
{
    void *p = calloc(count > 0 ? count : 1, bytes > 0 ? bytes : 1);
    if (p == NULL)
        out_of_memory();
    return p;
}

void *ml_xrealloc(void *old, size_t count, size_t bytes)
{
    if (bytes > 0 && count > SIZE_MAX / bytes)
        out_of_memory();
    size_t total = count * bytes;
    void *p = realloc(old, total > 0 ? total : 1);
    if (p == NULL)
        out_of_memory();
    return p;
}

char *ml_xstrdup(const char *s)
{
    return ml_xmemdup0(s, strlen(s));
}

char *ml_xmemdup0(const void *s, size_t bytes)
{
    char *p = ml_xmalloc(bytes + 1);
    if (bytes > 0)
        memcpy(p, s, bytes);
    p[bytes] = '\0';
    return p;
}

void *ml_grow(void *array, size_t count, size_t *capacity, size_t bytes)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity > 0 ? *capacity * 2 : 16;
    return ml_xrealloc(array, *capacity, bytes);
}

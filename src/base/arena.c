#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { ALIGN = 16, FIRST_BYTES = 16 * 1024, MAX_STEP_BYTES = 1024 * 1024 };

/* The bytes it hands out stand behind it. */
struct ml_arena_block {
    struct ml_arena_block *next;
    size_t bytes;
};

static char *start_of(struct ml_arena_block *block)
{
    return (char *)(void *)block + (sizeof(*block) + ALIGN - 1) / ALIGN * ALIGN;
}

static void add_block(struct ml_arena *a, size_t needed)
{
    size_t bytes = a->next_bytes > 0 ? a->next_bytes : FIRST_BYTES;
    if (bytes < needed)
        bytes = needed;
    a->next_bytes = bytes < MAX_STEP_BYTES ? bytes * 2 : MAX_STEP_BYTES;
    struct ml_arena_block *block = ml_xmalloc(sizeof(*block) + ALIGN + bytes);
    block->next = a->first;
    block->bytes = bytes;
    a->first = block;
    a->at = start_of(block);
    a->end = a->at + bytes;
}

void *ml_arena_alloc(struct ml_arena *a, size_t bytes)
{
    size_t rounded = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (rounded < bytes)
        abort(); /* a size near SIZE_MAX: never from input, which is bounded before */
    if ((size_t)(a->end - a->at) < rounded || a->at == NULL)
        add_block(a, rounded);
    void *piece = a->at;
    a->at += rounded;
    return piece;
}

void *ml_arena_calloc(struct ml_arena *a, size_t n, size_t bytes)
{
    if (bytes > 0 && n > SIZE_MAX / bytes)
        abort();
    void *piece = ml_arena_alloc(a, n * bytes);
    memset(piece, 0, n * bytes);
    return piece;
}

char *ml_arena_strndup(struct ml_arena *a, const char *s, size_t n)
{
    char *copy = ml_arena_alloc(a, n + 1);
    if (n > 0)
        memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

static void free_blocks(struct ml_arena_block *block)
{
    while (block != NULL) {
        struct ml_arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void ml_arena_reset(struct ml_arena *a)
{
    if (a->first == NULL)
        return;
    /* The last of the list is the first that was made, and the smallest. */
    struct ml_arena_block *keep = a->first;
    while (keep->next != NULL) {
        struct ml_arena_block *next = keep->next;
        free(keep);
        keep = next;
    }
    if (keep->bytes > FIRST_BYTES) { /* made for one huge piece */
        free_blocks(keep);
        *a = (struct ml_arena){0};
        return;
    }
    a->first = keep;
    a->at = start_of(keep);
    a->end = a->at + keep->bytes;
    a->next_bytes = 2 * keep->bytes;
}

void ml_arena_release(struct ml_arena *a)
{
    free_blocks(a->first);
    *a = (struct ml_arena){0};
}

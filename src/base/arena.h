/*
 * Memory that is given back all at once: everything one request needs.
 *
 * Zero-initialised is an empty arena. Pieces are 16-byte aligned and never freed one by one;
 * ml_arena_reset makes them all free again and keeps the first block (so that the next request of
 * ordinary size allocates nothing), ml_arena_release gives back everything. One thread at a time.
 */
#ifndef ML_BASE_ARENA_H
#define ML_BASE_ARENA_H

#include <stddef.h>

struct ml_arena_block;

struct ml_arena {
    struct ml_arena_block *first; /* owned list, the current block first */
    char *at;                     /* free bytes of the current block */
    char *end;
    size_t next_bytes; /* of the block after this one: doubles, to a limit */
};

void *ml_arena_alloc(struct ml_arena *arena, size_t bytes);            /* not zeroed */
void *ml_arena_calloc(struct ml_arena *arena, size_t n, size_t bytes); /* zeroed; checks overflow */
char *ml_arena_strndup(struct ml_arena *arena, const char *s, size_t n); /* and a NUL */
void ml_arena_reset(struct ml_arena *arena);
void ml_arena_release(struct ml_arena *arena);

#endif

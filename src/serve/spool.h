/*
 * Bytes of unknown number: in memory up to a limit, beyond it in an unnamed file that is gone when
 * it is closed, also after a crash. Zero-initialised but for fd, which is -1, is empty.
 */
#ifndef ML_SERVE_SPOOL_H
#define ML_SERVE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"

struct ml_spool {
    struct ml_strbuf memory; /* everything, or what is not in the file yet */
    int fd;                  /* -1: all in memory */
    uint64_t bytes;
};

/* dir: where the file goes. */
bool ml_spool_add(struct ml_spool *spool, const void *bytes, size_t n, size_t memory_limit,
                  const char *dir, struct ml_error *err) __attribute__((warn_unused_result));
/* Writes to the file what is still in memory, if there is one. */
bool ml_spool_flush(struct ml_spool *spool, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Moves everything into a file in memory or on disk, so that it can be opened by path. */
bool ml_spool_to_file(struct ml_spool *spool, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_spool_release(struct ml_spool *spool);

#endif

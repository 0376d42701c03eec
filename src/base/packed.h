/*
 * An output file (base/file.h) whose bytes are packed by gzip when its name ends in ".gz".
 *
 * As there: nothing appears under the name before ml_packed_commit, and ml_packed_release removes
 * what was written after a failure.
 */
#ifndef ML_BASE_PACKED_H
#define ML_BASE_PACKED_H

#include "base/file.h"
#include "base/gzip.h"

struct ml_packed {
    struct ml_output file;
    struct ml_gzip *gzip; /* owned; NULL: written as it comes */
    struct ml_strbuf ready;
};

/* path "-" or NULL: standard output, never packed. */
bool ml_packed_open(struct ml_packed *out, const char *path, struct ml_error *err)
    __attribute__((warn_unused_result));
bool ml_packed_write(struct ml_packed *out, const void *bytes, size_t n, struct ml_error *err)
    __attribute__((warn_unused_result));
bool ml_packed_commit(struct ml_packed *out, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_packed_release(struct ml_packed *out);

#endif

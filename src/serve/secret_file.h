/*
 * A file of credentials: a role and its secret words a line, '#' begins a comment, empty lines are
 * skipped. Messages name the place and never repeat a line: it is a secret.
 */
#ifndef ML_SERVE_SECRET_FILE_H
#define ML_SERVE_SECRET_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct ml_secret_line {
    unsigned scopes;   /* what the role opens (enum ml_scope bits); 0: no role that is known */
    const char *words; /* what follows the role and its blanks; not NUL-terminated */
    size_t n;          /* bytes of it, without blanks at its end */
};

/*
 * Calls take for each line; the words are gone afterwards. take's error gets the file and line put
 * before it and ends the reading.
 */
bool ml_secret_file_read(const char *path,
                         bool (*take)(void *ctx, const struct ml_secret_line *line,
                                      struct ml_error *err),
                         void *ctx, struct ml_error *err) __attribute__((warn_unused_result));

/* ASCII without blanks and control characters. */
bool ml_secret_is_visible(const char *s, size_t n);

#endif

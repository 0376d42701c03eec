/* Filling struct ml_error. See ml/error.h for the convention. */
#ifndef ML_BASE_ERROR_H
#define ML_BASE_ERROR_H

#include <stdbool.h>

#include "ml/error.h"

/* Sets code and message; always returns false, so that callers write `return ml_fail(...)`. */
bool ml_fail(struct ml_error *err, enum ml_err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<text>: " before the message that is already there; returns false. */
bool ml_fail_context(struct ml_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ML_ENOTFOUND for ENOENT and ENOTDIR, else ML_EIO: "unable to <verb> '<path>': <strerror>". */
bool ml_fail_errno(struct ml_error *err, const char *verb, const char *path);

/*
 * Copies bytes that came from outside into buf for use inside a message: control bytes and invalid
 * UTF-8 become \xNN, and text past the end of buf becomes "...". Returns buf.
 */
const char *ml_quote(char *buf, unsigned long buf_bytes, const char *text,
                     unsigned long text_bytes);

#endif

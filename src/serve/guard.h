/*
 * Framing rules of RFC 9112 and RFC 9110 that libmicrohttpd 0.9.75 does not enforce, judged on the
 * header fields alone, before any of the body. Whatever could be read in two ways by two servers in
 * a row is refused, and the connection closes with it.
 *
 *     begin -> field, field, … -> judge
 */
#ifndef ML_SERVE_GUARD_H
#define ML_SERVE_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ML_MAX_HEADER_BYTES = 16 * 1024, ML_MAX_HEADER_FIELDS = 100 };

/* What was seen. Zero-initialised is the beginning. */
struct ml_guard {
    size_t bytes;
    size_t n_fields;
    unsigned n_host;
    unsigned n_length;
    unsigned n_encoding;
    unsigned n_authorization;
    bool bad_name;
    bool bad_value;
    bool bad_host;
    bool bad_length;
    bool is_chunked; /* the only Transfer-Encoding is exactly "chunked" */
    uint64_t length; /* of the last Content-Length; UINT64_MAX when beyond 2^64 - 2 */
};

/* One header field; value_bytes may count NULs. */
void ml_guard_field(struct ml_guard *guard, const char *name, size_t name_bytes, const char *value,
                    size_t value_bytes);

struct ml_guard_verdict {
    int status;       /* 0: fine; else what to answer, closing the connection */
    const char *code; /* static */
    const char *message;
};

/* method and target as sent, version "HTTP/1.1". O(length of target). */
struct ml_guard_verdict ml_guard_judge(const struct ml_guard *guard, const char *method,
                                       const char *target, const char *version);

#endif

/*
 * A growing run of bytes. Always NUL-terminated behind `length`; may hold NULs itself.
 * Zero-initialised is an empty buffer; ml_strbuf_release frees and empties it.
 */
#ifndef ML_BASE_STRBUF_H
#define ML_BASE_STRBUF_H

#include <stddef.h>
#include <stdint.h>

struct ml_strbuf {
    char *bytes; /* owned; NULL while nothing was ever added */
    size_t length;
    size_t capacity;
};

void ml_strbuf_release(struct ml_strbuf *buf);
void ml_strbuf_clear(struct ml_strbuf *buf); /* empties, keeps the memory */
/* Makes room for `extra` more bytes and returns where they go; the caller then adds to length. */
char *ml_strbuf_reserve(struct ml_strbuf *buf, size_t extra);
void ml_strbuf_add(struct ml_strbuf *buf, const void *bytes, size_t n);
void ml_strbuf_adds(struct ml_strbuf *buf, const char *s);
void ml_strbuf_addc(struct ml_strbuf *buf, char c);
void ml_strbuf_addf(struct ml_strbuf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The shortest decimal that reads back to x (see base/number.h). */
void ml_strbuf_add_double(struct ml_strbuf *buf, double x);
void ml_strbuf_add_u64(struct ml_strbuf *buf, uint64_t x);
/* Hands the bytes to the caller (never NULL, to be freed with free) and empties the buffer. */
char *ml_strbuf_take(struct ml_strbuf *buf);

#endif

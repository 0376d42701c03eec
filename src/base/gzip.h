/*
 * gzip (RFC 1952) in pieces and in constant memory, by zlib; this is its only user.
 *
 * Neither direction is thread-safe for one object; different objects are independent.
 */
#ifndef ML_BASE_GZIP_H
#define ML_BASE_GZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"

/* Whether a name ends in ".gz". */
bool ml_gzip_is_name(const char *path);
/* Whether the n bytes begin as a gzip member does; two bytes decide, fewer are no. */
bool ml_gzip_is_start(const char *bytes, size_t n);

struct ml_gunzip; /* opaque */

struct ml_gunzip *ml_gunzip_new(void);
void ml_gunzip_free(struct ml_gunzip *gunzip);
/*
 * Hands in n packed bytes, borrowed until ml_gunzip_wants_input says that they are used up.
 */
void ml_gunzip_feed(struct ml_gunzip *gunzip, const char *bytes, size_t n);
/* Whether everything that the bytes fed so far can give has been given. */
bool ml_gunzip_wants_input(const struct ml_gunzip *gunzip);
/*
 * Unpacks into at most `bytes` bytes at `to`; *out may be 0 when more input is wanted. Members that
 * follow each other are one text. ML_EINPUT for a damaged stream, or for bytes behind the last
 * member that begin none; `name` stands in front of the message.
 */
bool ml_gunzip_next(size_t *out, struct ml_gunzip *gunzip, char *to, size_t bytes, const char *name,
                    struct ml_error *err) __attribute__((warn_unused_result));
/* Whether the input may end here: behind a whole member. */
bool ml_gunzip_is_whole(const struct ml_gunzip *gunzip);

struct ml_gzip; /* opaque */

/* The packed bytes depend on the bytes added and on zlib's version alone: no name, no time. */
struct ml_gzip *ml_gzip_new(void);
void ml_gzip_free(struct ml_gzip *gzip);
/* Packs n bytes and appends what is ready to out, which may be nothing. */
void ml_gzip_add(struct ml_gzip *gzip, const void *bytes, size_t n, struct ml_strbuf *out);
/* Appends the rest; nothing may be added afterwards. */
void ml_gzip_end(struct ml_gzip *gzip, struct ml_strbuf *out);

#endif

/* SHA-256 (FIPS 180-4), by nettle; this is its only user. */
#ifndef ML_BASE_DIGEST_H
#define ML_BASE_DIGEST_H

#include <stddef.h>

enum { ML_DIGEST_HEX = 65 }; /* 64 lower-case hexadecimal digits and a NUL */

struct ml_digest; /* opaque; a running computation */

struct ml_digest *ml_digest_new(void);
void ml_digest_update(struct ml_digest *digest, const void *bytes, size_t n);
/* Writes the digest of all that was added and frees the computation. */
void ml_digest_finish(struct ml_digest *digest, char hex[ML_DIGEST_HEX]);

/* The digest of n bytes in one call. */
void ml_digest_of(const void *bytes, size_t n, char hex[ML_DIGEST_HEX]);

#endif

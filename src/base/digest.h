/* SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), by nettle; this is its only user. */
#ifndef ML_BASE_DIGEST_H
#define ML_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ML_DIGEST_BYTES = 32,
    ML_DIGEST_HEX = 65, /* 64 lower-case hexadecimal digits and a NUL */
};

struct ml_digest; /* opaque; a running computation */

struct ml_digest *ml_digest_new(void);
void ml_digest_update(struct ml_digest *digest, const void *bytes, size_t n);
/* Writes the digest of all that was added and frees the computation. */
void ml_digest_finish(struct ml_digest *digest, char hex[ML_DIGEST_HEX]);

/* The digest of n bytes in one call. */
void ml_digest_of(const void *bytes, size_t n, char hex[ML_DIGEST_HEX]);

/* Those bytes in hexadecimal. */
void ml_digest_hex(char hex[ML_DIGEST_HEX], const uint8_t raw[ML_DIGEST_BYTES]);

/* The message's HMAC; mac may be the key. */
void ml_hmac_of(uint8_t mac[ML_DIGEST_BYTES], const void *key, size_t key_bytes,
                const void *message, size_t n);

/* Whether two texts of ML_DIGEST_HEX are equal, in a time that does not depend on where not. */
bool ml_digest_is_equal(const char a[ML_DIGEST_HEX], const char b[ML_DIGEST_HEX]);

/* Overwrites a secret that is no longer needed, whatever the compiler thinks of it. */
void ml_wipe(void *bytes, size_t n);

#endif

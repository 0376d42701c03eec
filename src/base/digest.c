#include "base/digest.h"

#include <nettle/sha2.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

struct ml_digest {
    struct sha256_ctx state;
};

struct ml_digest *ml_digest_new(void)
{
    struct ml_digest *digest = ml_xmalloc(sizeof(*digest));
    sha256_init(&digest->state);
    return digest;
}

void ml_digest_update(struct ml_digest *digest, const void *bytes, size_t n)
{
    sha256_update(&digest->state, n, bytes);
}

void ml_digest_finish(struct ml_digest *digest, char hex[ML_DIGEST_HEX])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t raw[SHA256_DIGEST_SIZE];
    sha256_digest(&digest->state, sizeof(raw), raw);
    for (size_t i = 0; i < sizeof(raw); i++) {
        hex[2 * i] = digits[raw[i] >> 4];
        hex[2 * i + 1] = digits[raw[i] & 15];
    }
    hex[2 * sizeof(raw)] = '\0';
    free(digest);
}

void ml_digest_of(const void *bytes, size_t n, char hex[ML_DIGEST_HEX])
{
    struct ml_digest *digest = ml_digest_new();
    ml_digest_update(digest, bytes, n);
    ml_digest_finish(digest, hex);
}

#include "base/digest.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

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

void ml_digest_hex(char hex[ML_DIGEST_HEX], const uint8_t raw[ML_DIGEST_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < ML_DIGEST_BYTES; i++) {
        hex[2 * i] = digits[raw[i] >> 4];
        hex[2 * i + 1] = digits[raw[i] & 15];
    }
    hex[ML_DIGEST_HEX - 1] = '\0';
}

void ml_digest_finish(struct ml_digest *digest, char hex[ML_DIGEST_HEX])
{
    uint8_t raw[ML_DIGEST_BYTES];
    sha256_digest(&digest->state, sizeof(raw), raw);
    ml_digest_hex(hex, raw);
    free(digest);
}

void ml_digest_of(const void *bytes, size_t n, char hex[ML_DIGEST_HEX])
{
    struct ml_digest *digest = ml_digest_new();
    ml_digest_update(digest, bytes, n);
    ml_digest_finish(digest, hex);
}

void ml_hmac_of(uint8_t mac[ML_DIGEST_BYTES], const void *key, size_t key_bytes,
                const void *message, size_t n)
{
    struct hmac_sha256_ctx state;
    hmac_sha256_set_key(&state, key_bytes, key);
    hmac_sha256_update(&state, n, message);
    hmac_sha256_digest(&state, ML_DIGEST_BYTES, mac);
    ml_wipe(&state, sizeof(state));
}

bool ml_digest_is_equal(const char a[ML_DIGEST_HEX], const char b[ML_DIGEST_HEX])
{
    unsigned difference = 0;
    for (size_t i = 0; i < ML_DIGEST_HEX; i++)
        difference |= (unsigned)(unsigned char)a[i] ^ (unsigned char)b[i];
    return ((difference - 1) >> 8) & 1;
}

void ml_wipe(void *bytes, size_t n)
{
    static void *(*const volatile overwrite)(void *, int, size_t) = memset;
    if (n > 0)
        overwrite(bytes, 0, n);
}

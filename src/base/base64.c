#include "base/base64.h"

#include <stdint.h>

void ml_base64_add(struct ml_strbuf *buf, const void *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *s = bytes;
    for (size_t i = 0; i < n; i += 3) {
        size_t there = n - i < 3 ? n - i : 3;
        uint32_t bits = (uint32_t)s[i] << 16;
        if (there > 1)
            bits |= (uint32_t)s[i + 1] << 8;
        if (there > 2)
            bits |= s[i + 2];
        for (size_t k = 0; k < 4; k++)
            ml_strbuf_addc(buf, k <= there ? digits[bits >> (18 - 6 * k) & 63] : '=');
    }
}

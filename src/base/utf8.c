#include "base/utf8.h"

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Second byte's lower and upper bound for a lead byte: where overlong and surrogate forms are. */
static bool second_fits(unsigned char lead, unsigned char second)
{
    switch (lead) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return is_tail(second);
    }
}

size_t ml_utf8_length(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    if (n == 0)
        return 0;
    if (u[0] < 0x80)
        return 1;
    size_t length = u[0] >= 0xc2 && u[0] <= 0xdf   ? 2
                    : u[0] >= 0xe0 && u[0] <= 0xef ? 3
                    : u[0] >= 0xf0 && u[0] <= 0xf4 ? 4
                                                   : 0;
    if (length == 0 || length > n || !second_fits(u[0], u[1]))
        return 0;
    for (size_t i = 2; i < length; i++)
        if (!is_tail(u[i]))
            return 0;
    return length;
}

bool ml_utf8_is_valid(const char *s, size_t n)
{
    for (size_t at = 0; at < n;) {
        size_t length = ml_utf8_length(s + at, n - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

uint32_t ml_utf8_decode(const char *s, size_t length)
{
    static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (unsigned char)s[0] & lead_bits[length];
    for (size_t i = 1; i < length; i++)
        c = c << 6 | ((unsigned char)s[i] & 0x3f);
    return c;
}

size_t ml_utf8_encode(char out[4], uint32_t c)
{
    static const uint32_t limit[] = {0x80, 0x800, 0x10000};
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    size_t tails = 0;
    while (tails < 3 && c >= limit[tails])
        tails++;
    out[0] = (char)(lead[tails] | c >> 6 * tails);
    for (size_t i = 1; i <= tails; i++)
        out[i] = (char)(0x80 | (c >> 6 * (tails - i) & 0x3f));
    return tails + 1;
}

size_t ml_utf8_count(const char *s)
{
    size_t n = 0;
    for (; *s != '\0'; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80; /* begins one */
    return n;
}

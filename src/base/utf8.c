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

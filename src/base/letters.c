#include "base/letters.h"

#include <stddef.h>

/* Capitals first..last, every `step`th of them, are `delta` before their small letters. Tables are
 * in ascending order. */
struct capitals {
    uint32_t first;
    uint32_t last;
    int32_t delta;
    uint32_t step;
};

static const struct capitals capitals[] = {
    {0x41, 0x5a, 32, 1},     {0xc0, 0xd6, 32, 1},        {0xd8, 0xde, 32, 1},
    {0x100, 0x12e, 1, 2},    {0x130, 0x130, -199, 1},    {0x132, 0x136, 1, 2},
    {0x139, 0x147, 1, 2},    {0x14a, 0x176, 1, 2},       {0x178, 0x178, -121, 1},
    {0x179, 0x17d, 1, 2},    {0x1a0, 0x1a4, 1, 2},       {0x1af, 0x1af, 1, 1},
    {0x1cd, 0x1db, 1, 2},    {0x1de, 0x1ee, 1, 2},       {0x1f8, 0x21e, 1, 2},
    {0x222, 0x232, 1, 2},    {0x386, 0x386, 38, 1},      {0x388, 0x38a, 37, 1},
    {0x38c, 0x38c, 64, 1},   {0x38e, 0x38f, 63, 1},      {0x391, 0x3a1, 32, 1},
    {0x3a3, 0x3ab, 32, 1},   {0x400, 0x40f, 80, 1},      {0x410, 0x42f, 32, 1},
    {0x460, 0x480, 1, 2},    {0x48a, 0x4be, 1, 2},       {0x4c0, 0x4c0, 15, 1},
    {0x4c1, 0x4cd, 1, 2},    {0x4d0, 0x52e, 1, 2},       {0x531, 0x556, 48, 1},
    {0x1e00, 0x1e94, 1, 2},  {0x1e9e, 0x1e9e, -7615, 1}, {0x1ea0, 0x1efe, 1, 2},
    {0xff21, 0xff3a, 32, 1},
};

uint32_t ml_letter_lower(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    for (size_t i = 0; i < sizeof(capitals) / sizeof(capitals[0]); i++) {
        const struct capitals *r = &capitals[i];
        if (c < r->first)
            break;
        if (c <= r->last && (c - r->first) % r->step == 0)
            return (uint32_t)((int32_t)c + r->delta);
    }
    return c;
}

struct range {
    uint32_t first;
    uint32_t last;
};

static const struct range punctuation[] = {
    {0x21, 0x2f},     {0x3a, 0x40},     {0x5b, 0x60},     {0x7b, 0x7e},     {0xa1, 0xa1},
    {0xa7, 0xa7},     {0xab, 0xab},     {0xb6, 0xb7},     {0xbb, 0xbb},     {0xbf, 0xbf},
    {0x2010, 0x2027}, {0x2030, 0x205e}, {0x3001, 0x3003}, {0x3008, 0x3011}, {0x3014, 0x301f},
    {0xff01, 0xff0f}, {0xff1a, 0xff20}, {0xff3b, 0xff40}, {0xff5b, 0xff65},
};

bool ml_letter_is_punctuation(uint32_t c)
{
    for (size_t i = 0; i < sizeof(punctuation) / sizeof(punctuation[0]); i++)
        if (c <= punctuation[i].last)
            return c >= punctuation[i].first;
    return false;
}

#include "insight/words.h"

#include "base/utf8.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_ascii_mark(unsigned char c)
{
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
}

/* The character of `length` bytes at s, 0 for bytes that are none. */
static unsigned decode(const char *s, size_t length)
{
    const unsigned char *u = (const unsigned char *)s;
    if (length == 1)
        return u[0];
    if (length == 2)
        return (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu);
    if (length == 3)
        return (u[0] & 0x0fu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
    return 0;
}

static bool is_mark(const char *s, size_t length)
{
    unsigned c = decode(s, length);
    return (c < 0x80 && is_ascii_mark((unsigned char)c)) || c == 0xa1 || c == 0xa7 || c == 0xab ||
           c == 0xb6 || c == 0xb7 || c == 0xbb || c == 0xbf || (c >= 0x2010 && c <= 0x205e);
}

static size_t step(const char *s, size_t n)
{
    size_t length = ml_utf8_length(s, n);
    return length > 0 ? length : 1;
}

/* Where the character that ends at s[n] begins. */
static size_t step_back(const char *s, size_t n)
{
    size_t at = n - 1;
    while (at > 0 && n - at < 4 && ((unsigned char)s[at] & 0xc0) == 0x80)
        at--;
    return ml_utf8_length(s + at, n - at) == n - at ? at : n - 1;
}

static unsigned lower(unsigned c)
{
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
        (c >= 0x410 && c <= 0x42f))
        return c + 32;
    return c >= 0x400 && c <= 0x40f ? c + 80 : c;
}

static void add_lower(struct ml_strbuf *word, const char *s, size_t length)
{
    unsigned char c = (unsigned char)s[0];
    if (length == 1) {
        ml_strbuf_addc(word, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
        return;
    }
    if (length != 2) {
        ml_strbuf_add(word, s, length);
        return;
    }
    unsigned x = lower(decode(s, 2));
    ml_strbuf_addc(word, (char)(0xc0 | x >> 6));
    ml_strbuf_addc(word, (char)(0x80 | (x & 0x3f)));
}

/* The token s[0..n) without its edges, in lower case; false when nothing is left. */
static bool take(const char *s, size_t n, struct ml_strbuf *word, size_t *length)
{
    size_t from = 0;
    while (from < n && is_mark(s + from, step(s + from, n - from)))
        from += step(s + from, n - from);
    while (n > from) {
        size_t last = step_back(s, n);
        if (!is_mark(s + last, n - last))
            break;
        n = last;
    }
    ml_strbuf_clear(word);
    *length = 0;
    for (size_t at = from; at < n; ++*length) {
        size_t bytes = step(s + at, n - at);
        add_lower(word, s + at, bytes);
        at += bytes;
    }
    return *length > 0;
}

bool ml_words_next(const char *text, size_t n, size_t *at, struct ml_strbuf *word, size_t *length)
{
    for (;;) {
        while (*at < n && is_space(text[*at]))
            ++*at;
        if (*at == n)
            return false;
        size_t start = *at;
        while (*at < n && !is_space(text[*at]))
            ++*at;
        if (take(text + start, *at - start, word, length))
            return true;
    }
}

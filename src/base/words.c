#include "base/words.h"

#include "base/letters.h"
#include "base/utf8.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool ml_word_next(const char *text, size_t n, size_t *at, const char **word, size_t *word_bytes)
{
    while (*at < n && is_space(text[*at]))
        ++*at;
    if (*at == n)
        return false;
    size_t start = *at;
    while (*at < n && !is_space(text[*at]))
        ++*at;
    *word = text + start;
    *word_bytes = *at - start;
    return true;
}

/* The character at s and its length; a byte that begins none is taken as it is. */
static size_t read_character(const char *s, size_t n, uint32_t *c)
{
    size_t length = ml_utf8_length(s, n);
    *c = length > 0 ? ml_utf8_decode(s, length) : 0;
    return length > 0 ? length : 1;
}

void ml_word_strip(const char **word, size_t *n)
{
    size_t start = 0;
    size_t end = 0; /* behind the last character that stays */
    for (size_t at = 0; at < *n;) {
        uint32_t c;
        size_t length = read_character(*word + at, *n - at, &c);
        bool stays = !ml_letter_is_punctuation(c);
        if (stays && end == 0)
            start = at;
        at += length;
        if (stays)
            end = at;
    }
    *word += start;
    *n = end > start ? end - start : 0;
}

size_t ml_word_add_lower(struct ml_strbuf *out, const char *word, size_t n)
{
    size_t n_characters = 0;
    for (size_t at = 0; at < n; n_characters++) {
        uint32_t c;
        size_t length = read_character(word + at, n - at, &c);
        uint32_t lower = ml_letter_lower(c);
        char bytes[4];
        if (lower == c)
            ml_strbuf_add(out, word + at, length);
        else
            ml_strbuf_add(out, bytes, ml_utf8_encode(bytes, lower));
        at += length;
    }
    return n_characters;
}

#include "base/percent.h"

#include <stdbool.h>
#include <string.h>

int ml_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t ml_percent_decode_form(char *to, const char *s, size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        bool has_two = s[i] == '%' && n - i > 2;
        int high = has_two ? ml_hex_digit(s[i + 1]) : -1;
        int low = has_two ? ml_hex_digit(s[i + 2]) : -1;
        bool is_escape = high >= 0 && low >= 0 && (high > 0 || low > 0);
        to[used++] = is_escape ? (char)(high * 16 + low) : s[i] == '+' ? ' ' : s[i];
        i += is_escape ? 2 : 0;
    }
    to[used] = '\0';
    return used;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

void ml_percent_encode(struct ml_strbuf *to, const char *s, size_t n, const char *also)
{
    for (size_t i = 0; i < n; i++) {
        if (is_unreserved(s[i]) || (s[i] != '\0' && strchr(also, s[i]) != NULL))
            ml_strbuf_addc(to, s[i]);
        else
            ml_strbuf_addf(to, "%%%02X", (unsigned)(unsigned char)s[i]);
    }
}

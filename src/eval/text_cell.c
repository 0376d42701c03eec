#include "eval/text_cell.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* More than ML_TEXT_COLUMNS characters however the text is made: ml_quote takes at most 4 bytes
 * each. */
enum { QUOTED_BYTES = 4 * ML_TEXT_COLUMNS + 16 };

static void quote(char quoted[QUOTED_BYTES], const char *text)
{
    ml_quote(quoted, QUOTED_BYTES, text, strlen(text));
}

static bool is_first_byte(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

static size_t count_characters(const char *utf8)
{
    size_t count = 0;
    for (; *utf8 != '\0'; utf8++)
        count += is_first_byte(*utf8);
    return count;
}

/* Bytes of the first n characters. */
static size_t bytes_of(const char *utf8, size_t n)
{
    size_t at = 0;
    while (utf8[at] != '\0') {
        if (is_first_byte(utf8[at]) && n-- == 0)
            break;
        at++;
    }
    return at;
}

static void add_blanks(struct ml_strbuf *buf, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ml_strbuf_addc(buf, ' ');
}

size_t ml_text_width(const char *text)
{
    char quoted[QUOTED_BYTES];
    quote(quoted, text);
    size_t count = count_characters(quoted);
    return count < ML_TEXT_COLUMNS ? count : ML_TEXT_COLUMNS;
}

void ml_text_add(struct ml_strbuf *buf, const char *text, size_t width)
{
    char quoted[QUOTED_BYTES];
    quote(quoted, text);
    if (count_characters(quoted) <= width) {
        ml_strbuf_adds(buf, quoted);
        return;
    }
    ml_strbuf_add(buf, quoted, bytes_of(quoted, width - 1));
    ml_strbuf_adds(buf, "\xe2\x80\xa6");
}

void ml_text_add_left(struct ml_strbuf *buf, const char *text, size_t width)
{
    size_t used = ml_text_width(text);
    ml_text_add(buf, text, width);
    add_blanks(buf, used < width ? width - used : 0);
}

void ml_text_add_right(struct ml_strbuf *buf, const char *text, size_t width)
{
    size_t used = ml_text_width(text);
    add_blanks(buf, used < width ? width - used : 0);
    ml_text_add(buf, text, width);
}

void ml_text_add_percent(struct ml_strbuf *buf, double share, size_t width)
{
    char text[32] = "-";
    if (!isnan(share))
        snprintf(text, sizeof(text), share < 0.9995 ? "%.1f" : "%.0f", 100 * share);
    ml_text_add_right(buf, text, width);
}

/* Bytes of text that go on one line: up to the last blank that fits, else what fits. */
static size_t line_bytes(const char *text)
{
    size_t blank = 0;
    size_t width = 0;
    size_t at = 0;
    for (; text[at] != '\0'; at++) {
        if (((unsigned char)text[at] & 0xc0) == 0x80)
            continue;
        if (text[at] == ' ' && at > 0)
            blank = at;
        if (width++ == ML_TEXT_COLUMNS)
            return blank > 0 ? blank : at;
    }
    return at;
}

void ml_text_add_wrapped(struct ml_strbuf *buf, const char *text)
{
    while (*text != '\0') {
        size_t n = line_bytes(text);
        size_t used = n;
        while (used > 0 && text[used - 1] == ' ')
            used--;
        ml_strbuf_add(buf, text, used);
        ml_strbuf_addc(buf, '\n');
        text += n;
        text += strspn(text, " ");
    }
}

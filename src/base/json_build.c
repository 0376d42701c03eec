#include "base/json_build.h"

#include <string.h>

enum { SOME = 16 };

cJSON *ml_json_build_add(struct ml_json_builder *b, int type)
{
    if (b->n_spare == 0) {
        b->spare = ml_arena_calloc(b->arena, SOME, sizeof(*b->spare));
        b->n_spare = SOME;
    }
    cJSON *item = b->spare++;
    b->n_spare--;
    item->type = type;
    item->string = b->key;
    b->key = NULL;
    if (b->last != NULL) {
        b->last->next = item;
        item->prev = b->last;
    } else if (b->depth > 0) {
        b->open[b->depth - 1]->child = item;
    } else {
        b->root = item;
    }
    b->last = item;
    return item;
}

void ml_json_build_key(struct ml_json_builder *b, char *key, size_t n)
{
    uint64_t *seen = &b->seen[b->depth - 1];
    uint64_t bit = UINT64_C(1) << (((unsigned char)key[0] + 31 * n) & 63);
    b->may_repeat |= (*seen & bit) != 0;
    *seen |= bit;
    b->key = key;
}

void ml_json_build_open(struct ml_json_builder *b, int type)
{
    cJSON *item = ml_json_build_add(b, type);
    b->seen[b->depth] = 0;
    b->open[b->depth++] = item;
    b->last = NULL;
}

void ml_json_build_close(struct ml_json_builder *b)
{
    cJSON *item = b->open[--b->depth];
    if (item->child != NULL)
        item->child->prev = b->last; /* cJSON's shortcut to the end */
    b->last = item;
}

static unsigned hex4(const char *s)
{
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)s[i];
        code = code * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return code;
}

static char *put_utf8(char *to, unsigned code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(lead[more] | code >> (6 * more));
    while (more-- > 0)
        *to++ = (char)(0x80 | (code >> (6 * more) & 0x3f));
    return to;
}

/* s stands behind "\u"; gives where it goes on. */
static const char *unescape_unicode(const char *s, char **to)
{
    unsigned code = hex4(s);
    s += 4;
    if (code >= 0xd800 && code <= 0xdbff) { /* the scanner has seen its other half */
        code = 0x10000 + ((code - 0xd800) << 10) + (hex4(s + 2) - 0xdc00);
        s += 6;
    }
    *to = put_utf8(*to, code);
    return s;
}

/* In place: an escape is never shorter than what it means. */
static void unescape(char *text, size_t n)
{
    static const char escapes[] = "bfnrt";
    static const char meant[] = "\b\f\n\r\t";
    const char *s = text;
    char *to = text;
    for (const char *end = s + n; s < end;) {
        if (*s != '\\') {
            *to++ = *s++;
            continue;
        }
        char c = s[1];
        s += 2;
        const char *which = strchr(escapes, c);
        if (c == 'u')
            s = unescape_unicode(s, &to);
        else
            *to++ = which != NULL ? meant[which - escapes] : c;
    }
    *to = '\0';
}

char *ml_json_build_text(struct ml_json_builder *b, size_t start, size_t n, bool has_escapes)
{
    char *text = b->text + start;
    text[n] = '\0'; /* where the closing quote stood */
    if (has_escapes) {
        unescape(text, n);
        b->may_repeat = true; /* a name may have been written in another way before */
    }
    return text;
}

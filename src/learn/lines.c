#include "learn/lines.h"

#include <string.h>

#include "base/number.h"

bool ml_lines_next(struct ml_lines *l)
{
    if (l->at >= l->n)
        return false;
    const char *start = l->text + l->at;
    const char *end = memchr(start, '\n', l->n - l->at);
    l->end = end != NULL ? end : l->text + l->n;
    l->at = (size_t)(l->end - l->text) + 1;
    l->word = start;
    l->line++;
    return true;
}

bool ml_lines_word(struct ml_lines *l, const char **word, size_t *n)
{
    while (l->word < l->end && *l->word == ' ')
        l->word++;
    if (l->word == l->end)
        return false;
    *word = l->word;
    const char *blank = memchr(l->word, ' ', (size_t)(l->end - l->word));
    l->word = blank != NULL ? blank : l->end;
    *n = (size_t)(l->word - *word);
    return true;
}

bool ml_lines_number(struct ml_lines *l, double *out)
{
    const char *word;
    size_t n;
    return ml_lines_word(l, &word, &n) && ml_number_parse(word, n, out) == ML_NUMBER_OK;
}

bool ml_lines_count(struct ml_lines *l, long low, long high, long *out)
{
    double x;
    if (!ml_lines_number(l, &x) || !(x >= (double)low && x <= (double)high) || x != (double)(long)x)
        return false;
    *out = (long)x;
    return true;
}

bool ml_lines_done(struct ml_lines *l)
{
    const char *word;
    size_t n;
    return !ml_lines_word(l, &word, &n);
}

bool ml_lines_key(struct ml_lines *l, const char *key)
{
    const char *word;
    size_t n;
    return ml_lines_next(l) && ml_lines_word(l, &word, &n) && n == strlen(key) &&
           memcmp(word, key, n) == 0;
}

bool ml_lines_fail(const struct ml_lines *l, const char *what, struct ml_error *err)
{
    return ml_fail(err, ML_EINPUT, "line %zu of the solver's file: %s", l->line, what);
}

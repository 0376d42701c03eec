#include "data/cell.h"

#include <math.h>
#include <stdbool.h>
#include <strings.h>

#include "base/number.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **s, size_t *n)
{
    while (*n > 0 && is_blank((*s)[0])) {
        ++*s;
        --*n;
    }
    while (*n > 0 && is_blank((*s)[*n - 1]))
        --*n;
}

enum ml_cell_status ml_cell_number(const char *s, size_t n, double *out)
{
    if (n > 0 && (is_blank(s[0]) || is_blank(s[n - 1])))
        trim(&s, &n);
    *out = NAN;
    if (n == 0 || (n == 3 && strncasecmp(s, "nan", 3) == 0))
        return ML_CELL_MISSING;
    enum ml_number_status status = ml_number_parse(s, n, out);
    if (status == ML_NUMBER_OK)
        return ML_CELL_OK;
    return status == ML_NUMBER_RANGE ? ML_CELL_RANGE : ML_CELL_INVALID;
}

enum ml_cell_status ml_cell_binary(const char *s, size_t n, double *out)
{
    static const struct {
        const char *word;
        size_t n;
        double value;
    } words[] = {{"0", 1, 0}, {"1", 1, 1},   {"n", 1, 0}, {"y", 1, 1},     {"no", 2, 0},
                 {"f", 1, 0}, {"yes", 3, 1}, {"t", 1, 1}, {"false", 5, 0}, {"true", 4, 1}};
    trim(&s, &n);
    *out = NAN;
    if (n == 0)
        return ML_CELL_MISSING;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].n == n && strncasecmp(words[i].word, s, n) == 0) {
            *out = words[i].value;
            return ML_CELL_OK;
        }
    }
    return ML_CELL_INVALID;
}

const char *ml_cell_complaint(enum ml_cell_status status, int is_binary)
{
    if (status == ML_CELL_RANGE)
        return "number out of range";
    return is_binary ? "not a binary value" : "not a number";
}

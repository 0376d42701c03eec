#include "base/number.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { MAX_DIGITS = 19, MAX_EXACT_POWER = 22, EXPONENT_CAP = 100000000 };

/* What the text says: mantissa * 10^exponent, if `exact`; else only the shape was checked. */
struct decimal {
    uint64_t mantissa;
    int exponent;
    bool negative;
    bool exact; /* all significant digits are in the mantissa */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Adds the digits at s[at...] to d and returns where they end. */
static size_t scan_digits(const char *s, size_t n, size_t at, struct decimal *d, int *n_digits,
                          bool fraction)
{
    for (; at < n && is_digit(s[at]); at++) {
        if (*n_digits >= MAX_DIGITS) {
            d->exact = d->exact && s[at] == '0';
            d->exponent += fraction ? 0 : 1;
            continue;
        }
        d->mantissa = d->mantissa * 10 + (uint64_t)(s[at] - '0');
        *n_digits += d->mantissa != 0;
        d->exponent -= fraction ? 1 : 0;
    }
    return at;
}

/* Reads "e[+-]digits" at s[at]; returns n when it is well-formed to the end, else 0. */
static size_t scan_exponent(const char *s, size_t n, size_t at, struct decimal *d)
{
    at++;
    bool negative = at < n && s[at] == '-';
    if (at < n && (s[at] == '-' || s[at] == '+'))
        at++;
    if (at >= n)
        return 0;
    int e = 0;
    for (; at < n && is_digit(s[at]); at++)
        e = e < EXPONENT_CAP ? e * 10 + (s[at] - '0') : e;
    d->exponent += negative ? -e : e;
    return at;
}

static bool scan(const char *s, size_t n, struct decimal *d)
{
    size_t at = 0;
    int n_digits = 0;
    d->negative = n > 0 && s[0] == '-';
    if (n > 0 && (s[0] == '-' || s[0] == '+'))
        at++;
    size_t start = at;
    at = scan_digits(s, n, at, d, &n_digits, false);
    size_t digits_seen = at - start;
    if (at < n && s[at] == '.') {
        start = ++at;
        at = scan_digits(s, n, at, d, &n_digits, true);
        digits_seen += at - start;
    }
    if (digits_seen == 0)
        return false;
    if (at < n && (s[at] == 'e' || s[at] == 'E'))
        at = scan_exponent(s, n, at, d);
    return at == n;
}

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* strtod, whatever locale the embedding program has set. */
static double slow_parse(const char *s, size_t n)
{
    char small[128];
    char *text = n < sizeof(small) ? small : ml_xmalloc(n + 1);
    memcpy(text, s, n);
    text[n] = '\0';
    pthread_once(&c_locale_once, make_c_locale);
    locale_t old = uselocale(c_locale);
    double x = strtod(text, NULL);
    uselocale(old);
    if (text != small)
        free(text);
    return x;
}

enum ml_number_status ml_number_parse(const char *s, size_t n, double *out)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct decimal d = {.exact = true};
    if (!scan(s, n, &d))
        return ML_NUMBER_SYNTAX;
    double x;
    if (d.exact && d.mantissa <= UINT64_C(1) << 53 && d.exponent >= -MAX_EXACT_POWER &&
        d.exponent <= MAX_EXACT_POWER) {
        x = (double)d.mantissa;
        x = d.exponent < 0 ? x / power[-d.exponent] : x * power[d.exponent];
        x = d.negative ? -x : x;
    } else {
        x = slow_parse(s, n);
    }
    if (!isfinite(x))
        return ML_NUMBER_RANGE;
    *out = x;
    return ML_NUMBER_OK;
}

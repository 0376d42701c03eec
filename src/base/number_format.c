#include "base/number.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * Schubfach needs, for k in [K_MIN, K_MAX], the 128 most significant bits of 10^k rounded up. The
 * table is computed exactly, once, with the small big-integer arithmetic below (about 0.1 ms)
 * instead of being shipped as 617 opaque constants.
 */
enum { K_MIN = -292, K_MAX = 324, N_POWERS = K_MAX - K_MIN + 1 };

struct u128 {
    uint64_t hi;
    uint64_t lo;
};

static struct u128 power_table[N_POWERS];
static pthread_once_t power_table_once = PTHREAD_ONCE_INIT;

/* Little-endian 32-bit limbs. 10^324 needs 1077 bits; 2^1216 / 10^292 keeps 246 of its bits. */
enum { LIMBS = 40 };

static void big_multiply(uint32_t big[LIMBS], uint32_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)big[i] * factor;
        big[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

/* Divides in place and returns the remainder. */
static uint32_t big_divide(uint32_t big[LIMBS], uint32_t divisor)
{
    uint64_t rest = 0;
    for (int i = LIMBS - 1; i >= 0; i--) {
        rest = (rest << 32) | big[i];
        big[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    return (uint32_t)rest;
}

static int big_bit(const uint32_t big[LIMBS], int bit)
{
    return bit < 0 ? 0 : (int)((big[bit / 32] >> (bit % 32)) & 1);
}

/* The top 128 bits, rounded up if anything below them, or `sticky`, is not zero. */
static struct u128 big_top(const uint32_t big[LIMBS], int sticky)
{
    int top = LIMBS * 32 - 1;
    while (!big_bit(big, top))
        top--;
    struct u128 r = {0, 0};
    for (int i = 0; i < 64; i++)
        r.hi = (r.hi << 1) | (uint64_t)big_bit(big, top - i);
    for (int i = 64; i < 128; i++)
        r.lo = (r.lo << 1) | (uint64_t)big_bit(big, top - i);
    for (int bit = top - 128; bit >= 0 && !sticky; bit--)
        sticky = big_bit(big, bit);
    r.lo += sticky ? 1 : 0;
    r.hi += sticky && r.lo == 0 ? 1 : 0;
    return r;
}

static void make_power_table(void)
{
    uint32_t big[LIMBS] = {1};
    for (int k = 0; k <= K_MAX; k++) {
        power_table[k - K_MIN] = big_top(big, 0);
        big_multiply(big, 10);
    }
    /* Truncating after each division by ten truncates the exact quotient: floor(floor(a/b)/c). */
    memset(big, 0, sizeof(big));
    big[LIMBS - 2] = 1;
    int sticky = 0;
    for (int k = -1; k >= K_MIN; k--) {
        sticky |= big_divide(big, 10) != 0;
        power_table[k - K_MIN] = big_top(big, sticky);
    }
}

/* g * c >> 128, its lowest bit set if anything was shifted out ("round to odd"). */
static uint64_t multiply_round_odd(struct u128 g, uint64_t c)
{
    __extension__ typedef unsigned __int128 wide;
    uint64_t low_high = (uint64_t)(((wide)g.lo * c) >> 64);
    wide y = (wide)g.hi * c + low_high;
    return (uint64_t)(y >> 64) | (uint64_t)((uint64_t)y > 1);
}

static int floor_log2_pow10(int e)
{
    return (e * 1741647) >> 19;
}

/* Picks the shortest decimal in the rounding interval of c * 2^q; names follow the paper. */
static void schubfach(uint64_t c, int q, bool lower_is_closer, uint64_t *digits, int *exponent)
{
    bool even = (c & 1) == 0;
    int k = (q * 1262611 - (lower_is_closer ? 524031 : 0)) >> 22;
    int h = q + floor_log2_pow10(-k) + 1;
    struct u128 g = power_table[-k - K_MIN];
    uint64_t vbl = multiply_round_odd(g, (4 * c - 2 + lower_is_closer) << h);
    uint64_t vb = multiply_round_odd(g, (4 * c) << h);
    uint64_t vbr = multiply_round_odd(g, (4 * c + 2) << h);
    uint64_t lower = vbl + !even;
    uint64_t upper = vbr - !even;
    uint64_t s = vb / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool down_fits = lower <= 40 * tens;
        bool up_fits = 40 * tens + 40 <= upper;
        if (down_fits != up_fits) {
            *digits = tens + up_fits;
            *exponent = k + 1;
            return;
        }
    }
    bool down_fits = lower <= 4 * s;
    bool up_fits = 4 * s + 4 <= upper;
    uint64_t middle = 4 * s + 2;
    bool round_up = vb > middle || (vb == middle && (s & 1) != 0);
    *digits = s + (down_fits != up_fits ? up_fits : round_up);
    *exponent = k;
}

void ml_number_shortest(double x, unsigned long long *digits, int *exponent)
{
    pthread_once(&power_table_once, make_power_table);
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)((bits >> 52) & 0x7ff);
    uint64_t c = biased != 0 ? fraction | (UINT64_C(1) << 52) : fraction;
    int q = (biased != 0 ? biased : 1) - 1075;
    uint64_t d;
    if (q <= 0 && q > -53 && (c & ((UINT64_C(1) << -q) - 1)) == 0) {
        d = c >> -q;
        *exponent = 0;
    } else {
        schubfach(c, q, fraction == 0 && biased > 1, &d, exponent);
    }
    while (d % 10 == 0) {
        d /= 10;
        ++*exponent;
    }
    *digits = d;
}

static size_t write_digits(char *to, uint64_t d)
{
    char reversed[20];
    size_t n = 0;
    for (; d > 0; d /= 10)
        reversed[n++] = (char)('0' + d % 10);
    for (size_t i = 0; i < n; i++)
        to[i] = reversed[n - 1 - i];
    return n;
}

static size_t write_exponent(char *to, int e)
{
    size_t n = 0;
    if (e < 0)
        to[n++] = '-';
    n += write_digits(to + n, (uint64_t)(e < 0 ? -e : e));
    if (e == 0)
        to[n++] = '0';
    return n;
}

/* d1.d2d3...e<exponent of d1> */
static size_t layout_scientific(char *to, const char *digits, size_t n_digits, int point)
{
    size_t n = 0;
    to[n++] = digits[0];
    if (n_digits > 1) {
        to[n++] = '.';
        memcpy(to + n, digits + 1, n_digits - 1);
        n += n_digits - 1;
    }
    to[n++] = 'e';
    if (point - 1 >= 0)
        to[n++] = '+';
    return n + write_exponent(to + n, point - 1);
}

/* `point` is where the decimal point stands, counted from the first digit. */
static size_t layout(char *to, const char *digits, size_t n_digits, int point)
{
    if (point > 21 || point < -5)
        return layout_scientific(to, digits, n_digits, point);
    if (point <= 0) {
        size_t zeros = (size_t)-point;
        memcpy(to, "0.000000", 2 + zeros);
        memcpy(to + 2 + zeros, digits, n_digits);
        return 2 + zeros + n_digits;
    }
    size_t whole = (size_t)point;
    if (n_digits <= whole) {
        memcpy(to, digits, n_digits);
        memset(to + n_digits, '0', whole - n_digits);
        return whole;
    }
    memcpy(to, digits, whole);
    to[whole] = '.';
    memcpy(to + whole + 1, digits + whole, n_digits - whole);
    return n_digits + 1;
}

size_t ml_number_format(char *to, double x)
{
    size_t n = 0;
    if (x < 0.0) {
        to[n++] = '-';
        x = -x;
    }
    if (x == 0.0) { /* -0 reads back equal to 0 */
        memcpy(to + n, "0", 2);
        return n + 1;
    }
    unsigned long long d;
    int exponent;
    ml_number_shortest(x, &d, &exponent);
    char digits[20];
    size_t n_digits = write_digits(digits, d);
    n += layout(to + n, digits, n_digits, (int)n_digits + exponent);
    to[n] = '\0';
    return n;
}

size_t ml_number_format_amazonml(char *to, double x)
{
    char text[ML_NUMBER_BYTES];
    snprintf(text, sizeof(text), "%.6E", x);
    char *e = strchr(text, 'E');
    char *end = e;
    while (end[-1] == '0')
        end--;
    if (end[-1] == '.')
        end--;
    size_t n = (size_t)(end - text);
    memcpy(to, text, n);
    to[n++] = 'E';
    bool negative = e[1] == '-';
    const char *power = e + 2;
    while (power[0] == '0' && power[1] != '\0')
        power++;
    if (negative && power[0] != '0')
        to[n++] = '-';
    size_t rest = strlen(power);
    memcpy(to + n, power, rest + 1);
    return n + rest;
}

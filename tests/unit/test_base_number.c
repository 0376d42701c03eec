#include "../lib/testing.h"

#include <float.h>
#include <math.h>

#include "base/number.h"

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static void assert_reads_back(double x)
{
    char text[ML_NUMBER_BYTES];
    size_t n = ml_number_format(text, x);
    assert_int_equal(n, strlen(text));
    assert_true(n < ML_NUMBER_BYTES);
    double y = 7;
    if (ml_number_parse(text, n, &y) != ML_NUMBER_OK || bits_of(x) != bits_of(y))
        fail_msg("%a was written as %s and read as %a", x, text, y);
    if (bits_of(strtod(text, NULL)) != bits_of(x))
        fail_msg("%a was written as %s, which strtod reads otherwise", x, text);
}

static void any_double_reads_back_to_the_same_bits(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 1);
    for (int i = 0; i < 300000; i++) {
        double x = from_bits(ml_rng_next(&rng));
        if (isfinite(x))
            assert_reads_back(x);
    }
    for (int i = 0; i < 100000; i++)
        assert_reads_back(ml_rng_uniform(&rng));
}

static void edge_doubles_read_back_to_the_same_bits(void **state)
{
    (void)state;
    for (int e = -1074; e <= 1023; e++) {
        double x = ldexp(1.0, e);
        assert_reads_back(x);
        assert_reads_back(-x);
        assert_reads_back(nextafter(x, INFINITY));
        assert_reads_back(nextafter(x, 0.0));
    }
    for (int e = -323; e <= 308; e++) {
        char text[16];
        snprintf(text, sizeof(text), "1e%d", e);
        assert_reads_back(strtod(text, NULL));
    }
    assert_reads_back(0.0);
    char zero[ML_NUMBER_BYTES];
    ml_number_format(zero, -0.0);
    assert_string_equal(zero, "0"); /* as JavaScript has it */
    assert_reads_back(DBL_MAX);
    assert_reads_back(-DBL_MAX);
    assert_reads_back(DBL_MIN);
    assert_reads_back(DBL_TRUE_MIN);
    assert_reads_back(9007199254740993.0);
}

/* The first precision at which printf's digits read back. */
static int shortest_by_printf(double x, unsigned long long *digits)
{
    char text[40];
    for (int p = 0; p < 17; p++) {
        snprintf(text, sizeof(text), "%.*e", p, x);
        if (strtod(text, NULL) != x)
            continue;
        *digits = 0;
        for (const char *c = text; *c != 'e'; c++)
            if (*c != '.')
                *digits = *digits * 10 + (unsigned)(*c - '0');
        while (*digits % 10 == 0)
            *digits /= 10;
        return p + 1;
    }
    fail_msg("17 digits do not suffice for %a", x);
    return 0;
}

static void the_digits_are_as_few_as_printf_needs_and_the_closest(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 2);
    for (int i = 0; i < 30000; i++) {
        double x = fabs(from_bits(ml_rng_next(&rng)));
        if (i % 3 == 0)
            x = (double)ml_rng_below(&rng, 1000000) / 1000.0;
        if (!isfinite(x) || x == 0.0)
            continue;
        unsigned long long want = 0;
        unsigned long long got = 0;
        int exponent = 0;
        shortest_by_printf(x, &want);
        ml_number_shortest(x, &got, &exponent);
        if (got != want)
            fail_msg("%a: %llue%d, printf needs %llu", x, got, exponent, want);
        assert_true(got % 10 != 0);
    }
}

static void numbers_are_laid_out_like_javascript(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *text;
    } cases[] = {
        {0, "0"},
        {1, "1"},
        {-1, "-1"},
        {0.1, "0.1"},
        {100, "100"},
        {1234.5, "1234.5"},
        {0.000001, "0.000001"},
        {1.5e-7, "1.5e-7"},
        {1e-7, "1e-7"},
        {-2.5e-300, "-2.5e-300"},
        {123456789012345680000.0, "123456789012345680000"},
        {5e-324, "5e-324"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3.0, "0.3333333333333333"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[ML_NUMBER_BYTES];
        ml_number_format(text, cases[i].x);
        assert_string_equal(text, cases[i].text);
    }
    char big[ML_NUMBER_BYTES];
    ml_number_format(big, 1e21);
    assert_non_null(strchr(big, 'e'));
}

static void the_amazon_form_has_one_digit_and_six_decimals(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *text;
    } cases[] = {
        {0.996733, "9.96733E-1"},
        {1.61803e-8, "1.61803E-8"},
        {-15.26385, "-1.526385E1"},
        {8.359159, "8.359159E0"},
        {0.9967331234, "9.967331E-1"},
        {0.5, "5E-1"},
        {1, "1E0"},
        {0, "0E0"},
        {1234567.89, "1.234568E6"},
        {9.9999999, "1E1"},
        {0.99999999, "1E0"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[ML_NUMBER_BYTES];
        size_t n = ml_number_format_amazonml(text, cases[i].x);
        assert_int_equal(n, strlen(text));
        if (i < 5)
            assert_string_equal(text, cases[i].text);
        double back;
        assert_int_equal(ml_number_parse(text, n, &back), ML_NUMBER_OK);
        assert_true(fabs(back - cases[i].x) <= 5.1e-7 * fabs(cases[i].x) * 10);
        const char *e = strchr(text, 'E');
        assert_non_null(e);
        assert_true(e - text <= 9);
    }
}

static void what_is_no_decimal_number_is_a_syntax_error(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     "1e",    "0x10",  "nan", "NaN",   "inf",   "infinity", "1,5",   ".",      "+",
        "-",    "e5",    ".e5",   "1e+", "1e-",   "--1",   "+-1",      "1.2.3", "1 ",     " 1",
        "1e5.", "1_000", "1e5x",  "0b1", "1d5",   "1f",    "\t1",      "1\n",   "-.",     "- 1",
        "1e 5", "0x1p3", "1e1e1", "٣",   "1'000", "1e++5", "½",        "-inf",  "-nan(1)"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        double x = 42;
        if (ml_number_parse(bad[i], strlen(bad[i]), &x) != ML_NUMBER_SYNTAX)
            fail_msg("'%s' was taken for %g", bad[i], x);
        assert_true(x == 42);
    }
    double x = 42;
    assert_int_equal(ml_number_parse("1\0", 2, &x), ML_NUMBER_SYNTAX);
}

static void what_is_a_decimal_number_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double x;
    } good[] = {
        {".5", 0.5},
        {"5.", 5},
        {"+3", 3},
        {"-0.0", -0.0},
        {"1E5", 1e5},
        {"1e+05", 1e5},
        {"1e-05", 1e-5},
        {"007", 7},
        {"1e-999", 0},
        {"-1e-999", -0.0},
        {"5e-324", 5e-324},
        {"2e-324", 0},
        {"0e999999", 0},
        {"9007199254740993", 9007199254740992.0},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"1.7976931348623157e308", DBL_MAX},
        {"0.1e1", 1},
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        double x = 42;
        assert_int_equal(ml_number_parse(good[i].text, strlen(good[i].text), &x), ML_NUMBER_OK);
        if (bits_of(x) != bits_of(good[i].x))
            fail_msg("'%s' was read as %a", good[i].text, x);
    }
}

static void what_would_be_infinite_is_out_of_range(void **state)
{
    (void)state;
    static const char *const bad[] = {"1e999", "-1e999", "1.8e308", "1e99999999999999999999",
                                      "1.7976931348623159e308"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        double x = 42;
        assert_int_equal(ml_number_parse(bad[i], strlen(bad[i]), &x), ML_NUMBER_RANGE);
        assert_true(x == 42);
    }
}

static void parsing_agrees_with_strtod(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 3);
    for (int i = 0; i < 200000; i++) {
        char text[80];
        size_t n = 0;
        size_t whole = ml_rng_below(&rng, 25);
        size_t fraction = ml_rng_below(&rng, 25);
        for (size_t k = 0; k < whole; k++)
            text[n++] = (char)('0' + ml_rng_below(&rng, 10));
        text[n++] = '.';
        for (size_t k = 0; k < fraction + (whole == 0); k++)
            text[n++] = (char)('0' + ml_rng_below(&rng, 10));
        n += (size_t)snprintf(text + n, sizeof(text) - n, "e%d", (int)ml_rng_below(&rng, 80) - 40);
        double x = 42;
        assert_int_equal(ml_number_parse(text, n, &x), ML_NUMBER_OK);
        if (bits_of(x) != bits_of(strtod(text, NULL)))
            fail_msg("'%s' was read as %a", text, x);
    }
}

/* The exponent makes good for very many zeros, and must not be cut off before it does. */
static void a_huge_exponent_counts_in_full(void **state)
{
    (void)state;
    static char text[200064];
    memset(text, '0', 200000);
    text[1] = '.';
    text[100007] = '1';
    memcpy(text + 100008, "e1000060", 8);
    double x = 42;
    assert_int_equal(ml_number_parse(text, 100016, &x), ML_NUMBER_RANGE);
    memcpy(text + 100008, "e100006", 7);
    assert_int_equal(ml_number_parse(text, 100015, &x), ML_NUMBER_OK);
    assert_true(x == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_double_reads_back_to_the_same_bits),
        cmocka_unit_test(edge_doubles_read_back_to_the_same_bits),
        cmocka_unit_test(the_digits_are_as_few_as_printf_needs_and_the_closest),
        cmocka_unit_test(numbers_are_laid_out_like_javascript),
        cmocka_unit_test(the_amazon_form_has_one_digit_and_six_decimals),
        cmocka_unit_test(what_is_no_decimal_number_is_a_syntax_error),
        cmocka_unit_test(what_is_a_decimal_number_is_read),
        cmocka_unit_test(what_would_be_infinite_is_out_of_range),
        cmocka_unit_test(parsing_agrees_with_strtod),
        cmocka_unit_test(a_huge_exponent_counts_in_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "../lib/testing.h"

#include <math.h>

#include "data/cell.h"

static enum ml_cell_status number(const char *s, double *x)
{
    *x = 42;
    return ml_cell_number(s, strlen(s), x);
}

static enum ml_cell_status binary(const char *s, double *x)
{
    *x = 42;
    return ml_cell_binary(s, strlen(s), x);
}

static void blanks_around_a_number_are_ignored(void **state)
{
    (void)state;
    static const char *const good[] = {"1.5", " 1.5", "1.5 ", "\t 1.5\r\n", "+1.5", "15e-1"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        double x;
        assert_int_equal(number(good[i], &x), ML_CELL_OK);
        assert_true(x == 1.5);
    }
}

static void nothing_and_nan_are_missing(void **state)
{
    (void)state;
    static const char *const missing[] = {"", " ", "\t\t", "nan", "NaN", "NAN", " nan "};
    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
        double x;
        assert_int_equal(number(missing[i], &x), ML_CELL_MISSING);
        assert_true(isnan(x));
    }
    double x;
    assert_int_equal(binary("", &x), ML_CELL_MISSING);
    assert_true(isnan(x));
    assert_int_equal(binary("  ", &x), ML_CELL_MISSING);
}

static void what_is_no_number_is_invalid(void **state)
{
    (void)state;
    static const char *const bad[] = {"abc", "1,5",  "0x10", "inf",  "-nan", "1 2",
                                      "NA",  "null", "?",    "nano", "na"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        double x;
        assert_int_equal(number(bad[i], &x), ML_CELL_INVALID);
        assert_true(isnan(x));
    }
    double x;
    assert_int_equal(number("1e999", &x), ML_CELL_RANGE);
    assert_true(isnan(x));
}

static void ten_words_are_binary_in_any_case(void **state)
{
    (void)state;
    static const char *const no[] = {"0", "n", "N",     "no",    "No",     "NO",
                                     "f", "F", "false", "FALSE", " False "};
    static const char *const yes[] = {"1", "y", "Y",    "yes",  "YES",
                                      "t", "T", "true", "TRUE", "\ttrue"};
    double x;
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        assert_int_equal(binary(no[i], &x), ML_CELL_OK);
        assert_true(x == 0);
    }
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        assert_int_equal(binary(yes[i], &x), ML_CELL_OK);
        assert_true(x == 1);
    }
}

static void nothing_else_is_binary(void **state)
{
    (void)state;
    static const char *const bad[] = {"2", "-1", "0.0", "1.0", "on", "ye", "tru", "yess", "01"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        double x;
        assert_int_equal(binary(bad[i], &x), ML_CELL_INVALID);
        assert_true(isnan(x));
    }
}

static void complaints_name_the_kind(void **state)
{
    (void)state;
    assert_string_equal(ml_cell_complaint(ML_CELL_INVALID, 0), "not a number");
    assert_string_equal(ml_cell_complaint(ML_CELL_RANGE, 0), "number out of range");
    assert_string_equal(ml_cell_complaint(ML_CELL_INVALID, 1), "not a binary value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_around_a_number_are_ignored),
        cmocka_unit_test(nothing_and_nan_are_missing),
        cmocka_unit_test(what_is_no_number_is_invalid),
        cmocka_unit_test(ten_words_are_binary_in_any_case),
        cmocka_unit_test(nothing_else_is_binary),
        cmocka_unit_test(complaints_name_the_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

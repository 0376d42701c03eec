#include "../lib/testing.h"

#include "base/dict.h"

static size_t name_of(size_t i, char *to)
{
    return (size_t)sprintf(to, "%zx", i * UINT64_C(0x9e3779b97f4a7c15) % 1000003 * 7919);
}

static void many_strings_keep_their_numbers(void **state)
{
    (void)state;
    enum { N = 200000 };
    struct ml_dict dict = {0};
    char s[32];
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < N; i++) {
            size_t n = name_of(i, s);
            assert_int_equal(ml_dict_add(&dict, s, n), i);
        }
    }
    assert_int_equal(dict.count, N);
    for (size_t i = 0; i < N; i += 7) {
        size_t n = name_of(i, s);
        size_t got;
        const char *back = ml_dict_get(&dict, (uint32_t)i, &got);
        assert_int_equal(got, n);
        assert_memory_equal(back, s, n);
        assert_int_equal(ml_dict_find(&dict, s, n), i);
        s[0] = '!';
        assert_int_equal(ml_dict_find(&dict, s, n), ML_DICT_NONE);
    }
    ml_dict_release(&dict);
}

static void any_bytes_are_a_string_the_empty_one_too(void **state)
{
    (void)state;
    struct ml_dict dict = {0};
    assert_int_equal(ml_dict_find(&dict, "", 0), ML_DICT_NONE);
    assert_int_equal(ml_dict_add(&dict, "", 0), 0);
    assert_int_equal(ml_dict_add(&dict, "", 0), 0);
    assert_int_equal(ml_dict_add(&dict, NULL, 0), 0);
    assert_int_equal(ml_dict_find(&dict, "", 0), 0);
    assert_int_equal(ml_dict_add(&dict, "\0", 1), 1);
    assert_int_equal(ml_dict_add(&dict, "\0\0", 2), 2);
    assert_int_equal(ml_dict_add(&dict, "a\0b", 3), 3);
    assert_int_equal(ml_dict_add(&dict, "a", 1), 4);
    assert_int_equal(ml_dict_add(&dict, "\xff", 1), 5);
    assert_int_equal(ml_dict_find(&dict, "a\0b", 3), 3);
    assert_int_equal(ml_dict_find(&dict, "a\0c", 3), ML_DICT_NONE);
    assert_int_equal(ml_dict_add(&dict, "", 0), 0);
    ml_dict_release(&dict);
}

static void strings_that_differ_in_length_or_one_byte_are_distinct(void **state)
{
    (void)state;
    struct ml_dict dict = {0};
    char s[64];
    memset(s, 'x', sizeof(s));
    for (size_t n = 0; n <= sizeof(s); n++)
        assert_int_equal(ml_dict_add(&dict, s, n), n);
    for (size_t at = 0; at < sizeof(s); at++) {
        s[at] = 'y';
        assert_int_equal(ml_dict_add(&dict, s, sizeof(s)), 65 + at);
        s[at] = 'x';
    }
    ml_dict_release(&dict);
}

static void sorted_is_the_order_of_unsigned_bytes(void **state)
{
    (void)state;
    static const char *const words[] = {"b", "", "aa", "\xc3\xa4", "a", "B", "ab", "b\x01"};
    static const char *const sorted[] = {"", "B", "a", "aa", "ab", "b", "b\x01", "\xc3\xa4"};
    struct ml_dict dict = {0};
    for (size_t i = 0; i < 8; i++)
        ml_dict_add(&dict, words[i], strlen(words[i]));
    uint32_t *order = ml_dict_sorted(&dict);
    for (size_t i = 0; i < 8; i++) {
        size_t n;
        const char *s = ml_dict_get(&dict, order[i], &n);
        assert_int_equal(n, strlen(sorted[i]));
        assert_memory_equal(s, sorted[i], n);
    }
    free(order);
    ml_dict_release(&dict);
    struct ml_dict empty = {0};
    free(ml_dict_sorted(&empty));
    ml_dict_release(&empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_strings_keep_their_numbers),
        cmocka_unit_test(any_bytes_are_a_string_the_empty_one_too),
        cmocka_unit_test(strings_that_differ_in_length_or_one_byte_are_distinct),
        cmocka_unit_test(sorted_is_the_order_of_unsigned_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "../lib/testing.h"

#include "base/letters.h"
#include "base/words.h"

static void lower_case_letters_have_no_lower_case(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x20000; c++)
        assert_int_equal(ml_letter_lower(ml_letter_lower(c)), ml_letter_lower(c));
}

static void words_are_lower_cased_and_stripped_at_their_ends(void **state)
{
    (void)state;
    static const char text[] =
        " The End. (\xc3\x84RGER!) it's\te-mail \xe2\x80\x9cquoted\xe2\x80\x9d"
        " \xd0\x94\xd0\x90 \xff\xfe... caf\xc3\xa9, x";
    static const struct {
        const char *word;
        size_t characters;
    } want[] = {{"the", 3},         {"end", 3},    {"\xc3\xa4rger", 5},     {"it's", 4},
                {"e-mail", 6},      {"quoted", 6}, {"\xd0\xb4\xd0\xb0", 2}, {"\xff\xfe", 2},
                {"caf\xc3\xa9", 4}, {"x", 1}};
    struct ml_strbuf lower = {0};
    size_t at = 0;
    const char *word;
    size_t n;
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        assert_true(ml_word_next(text, sizeof(text) - 1, &at, &word, &n));
        ml_word_strip(&word, &n);
        ml_strbuf_clear(&lower);
        assert_int_equal(ml_word_add_lower(&lower, word, n), want[i].characters);
        assert_string_equal(lower.bytes, want[i].word);
    }
    assert_false(ml_word_next(text, sizeof(text) - 1, &at, &word, &n));
    ml_strbuf_release(&lower);
}

static void a_word_that_is_all_punctuation_vanishes(void **state)
{
    (void)state;
    const char *word = "--\xe2\x80\xa6!";
    size_t n = 6;
    ml_word_strip(&word, &n);
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lower_case_letters_have_no_lower_case),
        cmocka_unit_test(words_are_lower_cased_and_stripped_at_their_ends),
        cmocka_unit_test(a_word_that_is_all_punctuation_vanishes),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

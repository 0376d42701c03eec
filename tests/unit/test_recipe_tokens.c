#include "../lib/testing.h"

#include "recipe/tokens.h"

/* Tokens joined by '|', since they may hold blanks. */
static void assert_tokens(const struct ml_token_plan *plan, const char *text, const char *want)
{
    struct ml_tokens t = {0};
    struct ml_strbuf got = {0};
    ml_tokens_make(&t, plan, text, strlen(text));
    for (size_t i = 0; i < t.n; i++) {
        ml_strbuf_adds(&got, i > 0 ? "|" : "");
        ml_strbuf_add(&got, t.bytes.bytes + t.token[i].start, t.token[i].length);
    }
    assert_string_equal(got.bytes != NULL ? got.bytes : "", want);
    ml_strbuf_release(&got);
    ml_tokens_release(&t);
}

static const struct ml_token_plan words = {.join = ML_JOIN_NONE};
static const struct ml_token_plan lowercase = {.lowercase = true};
static const struct ml_token_plan no_punct = {.no_punct = true};

static struct ml_token_plan joined(enum ml_join join, size_t n)
{
    return (struct ml_token_plan){.join = join, .n = n};
}

static void words_are_what_white_space_separates(void **state)
{
    (void)state;
    assert_tokens(&words, "email-subject here", "email-subject|here");
    assert_tokens(&words, "\t a\n b\r\n\v\fc ", "a|b|c");
    assert_tokens(&words, "", "");
    assert_tokens(&words, " \t ", "");
}

static void lowercase_knows_more_than_ascii(void **state)
{
    (void)state;
    assert_tokens(&lowercase, "The QUICK Brown", "the|quick|brown");
    assert_tokens(&lowercase, "ÄÖÜ ÉCOLE ŁÓDŹ ΑΘΗΝΑ МОСКВА ՀԱՅ Ａ",
                  "äöü|école|łódź|αθηνα|москва|հայ|ａ");
    assert_tokens(&lowercase, "x\xff\x41\xc3", "x\xff\x61\xc3"); /* no UTF-8: bytes stay */
}

static void no_punct_strips_the_ends_of_words(void **state)
{
    (void)state;
    assert_tokens(&no_punct, "Well - sit, please!", "Well|sit|please");
    assert_tokens(&no_punct, "seat-belts! (really) \"so\" it's", "seat-belts|really|so|it's");
    assert_tokens(&no_punct, "«oui» ¿qué? “so” … —", "oui|qué|so");
    assert_tokens(&no_punct, "... - !", "");
}

static void ngram_gives_all_up_to_n_words(void **state)
{
    (void)state;
    struct ml_token_plan two = joined(ML_JOIN_NGRAM, 2);
    struct ml_token_plan three = joined(ML_JOIN_NGRAM, 3);
    assert_tokens(&two, "red, green, blue", "red,|green,|blue|red, green,|green, blue");
    assert_tokens(&three, "a  b\tc", "a|b|c|a b|a b c|b c");
    assert_tokens(&two, "one", "one");
    struct ml_token_plan clean = {true, true, ML_JOIN_NGRAM, 2};
    assert_tokens(&clean, "Red - Wine!", "red|wine|red wine");
}

static void osb_gives_the_pairs_of_a_window(void **state)
{
    (void)state;
    struct ml_token_plan four = joined(ML_JOIN_OSB, 4);
    assert_tokens(&four, "old red wine pairs",
                  "old_red|old__wine|old___pairs|red_wine|red__pairs|wine_pairs");
    assert_tokens(&four, "The quick brown fox jumps",
                  "The_quick|The__brown|The___fox|quick_brown|quick__fox|quick___jumps|"
                  "brown_fox|brown__jumps|fox_jumps");
    assert_tokens(&four, "alone", "");
    struct ml_token_plan two = joined(ML_JOIN_OSB, 2);
    assert_tokens(&two, "a b c", "a_b|b_c");
}

static void growing_buffers_do_no_harm(void **state)
{
    (void)state;
    struct ml_strbuf text = {0};
    for (int i = 0; i < 5000; i++)
        ml_strbuf_addf(&text, "W%d! ", i);
    struct ml_token_plan plan = {true, true, ML_JOIN_NGRAM, 10};
    struct ml_tokens t = {0};
    for (int round = 0; round < 2; round++) {
        ml_tokens_make(&t, &plan, text.bytes, text.length);
        assert_int_equal(t.n, 10 * 5000 - 45);
        assert_memory_equal(t.bytes.bytes + t.token[4999].start, "w4999", 5);
    }
    ml_tokens_release(&t);
    ml_strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_what_white_space_separates),
        cmocka_unit_test(lowercase_knows_more_than_ascii),
        cmocka_unit_test(no_punct_strips_the_ends_of_words),
        cmocka_unit_test(ngram_gives_all_up_to_n_words),
        cmocka_unit_test(osb_gives_the_pairs_of_a_window),
        cmocka_unit_test(growing_buffers_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

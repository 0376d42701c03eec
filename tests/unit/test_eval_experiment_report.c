#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "eval/experiment_json.h"
#include "eval/experiment_text.h"

static struct ml_experiment_arm rate_arm(const char *name, uint64_t ones, uint64_t outcomes)
{
    double n = (double)outcomes;
    double rate = outcomes > 0 ? (double)ones / n : 0;
    return (struct ml_experiment_arm){
        .name = name,
        .weight = 0.5,
        .assignments = outcomes,
        .outcomes = {.n = outcomes, .mean = rate, .m2 = n * rate * (1 - rate)},
        .all_binary = true,
    };
}

static struct ml_experiment analysed(const struct ml_experiment_arm *arms, size_t n)
{
    struct ml_experiment_options options = ML_EXPERIMENT_OPTIONS_INIT;
    struct ml_experiment result;
    struct ml_error err;
    if (!ml_experiment_analyse(&result, arms, n, &options, &err))
        fail_msg("%s", err.msg);
    return result;
}

/* JSON --------------------------------------------------------------------------------------------
 */

static struct ml_json *json_of(const struct ml_experiment *experiment)
{
    struct ml_strbuf text = {0};
    struct ml_json *document;
    struct ml_error err;
    ml_strbuf_addc(&text, '{');
    ml_experiment_json(&text, experiment);
    ml_strbuf_addc(&text, '}');
    if (!ml_json_parse(&document, text.bytes, text.length, "json", &err))
        fail_msg("%s in %s", err.msg, text.bytes);
    ml_strbuf_release(&text);
    return document;
}

static const struct ml_json *item(const struct ml_json *array, size_t i)
{
    const struct ml_json *child = ml_json_first(array);
    for (; child != NULL && i > 0; i--)
        child = ml_json_next(child);
    return child;
}

static const struct ml_json *member(const struct ml_json *document, const char *array, size_t i,
                                    const char *name)
{
    const struct ml_json *value = ml_json_get(item(ml_json_get(document, array), i), name);
    if (value == NULL)
        fail_msg("no %s[%zu].%s", array, i, name);
    return value;
}

static void assert_keys(const struct ml_json *object, const char *expected)
{
    struct ml_strbuf keys = {0};
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m)) {
        ml_strbuf_adds(&keys, ml_json_key(m));
        ml_strbuf_addc(&keys, ' ');
    }
    assert_string_equal(keys.bytes, expected);
    ml_strbuf_release(&keys);
}

static void json_has_the_documented_members(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 505, 5000), rate_arm("B", 620, 5000)};
    struct ml_experiment e = analysed(arms, 2);
    struct ml_json *document = json_of(&e);
    assert_keys(document, "arms comparisons sample_ratio verdict ");
    assert_keys(item(ml_json_get(document, "arms"), 1),
                "variant weight assignments expected_share observed_share outcomes rate low high "
                "p_best expected_loss ");
    assert_keys(item(ml_json_get(document, "comparisons"), 0),
                "variant control difference low high lift lift_low lift_high test p p_adjusted "
                "always_valid_p always_valid_p_adjusted sequence_low sequence_high "
                "more_outcomes ");
    assert_keys(ml_json_get(document, "sample_ratio"), "chi2 df p status ");
    assert_keys(ml_json_get(document, "verdict"), "code winner text ");
    ml_json_free(document);
}

static void json_reads_back_to_the_same_figures(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 505, 5000), rate_arm("B", 620, 5000)};
    struct ml_experiment e = analysed(arms, 2);
    struct ml_json *document = json_of(&e);
    assert_string_equal(ml_json_string(member(document, "arms", 1, "variant")), "B");
    assert_true(ml_json_number(member(document, "arms", 1, "rate")) == 0.124);
    assert_true(ml_json_number(member(document, "arms", 1, "p_best")) == e.arms[1].p_best);
    const struct ml_comparison *c = &e.comparisons[0];
    assert_string_equal(ml_json_string(member(document, "comparisons", 0, "control")), "A");
    assert_string_equal(ml_json_string(member(document, "comparisons", 0, "test")), "z");
    assert_true(ml_json_number(member(document, "comparisons", 0, "p")) == c->p);
    assert_true(ml_json_number(member(document, "comparisons", 0, "lift_high")) ==
                c->lift_interval.high);
    assert_true(ml_json_number(member(document, "comparisons", 0, "sequence_low")) ==
                c->sequence.low);
    const struct ml_json *verdict = ml_json_get(document, "verdict");
    assert_string_equal(ml_json_string(ml_json_get(verdict, "code")), "winner");
    assert_string_equal(ml_json_string(ml_json_get(verdict, "winner")), "B");
    ml_json_free(document);
}

static void what_is_not_known_is_null_in_json(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 0, 0), rate_arm("B", 0, 0)};
    arms[1].all_binary = false;
    struct ml_experiment e = analysed(arms, 2);
    struct ml_json *document = json_of(&e);
    static const char *const unknown[] = {"difference", "low",          "high",         "lift", "p",
                                          "p_adjusted", "sequence_low", "more_outcomes"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        assert_int_equal(ml_json_type(member(document, "comparisons", 0, unknown[i])),
                         ML_JSON_NULL);
    assert_int_equal(ml_json_type(member(document, "arms", 0, "rate")), ML_JSON_NULL);
    assert_int_equal(ml_json_type(member(document, "arms", 0, "observed_share")), ML_JSON_NULL);
    const struct ml_json *ratio = ml_json_get(document, "sample_ratio");
    assert_int_equal(ml_json_type(ml_json_get(ratio, "p")), ML_JSON_NULL);
    assert_string_equal(ml_json_string(ml_json_get(ratio, "status")), "too_few");
    const struct ml_json *verdict = ml_json_get(document, "verdict");
    assert_int_equal(ml_json_type(ml_json_get(verdict, "winner")), ML_JSON_NULL);
    assert_string_equal(ml_json_string(ml_json_get(verdict, "code")), "no_data");
    ml_json_free(document);
}

static void rewards_have_a_mean_in_json(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 505, 5000), rate_arm("B", 620, 5000)};
    arms[0].all_binary = false;
    struct ml_experiment e = analysed(arms, 2);
    struct ml_json *document = json_of(&e);
    assert_true(ml_json_number(member(document, "arms", 0, "mean")) == 0.101);
    assert_string_equal(ml_json_string(member(document, "comparisons", 0, "test")), "welch");
    ml_json_free(document);
}

/* Text --------------------------------------------------------------------------------------------
 */

/* Every line at most 80 characters, no blanks at its end, valid UTF-8, no control bytes. */
static void assert_readable(const struct ml_strbuf *text)
{
    assert_true(ml_utf8_is_valid(text->bytes, text->length));
    size_t width = 0;
    for (size_t i = 0; i < text->length; i++) {
        unsigned char c = (unsigned char)text->bytes[i];
        if (c == '\n') {
            if (width > 80 || (i > 0 && text->bytes[i - 1] == ' '))
                fail_msg("a line of %zu characters in\n%s", width, text->bytes);
            width = 0;
            continue;
        }
        assert_true(c >= 0x20 && c != 0x7f);
        width += (c & 0xc0) != 0x80;
    }
    assert_true(text->length > 0 && text->bytes[text->length - 1] == '\n');
}

static void text_reads_like_this(void **state)
{
    (void)state;
    static const char expected[] =
        "variant             weight      assigned    share % expected %      outcomes\n"
        "A                      0.5          5000       50.0       50.0          5000\n"
        "B                      0.5          5000       50.0       50.0          5000\n"
        "\n"
        "variant                rate        low       high    P(best)  expected loss\n"
        "A                    0.1010     0.0930     0.1097     0.0001         0.0230\n"
        "B                    0.1240     0.1152     0.1334     0.9999         0.0000\n"
        "\n"
        "against A, 95 % intervals; \"always\": valid at every look\n"
        "variant          difference        low       high     always low       high\n"
        "B                   +0.0230    +0.0106    +0.0354        +0.0037    +0.0423\n"
        "\n"
        "variant              lift %        low       high    test         p    always p\n"
        "B                     +22.8       +9.9      +37.1       z   0.00027      0.0081\n"
        "\n"
        "sample ratio: ok (chi2 0, df 1, p 1)\n"
        "\n"
        "B is better than A: 12.4 % against 10.1 %, +2.3 points (95 % interval +1.1 to\n"
        "+3.5); safe to stop now (always-valid p = 0.0081)\n";
    struct ml_experiment_arm arms[] = {rate_arm("A", 505, 5000), rate_arm("B", 620, 5000)};
    struct ml_experiment e = analysed(arms, 2);
    struct ml_strbuf text = {0};
    ml_experiment_text(&text, &e);
    assert_string_equal(text.bytes, expected);
    assert_readable(&text);
    ml_strbuf_release(&text);
}

static void hostile_names_and_figures_keep_text_readable(void **state)
{
    (void)state;
    char long_name[500];
    memset(long_name, 'x', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    struct ml_experiment_arm arms[ML_EXPERIMENT_MAX_ARMS];
    for (size_t i = 0; i < ML_EXPERIMENT_MAX_ARMS; i++) {
        arms[i] = rate_arm(i % 2 ? long_name : "\x1b[31m\xff größe", 3, 10);
        arms[i].all_binary = false;
        arms[i].weight = 1e-100 * (double)(i + 1);
        arms[i].assignments = UINT64_MAX - i;
        arms[i].outcomes =
            (struct ml_moments){UINT64_MAX / 2, (i % 3 ? -1e150 : 1e-150) * (double)i, 1e300};
    }
    struct ml_experiment e = analysed(arms, ML_EXPERIMENT_MAX_ARMS);
    struct ml_strbuf text = {0};
    ml_experiment_text(&text, &e);
    assert_int_equal(e.verdict, ML_VERDICT_SRM_ALARM);
    assert_readable(&text);
    ml_strbuf_clear(&text);
    for (size_t i = 0; i < ML_EXPERIMENT_MAX_ARMS; i++)
        arms[i].weight = 1;
    e = analysed(arms, ML_EXPERIMENT_MAX_ARMS);
    ml_experiment_text(&text, &e);
    assert_readable(&text);
    ml_json_free(json_of(&e));
    ml_strbuf_clear(&text);
    e = analysed(arms, 0);
    ml_experiment_text(&text, &e);
    assert_readable(&text);
    ml_strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_the_documented_members),
        cmocka_unit_test(json_reads_back_to_the_same_figures),
        cmocka_unit_test(what_is_not_known_is_null_in_json),
        cmocka_unit_test(rewards_have_a_mean_in_json),
        cmocka_unit_test(text_reads_like_this),
        cmocka_unit_test(hostile_names_and_figures_keep_text_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

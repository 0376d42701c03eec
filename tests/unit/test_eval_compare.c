#include "../lib/testing.h"

#include <math.h>

#include "base/json.h"
#include "eval/compare.h"
#include "eval/text_cell.h"

enum { N = 400 };

static double score_a[N];
static double score_b[N];
static uint8_t positive[N];

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* Model a knows the row's log-odds with noise; b with noise_b, and states them `sharp` times. */
static void draw(double noise_b, double sharp)
{
    struct ml_rng rng;
    ml_rng_init(&rng, 3);
    for (size_t i = 0; i < N; i++) {
        double odds = 2 * ml_rng_normal(&rng);
        positive[i] = ml_rng_uniform(&rng) < logistic(odds);
        score_a[i] = logistic(odds + 1.5 * ml_rng_normal(&rng));
        score_b[i] = logistic(sharp * (odds + noise_b * ml_rng_normal(&rng)));
    }
}

static struct ml_compare_input drawn(void)
{
    return (struct ml_compare_input){
        .kind = ML_COMPARE_BINARY,
        .n = N,
        .scores_a = score_a,
        .scores_b = score_b,
        .positive = positive,
        .threshold_a = 0.5,
        .threshold_b = 0.5,
        .resamples = 400,
        .seed = 7,
    };
}

static struct ml_compare_result compared(const struct ml_compare_input *input)
{
    struct ml_compare_result result;
    struct ml_error err;
    must(ml_compare(&result, input, &err));
    return result;
}

static void assert_verdict(const struct ml_compare_result *result, enum ml_compare_verdict verdict,
                           const char *begin, const char *part)
{
    struct ml_strbuf text = {0};
    ml_compare_verdict_text(&text, result, "banking@1", "banking@2");
    if (result->verdict != verdict || strncmp(text.bytes, begin, strlen(begin)) != 0)
        fail_msg("%s: %s", ml_compare_verdict_name(result->verdict), text.bytes);
    assert_contains(text.bytes, part);
    assert_null(strstr(text.bytes, "nan"));
    ml_strbuf_release(&text);
}

static void assert_refused(const struct ml_compare_input *input, enum ml_err code,
                           const char *message)
{
    struct ml_compare_result result = {.n = 77};
    struct ml_error err;
    assert_false(ml_compare(&result, input, &err));
    assert_int_equal(err.code, code);
    assert_contains(err.msg, message);
    assert_int_equal(result.n, 77);
}

static void a_better_model_is_promoted(void **state)
{
    (void)state;
    draw(0.3, 1);
    struct ml_compare_input input = drawn();
    struct ml_compare_result result = compared(&input);
    assert_verdict(&result, ML_COMPARE_PROMOTE, "promote banking@2: its AUC is higher by 0.",
                   " and its log-loss is lower by 0.");
    input.scores_a = score_b;
    input.scores_b = score_a;
    result = compared(&input);
    assert_verdict(&result, ML_COMPARE_KEEP, "keep banking@1: the AUC of banking@2 is lower by 0.",
                   " and its log-loss is higher by 0.");
}

static void equal_models_show_no_difference(void **state)
{
    (void)state;
    draw(1.5, 1);
    struct ml_compare_input input = drawn();
    struct ml_compare_result result = compared(&input);
    assert_verdict(&result, ML_COMPARE_NO_DIFFERENCE,
                   "no difference that these 400 rows can show in AUC and log-loss: keep banking@1",
                   "");
    input.scores_b = score_a;
    result = compared(&input);
    assert_verdict(&result, ML_COMPARE_NO_DIFFERENCE, "no difference", "");
    assert_true(result.auc.difference == 0 && result.auc.p == 1 && result.accuracy.p == 1);
    assert_true(result.log_loss.interval.low == 0 && result.log_loss.interval.high == 0);
}

static void a_ranking_that_is_better_does_not_excuse_worse_probabilities(void **state)
{
    (void)state;
    draw(0.3, 8);
    struct ml_compare_input input = drawn();
    struct ml_compare_result result = compared(&input);
    assert_verdict(&result, ML_COMPARE_DISAGREE,
                   "keep banking@1: AUC and log-loss disagree: banking@2 ranks better",
                   "calibrate it and compare again");
    input.scores_a = score_b;
    input.scores_b = score_a;
    result = compared(&input);
    assert_verdict(&result, ML_COMPARE_DISAGREE, "keep banking@1: AUC and log-loss disagree",
                   "ranks worse");
}

static void log_loss_decides_where_auc_shows_nothing(void **state)
{
    (void)state;
    draw(1.5, 1);
    for (size_t i = 0; i < N; i++)
        score_b[i] = logistic(3 * log(score_a[i] / (1 - score_a[i])));
    struct ml_compare_input input = drawn();
    struct ml_compare_result result = compared(&input);
    assert_true(result.auc.difference == 0 && result.auc.p == 1);
    assert_verdict(&result, ML_COMPARE_KEEP, "keep banking@1: the log-loss of banking@2 is higher",
                   "; in AUC these 400 rows show no difference");
    input.scores_a = score_b;
    input.scores_b = score_a;
    result = compared(&input);
    assert_verdict(&result, ML_COMPARE_PROMOTE, "promote banking@2: its log-loss is lower by",
                   "; in AUC these 400 rows show no difference");
}

static void the_same_seed_gives_the_same_interval(void **state)
{
    (void)state;
    draw(1, 1);
    struct ml_compare_input input = drawn();
    struct ml_compare_result one = compared(&input);
    struct ml_compare_result two = compared(&input);
    assert_true(one.log_loss.interval.low == two.log_loss.interval.low);
    input.seed = 8;
    two = compared(&input);
    assert_true(one.log_loss.interval.low != two.log_loss.interval.low);
}

static void perfect_and_perfectly_wrong_claim_nothing_they_cannot(void **state)
{
    (void)state;
    const double right[] = {0.9, 0.9, 0.1, 0.1};
    const double wrong[] = {0.1, 0.1, 0.9, 0.9};
    const uint8_t label[] = {1, 1, 0, 0};
    struct ml_compare_input input = drawn();
    input.n = 4;
    input.scores_a = wrong;
    input.scores_b = right;
    input.positive = label;
    struct ml_compare_result result = compared(&input);
    assert_true(result.auc.difference == 1 && isnan(result.auc.p) && isnan(result.log_loss.p));
    assert_verdict(&result, ML_COMPARE_NO_DIFFERENCE, "no difference that these 4 rows", "");
    struct ml_strbuf text = {0};
    ml_strbuf_adds(&text, "{");
    ml_compare_json(&text, &result, "a", "b");
    ml_strbuf_adds(&text, "}");
    assert_contains(text.bytes, "\"low\":null,\"high\":null,\"z\":null,\"p\":null");
    ml_strbuf_release(&text);
    input.n = 2; /* one row of each class */
    input.positive = (const uint8_t[]){1, 0};
    result = compared(&input);
    assert_true(isnan(result.auc.p) && result.verdict == ML_COMPARE_NO_DIFFERENCE);
}

static void scores_of_zero_and_one_have_finite_losses(void **state)
{
    (void)state;
    const double a[] = {0, 1, 0, 1, 1};
    const double b[] = {1, 0, 0, 1, 1};
    struct ml_compare_input input = drawn();
    input.n = 5;
    input.scores_a = a;
    input.scores_b = b;
    input.positive = (const uint8_t[]){1, 0, 0, 1, 0};
    struct ml_compare_result result = compared(&input);
    assert_true(isfinite(result.log_loss.a) && isfinite(result.log_loss.interval.low));
}

static void regression_is_judged_by_squared_error(void **state)
{
    (void)state;
    static double truth[N];
    struct ml_rng rng;
    ml_rng_init(&rng, 11);
    for (size_t i = 0; i < N; i++) {
        truth[i] = 100 * ml_rng_normal(&rng);
        score_a[i] = truth[i] + 30 * ml_rng_normal(&rng);
        score_b[i] = truth[i] + 20 * ml_rng_normal(&rng);
    }
    struct ml_compare_input input = drawn();
    input.kind = ML_COMPARE_REGRESSION;
    input.truth = truth;
    struct ml_compare_result result = compared(&input);
    assert_verdict(&result, ML_COMPARE_PROMOTE,
                   "promote banking@2: its mean squared error is lower by ", " instead of ");
    input.n = 1;
    result = compared(&input);
    assert_true(isnan(result.mse.p));
    assert_verdict(&result, ML_COMPARE_NO_DIFFERENCE, "no difference that these 1 row can show",
                   "");
    input.n = N;
    input.scores_b = truth;
    truth[N - 1] = NAN;
    assert_refused(&input, ML_EINPUT, "first model: row 400: truth nan");
}

static void multiclass_is_judged_by_log_loss(void **state)
{
    (void)state;
    enum { ROWS = 60 };
    static double a[ROWS * 3];
    static double b[ROWS * 3];
    static uint32_t label[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        label[i] = (uint32_t)(i % 3);
        for (size_t c = 0; c < 3; c++) {
            a[i * 3 + c] = c == label[i] ? 0.5 : 0.25;
            b[i * 3 + c] = c == label[i] ? (i % 4 ? 0.75 : 0.5) : (i % 4 ? 0.125 : 0.25);
        }
    }
    struct ml_compare_input input = {
        .kind = ML_COMPARE_MULTICLASS,
        .n = ROWS,
        .n_classes = 3,
        .scores_a = a,
        .scores_b = b,
        .label = label,
    };
    struct ml_compare_result result = compared(&input);
    assert_verdict(&result, ML_COMPARE_PROMOTE, "promote banking@2: its log-loss is lower by 0.3",
                   "95 % interval");
    assert_true(result.accuracy_a == 1 && result.accuracy.p == 1);
    b[4] += 0.5;
    assert_refused(&input, ML_EINPUT, "second model: row 2: probabilities");
    input.n_classes = 5000;
    assert_refused(&input, ML_ELIMIT, "first model: 5000 classes");
}

static void bad_input_is_refused_with_its_place(void **state)
{
    (void)state;
    draw(1, 1);
    struct ml_compare_input input = drawn();
    input.n = 0;
    assert_refused(&input, ML_EINPUT, "no rows to compare on");
    input = drawn();
    score_b[2] = NAN;
    assert_refused(&input, ML_EINPUT, "second model: row 3: score");
    score_b[2] = 0.5;
    input.threshold_b = 1.5;
    assert_refused(&input, ML_EINPUT, "thresholds 0.5 and 1.5");
    input = drawn();
    input.resamples = 1000000;
    assert_refused(&input, ML_ELIMIT, "1000000 resamples");
    input = drawn();
    memset(positive, 1, sizeof(positive));
    assert_refused(&input, ML_EINPUT, "only one class in the rows to compare on: all labels are 1");
}

static void many_rows_have_the_normal_interval_at_once(void **state)
{
    (void)state;
    enum { MANY = ML_BOOTSTRAP_MAX_ROWS + 1 };
    double *a = calloc(MANY, sizeof(*a));
    double *b = calloc(MANY, sizeof(*b));
    assert_non_null(a);
    assert_non_null(b);
    struct ml_rng rng;
    ml_rng_init(&rng, 13);
    for (size_t i = 0; i < MANY; i++)
        b[i] = ml_rng_normal(&rng);
    struct ml_paired figure;
    ml_paired_mean(&figure, a, b, MANY, &(struct ml_bootstrap){ML_COMPARE_MAX_RESAMPLES, 1});
    double width = figure.interval.high - figure.interval.low;
    assert_true(fabs(width - 2 * 1.96 / sqrt(MANY)) < 1e-4);
    free(a);
    free(b);
}

static void text_and_json_hold_hostile_names(void **state)
{
    (void)state;
    draw(0.3, 1);
    struct ml_compare_input input = drawn();
    struct ml_compare_result result = compared(&input);
    const char *hostile = "a\n\"\x01 name that is much longer than any line of eighty columns is "
                          "going to be, whatever is done about it";
    struct ml_strbuf text = {0};
    ml_compare_text(&text, &result, hostile, "b");
    size_t width = 0;
    for (const char *at = text.bytes; *at != '\0'; at++) {
        width = *at == '\n' ? 0 : width + (((unsigned char)*at & 0xc0) != 0x80);
        assert_true(width <= ML_TEXT_COLUMNS);
    }
    ml_strbuf_clear(&text);
    ml_strbuf_adds(&text, "{");
    ml_compare_json(&text, &result, hostile, "b");
    ml_strbuf_adds(&text, "}");
    struct ml_json *document = NULL;
    struct ml_error err;
    must(ml_json_parse(&document, text.bytes, text.length, "comparison", &err));
    const struct ml_json *verdict = ml_json_get(document, "verdict");
    assert_string_equal(ml_json_string(ml_json_get(verdict, "code")), "promote");
    assert_string_equal(ml_json_string(ml_json_get(verdict, "use")), "b");
    assert_true(ml_json_number(ml_json_get(ml_json_get(document, "auc"), "p")) == result.auc.p);
    ml_json_free(document);
    ml_strbuf_release(&text);
}

static void text_reads_like_this(void **state)
{
    (void)state;
    struct ml_compare_result result = {
        .kind = ML_COMPARE_BINARY,
        .n = 1234567,
        .auc = {0.7912, 0.7943, 0.0031, {0.0012, 0.005}, 3.2, 0.0014},
        .log_loss = {0.31, 0.3099, -0.0001, {-0.0003, 0.0001}, -1, 0.32},
        .brier = {0.1, 0.1, 0, {0, 0}, 0, 1},
        .threshold_a = 0.5,
        .threshold_b = 0.25,
        .accuracy_a = 0.9,
        .accuracy_b = 0.91,
        .accuracy = {100, 200, 1e-9},
        .verdict = ML_COMPARE_PROMOTE,
    };
    struct ml_strbuf text = {0};
    ml_compare_text(&text, &result, "banking@1", "banking@2");
    assert_string_equal(
        text.bytes,
        "rows  1234567\n"
        "a     banking@1\n"
        "b     banking@2\n"
        "\n"
        "                           a           b       b - a       low      high       p\n"
        "auc                   0.7912      0.7943     +0.0031   +0.0012   +0.0050  0.0014\n"
        "log-loss              0.3100      0.3099   -0.000100 -0.000300 +0.000100  0.3200\n"
        "brier score           0.1000      0.1000     +0.0000   +0.0000   +0.0000  1.0000\n"
        "threshold             0.5000      0.2500\n"
        "accuracy              0.9000      0.9100     +0.0100                     <0.0001\n"
        "right by one alone       100         200\n"
        "low, high: 95 % interval of the difference\n"
        "\n"
        "promote banking@2: its AUC is higher by 0.0031 (95 % interval 0.0012 to 0.0050);\n"
        "in log-loss these 1,234,567 rows show no difference\n");
    ml_strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_better_model_is_promoted),
        cmocka_unit_test(equal_models_show_no_difference),
        cmocka_unit_test(a_ranking_that_is_better_does_not_excuse_worse_probabilities),
        cmocka_unit_test(log_loss_decides_where_auc_shows_nothing),
        cmocka_unit_test(the_same_seed_gives_the_same_interval),
        cmocka_unit_test(perfect_and_perfectly_wrong_claim_nothing_they_cannot),
        cmocka_unit_test(scores_of_zero_and_one_have_finite_losses),
        cmocka_unit_test(regression_is_judged_by_squared_error),
        cmocka_unit_test(multiclass_is_judged_by_log_loss),
        cmocka_unit_test(bad_input_is_refused_with_its_place),
        cmocka_unit_test(many_rows_have_the_normal_interval_at_once),
        cmocka_unit_test(text_and_json_hold_hostile_names),
        cmocka_unit_test(text_reads_like_this),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

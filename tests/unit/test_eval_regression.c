#include "../lib/testing.h"

#include <math.h>

#include "base/json.h"
#include "eval/decimal.h"
#include "eval/quantile.h"
#include "eval/regression.h"
#include "eval/report_json.h"
#include "eval/report_text.h"
#include "eval/text_bars.h"
#include "eval/text_cell.h"

static struct ml_regression_eval evaluated(const double *prediction, const double *truth, size_t n,
                                           double constant)
{
    struct ml_regression_eval eval;
    struct ml_error err;
    must(ml_regression_evaluate(&eval, prediction, truth, n, constant, &err));
    return eval;
}

static void assert_refused(const double *prediction, const double *truth, size_t n, double constant,
                           const char *message)
{
    struct ml_regression_eval eval = {.rows = 77};
    struct ml_error err;
    assert_false(ml_regression_evaluate(&eval, prediction, truth, n, constant, &err));
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, message);
    assert_int_equal(eval.rows, 77);
}

static void a_positive_residual_is_an_under_estimate(void **state)
{
    (void)state;
    struct ml_regression_eval eval = evaluated((double[]){1, 2}, (double[]){3, 4}, 2, 3.5);
    assert_true(eval.mean_residual == 2);
    assert_true(eval.figures.rmse == 2 && eval.figures.mae == 2);
    assert_true(eval.figures.r2 == -15);
    assert_true(eval.baseline.figures.r2 == 0);
    assert_true(eval.baseline.prediction == 3.5);
    assert_int_equal(eval.histogram.counts[19], 2);
}

static void perfect_predictions_lie_in_the_middle_of_the_histogram(void **state)
{
    (void)state;
    struct ml_regression_eval eval = evaluated((double[]){3, 5}, (double[]){3, 5}, 2, 0);
    assert_true(eval.figures.rmse == 0 && eval.figures.r2 == 1);
    assert_true(eval.histogram.edges[0] == -1 && eval.histogram.edges[20] == 1);
    assert_int_equal(eval.histogram.counts[10], 2);
}

static void constant_truth_has_an_r2_of_one_or_zero(void **state)
{
    (void)state;
    const double truth[10] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    double prediction[10];
    memcpy(prediction, truth, sizeof(truth));
    assert_true(evaluated(prediction, truth, 10, 0.1).figures.r2 == 1);
    prediction[3] = 0.2;
    assert_true(evaluated(prediction, truth, 10, 0.3).figures.r2 == 0);
    assert_true(evaluated(prediction, truth, 10, 0.3).baseline.figures.r2 == 0);
}

static void a_single_row_has_no_r2(void **state)
{
    (void)state;
    struct ml_regression_eval eval = evaluated((double[]){1}, (double[]){2}, 1, 0);
    assert_true(isnan(eval.figures.r2));
    struct ml_strbuf text = {0};
    ml_report_json_regression(&text, &eval);
    assert_contains(text.bytes, "\"r2\":null");
    ml_strbuf_clear(&text);
    ml_report_text_regression(&text, &eval);
    assert_null(strstr(text.bytes, "nan"));
    ml_strbuf_release(&text);
}

static void what_is_no_number_is_refused_with_its_row(void **state)
{
    (void)state;
    const double good[] = {1, 2, 3};
    assert_refused(good, good, 0, 0, "no rows to evaluate");
    assert_refused((double[]){1, NAN, 3}, good, 3, 0, "row 2: prediction");
    assert_refused(good, (double[]){1, 2, INFINITY}, 3, 0, "row 3: truth inf");
    assert_refused(good, (double[]){1e200, 2, 3}, 3, 0, "row 1: truth 1e+200");
    assert_refused(good, good, 3, NAN, "baseline");
}

static void the_largest_and_least_numbers_stay_finite(void **state)
{
    (void)state;
    const double sizes[] = {ML_REGRESSION_LARGEST, 1e-150, 5e-324};
    for (size_t i = 0; i < 3; i++) {
        const double truth[] = {sizes[i], -sizes[i]};
        const double prediction[] = {-sizes[i], sizes[i]};
        struct ml_regression_eval eval = evaluated(prediction, truth, 2, -sizes[i]);
        assert_true(isfinite(eval.figures.rmse) && isfinite(eval.figures.r2));
        assert_true(isfinite(eval.baseline.figures.r2));
        size_t total = 0;
        for (size_t b = 0; b < ML_RESIDUAL_BINS; b++)
            total += eval.histogram.counts[b];
        assert_int_equal(total, 2);
    }
}

static void every_residual_is_in_the_bin_its_edges_say(void **state)
{
    (void)state;
    enum { N = 50 };
    struct ml_rng rng;
    ml_rng_init(&rng, 5);
    for (int round = 0; round < 300; round++) {
        double truth[N];
        double zero[N] = {0};
        double scale = pow(10, (double)ml_rng_below(&rng, 12) - 6);
        for (size_t i = 0; i < N; i++)
            truth[i] = round % 2 ? scale * ml_rng_normal(&rng)
                                 : ml_decimal(ml_rng_below(&rng, 21), -(round % 5));
        struct ml_regression_eval eval = evaluated(zero, truth, N, 0);
        const struct ml_residual_histogram *h = &eval.histogram;
        for (size_t b = 0; b < ML_RESIDUAL_BINS; b++) {
            size_t inside = 0;
            for (size_t i = 0; i < N; i++)
                inside += truth[i] >= h->edges[b] &&
                          (truth[i] < h->edges[b + 1] ||
                           (b + 1 == ML_RESIDUAL_BINS && truth[i] <= h->edges[b + 1]));
            assert_int_equal(h->counts[b], inside);
        }
    }
}

static void json_has_the_documented_members(void **state)
{
    (void)state;
    struct ml_regression_eval eval =
        evaluated((double[]){1, 2, 3, 4}, (double[]){1.5, 2, 2, 4}, 4, 2);
    struct ml_strbuf text = {0};
    ml_strbuf_adds(&text, "{");
    ml_report_json_regression(&text, &eval);
    ml_strbuf_adds(&text, "}");
    assert_string_equal(
        text.bytes,
        "{\"rows\":4,\"rmse\":0.5590169943749475,\"mae\":0.375,\"r2\":0.6610169491525424,"
        "\"mean_residual\":-0.125,\"median_absolute_error\":0.25,"
        "\"residual_quantiles\":[{\"share\":0.05,\"value\":-0.85},{\"share\":0.25,\"value\":-0.25},"
        "{\"share\":0.5,\"value\":0},{\"share\":0.75,\"value\":0.125},"
        "{\"share\":0.95,\"value\":0.4249999999999998}],"
        "\"baseline\":{\"prediction\":2,\"rmse\":1.0307764064044151,\"mae\":0.625,"
        "\"r2\":-0.15254237288135575},"
        "\"residual_histogram\":{\"low\":-1,\"high\":1,\"bins\":20,"
        "\"counts\":[1,0,0,0,0,0,0,0,0,0,2,0,0,0,0,1,0,0,0,0]}}");
    ml_strbuf_release(&text);
}

static void assert_narrow(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++) {
        width = *text == '\n' ? 0 : width + (((unsigned char)*text & 0xc0) != 0x80);
        assert_true(width <= ML_TEXT_COLUMNS);
    }
}

static void text_reads_like_this(void **state)
{
    (void)state;
    struct ml_regression_eval eval =
        evaluated((double[]){1, 2, 3, 4}, (double[]){1.5, 2, 2, 4}, 4, 2);
    struct ml_strbuf text = {0};
    ml_report_text_regression(&text, &eval);
    assert_narrow(text.bytes);
    assert_contains(text.bytes,
                    "rmse                          0.559017       1.03078   lower is better\n");
    assert_contains(text.bytes,
                    "residual: truth - prediction, positive where the prediction is too low\n");
    assert_contains(text.bytes, "-1 to -0.9    1  ████████████████████\n");
    assert_contains(text.bytes, "0 to 0.1      2  ████████████████████████████████████████\n");
    assert_contains(text.bytes, "0.9 to 1      0\n");
    ml_strbuf_release(&text);
}

static void text_of_wild_numbers_stays_within_the_width(void **state)
{
    (void)state;
    const double sizes[] = {1e150, 1.23456789e-7, 12345.678, 5e-324};
    for (size_t i = 0; i < 4; i++) {
        struct ml_regression_eval eval =
            evaluated((double[]){-sizes[i], 1}, (double[]){sizes[i], 2}, 2, -sizes[i]);
        struct ml_strbuf text = {0};
        ml_report_text_regression(&text, &eval);
        assert_narrow(text.bytes);
        ml_strbuf_release(&text);
    }
}

static void bars_keep_small_counts_visible_and_hostile_labels_short(void **state)
{
    (void)state;
    static const char *const labels[] = {"a\n\xff", "größe", "a label of more characters than fit"};
    struct ml_strbuf text = {0};
    ml_text_bars_add(&text, labels, (size_t[]){0, 1, 100000}, 3);
    assert_narrow(text.bytes);
    assert_contains(text.bytes, "     1  \xe2\x96\x8f\n");
    assert_contains(text.bytes, "…");
    ml_strbuf_clear(&text);
    ml_text_bars_add(&text, labels, (size_t[]){SIZE_MAX, SIZE_MAX / 2, 0}, 3);
    assert_narrow(text.bytes);
    ml_strbuf_clear(&text);
    ml_text_bars_add(&text, labels, (size_t[]){0, 0, 0}, 3);
    assert_narrow(text.bytes);
    ml_strbuf_release(&text);
}

static void a_round_number_lies_between_its_neighbours(void **state)
{
    (void)state;
    assert_true(ml_decimal_between(0.31, 0.42) == 0.4);
    assert_true(ml_decimal_between(0.5, 0.6) == 0.55);
    assert_true(ml_decimal_between(0, 1) == 0.5);
    assert_true(ml_decimal_between(0, 5e-324) == 0);
    assert_true(ml_decimal_between(0.1, nextafter(0.1, 1)) == 0.1);
    struct ml_rng rng;
    ml_rng_init(&rng, 9);
    for (int i = 0; i < 2000; i++) {
        double low = ml_rng_uniform(&rng) * pow(10, -(double)ml_rng_below(&rng, 30));
        double high =
            low + (0.01 + ml_rng_uniform(&rng)) * pow(10, -(double)ml_rng_below(&rng, 30));
        if (low < high) {
            double x = ml_decimal_between(low, high);
            assert_true(low <= x && x < high);
        }
    }
}

static void a_quantile_of_one_number_is_that_number(void **state)
{
    (void)state;
    assert_true(ml_quantile_sorted((double[]){7}, 1, 0.95) == 7);
    assert_true(ml_quantile_sorted((double[]){1, 2}, 2, 0) == 1);
    assert_true(ml_quantile_sorted((double[]){1, 2}, 2, 1) == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_positive_residual_is_an_under_estimate),
        cmocka_unit_test(perfect_predictions_lie_in_the_middle_of_the_histogram),
        cmocka_unit_test(constant_truth_has_an_r2_of_one_or_zero),
        cmocka_unit_test(a_single_row_has_no_r2),
        cmocka_unit_test(what_is_no_number_is_refused_with_its_row),
        cmocka_unit_test(the_largest_and_least_numbers_stay_finite),
        cmocka_unit_test(every_residual_is_in_the_bin_its_edges_say),
        cmocka_unit_test(json_has_the_documented_members),
        cmocka_unit_test(text_reads_like_this),
        cmocka_unit_test(text_of_wild_numbers_stays_within_the_width),
        cmocka_unit_test(bars_keep_small_counts_visible_and_hostile_labels_short),
        cmocka_unit_test(a_round_number_lies_between_its_neighbours),
        cmocka_unit_test(a_quantile_of_one_number_is_that_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

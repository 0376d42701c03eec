#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "eval/binary.h"

static struct ml_binary_options options_at(double threshold)
{
    return (struct ml_binary_options){
        .threshold = threshold,
        .prior = 0.25,
        .labels = {"no", "yes"},
    };
}

static struct ml_binary_eval evaluated(const double *score, const uint8_t *label, size_t n,
                                       const struct ml_binary_options *options)
{
    struct ml_binary_eval eval = {0};
    struct ml_error err = {0};
    if (!ml_binary_evaluate(&eval, score, label, n, options, &err))
        fail_msg("%s", err.msg);
    return eval;
}

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-12))
        fail_msg("%.17g is not %.17g", a, b);
}

static void a_score_at_the_threshold_is_negative(void **state)
{
    (void)state;
    const double score[] = {0.5, 0.5, 0.50000000000000011, 0.4};
    const uint8_t label[] = {1, 0, 1, 0};
    struct ml_binary_options options = options_at(0.5);
    struct ml_binary_eval eval = evaluated(score, label, 4, &options);
    assert_int_equal(eval.confusion.counts[0][0], 2);
    assert_int_equal(eval.confusion.counts[0][1], 0);
    assert_int_equal(eval.confusion.counts[1][0], 1);
    assert_int_equal(eval.confusion.counts[1][1], 1);
    assert_near(eval.rates.accuracy, 0.75);
    assert_near(eval.rates.precision, 1);
    assert_near(eval.rates.recall, 0.5);
    assert_near(eval.rates.f1, 2.0 / 3);
    assert_near(eval.rates.fpr, 0);
    assert_near(eval.rates.predicted_positive_rate, 0.25);
    ml_binary_eval_release(&eval);
}

static void rates_without_a_denominator_are_zero(void **state)
{
    (void)state;
    const double score[] = {0.2, 0.1};
    const uint8_t label[] = {1, 0};
    struct ml_binary_options options = options_at(1);
    struct ml_binary_eval eval = evaluated(score, label, 2, &options);
    assert_true(eval.rates.precision == 0 && eval.rates.recall == 0 && eval.rates.f1 == 0);
    assert_true(eval.rates.accuracy == 0.5);
    ml_binary_eval_release(&eval);
}

static void certain_scores_have_finite_losses(void **state)
{
    (void)state;
    const double score[] = {1, 0, 1, 0};
    const uint8_t label[] = {1, 0, 0, 1};
    struct ml_binary_options options = options_at(0.5);
    struct ml_binary_eval eval = evaluated(score, label, 4, &options);
    double right = -log(1 - 0x1p-52);
    double wrong = -log(0x1p-52);
    assert_near(eval.log_loss, (right + wrong) / 2);
    assert_true(eval.brier == 0.5);
    assert_true(eval.auc == 0.5);
    assert_int_equal(eval.calibration.histogram[0][0], 1);
    assert_int_equal(eval.calibration.histogram[1][99], 1);
    assert_int_equal(eval.calibration.reliability[9].rows, 2);
    assert_true(eval.calibration.reliability[9].mean_score == 1);
    assert_true(isnan(eval.calibration.reliability[5].mean_score));
    assert_true(isnan(eval.calibration.reliability[5].observed_rate));
    assert_true(eval.calibration.ece == 0.5);
    ml_binary_eval_release(&eval);
}

static void two_rows_are_enough(void **state)
{
    (void)state;
    const double score[] = {0.8, 0.3};
    const uint8_t label[] = {1, 0};
    struct ml_binary_options options = options_at(0.5);
    struct ml_binary_eval eval = evaluated(score, label, 2, &options);
    assert_true(eval.auc == 1 && eval.auc_ci[0] == 0 && eval.auc_ci[1] == 1);
    assert_true(eval.average_precision == 1);
    assert_near(eval.log_loss, -(log(0.8) + log(0.7)) / 2);
    assert_near(eval.brier, (0.04 + 0.09) / 2);
    assert_int_equal(eval.curve.count, 3);
    ml_binary_eval_release(&eval);
}

static void baseline_knows_only_the_training_share(void **state)
{
    (void)state;
    const double score[] = {0.8, 0.3, 0.6, 0.2};
    const uint8_t label[] = {1, 0, 1, 1};
    struct ml_binary_options options = options_at(0.5);
    struct ml_binary_eval eval = evaluated(score, label, 4, &options);
    assert_true(eval.baseline.auc == 0.5);
    assert_near(eval.baseline.log_loss, -(3 * log(0.25) + log(0.75)) / 4);
    assert_near(eval.baseline.brier, (3 * 0.75 * 0.75 + 0.25 * 0.25) / 4);
    assert_near(eval.baseline.average_precision, 0.75);
    assert_int_equal(eval.baseline.answer, 0);
    assert_near(eval.baseline.rates.accuracy, 0.25);
    ml_binary_eval_release(&eval);

    options.prior = 0.75;
    eval = evaluated(score, label, 4, &options);
    assert_int_equal(eval.baseline.answer, 1);
    assert_near(eval.baseline.rates.accuracy, 0.75);
    assert_near(eval.baseline.rates.fpr, 1);
    ml_binary_eval_release(&eval);

    options.prior = 0.5;
    eval = evaluated(score, label, 4, &options);
    assert_int_equal(eval.baseline.answer, 0);
    ml_binary_eval_release(&eval);
}

static void a_score_on_a_bin_edge_is_in_the_upper_bin(void **state)
{
    (void)state;
    enum { EDGES = 101 };
    double score[EDGES];
    uint8_t label[EDGES];
    for (size_t i = 0; i < EDGES; i++) {
        score[i] = (double)i / 100;
        label[i] = i % 2;
    }
    struct ml_binary_options options = options_at(0.5);
    struct ml_binary_eval eval = evaluated(score, label, EDGES, &options);
    for (size_t b = 0; b < 99; b++) {
        assert_int_equal(eval.calibration.histogram[b % 2][b], 1);
        assert_int_equal(eval.calibration.histogram[1 - b % 2][b], 0);
    }
    assert_int_equal(eval.calibration.histogram[0][99], 1);
    assert_int_equal(eval.calibration.histogram[1][99], 1);
    for (size_t b = 0; b < 10; b++)
        assert_int_equal(eval.calibration.reliability[b].rows, b < 9 ? 10 : 11);
    ml_binary_eval_release(&eval);
}

static void a_score_just_below_a_bin_edge_is_in_the_lower_bin(void **state)
{
    (void)state;
    enum { EDGES = 100 };
    double score[EDGES];
    uint8_t label[EDGES];
    for (size_t i = 0; i < EDGES; i++) {
        score[i] = nextafter((double)(i + 1) / 100, 0);
        label[i] = i % 2;
    }
    struct ml_binary_options options = options_at(0.5);
    struct ml_binary_eval eval = evaluated(score, label, EDGES, &options);
    for (size_t b = 0; b < EDGES; b++)
        assert_int_equal(eval.calibration.histogram[b % 2][b], 1);
    for (size_t b = 0; b < 10; b++)
        assert_int_equal(eval.calibration.reliability[b].rows, 10);
    ml_binary_eval_release(&eval);
}

enum { MAX_ROWS = 200 };

static size_t random_rows(struct ml_rng *rng, double *score, uint8_t *label)
{
    size_t n = 2 + ml_rng_below(rng, MAX_ROWS - 1);
    size_t n_scores = 1 + ml_rng_below(rng, 60);
    for (size_t i = 0; i < n; i++) {
        score[i] = (double)ml_rng_below(rng, n_scores + 1) / (double)n_scores;
        label[i] = i < 2 ? (uint8_t)i : (uint8_t)(ml_rng_uniform(rng) < score[i]);
    }
    return n;
}

static void assert_point_is_its_threshold(const struct ml_curve_point *point, const double *score,
                                          const uint8_t *label, size_t n)
{
    size_t above[2] = {0, 0};
    for (size_t i = 0; i < n; i++)
        above[label[i]] += score[i] > point->threshold;
    assert_int_equal(above[0], point->fp);
    assert_int_equal(above[1], point->tp);
}

/* Area under the line through the points, by trapezoids. */
static double area_of(const struct ml_curve *curve)
{
    double area = 0;
    for (size_t i = 1; i < curve->count; i++) {
        const struct ml_curve_point *p = &curve->points[i];
        area += (p[0].fpr - p[-1].fpr) * (p[0].recall + p[-1].recall) / 2;
    }
    return area;
}

static void every_curve_point_is_what_its_threshold_does(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 21);
    for (int round = 0; round < 300; round++) {
        double score[MAX_ROWS + 1];
        uint8_t label[MAX_ROWS + 1];
        size_t n = random_rows(&rng, score, label);
        struct ml_binary_options options = options_at(0.5);
        struct ml_binary_eval eval = evaluated(score, label, n, &options);
        const struct ml_curve *curve = &eval.curve;
        for (size_t i = 0; i < curve->count; i++)
            assert_point_is_its_threshold(&curve->points[i], score, label, n);
        assert_true(curve->points[0].fpr == 0 && curve->points[0].recall == 0);
        assert_true(curve->points[0].precision == 1 && curve->points[0].threshold == 1);
        assert_true(curve->points[curve->count - 1].fpr == 1);
        assert_true(curve->points[curve->count - 1].recall == 1);
        assert_near(area_of(curve), eval.auc);
        ml_binary_eval_release(&eval);
    }
}

static void straight_stretches_of_the_curve_have_no_points_inside(void **state)
{
    (void)state;
    const double score[] = {0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3};
    const uint8_t label[] = {1, 1, 1, 0, 0, 0, 1};
    struct ml_binary_options options = options_at(0.5);
    struct ml_binary_eval eval = evaluated(score, label, 7, &options);
    const size_t tp[] = {0, 1, 3, 3, 4};
    const size_t fp[] = {0, 0, 0, 3, 3};
    const double threshold[] = {1, 0.8, 0.6, 0.3, 0};
    assert_int_equal(eval.curve.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(eval.curve.points[i].tp, tp[i]);
        assert_int_equal(eval.curve.points[i].fp, fp[i]);
        assert_true(eval.curve.points[i].threshold == threshold[i]);
    }
    ml_binary_eval_release(&eval);
}

static void no_threshold_makes_a_score_of_zero_positive(void **state)
{
    (void)state;
    const double score[] = {0.5, 0};
    const uint8_t label[] = {0, 1};
    struct ml_binary_options options = options_at(0);
    options.has_cost = true;
    options.cost_fn = 9;
    options.cost_fp = 1;
    struct ml_binary_eval eval = evaluated(score, label, 2, &options);
    assert_true(eval.curve.points[eval.curve.count - 1].threshold == -INFINITY);
    assert_int_equal(eval.confusion.counts[1][0], 1);
    assert_true(eval.cost.always_positive.total == 1);
    assert_true(eval.cost.least.total == 9 && eval.cost.least.threshold == 1);
    ml_binary_eval_release(&eval);
}

static double cost_at(double threshold, const double *score, const uint8_t *label, size_t n,
                      const struct ml_binary_options *options)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        bool positive = score[i] > threshold;
        if (positive != (label[i] == 1))
            total += positive ? options->cost_fp : options->cost_fn;
    }
    return total;
}

static void no_threshold_costs_less_than_the_least(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 22);
    for (int round = 0; round < 200; round++) {
        double score[MAX_ROWS + 1];
        uint8_t label[MAX_ROWS + 1];
        size_t n = random_rows(&rng, score, label);
        struct ml_binary_options options = options_at(ml_rng_uniform(&rng));
        options.has_cost = true;
        options.cost_fp = (double)ml_rng_below(&rng, 5);
        options.cost_fn = (double)(1 + ml_rng_below(&rng, 5));
        struct ml_binary_eval eval = evaluated(score, label, n, &options);
        const struct ml_cost *cost = &eval.cost;
        assert_near(cost->chosen.total, cost_at(options.threshold, score, label, n, &options));
        assert_near(cost->chosen.per_row, cost->chosen.total / (double)n);
        assert_near(cost->always_negative.total, cost_at(1, score, label, n, &options));
        assert_near(cost->always_positive.total, cost_at(-1, score, label, n, &options));
        assert_near(cost->least.total, cost_at(cost->least.threshold, score, label, n, &options));
        for (int i = 0; i <= 1000; i++)
            assert_true(cost->least.total <= cost_at(i / 1000.0, score, label, n, &options));
        ml_binary_eval_release(&eval);
    }
}

static void theoretical_threshold_weighs_the_two_costs(void **state)
{
    (void)state;
    const double score[] = {0.8, 0.3};
    const uint8_t label[] = {1, 0};
    struct ml_binary_options options = options_at(0.5);
    options.has_cost = true;
    options.cost_fp = 1;
    options.cost_fn = 4;
    struct ml_binary_eval eval = evaluated(score, label, 2, &options);
    assert_true(eval.cost.theoretical.threshold == 0.2);
    assert_true(eval.cost.theoretical.total == 1);
    assert_true(eval.cost.least.threshold == 0.3 && eval.cost.least.total == 0);
    ml_binary_eval_release(&eval);
}

static void the_highest_of_equally_cheap_thresholds_is_the_least(void **state)
{
    (void)state;
    const double score[] = {0.8, 0.6, 0.4, 0.2};
    const uint8_t label[] = {0, 1, 1, 0};
    struct ml_binary_options options = options_at(0.5);
    options.has_cost = true;
    options.cost_fp = 1;
    options.cost_fn = 0.5;
    struct ml_binary_eval eval = evaluated(score, label, 4, &options);
    assert_true(eval.cost.least.total == 1 && eval.cost.least.threshold == 1);
    ml_binary_eval_release(&eval);
}

/* Everything but pointers and padding. */
static void assert_same_figures(const struct ml_binary_eval *a, const struct ml_binary_eval *b)
{
    assert_true(a->auc == b->auc && a->log_loss == b->log_loss && a->brier == b->brier);
    assert_true(a->auc_ci[0] == b->auc_ci[0] && a->average_precision == b->average_precision);
    assert_memory_equal(&a->rates, &b->rates, sizeof(a->rates));
    assert_memory_equal(&a->calibration, &b->calibration, sizeof(a->calibration));
    assert_int_equal(a->curve.count, b->curve.count);
    assert_memory_equal(a->curve.points, b->curve.points,
                        a->curve.count * sizeof(*a->curve.points));
}

static void order_of_rows_changes_no_bit(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 23);
    double score[MAX_ROWS + 1];
    uint8_t label[MAX_ROWS + 1];
    size_t n = random_rows(&rng, score, label);
    struct ml_binary_options options = options_at(0.5);
    struct ml_binary_eval before = evaluated(score, label, n, &options);
    for (size_t i = n - 1; i > 0; i--) {
        size_t j = ml_rng_below(&rng, i + 1);
        double s = score[i];
        uint8_t l = label[i];
        score[i] = score[j];
        label[i] = label[j];
        score[j] = s;
        label[j] = l;
    }
    struct ml_binary_eval after = evaluated(score, label, n, &options);
    assert_same_figures(&before, &after);
    ml_binary_eval_release(&before);
    ml_binary_eval_release(&after);
}

static void assert_refused(const double *score, const uint8_t *label, size_t n,
                           const struct ml_binary_options *options, const char *message)
{
    struct ml_error err = {0};
    struct ml_binary_eval eval = {.rows = 77};
    assert_false(ml_binary_evaluate(&eval, score, label, n, options, &err));
    assert_int_equal(err.code, ML_EINPUT);
    assert_string_equal(err.msg, message);
    assert_int_equal(eval.rows, 77);
}

static void rows_of_one_class_are_refused_by_name(void **state)
{
    (void)state;
    const double score[] = {0.8, 0.3};
    const uint8_t zeros[] = {0, 0};
    const uint8_t ones[] = {1, 1};
    struct ml_binary_options options = options_at(0.5);
    options.labels[1] = "y\n";
    assert_refused(score, zeros, 2, &options,
                   "only one class in the rows to evaluate: all 2 are 'no'");
    assert_refused(score, ones, 1, &options,
                   "only one class in the rows to evaluate: all 1 are 'y\\x0a'");
    assert_refused(score, ones, 0, &options, "no rows to evaluate");
}

static void values_out_of_range_are_refused(void **state)
{
    (void)state;
    const double score[] = {0.8, 0.3};
    const double above[] = {0.8, 1.5};
    const double below[] = {-0.25, 0.5};
    const double nan_score[] = {0.5, NAN};
    const uint8_t label[] = {1, 0};
    const uint8_t three[] = {3, 0};
    struct ml_binary_options options = options_at(0.5);
    assert_refused(above, label, 2, &options, "row 2: score 1.5 is not between 0 and 1");
    assert_refused(below, label, 2, &options, "row 1: score -0.25 is not between 0 and 1");
    assert_refused(nan_score, label, 2, &options, "row 2: score nan is not between 0 and 1");
    assert_refused(score, three, 2, &options, "row 1: label 3 is neither 0 nor 1");
    options.threshold = 1.25;
    assert_refused(score, label, 2, &options, "threshold 1.25 is not between 0 and 1");
    options = options_at(0.5);
    options.prior = -1;
    assert_refused(score, label, 2, &options, "share of positives -1 is not between 0 and 1");
}

static void costs_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    const double score[] = {0.8, 0.3};
    const uint8_t label[] = {1, 0};
    const double bad[][2] = {{0, 0}, {-1, 2}, {2, -1}, {NAN, 1}, {1, INFINITY}, {1e308, 1e308}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_binary_options options = options_at(0.5);
        options.has_cost = true;
        options.cost_fp = bad[i][0];
        options.cost_fn = bad[i][1];
        struct ml_error err = {0};
        struct ml_binary_eval eval = {0};
        assert_false(ml_binary_evaluate(&eval, score, label, 2, &options, &err));
        assert_int_equal(err.code, ML_EINPUT);
        assert_non_null(strstr(err.msg, "costs fp="));
    }
}

static void nothing_is_as_good_as_released(void **state)
{
    (void)state;
    struct ml_binary_eval eval = {0};
    ml_binary_eval_release(&eval);
    ml_binary_eval_release(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_score_at_the_threshold_is_negative),
        cmocka_unit_test(rates_without_a_denominator_are_zero),
        cmocka_unit_test(certain_scores_have_finite_losses),
        cmocka_unit_test(two_rows_are_enough),
        cmocka_unit_test(baseline_knows_only_the_training_share),
        cmocka_unit_test(a_score_on_a_bin_edge_is_in_the_upper_bin),
        cmocka_unit_test(a_score_just_below_a_bin_edge_is_in_the_lower_bin),
        cmocka_unit_test(every_curve_point_is_what_its_threshold_does),
        cmocka_unit_test(straight_stretches_of_the_curve_have_no_points_inside),
        cmocka_unit_test(no_threshold_makes_a_score_of_zero_positive),
        cmocka_unit_test(no_threshold_costs_less_than_the_least),
        cmocka_unit_test(theoretical_threshold_weighs_the_two_costs),
        cmocka_unit_test(the_highest_of_equally_cheap_thresholds_is_the_least),
        cmocka_unit_test(order_of_rows_changes_no_bit),
        cmocka_unit_test(rows_of_one_class_are_refused_by_name),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(costs_that_mean_nothing_are_refused),
        cmocka_unit_test(nothing_is_as_good_as_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

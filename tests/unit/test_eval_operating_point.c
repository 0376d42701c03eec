#include "../lib/testing.h"

#include <math.h>

#include "eval/operating_point.h"

enum { N = 8 };
static const double score[N] = {0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1};
static const uint8_t label[N] = {1, 1, 0, 1, 0, 0, 1, 0};

static struct ml_operating_point chosen(struct ml_operating_rule rule)
{
    struct ml_operating_point point = {0};
    struct ml_error err;
    must(ml_operating_point_choose(&point, score, label, N, &rule, &err));
    return point;
}

static void assert_refused(const double *s, const uint8_t *l, size_t n,
                           struct ml_operating_rule rule, const char *message)
{
    struct ml_operating_point point = {.threshold = 77};
    struct ml_error err;
    assert_false(ml_operating_point_choose(&point, s, l, n, &rule, &err));
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, message);
    assert_true(point.threshold == 77);
}

static void the_threshold_is_a_round_number_between_two_scores(void **state)
{
    (void)state;
    struct ml_operating_point point = chosen((struct ml_operating_rule){.by = ML_OPERATE_F1});
    assert_true(point.threshold == 0.5);
    assert_true(fabs(point.value - 0.75) < 1e-15);
    assert_true(point.rates.f1 == point.value);
    assert_int_equal(point.confusion.counts[1][1], 3);
    assert_int_equal(point.confusion.counts[0][1], 1);
}

static void of_equal_candidates_the_fewest_rows_are_flagged(void **state)
{
    (void)state;
    /* after two rows and after four, six of eight answers are right */
    struct ml_operating_point point = chosen((struct ml_operating_rule){.by = ML_OPERATE_ACCURACY});
    assert_true(point.value == 0.75);
    assert_true(point.threshold == 0.75);
}

static void a_recall_rule_takes_the_larger_recall_at_equal_precision(void **state)
{
    (void)state;
    struct ml_operating_point point =
        chosen((struct ml_operating_rule){.by = ML_OPERATE_RECALL, .number = 0.25});
    assert_true(point.value == 1);
    assert_true(point.rates.recall == 0.5);
}

static void a_share_is_never_exceeded(void **state)
{
    (void)state;
    const struct ml_operating_rule rule = {.by = ML_OPERATE_TOP_SHARE, .number = 0.49};
    assert_true(chosen(rule).value == 0.375);
    struct ml_operating_point point;
    struct ml_error err;
    const double tied[] = {0.9, 0.9, 0.9, 0.5};
    const uint8_t two[] = {1, 0, 1, 0};
    struct ml_operating_rule half = {.by = ML_OPERATE_TOP_SHARE, .number = 0.75};
    must(ml_operating_point_choose(&point, tied, two, 4, &half, &err));
    assert_true(point.value == 0.75 && point.threshold == 0.7);
    half.number = 0.7;
    assert_refused(tied, two, 4, half, "the least it flags is 3 of 4 rows (0.75)");
}

static void everybody_is_out_of_reach_when_a_score_is_zero(void **state)
{
    (void)state;
    const double zero[] = {0.9, 0.4, 0, 0};
    const uint8_t labels[] = {1, 0, 1, 0};
    struct ml_operating_rule all = {.by = ML_OPERATE_RECALL, .number = 1};
    assert_refused(zero, labels, 4, all,
                   "1 positive rows have a score of 0, so that the largest is 0.5");
    struct ml_operating_point point = chosen(all);
    assert_true(point.rates.recall == 1 && point.threshold > 0.1 && point.threshold < 0.2);
    struct ml_operating_rule dear = {.by = ML_OPERATE_COST, .cost_fn = 1};
    const uint8_t last[N] = {0, 0, 0, 0, 0, 0, 0, 1};
    struct ml_error err;
    must(ml_operating_point_choose(&point, score, last, N, &dear, &err));
    assert_true(point.threshold == 0 && point.value == 0);
}

static void what_cannot_be_reached_is_refused_with_the_best_that_can(void **state)
{
    (void)state;
    const double s[] = {0.9, 0.8, 0.7, 0.6};
    const uint8_t l[] = {0, 1, 1, 0};
    struct ml_operating_rule rule = {.by = ML_OPERATE_PRECISION, .number = 0.99};
    assert_refused(s, l, 4, rule,
                   "no threshold has a precision of 0.99 on these rows: the largest is 0.6667, "
                   "with a recall of 1 at threshold 0.65");
}

static void ties_everywhere_leave_nobody_and_everybody(void **state)
{
    (void)state;
    const double s[] = {0.3, 0.3, 0.3};
    const uint8_t l[] = {0, 1, 0};
    struct ml_operating_point point;
    struct ml_error err;
    struct ml_operating_rule rule = {.by = ML_OPERATE_ACCURACY};
    must(ml_operating_point_choose(&point, s, l, 3, &rule, &err));
    assert_true(point.threshold == 1 && point.rates.predicted_positive_rate == 0);
    rule.by = ML_OPERATE_F1;
    must(ml_operating_point_choose(&point, s, l, 3, &rule, &err));
    assert_true(point.threshold == 0 && point.rates.predicted_positive_rate == 1);
    const double zeros[] = {0, 0, 0};
    rule = (struct ml_operating_rule){.by = ML_OPERATE_PRECISION, .number = 0.1};
    assert_refused(zeros, l, 3, rule, "every score is 0");
    rule.by = ML_OPERATE_TOP_SHARE;
    assert_refused(zeros, l, 3, rule, "every score is 0");
    rule.by = ML_OPERATE_RECALL;
    assert_refused(zeros, l, 3, rule, "the largest is 0");
}

static void perfect_separation_is_found_by_every_criterion(void **state)
{
    (void)state;
    const double s[] = {1, 0.95, 0.4, 0};
    const uint8_t l[] = {1, 1, 0, 0};
    for (int by = ML_OPERATE_F1; by <= ML_OPERATE_COST; by++) {
        struct ml_operating_rule rule = {(enum ml_operating_criterion)by, 0.5, 1, 1};
        struct ml_operating_point point;
        struct ml_error err;
        must(ml_operating_point_choose(&point, s, l, 4, &rule, &err));
        assert_true(point.threshold == 0.7);
        assert_true(point.rates.accuracy == 1);
    }
}

static void bad_input_is_refused_with_its_place(void **state)
{
    (void)state;
    const struct ml_operating_rule f1 = {.by = ML_OPERATE_F1};
    const uint8_t ones[N] = {1, 1, 1, 1, 1, 1, 1, 1};
    assert_refused(score, label, 0, f1, "no rows");
    assert_refused(score, ones, N, f1, "only one class");
    assert_refused((double[]){0.5, NAN}, label, 2, f1, "row 2: score");
    assert_refused((double[]){0.5, 1.5}, label, 2, f1, "row 2: score 1.5");
    assert_refused(score, (uint8_t[]){1, 2}, 2, f1, "row 2: label 2");
    const double bad[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < 4; i++) {
        struct ml_operating_rule rule = {.by = ML_OPERATE_FBETA, .number = bad[i]};
        assert_refused(score, label, N, rule, "beta");
        rule.by = ML_OPERATE_PRECISION;
        assert_refused(score, label, N, rule, "precision");
        rule.by = ML_OPERATE_RECALL;
        assert_refused(score, label, N, rule, "recall");
        rule.by = ML_OPERATE_TOP_SHARE;
        assert_refused(score, label, N, rule, "share");
        rule = (struct ml_operating_rule){.by = ML_OPERATE_COST, .cost_fp = bad[i]};
        assert_refused(score, label, N, rule, "costs");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_threshold_is_a_round_number_between_two_scores),
        cmocka_unit_test(of_equal_candidates_the_fewest_rows_are_flagged),
        cmocka_unit_test(a_recall_rule_takes_the_larger_recall_at_equal_precision),
        cmocka_unit_test(a_share_is_never_exceeded),
        cmocka_unit_test(everybody_is_out_of_reach_when_a_score_is_zero),
        cmocka_unit_test(what_cannot_be_reached_is_refused_with_the_best_that_can),
        cmocka_unit_test(ties_everywhere_leave_nobody_and_everybody),
        cmocka_unit_test(perfect_separation_is_found_by_every_criterion),
        cmocka_unit_test(bad_input_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

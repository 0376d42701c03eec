#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "eval/auc.h"

enum { MAX_ROWS = 60 };

/* The definition itself: how many of all pairs the positive wins. */
static double win(double positive, double negative)
{
    return positive > negative ? 1 : positive == negative ? 0.5 : 0;
}

static double auc_by_pairs(const double *score, const uint8_t *label, size_t n)
{
    double wins = 0;
    double pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (label[i] == 1 && label[j] == 0) {
                wins += win(score[i], score[j]);
                pairs++;
            }
    return wins / pairs;
}

/* DeLong's structural component of row i: its mean win against the other class. */
static double component(const double *score, const uint8_t *label, size_t n, size_t i)
{
    double wins = 0;
    double pairs = 0;
    for (size_t j = 0; j < n; j++)
        if (label[j] != label[i]) {
            wins += label[i] ? win(score[i], score[j]) : win(score[j], score[i]);
            pairs++;
        }
    return wins / pairs;
}

static double variance_by_pairs(const double *score, const uint8_t *label, size_t n)
{
    double auc = auc_by_pairs(score, label, n);
    double squares[2] = {0, 0};
    double count[2] = {0, 0};
    for (size_t i = 0; i < n; i++) {
        double distance = component(score, label, n, i) - auc;
        squares[label[i]] += distance * distance;
        count[label[i]]++;
    }
    return squares[0] / (count[0] - 1) / count[0] + squares[1] / (count[1] - 1) / count[1];
}

/* Few distinct scores, so most rows are tied; at least two rows of each class. */
static size_t random_rows(struct ml_rng *rng, double *score, uint8_t *label)
{
    size_t n = 4 + ml_rng_below(rng, MAX_ROWS - 3);
    size_t n_scores = 1 + ml_rng_below(rng, 12);
    for (size_t i = 0; i < n; i++) {
        score[i] = ((double)ml_rng_below(rng, n_scores) - 3) / 7;
        label[i] = i < 4 ? (uint8_t)(i % 2) : (uint8_t)ml_rng_below(rng, 2);
    }
    return n;
}

static void auc_of_random_tied_rows_is_its_definition(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 11);
    for (int round = 0; round < 500; round++) {
        double score[MAX_ROWS + 1];
        uint8_t label[MAX_ROWS + 1];
        size_t n = random_rows(&rng, score, label);
        struct ml_error err;
        double auc;
        assert_true(ml_auc(&auc, score, label, n, &err));
        assert_true(fabs(auc - auc_by_pairs(score, label, n)) < 1e-14);
    }
}

static void delong_variance_of_random_tied_rows_is_its_definition(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 12);
    for (int round = 0; round < 500; round++) {
        double score[MAX_ROWS + 1];
        uint8_t label[MAX_ROWS + 1];
        size_t n = random_rows(&rng, score, label);
        struct ml_error err;
        struct ml_auc_interval interval;
        assert_true(ml_auc_delong(&interval, score, label, n, &err));
        assert_true(fabs(interval.variance - variance_by_pairs(score, label, n)) < 1e-14);
        assert_true(0 <= interval.low && interval.low <= interval.auc);
        assert_true(interval.auc <= interval.high && interval.high <= 1);
    }
}

static void auc_counts_ties_as_half(void **state)
{
    (void)state;
    const double score[] = {0.5, 0.5, 0.2};
    const uint8_t label[] = {1, 0, 0};
    struct ml_error err;
    double auc;
    assert_true(ml_auc(&auc, score, label, 3, &err));
    assert_true(auc == 0.75);
}

static void auc_is_a_half_when_all_scores_tie(void **state)
{
    (void)state;
    const double score[] = {0.3, 0.3, 0.3, 0.3, 0.3};
    const uint8_t label[] = {1, 0, 0, 1, 0};
    struct ml_error err;
    struct ml_auc_interval interval;
    assert_true(ml_auc_delong(&interval, score, label, 5, &err));
    assert_true(interval.auc == 0.5);
    assert_true(interval.variance == 0);
}

static void auc_is_one_and_zero_at_the_extremes(void **state)
{
    (void)state;
    const double score[] = {-INFINITY, -3, 7, INFINITY};
    const uint8_t right[] = {0, 0, 1, 1};
    const uint8_t wrong[] = {1, 1, 0, 0};
    struct ml_error err;
    struct ml_auc_interval interval;
    assert_true(ml_auc_delong(&interval, score, right, 4, &err));
    assert_true(interval.auc == 1 && interval.low == 1 && interval.high == 1);
    assert_true(ml_auc_delong(&interval, score, wrong, 4, &err));
    assert_true(interval.auc == 0 && interval.low == 0 && interval.high == 0);
}

static void zeros_of_both_signs_are_one_score(void **state)
{
    (void)state;
    const double score[] = {-0.0, 0.0};
    const uint8_t label[] = {0, 1};
    struct ml_error err;
    double auc;
    assert_true(ml_auc(&auc, score, label, 2, &err));
    assert_true(auc == 0.5);
}

static void order_of_rows_does_not_matter(void **state)
{
    (void)state;
    const double score[] = {0.9, 0.1, 0.4, 0.4, 0.7, 0.4};
    const uint8_t label[] = {1, 0, 1, 0, 0, 0};
    double turned_score[6];
    uint8_t turned_label[6];
    for (size_t i = 0; i < 6; i++) {
        turned_score[i] = score[5 - i];
        turned_label[i] = label[5 - i];
    }
    struct ml_error err;
    struct ml_auc_interval a;
    struct ml_auc_interval b;
    assert_true(ml_auc_delong(&a, score, label, 6, &err));
    assert_true(ml_auc_delong(&b, turned_score, turned_label, 6, &err));
    assert_memory_equal(&a, &b, sizeof(a));
}

static void interval_is_everything_when_a_class_has_one_row(void **state)
{
    (void)state;
    const double score[] = {0.9, 0.1, 0.4};
    const uint8_t label[] = {1, 0, 0};
    struct ml_error err;
    struct ml_auc_interval interval;
    assert_true(ml_auc_delong(&interval, score, label, 3, &err));
    assert_true(interval.auc == 1);
    assert_true(isnan(interval.variance));
    assert_true(interval.low == 0 && interval.high == 1);
}

static void assert_refused(const double *score, const uint8_t *label, size_t n, const char *message)
{
    struct ml_error err = {0};
    double auc = 7;
    assert_false(ml_auc(&auc, score, label, n, &err));
    assert_int_equal(err.code, ML_EINPUT);
    assert_string_equal(err.msg, message);
    assert_true(auc == 7);
    struct ml_auc_interval interval = {.auc = 7};
    assert_false(ml_auc_delong(&interval, score, label, n, &err));
    assert_true(interval.auc == 7);
}

static void rows_without_an_auc_are_refused(void **state)
{
    (void)state;
    const double score[] = {0.9, 0.1};
    const double nan_score[] = {0.9, NAN};
    const uint8_t both[] = {1, 0};
    const uint8_t ones[] = {1, 1};
    const uint8_t zeros[] = {0, 0};
    const uint8_t other[] = {1, 2};
    assert_refused(score, ones, 2, "only one class in the rows to evaluate: all labels are 1");
    assert_refused(score, zeros, 2, "only one class in the rows to evaluate: all labels are 0");
    assert_refused(score, both, 1, "only one class in the rows to evaluate: all labels are 1");
    assert_refused(score, both, 0, "no rows to evaluate");
    assert_refused(nan_score, both, 2, "row 2: the score is not a number");
    assert_refused(score, other, 2, "row 2: label 2 is neither 0 nor 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auc_of_random_tied_rows_is_its_definition),
        cmocka_unit_test(delong_variance_of_random_tied_rows_is_its_definition),
        cmocka_unit_test(auc_counts_ties_as_half),
        cmocka_unit_test(auc_is_a_half_when_all_scores_tie),
        cmocka_unit_test(auc_is_one_and_zero_at_the_extremes),
        cmocka_unit_test(zeros_of_both_signs_are_one_score),
        cmocka_unit_test(order_of_rows_does_not_matter),
        cmocka_unit_test(interval_is_everything_when_a_class_has_one_row),
        cmocka_unit_test(rows_without_an_auc_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

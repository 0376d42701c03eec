#include "../lib/testing.h"

#include <math.h>

#include "insight/mutual.h"
#include "insight/runs.h"
#include "insight/tally.h"

static void assert_close(double x, double want)
{
    if (!(fabs(x - want) <= 1e-12 * fmax(1.0, fabs(want))))
        fail_msg("%.17g is not %.17g", x, want);
}

static struct ml_runs make_runs(const double *values, size_t n)
{
    struct ml_runs runs = {0};
    for (size_t i = 0; i < n; i++)
        ml_runs_add(&runs, values[i], 1);
    ml_runs_sort(&runs);
    return runs;
}

static void quantiles_interpolate_between_ordered_rows(void **state)
{
    (void)state;
    const double x[] = {7, 1, 3, 3, 10};
    struct ml_runs runs = make_runs(x, 5);
    assert_int_equal(runs.n, 4);
    /* numpy.quantile([7, 1, 3, 3, 10], [0, .01, .25, .5, .6, .9, 1]) */
    static const double p[] = {0, 0.01, 0.25, 0.5, 0.6, 0.9, 1};
    static const double want[] = {1, 1.08, 3, 3, 4.6, 8.8, 10};
    for (size_t i = 0; i < 7; i++)
        assert_close(ml_runs_quantile(&runs, p[i]), want[i]);
    ml_runs_release(&runs);
    assert_true(isnan(ml_runs_quantile(&runs, 0.5)));
    assert_true(isnan(ml_runs_mean(&runs)));
}

static void mean_and_spread_survive_large_numbers(void **state)
{
    (void)state;
    const double x[] = {1e15 + 1, 1e15 + 2, 1e15 + 3, 1e15 + 4};
    struct ml_runs runs = make_runs(x, 4);
    assert_true(ml_runs_mean(&runs) == 1e15 + 2.5);
    assert_close(ml_runs_deviations(&runs, ml_runs_mean(&runs)), 5.0);
    ml_runs_release(&runs);
}

static void a_value_that_fills_a_bin_has_one_to_itself(void **state)
{
    (void)state;
    struct ml_runs runs = {0};
    double edges[5];
    ml_runs_add(&runs, 999, 960);
    for (size_t i = 0; i < 40; i++)
        ml_runs_add(&runs, (double)i, 1);
    ml_runs_sort(&runs);
    size_t n = ml_runs_bins(&runs, edges, 5);
    assert_true(n >= 1 && n <= 4);
    assert_true(edges[n - 1] == 39);
    assert_int_equal(ml_bin_of(edges, n, 999), n);
    assert_int_equal(ml_bin_of(edges, n, 39), n - 1);
    ml_runs_release(&runs);
}

static void few_distinct_values_have_a_bin_each(void **state)
{
    (void)state;
    const double x[] = {5, 5, 5, 5, 1, 9};
    struct ml_runs runs = make_runs(x, 6);
    double edges[3];
    assert_int_equal(ml_runs_bins(&runs, edges, 3), 2);
    assert_true(edges[0] == 1 && edges[1] == 5);
    ml_runs_release(&runs);
}

static void information_is_the_entropy_for_a_copy_and_nothing_for_a_stranger(void **state)
{
    (void)state;
    const uint64_t copy[] = {30, 0, 0, 10};
    const uint64_t stranger[] = {9, 3, 21, 7};
    struct ml_mutual m = ml_mutual_information(copy, 2, 2, 2);
    assert_close(m.nats, m.entropy);
    assert_close(m.entropy, 0.56233514461880829); /* scipy.stats.entropy([30, 10]) */
    assert_close(m.chance, 1.0 / 80);
    m = ml_mutual_information(stranger, 2, 2, 2);
    assert_true(fabs(m.nats) < 1e-15);
    assert_int_equal(m.rows, 40);
    assert_true(isnan(ml_mutual_information(copy, 0, 2, 2).nats));
}

static void a_tally_keeps_its_counts_when_classes_come_late(void **state)
{
    (void)state;
    struct ml_tally tally = {0};
    for (size_t i = 0; i < 100; i++) {
        char text[16];
        int n = snprintf(text, sizeof(text), "%zu", i % 30);
        ml_tally_at(&tally, text, (size_t)n, i / 10 + 1)[i / 10] += 1;
    }
    assert_int_equal(tally.values.count, 30);
    for (size_t i = 0; i < 30; i++)
        assert_int_equal(ml_tally_total(&tally, i), i < 10 ? 4 : 3);
    ml_tally_collapse(&tally);
    assert_int_equal(tally.stride, 1);
    assert_int_equal(tally.counts[9], 4);
    assert_int_equal(tally.counts[29], 3);
    ml_tally_release(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_interpolate_between_ordered_rows),
        cmocka_unit_test(mean_and_spread_survive_large_numbers),
        cmocka_unit_test(a_value_that_fills_a_bin_has_one_to_itself),
        cmocka_unit_test(few_distinct_values_have_a_bin_each),
        cmocka_unit_test(information_is_the_entropy_for_a_copy_and_nothing_for_a_stranger),
        cmocka_unit_test(a_tally_keeps_its_counts_when_classes_come_late),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

/* Properties of the tests and intervals behind experiments; figures: test_eval_experiment_golden.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <time.h>

#include "base/rng.h"
#include "eval/goodness.h"
#include "eval/holm.h"
#include "eval/mean.h"
#include "eval/proportion.h"
#include "eval/psi.h"
#include "eval/ratio.h"
#include "eval/saddle.h"
#include "eval/sequential.h"
#include "eval/special.h"

static void assert_close(double actual, double expected, double relative)
{
    if (!(fabs(actual - expected) <= relative * fabs(expected)))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static void quantiles_are_the_inverse_of_distributions(void **state)
{
    (void)state;
    for (double p = 1e-290; p < 1; p *= 9.7)
        assert_close(ml_normal_cdf(ml_normal_quantile(p)), p, 1e-12);
    for (double p = 1e-100; p < 1; p *= 9.7)
        for (double df = 1; df < 1e9; df *= 17.3)
            assert_close(ml_student_two_sided(ml_student_quantile(p, df), df), p, 1e-11);
}

static void quantiles_have_ends(void **state)
{
    (void)state;
    assert_true(fabs(ml_normal_quantile(0.5)) < 1e-16);
    assert_true(ml_normal_quantile(0) == -INFINITY && ml_normal_quantile(1) == INFINITY);
    assert_true(isnan(ml_normal_quantile(-0.1)) && isnan(ml_normal_quantile(NAN)));
    assert_true(ml_student_quantile(0, 3) == INFINITY && ml_student_quantile(1, 3) == 0);
    assert_true(isnan(ml_student_quantile(0.05, NAN)) && isnan(ml_student_quantile(2, 3)));
    assert_true(ml_student_two_sided(INFINITY, 3) == 0 && ml_student_two_sided(0, 3) == 1);
    assert_true(ml_beta_cdf(2, 3, -1) == 0 && ml_beta_cdf(2, 3, 2) == 1);
    assert_true(ml_gamma_sf(2, -1) == 1 && ml_gamma_sf(2, INFINITY) == 0);
    assert_true(isnan(ml_beta_cdf(2, 3, NAN)) && isnan(ml_gamma_sf(2, NAN)));
}

static void student_becomes_normal_with_many_degrees_of_freedom(void **state)
{
    (void)state;
    for (double t = 0.1; t < 8; t += 0.7) {
        double density = exp(-t * t / 2) / sqrt(2 * 3.14159265358979323846);
        double first_order = ml_normal_two_sided(t) + density * (t * t * t + t) / 2e9;
        assert_close(ml_student_two_sided(t, 1e9), first_order, 1e-13 * (1 + pow(t, 8)));
    }
}

static void halves_of_the_beta_function_add_up(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 21);
    for (int i = 0; i < 2000; i++) {
        double a = exp(18 * ml_rng_uniform(&rng) - 1);
        double b = exp(18 * ml_rng_uniform(&rng) - 1);
        double x = 1 / (1 + b / a * exp(6 * (ml_rng_uniform(&rng) - 0.5) / sqrt(fmin(a, b))));
        x = round(x * 0x1p50) * 0x1p-50; /* so that 1 - x is exact */
        assert_close(ml_beta_cdf(a, b, x) + ml_beta_cdf(b, a, 1 - x), 1, 1e-11);
    }
}

static void binomial_probabilities_of_all_counts_add_up(void **state)
{
    (void)state;
    for (double p = 0; p <= 1; p += 0.0625) {
        double sum = 0;
        for (int x = 0; x <= 300; x++)
            sum += ml_binomial_prob(x, 300 - x, p, 1 - p);
        assert_close(sum, 1, 1e-13);
    }
}

/* Rates --------------------------------------------------------------------------------------- */

static double choose(double n, double k)
{
    double c = 1;
    for (double i = 1; i <= k; i++)
        c = c * (n - k + i) / i;
    return round(c);
}

/* The definition, in whole numbers below 2^53. */
static double fisher_by_all_tables(double k_a, double n_a, double k_b, double n_b)
{
    double seen = choose(n_a, k_a) * choose(n_b, k_b);
    double as_rare = 0;
    double all = 0;
    for (double k = fmax(0, k_a + k_b - n_b); k <= fmin(n_a, k_a + k_b); k++) {
        double tables = choose(n_a, k) * choose(n_b, k_a + k_b - k);
        all += tables;
        as_rare += tables <= seen ? tables : 0;
    }
    return as_rare / all;
}

static void fisher_test_of_every_small_table_is_its_definition(void **state)
{
    (void)state;
    for (uint64_t n_a = 1; n_a <= 12; n_a++)
        for (uint64_t n_b = 1; n_b <= 12; n_b++)
            for (uint64_t k_a = 0; k_a <= n_a; k_a++)
                for (uint64_t k_b = 0; k_b <= n_b; k_b++) {
                    struct ml_proportion a = {k_a, n_a};
                    struct ml_proportion b = {k_b, n_b};
                    assert_close(
                        ml_proportion_fisher_test(&a, &b),
                        fisher_by_all_tables((double)k_a, (double)n_a, (double)k_b, (double)n_b),
                        1e-12);
                }
}

static void fisher_test_of_huge_tables_is_quick_and_near_the_z_test(void **state)
{
    (void)state;
    clock_t start = clock();
    for (uint64_t i = 0; i < 1000; i++) {
        struct ml_proportion a = {500000000, 1000000000};
        struct ml_proportion b = {500000000 + 100 * i, 1000000000};
        double fisher = ml_proportion_fisher_test(&a, &b);
        assert_true(fabs(fisher - ml_proportion_z_test(&a, &b)) < 1e-4);
    }
    struct ml_proportion none = {0, 1000000};
    struct ml_proportion all = {1000000, 1000000};
    assert_true(ml_proportion_fisher_test(&none, &all) == 0);
    assert_true(ml_proportion_fisher_test(&all, &all) == 1);
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 20);
}

static void intervals_of_rates_are_mirrored_and_bounded(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 22);
    for (int i = 0; i < 2000; i++) {
        uint64_t n_a = 1 + ml_rng_below(&rng, 300);
        uint64_t n_b = 1 + ml_rng_below(&rng, 300);
        struct ml_proportion a = {ml_rng_below(&rng, n_a + 1), n_a};
        struct ml_proportion b = {ml_rng_below(&rng, n_b + 1), n_b};
        struct ml_interval of_a = ml_proportion_interval(&a, 0.05);
        double rate = ml_proportion_rate(&a);
        assert_true(0 <= of_a.low && of_a.low <= rate && rate <= of_a.high && of_a.high <= 1);
        struct ml_interval ab = ml_proportion_difference(&a, &b, 0.05);
        struct ml_interval ba = ml_proportion_difference(&b, &a, 0.05);
        assert_true(-1 <= ab.low && ab.low <= ab.high && ab.high <= 1);
        assert_true(fabs(ab.low + ba.high) < 1e-15 && fabs(ab.high + ba.low) < 1e-15);
    }
}

static void rates_without_trials_tell_nothing(void **state)
{
    (void)state;
    struct ml_proportion none = {0, 0};
    struct ml_proportion some = {3, 10};
    assert_true(isnan(ml_proportion_rate(&none)));
    assert_true(ml_proportion_interval(&none, 0.05).low == 0);
    assert_true(ml_proportion_interval(&none, 0.05).high == 1);
    assert_true(isnan(ml_proportion_difference(&none, &some, 0.05).low));
    assert_true(isnan(ml_proportion_z_test(&none, &some)));
    assert_true(isnan(ml_proportion_least_expected(&none, &none)));
    assert_true(ml_proportion_fisher_test(&none, &some) == 1);
}

/* Means --------------------------------------------------------------------------------------- */

static void merged_moments_are_those_of_all_numbers(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 23);
    struct ml_moments all = {0};
    struct ml_moments merged = {0};
    for (int part = 0; part < 40; part++) {
        struct ml_moments some = {0};
        for (size_t i = ml_rng_below(&rng, 9); i > 0; i--) {
            double x = 1e6 + ml_rng_normal(&rng);
            ml_moments_add(&some, x);
            ml_moments_add(&all, x);
        }
        ml_moments_merge(&merged, &some);
    }
    assert_int_equal(merged.n, all.n);
    assert_close(merged.mean, all.mean, 1e-15);
    assert_close(ml_moments_variance(&merged), ml_moments_variance(&all), 1e-9);
    assert_true(isnan(ml_moments_variance(&(struct ml_moments){1, 5, 0})));
}

static void means_without_spread_are_not_compared(void **state)
{
    (void)state;
    struct ml_moments a = {10, 1, 0};
    struct ml_moments b = {10, 2, 0};
    struct ml_moments none = {0, 0, 0};
    struct ml_welch test = ml_welch_test(&a, &b, 0.05);
    assert_true(test.difference == 1 && test.se == 0);
    assert_true(isnan(test.p) && isnan(test.df) && isnan(test.interval.low));
    assert_true(isnan(ml_welch_test(&a, &none, 0.05).difference));
    assert_true(isnan(ml_mean_interval(&none, 0.05).low));
}

static void ratio_holds_one_when_the_difference_holds_zero(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 24);
    for (int i = 0; i < 5000; i++) {
        struct ml_proportion a = {1 + ml_rng_below(&rng, 60), 100};
        struct ml_proportion b = {ml_rng_below(&rng, 61), 80};
        struct ml_estimate of_a = {ml_proportion_rate(&a), ml_proportion_interval(&a, 0.05)};
        struct ml_estimate of_b = {ml_proportion_rate(&b), ml_proportion_interval(&b, 0.05)};
        struct ml_interval difference = ml_proportion_difference(&a, &b, 0.05);
        struct ml_interval ratio = ml_ratio_interval(&of_a, &of_b);
        assert_true(0 <= ratio.low && ratio.low <= of_b.value / of_a.value);
        assert_int_equal(difference.low > 0, ratio.low > 1);
        assert_int_equal(difference.high < 0, ratio.high < 1);
    }
    struct ml_estimate zero = {0, {0, 0.1}};
    struct ml_estimate half = {0.5, {0.4, 0.6}};
    assert_true(isnan(ml_ratio_interval(&zero, &half).low));
    assert_true(ml_ratio_interval(&half, &zero).low == 0);
}

/* Several tests, sample ratio, drift, looking often ----------------------------------------------
 */

static void holm_keeps_order_and_counts_missing_tests(void **state)
{
    (void)state;
    double p[] = {0.04, NAN, 0.01};
    ml_holm_adjust(p, p, 3);
    assert_close(p[0], 0.08, 1e-15);
    assert_true(isnan(p[1]));
    assert_close(p[2], 0.03, 1e-15);
    ml_holm_adjust(p, p, 0);
}

static void sample_ratio_needs_eight_expected_in_every_arm(void **state)
{
    (void)state;
    const uint64_t counts[] = {70, 0, 5};
    const double equal[] = {1, 1, 0};
    const double skewed[] = {0.9, 0.1, 0};
    assert_int_equal(ml_sample_ratio_test(counts, equal, 3, 0.001).status, ML_SAMPLE_RATIO_ALARM);
    assert_int_equal(ml_sample_ratio_test(counts, skewed, 3, 0.001).status,
                     ML_SAMPLE_RATIO_TOO_FEW);
    assert_int_equal(ml_sample_ratio_test(counts, equal, 1, 0.001).status, ML_SAMPLE_RATIO_TOO_FEW);
    assert_true(isnan(ml_sample_ratio_test(counts, equal, 0, 0.001).p));
    assert_int_equal(ml_sample_ratio_test(counts, equal, 0, 0.001).df, 0);
}

static void psi_of_nothing_is_not_a_number_and_of_empty_bins_is_finite(void **state)
{
    (void)state;
    const double reference[] = {0.5, 0.5, 0};
    const uint64_t none[] = {0, 0, 0};
    const uint64_t elsewhere[] = {0, 0, 9};
    assert_true(isnan(ml_psi(reference, none, 3)));
    assert_true(isnan(ml_psi((const double[]){0, 0, 0}, elsewhere, 3)));
    assert_true(ml_psi(reference, elsewhere, 3) > 5 && ml_psi(reference, elsewhere, 3) < 50);
}

static void always_valid_p_is_below_alpha_when_the_sequence_leaves_zero_out(void **state)
{
    (void)state;
    struct ml_sequence_options options = {.alpha = 0.05, .horizon = 5000};
    for (double n = 10; n < 1e9; n *= 3)
        for (double z = 0.1; z < 12; z += 0.23) {
            struct ml_sequence_state look = {.difference = z, .se = 1, .n = n};
            double half_width = ml_sequence_half_width(&options, &look);
            assert_int_equal(ml_sequence_p(&options, &look) < 0.05, half_width < z);
            assert_true(half_width > 1.96);
        }
}

static void always_valid_p_without_an_estimate_claims_nothing(void **state)
{
    (void)state;
    struct ml_sequence_options options = {.alpha = 0.05, .horizon = 5000};
    struct ml_sequence_state no_error = {.difference = 1, .se = 0, .n = 100};
    struct ml_sequence_state unknown = {.difference = NAN, .se = NAN, .n = 0};
    assert_true(ml_sequence_p(&options, &no_error) == 1);
    assert_true(ml_sequence_p(&options, &unknown) == 1);
    assert_true(isnan(ml_sequence_half_width(&options, &no_error)));
    assert_true(isnan(ml_sequence_needed(&options, &no_error, 0.05)));
    struct ml_sequence_state certain = {.difference = 1e9, .se = 1, .n = 1e6};
    struct ml_sequence_state hopeless = {.difference = 1e-12, .se = 1, .n = 100};
    assert_true(ml_sequence_p(&options, &certain) == 0);
    assert_true(isnan(ml_sequence_needed(&options, &hopeless, 0.05)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_the_inverse_of_distributions),
        cmocka_unit_test(quantiles_have_ends),
        cmocka_unit_test(student_becomes_normal_with_many_degrees_of_freedom),
        cmocka_unit_test(halves_of_the_beta_function_add_up),
        cmocka_unit_test(binomial_probabilities_of_all_counts_add_up),
        cmocka_unit_test(fisher_test_of_every_small_table_is_its_definition),
        cmocka_unit_test(fisher_test_of_huge_tables_is_quick_and_near_the_z_test),
        cmocka_unit_test(intervals_of_rates_are_mirrored_and_bounded),
        cmocka_unit_test(rates_without_trials_tell_nothing),
        cmocka_unit_test(merged_moments_are_those_of_all_numbers),
        cmocka_unit_test(means_without_spread_are_not_compared),
        cmocka_unit_test(ratio_holds_one_when_the_difference_holds_zero),
        cmocka_unit_test(holm_keeps_order_and_counts_missing_tests),
        cmocka_unit_test(sample_ratio_needs_eight_expected_in_every_arm),
        cmocka_unit_test(psi_of_nothing_is_not_a_number_and_of_empty_bins_is_finite),
        cmocka_unit_test(always_valid_p_is_below_alpha_when_the_sequence_leaves_zero_out),
        cmocka_unit_test(always_valid_p_without_an_estimate_claims_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Posterior figures where they are known exactly; others: test_eval_experiment_golden.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "eval/gauss.h"
#include "eval/posterior.h"
#include "eval/special.h"

enum { MANY = 32 };

static void assert_near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static double log_beta(double a, double b)
{
    return lgamma(a) + lgamma(b) - lgamma(a + b);
}

/* P(B > A) for whole a of B, a finite sum (E. Miller, Formulas for Bayesian A/B Testing, 2014). */
static double chance_that_b_is_better(const struct ml_beta *a, const struct ml_beta *b)
{
    double sum = 0;
    for (double i = 0; i < b->a; i++)
        sum += exp(log_beta(a->a + i, a->b + b->b) - log(b->b + i) - log_beta(1 + i, b->b) -
                   log_beta(a->a, a->b));
    return sum;
}

static void two_rates_match_the_closed_form(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 31);
    for (int i = 0; i < 300; i++) {
        struct ml_beta arms[2];
        for (size_t k = 0; k < 2; k++)
            arms[k] = (struct ml_beta){1 + (double)ml_rng_below(&rng, 200),
                                       1 + (double)ml_rng_below(&rng, i % 2 ? 10 : 2000)};
        struct ml_posterior found[2];
        ml_posterior_beta(found, arms, 2);
        assert_near(found[1].p_best, chance_that_b_is_better(&arms[0], &arms[1]), 1e-10);
        assert_near(found[0].p_best + found[1].p_best, 1, 1e-13);
        double mean_a = arms[0].a / (arms[0].a + arms[0].b);
        double mean_b = arms[1].a / (arms[1].a + arms[1].b);
        assert_near(found[0].loss - found[1].loss, mean_b - mean_a, 1e-13);
    }
}

static void arms_without_outcomes_are_equally_good(void **state)
{
    (void)state;
    struct ml_beta arms[MANY];
    struct ml_posterior found[MANY];
    for (size_t i = 0; i < MANY; i++)
        arms[i] = (struct ml_beta){1, 1};
    for (size_t n = 1; n <= MANY; n++) {
        ml_posterior_beta(found, arms, n);
        double k = (double)n;
        for (size_t i = 0; i < n; i++) {
            assert_near(found[i].p_best, 1 / k, 1e-13);
            assert_near(found[i].loss, k / (k + 1) - 0.5, 1e-13);
        }
    }
}

static void hundred_millions_of_outcomes_are_no_trouble(void **state)
{
    (void)state;
    struct ml_beta arms[] = {{1e7, 9e7}, {1e7 + 4242.64, 9e7 - 4242.64}, {1, 1e8}, {1e8, 1}};
    struct ml_posterior found[4];
    ml_posterior_beta(found, arms, 2);
    assert_near(found[1].p_best, ml_normal_cdf(1), 1e-4);
    assert_near(found[0].p_best + found[1].p_best, 1, 1e-9);
    ml_posterior_beta(found, arms, 3);
    assert_near(found[0].p_best + found[1].p_best, 1, 1e-9);
    assert_true(found[2].p_best == 0);
    assert_near(found[2].loss, 0.1, 1e-4);
    ml_posterior_beta(found, arms, 4);
    assert_near(found[3].p_best, 1, 1e-9);
    assert_near(found[0].loss, 0.9, 1e-6);
    assert_near(found[3].loss, 0, 1e-15);
}

static void many_arms_sum_to_one(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 32);
    struct ml_beta arms[MANY];
    struct ml_posterior found[MANY];
    for (size_t i = 0; i < MANY; i++) {
        double n = exp(15 * ml_rng_uniform(&rng));
        double share = ml_rng_uniform(&rng);
        arms[i] = (struct ml_beta){1 + n * share, 1 + n * (1 - share)};
    }
    ml_posterior_beta(found, arms, MANY);
    double sum = 0;
    for (size_t i = 0; i < MANY; i++) {
        assert_true(found[i].p_best >= 0 && found[i].p_best <= 1 && found[i].loss >= 0);
        sum += found[i].p_best;
    }
    assert_near(sum, 1, 1e-11);
}

/* The difference of two normals is normal. */
static void two_means_match_the_closed_form(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 33);
    for (int i = 0; i < 300; i++) {
        struct ml_normal arms[2];
        for (size_t k = 0; k < 2; k++)
            arms[k] = (struct ml_normal){1e5 + ml_rng_normal(&rng), exp(3 * ml_rng_normal(&rng))};
        struct ml_posterior found[2];
        ml_posterior_normal(found, arms, 2);
        double gap = arms[1].mean - arms[0].mean;
        double sd = hypot(arms[0].sd, arms[1].sd);
        double density = exp(-gap * gap / (2 * sd * sd)) / sqrt(2 * 3.14159265358979323846);
        assert_near(found[1].p_best, ml_normal_cdf(gap / sd), 1e-11);
        assert_near(found[0].loss, gap * ml_normal_cdf(gap / sd) + sd * density, 1e-11 * (sd + 1));
    }
}

static void means_without_spread_are_ranked(void **state)
{
    (void)state;
    struct ml_posterior found[3];
    ml_posterior_normal(found, (struct ml_normal[]){{3, 0}, {3, 0}, {3, 0}}, 3);
    assert_near(found[0].p_best, 1.0 / 3, 1e-15);
    assert_true(found[0].loss == 0);
    ml_posterior_normal(found, (struct ml_normal[]){{3, 0}, {4, 0}, {-5, 0}}, 3);
    assert_near(found[1].p_best, 1, 1e-8);
    assert_near(found[2].loss, 9, 1e-7);
}

static void gauss_is_exact_for_polynomials(void **state)
{
    (void)state;
    struct ml_gauss gauss;
    ml_gauss_init(&gauss);
    for (int degree = 0; degree < 2 * ML_GAUSS_POINTS; degree++) {
        double whole = 0;
        for (int m = 0; m < ML_GAUSS_POINTS; m++)
            whole += gauss.weight[m] * pow(gauss.x[m], degree);
        assert_near(whole, degree % 2 ? 0 : 2.0 / (degree + 1), 1e-14);
    }
    for (int degree = 0; degree < ML_GAUSS_POINTS; degree++)
        for (int k = 0; k < ML_GAUSS_POINTS; k++) {
            double part = 0;
            for (int m = 0; m < ML_GAUSS_POINTS; m++)
                part += gauss.upto[k][m] * pow(gauss.x[m], degree);
            double exact = (pow(gauss.x[k], degree + 1) - (degree % 2 ? 1 : -1)) / (degree + 1);
            assert_near(part, exact, 1e-14);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_rates_match_the_closed_form),
        cmocka_unit_test(arms_without_outcomes_are_equally_good),
        cmocka_unit_test(hundred_millions_of_outcomes_are_no_trouble),
        cmocka_unit_test(many_arms_sum_to_one),
        cmocka_unit_test(two_means_match_the_closed_form),
        cmocka_unit_test(means_without_spread_are_ranked),
        cmocka_unit_test(gauss_is_exact_for_polynomials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

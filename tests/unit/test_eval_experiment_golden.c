/*
 * The statistics of experiments against scipy and statsmodels. A golden file has one case a line,
 * "function input… = output…"; tests/oracle/experiment-check makes the outputs again.
 */
#include "../lib/cases.h"

#include "eval/experiment.h"
#include "eval/holm.h"
#include "eval/mean.h"
#include "eval/posterior.h"
#include "eval/proportion.h"
#include "eval/psi.h"
#include "eval/ratio.h"
#include "eval/saddle.h"
#include "eval/sequential.h"
#include "eval/special.h"

/* Distributions ------------------------------------------------------------------------------- */

static void normal_cdf(struct numbers *x)
{
    put(x, ml_normal_cdf(x->in[0]));
}

static void normal_sf(struct numbers *x)
{
    put(x, ml_normal_sf(x->in[0]));
}

static void normal_quantile(struct numbers *x)
{
    put(x, ml_normal_quantile(x->in[0]));
}

static void beta_cdf(struct numbers *x)
{
    put(x, ml_beta_cdf(x->in[0], x->in[1], x->in[2]));
}

static void gamma_sf(struct numbers *x)
{
    put(x, ml_gamma_sf(x->in[0], x->in[1]));
}

static void chi_square_sf(struct numbers *x)
{
    put(x, ml_chi_square_sf(x->in[0], x->in[1]));
}

static void student_two_sided(struct numbers *x)
{
    put(x, ml_student_two_sided(x->in[0], x->in[1]));
}

static void student_quantile(struct numbers *x)
{
    put(x, ml_student_quantile(x->in[0], x->in[1]));
}

static void binomial_prob(struct numbers *x)
{
    put(x, ml_binomial_prob(x->in[0], x->in[1] - x->in[0], x->in[2], 1 - x->in[2]));
}

/* Rates --------------------------------------------------------------------------------------- */

static struct ml_proportion proportion_at(const double *in)
{
    return (struct ml_proportion){(uint64_t)in[0], (uint64_t)in[1]};
}

static void wilson(struct numbers *x)
{
    struct ml_proportion p = proportion_at(x->in + 1);
    put_interval(x, ml_proportion_interval(&p, x->in[0]));
}

static void newcombe(struct numbers *x)
{
    struct ml_proportion a = proportion_at(x->in + 1);
    struct ml_proportion b = proportion_at(x->in + 3);
    put_interval(x, ml_proportion_difference(&a, &b, x->in[0]));
}

static void z_test(struct numbers *x)
{
    struct ml_proportion a = proportion_at(x->in);
    struct ml_proportion b = proportion_at(x->in + 2);
    put(x, ml_proportion_z_test(&a, &b));
}

static void fisher_test(struct numbers *x)
{
    struct ml_proportion a = proportion_at(x->in);
    struct ml_proportion b = proportion_at(x->in + 2);
    put(x, ml_proportion_fisher_test(&a, &b));
}

static void ratio(struct numbers *x)
{
    struct ml_estimate a = {x->in[0], {x->in[1], x->in[2]}};
    struct ml_estimate b = {x->in[3], {x->in[4], x->in[5]}};
    put_interval(x, ml_ratio_interval(&a, &b));
}

/* Means --------------------------------------------------------------------------------------- */

static struct ml_moments moments_of(const double *values, size_t n)
{
    struct ml_moments moments = {0};
    for (size_t i = 0; i < n; i++)
        ml_moments_add(&moments, values[i]);
    return moments;
}

static void moments(struct numbers *x)
{
    struct ml_moments m = moments_of(x->in, x->n_in);
    put(x, m.mean);
    put(x, ml_moments_variance(&m));
}

static void mean_interval(struct numbers *x)
{
    struct ml_moments m = moments_of(x->in + 1, x->n_in - 1);
    put_interval(x, ml_mean_interval(&m, x->in[0]));
}

static void welch(struct numbers *x)
{
    size_t n_a = (size_t)x->in[1];
    struct ml_moments a = moments_of(x->in + 2, n_a);
    struct ml_moments b = moments_of(x->in + 2 + n_a, x->n_in - 2 - n_a);
    struct ml_welch test = ml_welch_test(&a, &b, x->in[0]);
    put(x, test.p);
    put(x, test.df);
    put_interval(x, test.interval);
}

/* Several tests, sample ratio, drift ------------------------------------------------------------
 */

static void holm(struct numbers *x)
{
    ml_holm_adjust(x->out, x->in, x->n_in);
    x->n_out = x->n_in;
}

static size_t unzip(const struct numbers *x, double *first, uint64_t *second)
{
    for (size_t i = 0; i < x->n_in / 2; i++) {
        first[i] = x->in[2 * i];
        second[i] = (uint64_t)x->in[2 * i + 1];
    }
    return x->n_in / 2;
}

static void sample_ratio(struct numbers *x)
{
    double weights[MAX_VALUES];
    uint64_t counts[MAX_VALUES];
    size_t n = unzip(x, weights, counts);
    struct ml_sample_ratio ratio_test = ml_sample_ratio_test(counts, weights, n, 0.001);
    put(x, ratio_test.chi2);
    put(x, (double)ratio_test.df);
    put(x, ratio_test.p);
    assert_int_equal(ratio_test.status,
                     ratio_test.p < 0.001 ? ML_SAMPLE_RATIO_ALARM : ML_SAMPLE_RATIO_OK);
}

static void psi(struct numbers *x)
{
    double reference[MAX_VALUES];
    uint64_t counts[MAX_VALUES];
    size_t n = unzip(x, reference, counts);
    put(x, ml_psi(reference, counts, n));
}

/* Sequential test -------------------------------------------------------------------------------
 */

static void sequence_rho(struct numbers *x)
{
    struct ml_sequence_options options = {.alpha = x->in[0], .horizon = x->in[1]};
    put(x, ml_sequence_rho(&options));
}

static void sequence_p(struct numbers *x)
{
    struct ml_sequence_options options = {.alpha = x->in[0], .horizon = x->in[1]};
    struct ml_sequence_state state = {.difference = x->in[2], .se = x->in[3], .n = x->in[4]};
    put(x, ml_sequence_p(&options, &state));
}

static void sequence_half_width(struct numbers *x)
{
    struct ml_sequence_options options = {.alpha = x->in[0], .horizon = x->in[1]};
    struct ml_sequence_state state = {.difference = 0, .se = x->in[2], .n = x->in[3]};
    put(x, ml_sequence_half_width(&options, &state));
}

static void sequence_needed(struct numbers *x)
{
    struct ml_sequence_options options = {.alpha = x->in[0], .horizon = x->in[1]};
    struct ml_sequence_state state = {.difference = x->in[2], .se = x->in[3], .n = x->in[4]};
    put(x, ml_sequence_needed(&options, &state, x->in[5]));
}

/* Posterior and the whole ------------------------------------------------------------------------
 */

static void put_posterior(struct numbers *x, const struct ml_posterior *posterior, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put(x, posterior[i].p_best);
    for (size_t i = 0; i < n; i++)
        put(x, posterior[i].loss);
}

static void posterior_beta(struct numbers *x)
{
    struct ml_beta arms[MAX_VALUES] = {{0}};
    struct ml_posterior posterior[MAX_VALUES];
    size_t n = x->n_in / 2;
    for (size_t i = 0; i < n; i++)
        arms[i] = (struct ml_beta){x->in[2 * i], x->in[2 * i + 1]};
    ml_posterior_beta(posterior, arms, n);
    put_posterior(x, posterior, n);
}

static void posterior_normal(struct numbers *x)
{
    struct ml_normal arms[MAX_VALUES] = {{0}};
    struct ml_posterior posterior[MAX_VALUES];
    size_t n = x->n_in / 2;
    for (size_t i = 0; i < n; i++)
        arms[i] = (struct ml_normal){x->in[2 * i], x->in[2 * i + 1]};
    ml_posterior_normal(posterior, arms, n);
    put_posterior(x, posterior, n);
}

static void put_comparison(struct numbers *x, const struct ml_comparison *c)
{
    put(x, c->difference);
    put_interval(x, c->interval);
    put(x, c->lift);
    put_interval(x, c->lift_interval);
    put(x, c->p);
    put(x, c->p_adjusted);
    put(x, c->always_valid_p);
    put(x, c->always_valid_p_adjusted);
    put_interval(x, c->sequence);
}

static void experiment_rates(struct numbers *x)
{
    struct ml_experiment_options options = ML_EXPERIMENT_OPTIONS_INIT;
    struct ml_experiment_arm arms[MAX_VALUES] = {{0}};
    struct ml_experiment result;
    struct ml_error err;
    size_t n = x->n_in / 2 - 1;
    options.alpha = x->in[0];
    options.horizon = x->in[1];
    for (size_t i = 0; i < n; i++) {
        double ones = x->in[2 + 2 * i];
        double all = x->in[3 + 2 * i];
        arms[i] = (struct ml_experiment_arm){
            .name = "arm",
            .weight = 1,
            .outcomes = {(uint64_t)all, ones / all, ones * (all - ones) / all},
            .all_binary = true,
        };
    }
    assert_true(ml_experiment_analyse(&result, arms, n, &options, &err));
    for (size_t i = 0; i < result.n_comparisons; i++)
        put_comparison(x, &result.comparisons[i]);
    for (size_t i = 0; i < n; i++)
        put(x, result.arms[i].p_best);
    for (size_t i = 0; i < n; i++)
        put(x, result.arms[i].expected_loss);
}

static const struct case_function functions[] = {
    {"normal_cdf", normal_cdf, NULL},
    {"normal_sf", normal_sf, NULL},
    {"normal_quantile", normal_quantile, NULL},
    {"beta_cdf", beta_cdf, NULL},
    {"gamma_sf", gamma_sf, NULL},
    {"chi_square_sf", chi_square_sf, NULL},
    {"student_two_sided", student_two_sided, NULL},
    {"student_quantile", student_quantile, NULL},
    {"binomial_prob", binomial_prob, NULL},
    {"wilson", wilson, NULL},
    {"newcombe", newcombe, NULL},
    {"z_test", z_test, NULL},
    {"fisher_test", fisher_test, NULL},
    {"fisher_whole", fisher_test, NULL},
    {"ratio", ratio, NULL},
    {"moments", moments, NULL},
    {"mean_interval", mean_interval, NULL},
    {"welch", welch, NULL},
    {"holm", holm, NULL},
    {"sample_ratio", sample_ratio, NULL},
    {"psi", psi, NULL},
    {"sequence_rho", sequence_rho, NULL},
    {"sequence_p", sequence_p, NULL},
    {"sequence_half_width", sequence_half_width, NULL},
    {"sequence_needed", sequence_needed, NULL},
    {"posterior_beta", posterior_beta, NULL},
    {"posterior_normal", posterior_normal, NULL},
    {"experiment_rates", experiment_rates, NULL},
    {0},
};

#define TOPIC(topic, sentence)                                                                     \
    static void sentence(void **state)                                                             \
    {                                                                                              \
        (void)state;                                                                               \
        check_cases("golden/experiment/" topic ".txt", functions);                                 \
    }

TOPIC("special", distributions_match_scipy)
TOPIC("proportion", rates_match_statsmodels_and_scipy)
TOPIC("mean", means_match_statsmodels)
TOPIC("several", holm_sample_ratio_and_psi_match)
TOPIC("sequential", sequential_test_matches_its_formula)
TOPIC("posterior", posteriors_match_quadrature)
TOPIC("experiment", whole_experiments_match)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distributions_match_scipy),
        cmocka_unit_test(rates_match_statsmodels_and_scipy),
        cmocka_unit_test(means_match_statsmodels),
        cmocka_unit_test(holm_sample_ratio_and_psi_match),
        cmocka_unit_test(sequential_test_matches_its_formula),
        cmocka_unit_test(posteriors_match_quadrature),
        cmocka_unit_test(whole_experiments_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Judging, choosing and comparing models, against scikit-learn, pROC, statsmodels and scipy.
 * tests/oracle/choose-check makes the outputs again.
 */
#include "../lib/cases.h"

#include "eval/alerts.h"
#include "eval/compare.h"
#include "eval/operating_point.h"
#include "eval/regression.h"
#include "learn/isotonic.h"

static void put_figures(struct numbers *x, const struct ml_regression_figures *figures)
{
    put(x, figures->rmse);
    put(x, figures->mae);
    put(x, figures->r2);
}

static void regression(struct numbers *x)
{
    struct ml_regression_eval eval;
    struct ml_error err;
    size_t n = x->n_in / 2;
    must(ml_regression_evaluate(&eval, x->in + 1, x->in + 1 + n, n, x->in[0], &err));
    put_figures(x, &eval.figures);
    put(x, eval.mean_residual);
    put(x, eval.median_absolute_error);
    for (size_t q = 0; q < ML_RESIDUAL_QUANTILES; q++)
        put(x, eval.residual_quantiles[q]);
    put_figures(x, &eval.baseline.figures);
    for (size_t i = 0; i < ML_RESIDUAL_BINS; i++)
        put(x, (double)eval.histogram.counts[i]);
    put(x, eval.histogram.edges[ML_RESIDUAL_BINS]);
}

static size_t read_labels(uint8_t *label, const double *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        label[i] = (uint8_t)numbers[i];
    return n;
}

static void operating_point(struct numbers *x)
{
    struct ml_operating_rule rule = {(enum ml_operating_criterion)x->in[0], x->in[1], x->in[2],
                                     x->in[3]};
    struct ml_operating_point point;
    struct ml_error err;
    uint8_t label[MAX_VALUES];
    size_t n = read_labels(label, x->in + 4 + (x->n_in - 4) / 2, (x->n_in - 4) / 2);
    must(ml_operating_point_choose(&point, x->in + 4, label, n, &rule, &err));
    put(x, point.threshold);
    put(x, point.value);
    for (size_t i = 0; i < 4; i++)
        put(x, (double)point.confusion.counts[i / 2][i % 2]);
}

static void put_paired(struct numbers *x, const struct ml_paired *figure)
{
    put(x, figure->a);
    put(x, figure->b);
    put(x, figure->difference);
    put(x, figure->z);
    put(x, figure->p);
}

static void put_answers(struct numbers *x, const struct ml_compare_result *result)
{
    put(x, result->accuracy_a);
    put(x, result->accuracy_b);
    put(x, (double)result->accuracy.only_a);
    put(x, (double)result->accuracy.only_b);
    put(x, result->accuracy.p);
}

static struct ml_compare_result compared(const struct ml_compare_input *input)
{
    struct ml_compare_result result;
    struct ml_error err;
    must(ml_compare(&result, input, &err));
    return result;
}

static struct ml_compare_result compared_binary(const double *numbers, size_t n, double threshold_a,
                                                double threshold_b)
{
    uint8_t label[MAX_VALUES];
    read_labels(label, numbers + 2 * n, n);
    return compared(&(struct ml_compare_input){
        .kind = ML_COMPARE_BINARY,
        .n = n,
        .scores_a = numbers,
        .scores_b = numbers + n,
        .positive = label,
        .threshold_a = threshold_a,
        .threshold_b = threshold_b,
    });
}

static void paired_auc(struct numbers *x)
{
    struct ml_compare_result result = compared_binary(x->in, x->n_in / 3, 0.5, 0.5);
    put(x, result.auc.a);
    put(x, result.auc.b);
    put(x, result.auc.difference);
    put_interval(x, result.auc.interval);
    put(x, result.auc.z);
    put(x, result.auc.p);
}

static void mcnemar(struct numbers *x)
{
    struct ml_mcnemar test;
    ml_mcnemar_test(&test, (size_t)x->in[0], (size_t)x->in[1]);
    put(x, test.p);
}

static void compare_binary(struct numbers *x)
{
    struct ml_compare_result result =
        compared_binary(x->in + 2, (x->n_in - 2) / 3, x->in[0], x->in[1]);
    put_paired(x, &result.log_loss);
    put_paired(x, &result.brier);
    put_answers(x, &result);
}

static void compare_multiclass(struct numbers *x)
{
    uint32_t label[MAX_VALUES];
    size_t k = (size_t)x->in[0];
    size_t n = (x->n_in - 1) / (2 * k + 1);
    for (size_t i = 0; i < n; i++)
        label[i] = (uint32_t)x->in[1 + 2 * n * k + i];
    struct ml_compare_result result = compared(&(struct ml_compare_input){
        .kind = ML_COMPARE_MULTICLASS,
        .n = n,
        .n_classes = k,
        .scores_a = x->in + 1,
        .scores_b = x->in + 1 + n * k,
        .label = label,
    });
    put_paired(x, &result.log_loss);
    put_answers(x, &result);
}

static void compare_regression(struct numbers *x)
{
    size_t n = x->n_in / 3;
    struct ml_compare_result result = compared(&(struct ml_compare_input){
        .kind = ML_COMPARE_REGRESSION,
        .n = n,
        .scores_a = x->in,
        .scores_b = x->in + n,
        .truth = x->in + 2 * n,
    });
    put_paired(x, &result.mse);
    put(x, result.rmse_a);
    put(x, result.rmse_b);
}

/* Two generators, so equal only about: the ends may differ by a twentieth of the width. */
static void bootstrap(struct numbers *x)
{
    struct ml_paired figure;
    size_t n = x->n_in / 2;
    ml_paired_mean(&figure, x->in, x->in + n, n, &(struct ml_bootstrap){20000, 1});
    put_interval(x, figure.interval);
}

static bool is_about(const double *actual, const double *expected)
{
    double tolerance = (expected[1] - expected[0]) / 20;
    return fabs(actual[0] - expected[0]) < tolerance && fabs(actual[1] - expected[1]) < tolerance;
}

static void put_alert(struct numbers *x, const struct ml_eval_facts *facts)
{
    struct ml_alerts alerts;
    ml_alerts_find(&alerts, facts);
    put(x, (double)alerts.n);
}

static void class_shift(struct numbers *x)
{
    static const char *const labels[] = {"0", "1", "2", "3", "4", "5"};
    uint64_t counts[6] = {0};
    size_t n = x->n_in / 2;
    assert_true(n <= 6);
    for (size_t c = 0; c < n; c++)
        counts[c] = (uint64_t)x->in[n + c];
    put_alert(x, &(struct ml_eval_facts){
                     .n_classes = n,
                     .labels = labels,
                     .training_shares = x->in,
                     .class_counts = counts,
                 });
}

static void number_shift(struct numbers *x)
{
    struct ml_eval_facts facts = {.rows = 0};
    size_t n = (size_t)x->in[0];
    for (size_t i = 1; i < x->n_in; i++)
        ml_moments_add(i <= n ? &facts.training_target : &facts.target, x->in[i]);
    put_alert(x, &facts);
}

static void isotonic(struct numbers *x)
{
    struct ml_isotonic fitted;
    struct ml_error err;
    bool positive[MAX_VALUES];
    size_t n = (size_t)x->in[0];
    for (size_t i = 0; i < n; i++)
        positive[i] = x->in[1 + n + i] > 0;
    must(ml_isotonic_fit(&fitted, x->in + 1, positive, n, &err));
    for (size_t i = 0; i < fitted.n; i++)
        put(x, fitted.x[i]);
    for (size_t i = 0; i < fitted.n; i++)
        put(x, fitted.y[i]);
    for (size_t i = 1 + 2 * n; i < x->n_in; i++)
        put(x, ml_isotonic_apply(&fitted, x->in[i]));
    ml_isotonic_release(&fitted);
}

static const struct case_function functions[] = {
    {"regression", regression, NULL},
    {"operating_point", operating_point, NULL},
    {"paired_auc", paired_auc, NULL},
    {"mcnemar", mcnemar, NULL},
    {"compare_binary", compare_binary, NULL},
    {"compare_multiclass", compare_multiclass, NULL},
    {"compare_regression", compare_regression, NULL},
    {"bootstrap", bootstrap, is_about},
    {"class_shift", class_shift, NULL},
    {"number_shift", number_shift, NULL},
    {"isotonic", isotonic, NULL},
    {0},
};

#define TOPIC(topic, sentence)                                                                     \
    static void sentence(void **state)                                                             \
    {                                                                                              \
        (void)state;                                                                               \
        check_cases("golden/choose/" topic ".txt", functions);                                     \
    }

TOPIC("regression", regression_figures_match_scikit_learn)
TOPIC("operating_point", operating_points_match_a_search_over_every_threshold)
TOPIC("paired", delong_and_mcnemar_match_proc_and_statsmodels)
TOPIC("compare", comparisons_match_statsmodels)
TOPIC("bootstrap", bootstrap_intervals_resemble_those_of_scipy)
TOPIC("alerts", alerts_about_the_target_match_scipy)
TOPIC("isotonic", isotonic_calibration_matches_scikit_learn)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regression_figures_match_scikit_learn),
        cmocka_unit_test(operating_points_match_a_search_over_every_threshold),
        cmocka_unit_test(delong_and_mcnemar_match_proc_and_statsmodels),
        cmocka_unit_test(comparisons_match_statsmodels),
        cmocka_unit_test(bootstrap_intervals_resemble_those_of_scipy),
        cmocka_unit_test(alerts_about_the_target_match_scipy),
        cmocka_unit_test(isotonic_calibration_matches_scikit_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

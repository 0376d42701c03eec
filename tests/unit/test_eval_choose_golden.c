/*
 * Judging, choosing and comparing models, against scikit-learn, pROC, statsmodels and scipy.
 * tests/oracle/choose-check makes the outputs again.
 */
#include "../lib/cases.h"

#include "eval/operating_point.h"
#include "eval/regression.h"

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

static const struct case_function functions[] = {
    {"regression", regression},
    {"operating_point", operating_point},
    {NULL, NULL},
};

#define TOPIC(topic, sentence)                                                                     \
    static void sentence(void **state)                                                             \
    {                                                                                              \
        (void)state;                                                                               \
        check_cases("golden/choose/" topic ".txt", functions);                                     \
    }

TOPIC("regression", regression_figures_match_scikit_learn)
TOPIC("operating_point", operating_points_match_a_search_over_every_threshold)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regression_figures_match_scikit_learn),
        cmocka_unit_test(operating_points_match_a_search_over_every_threshold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

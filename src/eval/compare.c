#include "eval/compare.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "eval/multiclass.h"
#include "eval/prob.h"
#include "eval/ranking.h"
#include "eval/regression.h"

/* What each row costs each model, and which rows each model answers right. */
struct rows {
    double *loss_a; /* owned, n each */
    double *loss_b;
    size_t right_a;
    size_t right_b;
    size_t only_a;
    size_t only_b;
};

static void rows_init(struct rows *rows, size_t n)
{
    *rows = (struct rows){.loss_a = ml_xcalloc(n, sizeof(double)),
                          .loss_b = ml_xcalloc(n, sizeof(double))};
}

static void rows_release(struct rows *rows)
{
    free(rows->loss_a);
    free(rows->loss_b);
}

static void count_answers(struct rows *rows, bool a_is_right, bool b_is_right)
{
    rows->right_a += a_is_right;
    rows->right_b += b_is_right;
    rows->only_a += a_is_right && !b_is_right;
    rows->only_b += b_is_right && !a_is_right;
}

static void measure_accuracy(struct ml_compare_result *out, const struct rows *rows)
{
    out->accuracy_a = (double)rows->right_a / (double)out->n;
    out->accuracy_b = (double)rows->right_b / (double)out->n;
    ml_mcnemar_test(&out->accuracy, rows->only_a, rows->only_b);
}

/* Verdicts --------------------------------------------------------------------------------------
 */

/* 1: b's figure is larger, -1: smaller, 0: not that the rows can show. */
static int direction(const struct ml_paired *figure)
{
    return (figure->interval.low > 0) - (figure->interval.high < 0);
}

static enum ml_compare_verdict verdict_of(int better)
{
    return better > 0   ? ML_COMPARE_PROMOTE
           : better < 0 ? ML_COMPARE_KEEP
                        : ML_COMPARE_NO_DIFFERENCE;
}

static enum ml_compare_verdict binary_verdict(const struct ml_compare_result *result)
{
    int ranks = direction(&result->auc);
    int loses = -direction(&result->log_loss);
    if (ranks * loses < 0)
        return ML_COMPARE_DISAGREE;
    return verdict_of(ranks != 0 ? ranks : loses);
}

/* Kinds -----------------------------------------------------------------------------------------
 */

static bool fail_in(struct ml_error *err, const char *model)
{
    return ml_fail_context(err, "%s model", model);
}

static bool check_binary(const struct ml_compare_input *in, struct ml_error *err)
{
    if (!ml_prob_is_valid(in->threshold_a) || !ml_prob_is_valid(in->threshold_b))
        return ml_fail(err, ML_EINPUT, "thresholds %g and %g are not both between 0 and 1",
                       in->threshold_a, in->threshold_b);
    if (!ml_prob_check_scores(in->scores_a, in->n, err))
        return fail_in(err, "first");
    if (!ml_prob_check_scores(in->scores_b, in->n, err))
        return fail_in(err, "second");
    return true;
}

static bool measure_auc(struct ml_compare_result *out, const struct ml_compare_input *in,
                        struct ml_error *err)
{
    struct ml_ranking a = {0};
    struct ml_ranking b = {0};
    bool ok = ml_ranking_build(&a, in->scores_a, in->positive, in->n, err) &&
              ml_ranking_build(&b, in->scores_b, in->positive, in->n, err);
    if (ok && (a.positives == 0 || a.negatives == 0))
        ok = ml_fail(err, ML_EINPUT, "only one class in the rows to compare on: all labels are %d",
                     a.positives > 0);
    if (ok)
        ml_paired_auc(&out->auc, &a, &b, in->scores_a, in->scores_b, in->positive, in->n);
    ml_ranking_release(&a);
    ml_ranking_release(&b);
    return ok;
}

static double brier_of(double score, bool positive)
{
    double distance = positive ? 1 - score : score;
    return distance * distance;
}

static double log_loss_of(double score, bool positive)
{
    return ml_prob_log_loss(positive ? score : 1 - score);
}

static bool compare_binary(struct ml_compare_result *out, const struct ml_compare_input *in,
                           const struct ml_bootstrap *bootstrap, struct ml_error *err)
{
    if (!check_binary(in, err) || !measure_auc(out, in, err))
        return false;
    struct rows rows;
    rows_init(&rows, in->n);
    for (size_t i = 0; i < in->n; i++) {
        bool positive = in->positive[i];
        count_answers(&rows, (in->scores_a[i] > in->threshold_a) == positive,
                      (in->scores_b[i] > in->threshold_b) == positive);
        rows.loss_a[i] = log_loss_of(in->scores_a[i], positive);
        rows.loss_b[i] = log_loss_of(in->scores_b[i], positive);
    }
    out->threshold_a = in->threshold_a;
    out->threshold_b = in->threshold_b;
    measure_accuracy(out, &rows);
    ml_paired_mean(&out->log_loss, rows.loss_a, rows.loss_b, in->n, bootstrap);
    for (size_t i = 0; i < in->n; i++) {
        rows.loss_a[i] = brier_of(in->scores_a[i], in->positive[i]);
        rows.loss_b[i] = brier_of(in->scores_b[i], in->positive[i]);
    }
    ml_paired_mean(&out->brier, rows.loss_a, rows.loss_b, in->n, bootstrap);
    rows_release(&rows);
    out->verdict = binary_verdict(out);
    return true;
}

static bool compare_multiclass(struct ml_compare_result *out, const struct ml_compare_input *in,
                               const struct ml_bootstrap *bootstrap, struct ml_error *err)
{
    size_t k = in->n_classes;
    if (!ml_multiclass_check(in->scores_a, in->label, in->n, k, err))
        return fail_in(err, "first");
    if (!ml_multiclass_check(in->scores_b, in->label, in->n, k, err))
        return fail_in(err, "second");
    struct rows rows;
    rows_init(&rows, in->n);
    for (size_t i = 0; i < in->n; i++) {
        const double *a = in->scores_a + i * k;
        const double *b = in->scores_b + i * k;
        size_t class = in->label[i];
        count_answers(&rows, ml_multiclass_answer(a, k) == class,
                      ml_multiclass_answer(b, k) == class);
        rows.loss_a[i] = ml_prob_log_loss(a[class]);
        rows.loss_b[i] = ml_prob_log_loss(b[class]);
    }
    measure_accuracy(out, &rows);
    ml_paired_mean(&out->log_loss, rows.loss_a, rows.loss_b, in->n, bootstrap);
    rows_release(&rows);
    out->verdict = verdict_of(-direction(&out->log_loss));
    return true;
}

static double square(double x)
{
    return x * x;
}

static bool compare_regression(struct ml_compare_result *out, const struct ml_compare_input *in,
                               const struct ml_bootstrap *bootstrap, struct ml_error *err)
{
    if (!ml_regression_check(in->scores_a, in->truth, in->n, err))
        return fail_in(err, "first");
    if (!ml_regression_check(in->scores_b, in->truth, in->n, err))
        return fail_in(err, "second");
    struct rows rows;
    rows_init(&rows, in->n);
    for (size_t i = 0; i < in->n; i++) {
        rows.loss_a[i] = square(in->truth[i] - in->scores_a[i]);
        rows.loss_b[i] = square(in->truth[i] - in->scores_b[i]);
    }
    ml_paired_mean(&out->mse, rows.loss_a, rows.loss_b, in->n, bootstrap);
    rows_release(&rows);
    out->rmse_a = sqrt(out->mse.a);
    out->rmse_b = sqrt(out->mse.b);
    out->verdict = verdict_of(-direction(&out->mse));
    return true;
}

bool ml_compare(struct ml_compare_result *out, const struct ml_compare_input *input,
                struct ml_error *err)
{
    struct ml_compare_result result = {.kind = input->kind, .n = input->n};
    struct ml_bootstrap bootstrap = {
        .resamples = input->resamples > 0 ? input->resamples : ML_COMPARE_RESAMPLES,
        .seed = input->seed,
    };
    bool ok = false;
    if (input->n == 0)
        return ml_fail(err, ML_EINPUT, "no rows to compare on");
    if (bootstrap.resamples > ML_COMPARE_MAX_RESAMPLES)
        return ml_fail(err, ML_ELIMIT, "%zu resamples are more than the limit of %d",
                       bootstrap.resamples, ML_COMPARE_MAX_RESAMPLES);
    switch (input->kind) {
    case ML_COMPARE_BINARY:
        ok = compare_binary(&result, input, &bootstrap, err);
        break;
    case ML_COMPARE_MULTICLASS:
        ok = compare_multiclass(&result, input, &bootstrap, err);
        break;
    case ML_COMPARE_REGRESSION:
        ok = compare_regression(&result, input, &bootstrap, err);
        break;
    }
    if (ok)
        *out = result;
    return ok;
}

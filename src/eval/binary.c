#include "eval/binary.h"

#include <string.h>

#include "eval/prob.h"
#include "eval/ranking.h"

static bool check_options(const struct ml_binary_options *options, struct ml_error *err)
{
    if (!ml_prob_is_valid(options->threshold))
        return ml_fail(err, ML_EINPUT, "threshold %g is not between 0 and 1", options->threshold);
    if (!ml_prob_is_valid(options->prior))
        return ml_fail(err, ML_EINPUT, "share of positives %g is not between 0 and 1",
                       options->prior);
    return !options->has_cost || ml_cost_check(options->cost_fp, options->cost_fn, err);
}

static bool check_classes(const struct ml_ranking *ranking, const char *const labels[2],
                          struct ml_error *err)
{
    if (ranking->positives > 0 && ranking->negatives > 0)
        return true;
    char quoted[80];
    const char *only = labels[ranking->positives > 0];
    return ml_fail(err, ML_EINPUT, "only one class in the rows to evaluate: all %zu are '%s'",
                   ranking->positives + ranking->negatives,
                   ml_quote(quoted, sizeof(quoted), only, strlen(only)));
}

static void measure_losses(struct ml_binary_eval *eval, const struct ml_ranking *ranking)
{
    double log_loss = 0;
    double brier = 0;
    for (size_t i = 0; i < ranking->count; i++) {
        const struct ml_score_step *step = &ranking->steps[i];
        double p = step->score;
        double positives = (double)step->positives;
        double negatives = (double)step->negatives;
        if (positives > 0)
            log_loss += positives * ml_prob_log_loss(p);
        if (negatives > 0)
            log_loss += negatives * ml_prob_log_loss(1 - p);
        brier += positives * (1 - p) * (1 - p) + negatives * p * p;
    }
    eval->log_loss = log_loss / (double)eval->rows;
    eval->brier = brier / (double)eval->rows;
}

static void measure_threshold(struct ml_binary_eval *eval, const struct ml_ranking *ranking)
{
    size_t tp;
    size_t fp;
    ml_ranking_count_above(ranking, eval->threshold, &tp, &fp);
    eval->confusion.counts[0][0] = ranking->negatives - fp;
    eval->confusion.counts[0][1] = fp;
    eval->confusion.counts[1][0] = ranking->positives - tp;
    eval->confusion.counts[1][1] = tp;
    ml_binary_rates_measure(&eval->rates, &eval->confusion);
}

static void measure_baseline(struct ml_binary_eval *eval, double prior)
{
    double share = (double)eval->positives / (double)eval->rows;
    struct ml_binary_baseline *base = &eval->baseline;
    base->auc = 0.5;
    base->log_loss = share * ml_prob_log_loss(prior) + (1 - share) * ml_prob_log_loss(1 - prior);
    base->brier = share * (1 - prior) * (1 - prior) + (1 - share) * prior * prior;
    base->average_precision = share;
    base->answer = prior > 0.5;
    struct ml_confusion confusion = {0};
    confusion.counts[0][base->answer] = eval->rows - eval->positives;
    confusion.counts[1][base->answer] = eval->positives;
    ml_binary_rates_measure(&base->rates, &confusion);
}

static void measure_auc(struct ml_binary_eval *eval, const struct ml_ranking *ranking)
{
    struct ml_auc_interval interval;
    ml_auc_delong_ranked(&interval, ranking);
    eval->auc = interval.auc;
    eval->auc_ci[0] = interval.low;
    eval->auc_ci[1] = interval.high;
}

static void evaluate(struct ml_binary_eval *eval, const struct ml_ranking *ranking,
                     const struct ml_binary_options *options)
{
    *eval = (struct ml_binary_eval){
        .labels = {options->labels[0], options->labels[1]},
        .rows = ranking->positives + ranking->negatives,
        .positives = ranking->positives,
        .threshold = options->threshold,
        .has_cost = options->has_cost,
    };
    measure_auc(eval, ranking);
    measure_losses(eval, ranking);
    measure_threshold(eval, ranking);
    measure_baseline(eval, options->prior);
    eval->average_precision = ml_curve_average_precision(ranking);
    ml_curve_build(&eval->curve, ranking);
    ml_calibration_measure(&eval->calibration, ranking);
    if (options->has_cost)
        ml_cost_measure(&eval->cost, ranking, options->threshold, options->cost_fp,
                        options->cost_fn);
}

bool ml_binary_evaluate(struct ml_binary_eval *out, const double *score, const uint8_t *label,
                        size_t n, const struct ml_binary_options *options, struct ml_error *err)
{
    struct ml_ranking ranking = {0};
    if (!check_options(options, err) || !ml_prob_check_scores(score, n, err))
        return false;
    if (!ml_ranking_build(&ranking, score, label, n, err))
        return false;
    bool ok = check_classes(&ranking, options->labels, err);
    if (ok)
        evaluate(out, &ranking, options);
    ml_ranking_release(&ranking);
    return ok;
}

void ml_binary_eval_release(struct ml_binary_eval *eval)
{
    ml_curve_release(&eval->curve);
    *eval = (struct ml_binary_eval){0};
}

#include "eval/operating_point.h"

#include <math.h>

#include "eval/cost.h"
#include "eval/decimal.h"
#include "eval/prob.h"
#include "eval/ranking.h"

/* The rows above a threshold between step `steps` - 1 and step `steps` of the ranking. */
struct candidate {
    size_t steps;
    double tp, fp;
    double value; /* what is to be maximal; NaN: the rule is not kept */
};

/* Checks ----------------------------------------------------------------------------------------
 */

static bool check_rule(const struct ml_operating_rule *rule, struct ml_error *err)
{
    double x = rule->number;
    switch (rule->by) {
    case ML_OPERATE_FBETA:
        if (!(x > 0 && x <= 1e6))
            return ml_fail(err, ML_EINPUT, "beta %g is not above 0 and at most 1e6", x);
        return true;
    case ML_OPERATE_PRECISION:
    case ML_OPERATE_RECALL:
    case ML_OPERATE_TOP_SHARE:
        if (!(x > 0 && x <= 1))
            return ml_fail(err, ML_EINPUT, "%s %g is not above 0 and at most 1",
                           rule->by == ML_OPERATE_PRECISION ? "precision"
                           : rule->by == ML_OPERATE_RECALL  ? "recall"
                                                            : "share",
                           x);
        return true;
    case ML_OPERATE_COST:
        return ml_cost_check(rule->cost_fp, rule->cost_fn, err);
    case ML_OPERATE_F1:
    case ML_OPERATE_ACCURACY:
    case ML_OPERATE_YOUDEN:
        return true;
    }
    return true;
}

/* Criteria --------------------------------------------------------------------------------------
 */

static double fbeta_of(double weight, double tp, double fp, double positives)
{
    double hits = (1 + weight) * tp;
    return hits > 0 ? hits / (tp + fp + weight * positives) : 0;
}

static double precision_of(double tp, double fp)
{
    return tp + fp > 0 ? tp / (tp + fp) : NAN;
}

/* Quotients of whole numbers, rounded once (costs and betas that are not whole: more often), so
 * that equally good candidates have equal values. */
static double value_of(const struct ml_operating_rule *rule, const struct ml_ranking *ranking,
                       double tp, double fp)
{
    double pos = (double)ranking->positives;
    double neg = (double)ranking->negatives;
    double precision = precision_of(tp, fp);
    double share = (tp + fp) / (pos + neg);
    switch (rule->by) {
    case ML_OPERATE_F1:
        return fbeta_of(1, tp, fp, pos);
    case ML_OPERATE_FBETA:
        return fbeta_of(rule->number * rule->number, tp, fp, pos);
    case ML_OPERATE_ACCURACY:
        return (tp + neg - fp) / (pos + neg);
    case ML_OPERATE_YOUDEN:
        return (tp * neg - fp * pos) / (pos * neg);
    case ML_OPERATE_PRECISION:
        return precision >= rule->number ? tp / pos : NAN;
    case ML_OPERATE_RECALL:
        return tp / pos >= rule->number ? precision : NAN;
    case ML_OPERATE_TOP_SHARE:
        return share > 0 && share <= rule->number ? share : NAN;
    case ML_OPERATE_COST:
        return -(fp * rule->cost_fp + (pos - tp) * rule->cost_fn);
    }
    return NAN;
}

/* Search ----------------------------------------------------------------------------------------
 */

static bool is_better(const struct candidate *a, const struct candidate *b, bool lower_wins)
{
    if (isnan(a->value))
        return false;
    return isnan(b->value) || a->value > b->value || (lower_wins && a->value >= b->value);
}

/* No threshold in [0,1] is below a score of 0: then the last step cannot be taken. */
static size_t reachable_steps(const struct ml_ranking *ranking)
{
    return ranking->count - !(ranking->steps[ranking->count - 1].score > 0);
}

static struct candidate search(const struct ml_operating_rule *rule,
                               const struct ml_ranking *ranking)
{
    struct candidate best = {.value = value_of(rule, ranking, 0, 0)};
    struct candidate at = {0};
    size_t reachable = reachable_steps(ranking);
    for (size_t i = 0; i < reachable; i++) {
        at.steps = i + 1;
        at.tp += (double)ranking->steps[i].positives;
        at.fp += (double)ranking->steps[i].negatives;
        at.value = value_of(rule, ranking, at.tp, at.fp);
        if (is_better(&at, &best, rule->by == ML_OPERATE_RECALL))
            best = at;
    }
    return best;
}

static double threshold_of(const struct ml_ranking *ranking, size_t steps)
{
    if (steps == 0)
        return 1;
    if (steps == ranking->count)
        return 0;
    return ml_decimal_between(ranking->steps[steps].score, ranking->steps[steps - 1].score);
}

static void describe(struct ml_operating_point *out, const struct ml_operating_rule *rule,
                     const struct ml_ranking *ranking, const struct candidate *chosen)
{
    size_t tp = (size_t)chosen->tp;
    size_t fp = (size_t)chosen->fp;
    *out = (struct ml_operating_point){
        .threshold = threshold_of(ranking, chosen->steps),
        .value = rule->by == ML_OPERATE_COST ? fabs(chosen->value) : chosen->value,
        .confusion.counts = {{ranking->negatives - fp, fp}, {ranking->positives - tp, tp}},
    };
    ml_binary_rates_measure(&out->rates, &out->confusion);
}

/* What cannot be had ----------------------------------------------------------------------------
 */

static bool fail_precision(const struct ml_operating_rule *rule, const struct ml_ranking *ranking,
                           struct ml_error *err)
{
    double best = 0;
    size_t tp = 0;
    size_t fp = 0;
    size_t reachable = reachable_steps(ranking);
    for (size_t i = 0; i < reachable; i++) {
        tp += ranking->steps[i].positives;
        fp += ranking->steps[i].negatives;
        best = fmax(best, precision_of((double)tp, (double)fp));
    }
    struct ml_operating_rule at_best = {.by = ML_OPERATE_PRECISION, .number = best};
    struct candidate nearest = search(&at_best, ranking);
    return ml_fail(err, ML_EINPUT,
                   "no threshold has a precision of %g on these rows: the largest is %.4g, with a "
                   "recall of %.4g at threshold %.6g",
                   rule->number, best, nearest.value, threshold_of(ranking, nearest.steps));
}

static bool fail_recall(const struct ml_operating_rule *rule, const struct ml_ranking *ranking,
                        struct ml_error *err)
{
    const struct ml_score_step *last = &ranking->steps[ranking->count - 1];
    double pos = (double)ranking->positives;
    return ml_fail(err, ML_EINPUT,
                   "no threshold has a recall of %g on these rows: %zu positive rows have a score "
                   "of 0, so that the largest is %.4g, at threshold 0",
                   rule->number, last->positives, (pos - (double)last->positives) / pos);
}

static bool fail_share(const struct ml_operating_rule *rule, const struct ml_ranking *ranking,
                       struct ml_error *err)
{
    const struct ml_score_step *first = &ranking->steps[0];
    size_t n = ranking->positives + ranking->negatives;
    size_t ties = first->positives + first->negatives;
    if (first->score > 0)
        return ml_fail(err, ML_EINPUT,
                       "no threshold flags a row and at most a share of %g: the least it flags "
                       "is %zu of %zu rows (%.4g), whose score of %.6g is the highest",
                       rule->number, ties, n, (double)ties / (double)n, first->score);
    return ml_fail(err, ML_EINPUT, "no threshold flags a row: every score is 0");
}

static bool fail_rule(const struct ml_operating_rule *rule, const struct ml_ranking *ranking,
                      struct ml_error *err)
{
    if (rule->by == ML_OPERATE_TOP_SHARE)
        return fail_share(rule, ranking, err);
    if (rule->by == ML_OPERATE_RECALL)
        return fail_recall(rule, ranking, err);
    if (reachable_steps(ranking) > 0)
        return fail_precision(rule, ranking, err);
    return ml_fail(err, ML_EINPUT, "no threshold flags a row: every score is 0");
}

static bool choose(struct ml_operating_point *out, const struct ml_ranking *ranking,
                   const struct ml_operating_rule *rule, struct ml_error *err)
{
    if (ranking->positives == 0 || ranking->negatives == 0)
        return ml_fail(err, ML_EINPUT,
                       "only one class in the rows to choose a threshold on: all labels are %d",
                       ranking->positives > 0);
    struct candidate best = search(rule, ranking);
    if (isnan(best.value))
        return fail_rule(rule, ranking, err);
    describe(out, rule, ranking, &best);
    return true;
}

bool ml_operating_point_choose(struct ml_operating_point *out, const double *score,
                               const uint8_t *label, size_t n, const struct ml_operating_rule *rule,
                               struct ml_error *err)
{
    struct ml_ranking ranking = {0};
    if (!check_rule(rule, err) || !ml_prob_check_scores(score, n, err))
        return false;
    if (!ml_ranking_build(&ranking, score, label, n, err))
        return false;
    bool ok = choose(out, &ranking, rule, err);
    ml_ranking_release(&ranking);
    return ok;
}

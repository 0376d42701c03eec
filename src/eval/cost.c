#include "eval/cost.h"

#include <math.h>

bool ml_cost_check(double cost_fp, double cost_fn, struct ml_error *err)
{
    if (cost_fp >= 0 && cost_fn >= 0 && cost_fp + cost_fn > 0 && isfinite(cost_fp + cost_fn))
        return true;
    return ml_fail(err, ML_EINPUT,
                   "costs fp=%g,fn=%g are not two finite numbers >= 0, one of them above 0",
                   cost_fp, cost_fn);
}

static struct ml_cost_point point_of(const struct ml_cost *cost, const struct ml_ranking *ranking,
                                     double threshold, size_t tp, size_t fp)
{
    double fn = (double)(ranking->positives - tp);
    double total = (double)fp * cost->fp + fn * cost->fn;
    return (struct ml_cost_point){
        .threshold = threshold,
        .total = total,
        .per_row = total / (double)(ranking->positives + ranking->negatives),
    };
}

static struct ml_cost_point point_at(const struct ml_cost *cost, const struct ml_ranking *ranking,
                                     double threshold)
{
    size_t tp;
    size_t fp;
    ml_ranking_count_above(ranking, threshold, &tp, &fp);
    return point_of(cost, ranking, threshold, tp, fp);
}

static struct ml_cost_point least_of(const struct ml_cost *cost, const struct ml_ranking *ranking)
{
    struct ml_cost_point best = point_of(cost, ranking, 1, 0, 0);
    size_t tp = 0;
    size_t fp = 0;
    for (size_t i = 0; i < ranking->count; i++) {
        tp += ranking->steps[i].positives;
        fp += ranking->steps[i].negatives;
        double threshold = ml_ranking_threshold(ranking, i + 1);
        struct ml_cost_point point = point_of(cost, ranking, threshold, tp, fp);
        if (threshold >= 0 && point.total < best.total)
            best = point;
    }
    return best;
}

void ml_cost_measure(struct ml_cost *out, const struct ml_ranking *ranking, double threshold,
                     double cost_fp, double cost_fn)
{
    struct ml_cost cost = {.fp = cost_fp, .fn = cost_fn};
    cost.chosen = point_at(&cost, ranking, threshold);
    cost.theoretical = point_at(&cost, ranking, cost_fp / (cost_fp + cost_fn));
    cost.least = least_of(&cost, ranking);
    cost.always_negative = point_at(&cost, ranking, 1);
    cost.always_positive = point_at(&cost, ranking, -INFINITY);
    *out = cost;
}

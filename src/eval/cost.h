/*
 * What mistakes cost, and which threshold makes them cheapest. Costs are in the caller's unit
 * (money, minutes, …): the unit of cost_fp is the unit of every total.
 */
#ifndef ML_EVAL_COST_H
#define ML_EVAL_COST_H

#include <stdbool.h>

#include "base/error.h"
#include "eval/ranking.h"

/* The rows' mistakes at one threshold. */
struct ml_cost_point {
    double threshold; /* score > threshold is positive */
    double total;     /* fp x cost_fp + fn x cost_fn */
    double per_row;   /* total / rows */
};

struct ml_cost {
    double fp; /* of one false positive, >= 0 */
    double fn; /* of one false negative, >= 0 */
    struct ml_cost_point chosen;
    struct ml_cost_point theoretical; /* best for calibrated scores: fp / (fp + fn) */
    struct ml_cost_point least; /* best in hindsight on these very rows: an optimistic number */
    struct ml_cost_point always_negative; /* threshold 1 */
    struct ml_cost_point always_positive; /* threshold -INFINITY, so that a score of 0 counts */
};

/* ML_EINPUT unless both are finite and >= 0 and one of them is above 0. */
bool ml_cost_check(double cost_fp, double cost_fn, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * Costs on ranked rows, at least one, scores in [0,1], at `threshold` (0..1) and at thresholds to
 * compare it with. cost_fp and cost_fn have passed ml_cost_check.
 * `theoretical` minimises the expected cost of a row whose score is its true probability (Elkan,
 * "The Foundations of Cost-Sensitive Learning", IJCAI 2001). `least` is searched among the
 * thresholds in [0,1] that tell these rows apart: 1, every score, and 0; of equally cheap ones it
 * is the highest. O(steps).
 */
void ml_cost_measure(struct ml_cost *out, const struct ml_ranking *ranking, double threshold,
                     double cost_fp, double cost_fn);

#endif

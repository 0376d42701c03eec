/* Probabilities: what counts as one, and what an outcome of that probability costs in log-loss. */
#ifndef ML_EVAL_PROB_H
#define ML_EVAL_PROB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Whether 0 <= x <= 1. False for NaN. */
bool ml_prob_is_valid(double x);

/* ML_EINPUT with the row, from 1, of the first of n scores that is no probability. */
bool ml_prob_check_scores(const double *score, size_t n, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * -ln(prob), the loss of one row whose true class was given probability `prob`; in nats, 0..36.05.
 * prob is first clipped to [2^-52, 1 - 2^-52], so that a single certain and wrong score makes a
 * loss finite: the same bounds as scikit-learn's log_loss(eps="auto") on doubles. prob is valid.
 */
double ml_prob_log_loss(double prob);

#endif

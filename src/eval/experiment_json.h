/*
 * An experiment as JSON, for programs; conventions as in eval/report_json.h: members without the
 * braces around them, NaN and infinities are null, shares, rates and lifts are fractions of 1.
 */
#ifndef ML_EVAL_EXPERIMENT_JSON_H
#define ML_EVAL_EXPERIMENT_JSON_H

#include "base/strbuf.h"
#include "eval/experiment.h"

/*
 *   arms          [{variant, weight, assignments, expected_share, observed_share, outcomes,
 *                 rate (or mean), low, high, p_best, expected_loss}, …] in the order given
 *   comparisons   [{variant, control, difference, low, high, lift, lift_low, lift_high, test,
 *                 p, p_adjusted, always_valid_p, always_valid_p_adjusted, sequence_low,
 *                 sequence_high, more_outcomes}, …]; test is "z", "fisher", "welch" or "none"
 *   sample_ratio  {chi2, df, p, status}; status is "ok", "alarm" or "too_few"
 *   verdict       {code, winner, text}; code is "no_data", "too_early", "srm_alarm",
 *                 "no_difference_yet" or "winner"; winner is a variant or null
 * What each figure means and when it is null: eval/experiment.h.
 */
void ml_experiment_json(struct ml_strbuf *buf, const struct ml_experiment *experiment);

#endif

/* One arm of an experiment against the control; a part of eval/experiment.h. */
#ifndef ML_EVAL_EXPERIMENT_COMPARE_H
#define ML_EVAL_EXPERIMENT_COMPARE_H

#include "eval/experiment.h"
#include "eval/proportion.h"

/* The ones among an arm's outcomes, all of which are 0 or 1. */
struct ml_proportion ml_experiment_proportion(const struct ml_moments *outcomes);

/*
 * Fills all of `out` but what depends on the other comparisons: arm, the adjusted p-values (set to
 * the plain ones) and more_outcomes. kind is RATE or MEAN. O(1), thread-safe.
 */
void ml_experiment_compare(struct ml_comparison *out, enum ml_experiment_kind kind,
                           const struct ml_moments *control, const struct ml_moments *arm,
                           const struct ml_experiment_options *options);

/*
 * more_outcomes of a comparison, one of n_comparisons that share alpha. Needs what
 * ml_experiment_compare has filled.
 */
double ml_experiment_more_outcomes(const struct ml_comparison *comparison,
                                   const struct ml_moments *control, const struct ml_moments *arm,
                                   size_t n_comparisons,
                                   const struct ml_experiment_options *options);

#endif

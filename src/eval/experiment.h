/*
 * An A/B experiment judged: what each arm achieved, how it compares with the control, whether the
 * assignment can be trusted, and whether one may stop.
 *
 * A winner is named by the always-valid p-value alone (eval/sequential.h), so it does no harm to
 * look after every outcome. Intervals and p-values of the ordinary kind are shown beside it; they
 * mean what they say only for a look that was fixed beforehand. Everything supposes that outcomes
 * are independent of each other and that the split did not follow them (no bandit).
 */
#ifndef ML_EVAL_EXPERIMENT_H
#define ML_EVAL_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "eval/goodness.h"
#include "eval/interval.h"
#include "eval/moments.h"

enum { ML_EXPERIMENT_MAX_ARMS = 32 };

#define ML_EXPERIMENT_NONE SIZE_MAX /* no such arm */

/* What was gathered about one arm. Arms of weight 0 (shadows) are shown and are in no test. */
struct ml_experiment_arm {
    const char *name;           /* any bytes; borrowed for as long as the result is used */
    double weight;              /* >= 0, finite, in any unit */
    uint64_t assignments;       /* what the split decided, with or without an outcome */
    struct ml_moments outcomes; /* of their values */
    bool all_binary;            /* every value is 0 or 1; no matter without outcomes */
};

enum ml_experiment_kind {
    ML_EXPERIMENT_AUTO, /* as an option only: RATE when all outcomes of all arms are 0 or 1 */
    ML_EXPERIMENT_RATE, /* shares of ones */
    ML_EXPERIMENT_MEAN, /* means of any numbers */
};

struct ml_experiment_options {
    double alpha;   /* (0,1): of tests; intervals hold with 1 - alpha */
    double horizon; /* > 0, outcomes of two arms: see eval/sequential.h; fixed for the whole run */
    double srm_alpha; /* (0,1): of the sample ratio's alarm */
    enum ml_experiment_kind kind;
    bool lower_is_better;   /* the value is a cost or an error */
    bool without_posterior; /* leaves p_best and expected_loss NaN: much faster */
};

#define ML_EXPERIMENT_OPTIONS_INIT                                                                 \
    {                                                                                              \
        .alpha = 0.05, .horizon = 5000, .srm_alpha = 0.001                                         \
    }

struct ml_arm_result {
    const char *name;
    double weight;
    uint64_t assignments;
    double expected_share; /* weight / sum of weights, 0..1; NaN when no arm has weight */
    double observed_share; /* of assignments to arms with weight; NaN for others and without any */
    uint64_t outcomes;
    double value;                /* rate 0..1, or mean; NaN without outcomes */
    struct ml_interval interval; /* Wilson's (rate; [0,1] without outcomes) or Student's (mean) */
    double p_best;        /* posterior chance to be the best of the arms with weight; see below */
    double expected_loss; /* posterior mean of what the best is better by */
};

/*
 * p_best and expected_loss: rates have the posterior Beta(1 + ones, 1 + zeros); means a normal one
 * with their standard error, and all are NaN while one arm has fewer than two outcomes. NaN for
 * arms of weight 0.
 */

enum ml_experiment_test {
    ML_EXPERIMENT_NO_TEST, /* an arm without outcomes (mean: fewer than two, or no spread) */
    ML_EXPERIMENT_Z,       /* pooled two-proportion z-test */
    ML_EXPERIMENT_FISHER,  /* in its stead when one of the four expected counts is below 5 */
    ML_EXPERIMENT_WELCH,
};

/*
 * What a comparison needs before its always-valid p may fall below 1 (it is "ripe"), because the
 * theory is one of many outcomes: in each of the two arms this many outcomes, and for rates this
 * many ones and zeros to be expected too, were the rates the same. For the same reason the
 * confidence sequence takes the larger of Welch's standard error and the pooled one. So the share
 * of A/A experiments with a false alarm, looked at every 100 outcomes, stays below alpha also at a
 * 90/10 split, at rates of 1 % and with skewed rewards: tests/prove/aa-simulation.c.
 */
enum { ML_EXPERIMENT_LEAST_OUTCOMES = 100, ML_EXPERIMENT_LEAST_EXPECTED = 5 };

/* One arm against the control. Figures are NaN where the outcomes do not give them. */
struct ml_comparison {
    size_t arm;
    double difference;                /* arm - control */
    struct ml_interval interval;      /* Newcombe's or Welch's */
    double lift;                      /* difference / control; NaN unless the control is positive */
    struct ml_interval lift_interval; /* ml_ratio_interval of Wilson's or Welch's, minus 1 */
    enum ml_experiment_test test;
    double p;
    double p_adjusted;     /* Holm's over all comparisons; p itself when there is one */
    bool is_ripe;          /* the floors are passed */
    double always_valid_p; /* 1 while not ripe; never NaN */
    double always_valid_p_adjusted;
    struct ml_interval sequence; /* for the difference, valid at every look; NaN while not ripe */
    double more_outcomes; /* of both arms together until a difference like this one would be proven,
                             about; 0 when it is; NaN when never or unknown */
};

enum ml_verdict {
    ML_VERDICT_NO_DATA,           /* no outcomes, or fewer than two arms with weight */
    ML_VERDICT_TOO_EARLY,         /* no comparison is ripe */
    ML_VERDICT_SRM_ALARM,         /* whatever the outcomes say: the assignment is broken */
    ML_VERDICT_NO_DIFFERENCE_YET, /* nothing proven */
    ML_VERDICT_WINNER,
};

struct ml_experiment {
    enum ml_experiment_kind kind; /* RATE or MEAN */
    bool lower_is_better;
    double alpha;
    struct ml_arm_result arms[ML_EXPERIMENT_MAX_ARMS]; /* in the order given */
    size_t n_arms;
    size_t control; /* the first arm with weight; ML_EXPERIMENT_NONE when there is none */
    struct ml_comparison comparisons[ML_EXPERIMENT_MAX_ARMS - 1]; /* every other arm with weight */
    size_t n_comparisons;
    struct ml_sample_ratio sample_ratio;
    enum ml_verdict verdict;
    size_t winner;  /* arm; ML_EXPERIMENT_NONE unless verdict is WINNER */
    size_t leading; /* the comparison the verdict rests on; ML_EXPERIMENT_NONE when there is none */
};

/*
 * Judges n_arms arms. With always_valid_p_adjusted below alpha an arm is proven better or worse
 * than the control. The winner is the best arm of those proven better; it need not be proven better
 * than the others of them. The control wins when every other arm is proven worse.
 *
 * ML_EINPUT when an option or weight is out of range, a mean or m2 is not finite, or a rate is
 * asked of outcomes that are not all 0 or 1; ML_ELIMIT above ML_EXPERIMENT_MAX_ARMS. Cost: 0.1 ms
 * with two arms, 4 ms with 16, most of it the posterior. Thread-safe.
 */
bool ml_experiment_analyse(struct ml_experiment *out, const struct ml_experiment_arm *arms,
                           size_t n_arms, const struct ml_experiment_options *options,
                           struct ml_error *err) __attribute__((warn_unused_result));

#endif

#include "eval/experiment_compare.h"

#include <math.h>

#include "eval/mean.h"
#include "eval/ratio.h"
#include "eval/sequential.h"

enum { POOR_BELOW = 5 }; /* of the least expected count: the z-test is no good */

struct ml_proportion ml_experiment_proportion(const struct ml_moments *outcomes)
{
    double successes = round(outcomes->mean * (double)outcomes->n);
    struct ml_proportion p = {.successes = outcomes->n, .trials = outcomes->n};
    if (successes < (double)outcomes->n)
        p.successes = (uint64_t)successes;
    return p;
}

static void set_lift(struct ml_comparison *out, const struct ml_estimate *control,
                     const struct ml_estimate *arm)
{
    struct ml_interval ratio = ml_ratio_interval(control, arm);
    out->lift = control->value > 0 ? arm->value / control->value - 1 : NAN;
    out->lift_interval = (struct ml_interval){ratio.low - 1, ratio.high - 1};
}

static void compare_rates(struct ml_comparison *out, const struct ml_proportion *control,
                          const struct ml_proportion *arm, double alpha)
{
    if (control->trials == 0 || arm->trials == 0)
        return;
    struct ml_estimate of_control = {
        ml_proportion_rate(control),
        ml_proportion_interval(control, alpha),
    };
    struct ml_estimate of_arm = {ml_proportion_rate(arm), ml_proportion_interval(arm, alpha)};
    out->difference = of_arm.value - of_control.value;
    out->interval = ml_proportion_difference(control, arm, alpha);
    set_lift(out, &of_control, &of_arm);
    double least = ml_proportion_least_expected(control, arm);
    bool is_poor = least < POOR_BELOW;
    out->test = is_poor ? ML_EXPERIMENT_FISHER : ML_EXPERIMENT_Z;
    out->p = is_poor ? ml_proportion_fisher_test(control, arm) : ml_proportion_z_test(control, arm);
    out->is_ripe = least >= ML_EXPERIMENT_LEAST_EXPECTED;
}

/* The arms of both intervals take Welch's t, so that their ratio agrees with the difference. */
static void compare_means(struct ml_comparison *out, const struct ml_moments *control,
                          const struct ml_moments *arm, double alpha)
{
    struct ml_welch welch = ml_welch_test(control, arm, alpha);
    out->difference = welch.difference;
    if (control->n > 0 && control->mean > 0)
        out->lift = welch.difference / control->mean;
    out->is_ripe = !isnan(welch.p);
    if (isnan(welch.p))
        return;
    out->interval = welch.interval;
    out->test = ML_EXPERIMENT_WELCH;
    out->p = welch.p;
    double t = (welch.interval.high - welch.difference) / welch.se;
    double reach_control = t * sqrt(ml_moments_variance(control) / (double)control->n);
    double reach_arm = t * sqrt(ml_moments_variance(arm) / (double)arm->n);
    set_lift(out,
             &(struct ml_estimate){control->mean,
                                   {control->mean - reach_control, control->mean + reach_control}},
             &(struct ml_estimate){arm->mean, {arm->mean - reach_arm, arm->mean + reach_arm}});
}

/*
 * The standard error is the larger of two: Welch's, and the one to be expected were both arms
 * alike. Alone, Welch's is too small whenever a small arm, by chance, has not met the rare large
 * outcomes yet, and at a 90/10 split that is when its mean is low too: up to a quarter of A/A
 * experiments raised a false alarm at some look. Alone, the pooled one is too small when the small
 * arm really is the one that varies more.
 */
static struct ml_sequence_state state_of(const struct ml_moments *control,
                                         const struct ml_moments *arm)
{
    double n_control = (double)control->n;
    double n_arm = (double)arm->n;
    struct ml_moments both = *control;
    ml_moments_merge(&both, arm);
    double apart = ml_moments_variance(control) / n_control + ml_moments_variance(arm) / n_arm;
    double pooled = ml_moments_variance(&both) * (1 / n_control + 1 / n_arm);
    return (struct ml_sequence_state){
        .difference = arm->mean - control->mean,
        .se = sqrt(fmax(apart, pooled)),
        .n = n_control + n_arm,
    };
}

static struct ml_sequence_options sequence_of(const struct ml_experiment_options *options)
{
    return (struct ml_sequence_options){.alpha = options->alpha, .horizon = options->horizon};
}

void ml_experiment_compare(struct ml_comparison *out, enum ml_experiment_kind kind,
                           const struct ml_moments *control, const struct ml_moments *arm,
                           const struct ml_experiment_options *options)
{
    const struct ml_interval unknown = {NAN, NAN};
    *out = (struct ml_comparison){
        .difference = NAN,
        .interval = unknown,
        .lift = NAN,
        .lift_interval = unknown,
        .p = NAN,
        .always_valid_p = 1,
        .sequence = unknown,
        .more_outcomes = NAN,
    };
    if (kind == ML_EXPERIMENT_RATE) {
        struct ml_proportion of_control = ml_experiment_proportion(control);
        struct ml_proportion of_arm = ml_experiment_proportion(arm);
        compare_rates(out, &of_control, &of_arm, options->alpha);
    } else {
        compare_means(out, control, arm, options->alpha);
    }
    if (control->n < ML_EXPERIMENT_LEAST_OUTCOMES || arm->n < ML_EXPERIMENT_LEAST_OUTCOMES)
        out->is_ripe = false;
    if (out->is_ripe) {
        struct ml_sequence_options sequence = sequence_of(options);
        struct ml_sequence_state state = state_of(control, arm);
        double half_width = ml_sequence_half_width(&sequence, &state);
        out->always_valid_p = ml_sequence_p(&sequence, &state);
        out->sequence.low = out->difference - half_width;
        out->sequence.high = out->difference + half_width;
    }
    out->p_adjusted = out->p;
    out->always_valid_p_adjusted = out->always_valid_p;
}

double ml_experiment_more_outcomes(const struct ml_comparison *comparison,
                                   const struct ml_moments *control, const struct ml_moments *arm,
                                   size_t n_comparisons,
                                   const struct ml_experiment_options *options)
{
    if (!comparison->is_ripe)
        return NAN;
    if (comparison->always_valid_p_adjusted < options->alpha)
        return 0;
    struct ml_sequence_options sequence = sequence_of(options);
    struct ml_sequence_state state = state_of(control, arm);
    double level = options->alpha / (double)n_comparisons;
    double more = ceil(ml_sequence_needed(&sequence, &state, level) - state.n);
    return more < 0 ? 0 : more;
}

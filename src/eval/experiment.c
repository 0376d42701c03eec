#include "eval/experiment.h"

#include <math.h>

#include "eval/experiment_compare.h"
#include "eval/holm.h"
#include "eval/mean.h"
#include "eval/posterior.h"
#include "eval/proportion.h"

/* Input -----------------------------------------------------------------------------------------
 */

static bool is_open_share(double x)
{
    return x > 0 && x < 1;
}

static bool check_options(const struct ml_experiment_options *options, struct ml_error *err)
{
    if (!is_open_share(options->alpha) || !is_open_share(options->srm_alpha))
        return ml_fail(err, ML_EINPUT, "alpha is not between 0 and 1");
    if (!(options->horizon > 0) || isinf(options->horizon))
        return ml_fail(err, ML_EINPUT, "the horizon is not a positive number of outcomes");
    return true;
}

static bool are_moments(const struct ml_moments *m, bool all_binary)
{
    if (!isfinite(m->mean) || !isfinite(m->m2) || m->m2 < 0)
        return false;
    return m->n == 0 || !all_binary || (m->mean >= 0 && m->mean <= 1);
}

static bool check_arm(const struct ml_experiment_arm *arm, size_t number,
                      const struct ml_experiment_options *options, struct ml_error *err)
{
    if (!(arm->weight >= 0) || isinf(arm->weight))
        return ml_fail(err, ML_EINPUT, "arm %zu: the weight is not a number from 0 on", number);
    if (!are_moments(&arm->outcomes, arm->all_binary))
        return ml_fail(err, ML_EINPUT, "arm %zu: mean and m2 are not those of outcomes", number);
    if (options->kind == ML_EXPERIMENT_RATE && arm->outcomes.n > 0 && !arm->all_binary)
        return ml_fail(err, ML_EINPUT, "arm %zu: no rate of outcomes other than 0 and 1", number);
    return true;
}

static bool check(const struct ml_experiment_arm *arms, size_t n_arms,
                  const struct ml_experiment_options *options, struct ml_error *err)
{
    if (n_arms > ML_EXPERIMENT_MAX_ARMS)
        return ml_fail(err, ML_ELIMIT, "more than %d arms", ML_EXPERIMENT_MAX_ARMS);
    if (!check_options(options, err))
        return false;
    for (size_t i = 0; i < n_arms; i++)
        if (!check_arm(&arms[i], i + 1, options, err))
            return false;
    return true;
}

static enum ml_experiment_kind kind_of(const struct ml_experiment_arm *arms, size_t n_arms,
                                       enum ml_experiment_kind wanted)
{
    if (wanted != ML_EXPERIMENT_AUTO)
        return wanted;
    for (size_t i = 0; i < n_arms; i++)
        if (arms[i].outcomes.n > 0 && !arms[i].all_binary)
            return ML_EXPERIMENT_MEAN;
    return ML_EXPERIMENT_RATE;
}

/* Arms ------------------------------------------------------------------------------------------
 */

static void set_value(struct ml_arm_result *out, enum ml_experiment_kind kind,
                      const struct ml_moments *outcomes, double alpha)
{
    out->outcomes = outcomes->n;
    if (kind == ML_EXPERIMENT_RATE) {
        struct ml_proportion p = ml_experiment_proportion(outcomes);
        out->value = ml_proportion_rate(&p);
        out->interval = ml_proportion_interval(&p, alpha);
    } else {
        out->value = outcomes->n > 0 ? outcomes->mean : NAN;
        out->interval = ml_mean_interval(outcomes, alpha);
    }
}

static void set_arms(struct ml_experiment *out, const struct ml_experiment_arm *arms)
{
    double weight = 0;
    double assignments = 0;
    for (size_t i = 0; i < out->n_arms; i++)
        if (arms[i].weight > 0) {
            weight += arms[i].weight;
            assignments += (double)arms[i].assignments;
            if (out->control == ML_EXPERIMENT_NONE)
                out->control = i;
        }
    for (size_t i = 0; i < out->n_arms; i++) {
        struct ml_arm_result *arm = &out->arms[i];
        bool is_counted = arms[i].weight > 0 && assignments > 0;
        *arm = (struct ml_arm_result){
            .name = arms[i].name,
            .weight = arms[i].weight,
            .assignments = arms[i].assignments,
            .expected_share = weight > 0 ? arms[i].weight / weight : NAN,
            .observed_share = is_counted ? (double)arms[i].assignments / assignments : NAN,
            .p_best = NAN,
            .expected_loss = NAN,
        };
        set_value(arm, out->kind, &arms[i].outcomes, out->alpha);
    }
}

static void set_sample_ratio(struct ml_experiment *out, double srm_alpha)
{
    uint64_t counts[ML_EXPERIMENT_MAX_ARMS];
    double weights[ML_EXPERIMENT_MAX_ARMS];
    for (size_t i = 0; i < out->n_arms; i++) {
        counts[i] = out->arms[i].assignments;
        weights[i] = out->arms[i].weight;
    }
    out->sample_ratio = ml_sample_ratio_test(counts, weights, out->n_arms, srm_alpha);
}

/* Posterior -------------------------------------------------------------------------------------
 */

static struct ml_beta beta_of(const struct ml_moments *outcomes, bool lower_is_better)
{
    struct ml_proportion p = ml_experiment_proportion(outcomes);
    double a = 1 + (double)p.successes;
    double b = 1 + (double)(p.trials - p.successes);
    return lower_is_better ? (struct ml_beta){b, a} : (struct ml_beta){a, b};
}

static struct ml_normal normal_of(const struct ml_moments *outcomes, bool lower_is_better)
{
    return (struct ml_normal){
        .mean = lower_is_better ? -outcomes->mean : outcomes->mean,
        .sd = sqrt(ml_moments_variance(outcomes) / (double)outcomes->n),
    };
}

static void set_posterior(struct ml_experiment *out, const struct ml_experiment_arm *arms)
{
    struct ml_beta betas[ML_EXPERIMENT_MAX_ARMS];
    struct ml_normal normals[ML_EXPERIMENT_MAX_ARMS];
    struct ml_posterior posterior[ML_EXPERIMENT_MAX_ARMS];
    size_t used[ML_EXPERIMENT_MAX_ARMS];
    size_t n = 0;
    for (size_t i = 0; i < out->n_arms; i++) {
        if (!(arms[i].weight > 0))
            continue;
        if (out->kind == ML_EXPERIMENT_MEAN && arms[i].outcomes.n < 2)
            return;
        betas[n] = beta_of(&arms[i].outcomes, out->lower_is_better);
        normals[n] = normal_of(&arms[i].outcomes, out->lower_is_better);
        used[n++] = i;
    }
    if (n == 0)
        return;
    if (out->kind == ML_EXPERIMENT_RATE)
        ml_posterior_beta(posterior, betas, n);
    else
        ml_posterior_normal(posterior, normals, n);
    for (size_t i = 0; i < n; i++) {
        out->arms[used[i]].p_best = posterior[i].p_best;
        out->arms[used[i]].expected_loss = posterior[i].loss;
    }
}

/* Comparisons -----------------------------------------------------------------------------------
 */

static void adjust(struct ml_experiment *out)
{
    double p[ML_EXPERIMENT_MAX_ARMS];
    double always_valid[ML_EXPERIMENT_MAX_ARMS];
    for (size_t c = 0; c < out->n_comparisons; c++) {
        p[c] = out->comparisons[c].p;
        always_valid[c] = out->comparisons[c].always_valid_p;
    }
    ml_holm_adjust(p, p, out->n_comparisons);
    ml_holm_adjust(always_valid, always_valid, out->n_comparisons);
    for (size_t c = 0; c < out->n_comparisons; c++) {
        out->comparisons[c].p_adjusted = p[c];
        out->comparisons[c].always_valid_p_adjusted = always_valid[c];
    }
}

static void set_comparisons(struct ml_experiment *out, const struct ml_experiment_arm *arms,
                            const struct ml_experiment_options *options)
{
    if (out->control == ML_EXPERIMENT_NONE)
        return;
    const struct ml_moments *control = &arms[out->control].outcomes;
    for (size_t i = out->control + 1; i < out->n_arms; i++)
        if (arms[i].weight > 0) {
            struct ml_comparison *c = &out->comparisons[out->n_comparisons++];
            ml_experiment_compare(c, out->kind, control, &arms[i].outcomes, options);
            c->arm = i;
        }
    adjust(out);
    for (size_t i = 0; i < out->n_comparisons; i++) {
        struct ml_comparison *c = &out->comparisons[i];
        c->more_outcomes = ml_experiment_more_outcomes(c, control, &arms[c->arm].outcomes,
                                                       out->n_comparisons, options);
    }
}

/* Verdict ---------------------------------------------------------------------------------------
 */

static double gain(const struct ml_experiment *out, size_t comparison)
{
    double difference = out->comparisons[comparison].difference;
    return out->lower_is_better ? -difference : difference;
}

static bool is_proven(const struct ml_experiment *out, size_t comparison)
{
    return out->comparisons[comparison].always_valid_p_adjusted < out->alpha;
}

/* Of the proven comparisons the one whose arm gained most over the control. */
static size_t best_comparison(const struct ml_experiment *out)
{
    size_t best = ML_EXPERIMENT_NONE;
    for (size_t c = 0; c < out->n_comparisons; c++)
        if (is_proven(out, c) && (best == ML_EXPERIMENT_NONE || gain(out, c) > gain(out, best)))
            best = c;
    return best;
}

/* Whether a is nearer to a proof than b. */
static bool is_nearer(const struct ml_comparison *a, const struct ml_comparison *b)
{
    if (a->always_valid_p < b->always_valid_p || a->always_valid_p > b->always_valid_p)
        return a->always_valid_p < b->always_valid_p;
    return a->p < b->p;
}

/* The ripe comparison nearest to a proof that it has not reached; if all have, any; if none is
 * ripe, none. */
static size_t nearest_comparison(const struct ml_experiment *out)
{
    size_t nearest = ML_EXPERIMENT_NONE;
    for (size_t i = 0; i < out->n_comparisons; i++) {
        if (!out->comparisons[i].is_ripe)
            continue;
        if (nearest == ML_EXPERIMENT_NONE || (is_proven(out, nearest) && !is_proven(out, i)) ||
            (is_proven(out, nearest) == is_proven(out, i) &&
             is_nearer(&out->comparisons[i], &out->comparisons[nearest])))
            nearest = i;
    }
    return nearest;
}

static bool control_wins(const struct ml_experiment *out)
{
    for (size_t c = 0; c < out->n_comparisons; c++)
        if (!is_proven(out, c) || gain(out, c) > 0)
            return false;
    return true;
}

static bool has_outcomes(const struct ml_experiment *out)
{
    for (size_t i = 0; i < out->n_arms; i++)
        if (out->arms[i].weight > 0 && out->arms[i].outcomes > 0)
            return true;
    return false;
}

static void decide(struct ml_experiment *out)
{
    out->winner = ML_EXPERIMENT_NONE;
    out->leading = nearest_comparison(out);
    if (out->sample_ratio.status == ML_SAMPLE_RATIO_ALARM) {
        out->verdict = ML_VERDICT_SRM_ALARM;
        return;
    }
    if (out->n_comparisons == 0 || !has_outcomes(out)) {
        out->verdict = ML_VERDICT_NO_DATA;
        return;
    }
    if (out->leading == ML_EXPERIMENT_NONE) {
        out->verdict = ML_VERDICT_TOO_EARLY;
        return;
    }
    size_t best = best_comparison(out);
    if (best != ML_EXPERIMENT_NONE && gain(out, best) > 0)
        out->winner = out->comparisons[best].arm;
    else if (control_wins(out))
        out->winner = out->control;
    out->verdict = ML_VERDICT_NO_DIFFERENCE_YET;
    if (out->winner != ML_EXPERIMENT_NONE) {
        out->verdict = ML_VERDICT_WINNER;
        out->leading = best;
    }
}

bool ml_experiment_analyse(struct ml_experiment *out, const struct ml_experiment_arm *arms,
                           size_t n_arms, const struct ml_experiment_options *options,
                           struct ml_error *err)
{
    if (!check(arms, n_arms, options, err))
        return false;
    *out = (struct ml_experiment){
        .kind = kind_of(arms, n_arms, options->kind),
        .lower_is_better = options->lower_is_better,
        .alpha = options->alpha,
        .n_arms = n_arms,
        .control = ML_EXPERIMENT_NONE,
    };
    set_arms(out, arms);
    set_sample_ratio(out, options->srm_alpha);
    if (!options->without_posterior)
        set_posterior(out, arms);
    set_comparisons(out, arms, options);
    decide(out);
    return true;
}

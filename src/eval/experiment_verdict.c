#include "eval/experiment_verdict.h"

#include <math.h>

#include "eval/text_cell.h"

enum { NAME_WIDTH = 20 };

const char *ml_verdict_name(enum ml_verdict verdict)
{
    static const char *const names[] = {
        [ML_VERDICT_NO_DATA] = "no_data",     [ML_VERDICT_TOO_EARLY] = "too_early",
        [ML_VERDICT_SRM_ALARM] = "srm_alarm", [ML_VERDICT_NO_DIFFERENCE_YET] = "no_difference_yet",
        [ML_VERDICT_WINNER] = "winner",
    };
    return names[verdict];
}

const char *ml_sample_ratio_status_name(enum ml_sample_ratio_status status)
{
    static const char *const names[] = {
        [ML_SAMPLE_RATIO_OK] = "ok",
        [ML_SAMPLE_RATIO_ALARM] = "alarm",
        [ML_SAMPLE_RATIO_TOO_FEW] = "too_few",
    };
    return names[status];
}

const char *ml_experiment_test_name(enum ml_experiment_test test)
{
    static const char *const names[] = {
        [ML_EXPERIMENT_NO_TEST] = "none",
        [ML_EXPERIMENT_Z] = "z",
        [ML_EXPERIMENT_FISHER] = "fisher",
        [ML_EXPERIMENT_WELCH] = "welch",
    };
    return names[test];
}

/* Figures ---------------------------------------------------------------------------------------
 */

static void add_name(struct ml_strbuf *buf, const struct ml_experiment *e, size_t arm)
{
    ml_text_add(buf, e->arms[arm].name, NAME_WIDTH);
}

/* Decimals of a percentage such that a difference of this size shows two digits; 1 to 4. */
static int decimals_for(double difference)
{
    double size = 100 * fabs(difference);
    if (!(size > 0))
        return 1;
    double decimals = 1 - floor(log10(size));
    return (int)fmin(4, fmax(1, decimals));
}

static void add_value(struct ml_strbuf *buf, const struct ml_experiment *e, double value,
                      int decimals)
{
    if (e->kind == ML_EXPERIMENT_RATE)
        ml_strbuf_addf(buf, "%.*f %%", decimals, 100 * value);
    else
        ml_strbuf_addf(buf, "%.4g", value);
}

static void add_signed(struct ml_strbuf *buf, const struct ml_experiment *e, double value,
                       int decimals)
{
    if (e->kind == ML_EXPERIMENT_RATE)
        ml_strbuf_addf(buf, "%+.*f", decimals, 100 * value);
    else
        ml_strbuf_addf(buf, "%+.4g", value);
}

/* ", +2.3 points (95 % interval +1.1 to +3.4)"; sign -1: what the control has over the arm. */
static void add_gap(struct ml_strbuf *buf, const struct ml_experiment *e,
                    const struct ml_comparison *c, int sign)
{
    int decimals = decimals_for(c->difference);
    ml_strbuf_adds(buf, ", ");
    add_signed(buf, e, sign * c->difference, decimals);
    ml_strbuf_addf(buf, "%s (%g %% interval ", e->kind == ML_EXPERIMENT_RATE ? " points" : "",
                   100 * (1 - e->alpha));
    add_signed(buf, e, sign > 0 ? c->interval.low : -c->interval.high, decimals);
    ml_strbuf_adds(buf, " to ");
    add_signed(buf, e, sign > 0 ? c->interval.high : -c->interval.low, decimals);
    ml_strbuf_addc(buf, ')');
}

static void add_p(struct ml_strbuf *buf, double p)
{
    if (p < 1e-300)
        ml_strbuf_adds(buf, "p < 1e-300");
    else
        ml_strbuf_addf(buf, "p = %.2g", p);
}

/* Sentences -------------------------------------------------------------------------------------
 */

static void add_winner(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    const struct ml_comparison *c = &e->comparisons[e->leading];
    int decimals = decimals_for(c->difference);
    bool is_control = e->winner == e->control;
    size_t loser = is_control ? c->arm : e->control;
    add_name(buf, e, e->winner);
    ml_strbuf_adds(buf, " is better than ");
    if (is_control && e->n_comparisons > 1)
        ml_strbuf_adds(buf, "every other variant, of which the best is ");
    add_name(buf, e, loser);
    ml_strbuf_adds(buf, ": ");
    add_value(buf, e, e->arms[e->winner].value, decimals);
    ml_strbuf_adds(buf, " against ");
    add_value(buf, e, e->arms[loser].value, decimals);
    add_gap(buf, e, c, is_control ? -1 : 1);
    if (e->lower_is_better)
        ml_strbuf_adds(buf, ", and less is better");
    ml_strbuf_adds(buf, "; safe to stop now (always-valid ");
    add_p(buf, c->always_valid_p_adjusted);
    ml_strbuf_addc(buf, ')');
}

/* 4321 is "4400": two digits, rounded up. */
static void add_about(struct ml_strbuf *buf, double count)
{
    double unit = pow(10, fmax(0, floor(log10(fmax(1, count))) - 1));
    ml_strbuf_addf(buf, "%.0f", ceil(count / unit) * unit);
}

static void add_outlook(struct ml_strbuf *buf, const struct ml_experiment *e,
                        const struct ml_comparison *c)
{
    const double too_many = 1e8;
    if (!(c->more_outcomes < too_many)) {
        ml_strbuf_adds(buf, "; a difference this small would take more than 100000000 outcomes");
        return;
    }
    if (c->more_outcomes <= 0)
        return;
    ml_strbuf_adds(buf, "; about ");
    add_about(buf, c->more_outcomes);
    ml_strbuf_adds(buf, " more outcomes, ");
    add_name(buf, e, e->control);
    ml_strbuf_adds(buf, " and ");
    add_name(buf, e, c->arm);
    ml_strbuf_adds(buf, " together, are needed to prove a difference of that size");
}

/* Of several arms some may be out already. */
static void add_losers(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    for (size_t i = 0; i < e->n_comparisons; i++) {
        if (!(e->comparisons[i].always_valid_p_adjusted < e->alpha))
            continue;
        ml_strbuf_adds(buf, "; ");
        add_name(buf, e, e->comparisons[i].arm);
        ml_strbuf_adds(buf, " is worse than ");
        add_name(buf, e, e->control);
    }
}

static void add_no_difference(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    const struct ml_comparison *c = &e->comparisons[e->leading];
    int decimals = decimals_for(c->difference);
    ml_strbuf_adds(buf, "No winner yet: ");
    add_name(buf, e, c->arm);
    ml_strbuf_addc(buf, ' ');
    add_value(buf, e, e->arms[c->arm].value, decimals);
    ml_strbuf_adds(buf, " against ");
    add_name(buf, e, e->control);
    ml_strbuf_addc(buf, ' ');
    add_value(buf, e, e->arms[e->control].value, decimals);
    add_gap(buf, e, c, 1);
    ml_strbuf_adds(buf, ", always-valid ");
    add_p(buf, c->always_valid_p_adjusted);
    add_outlook(buf, e, c);
    add_losers(buf, e);
}

/* "0.52/0.48": the arms with weight, in order. */
static void add_shares(struct ml_strbuf *buf, const struct ml_experiment *e, bool observed)
{
    bool is_first = true;
    for (size_t i = 0; i < e->n_arms; i++) {
        const struct ml_arm_result *arm = &e->arms[i];
        if (!(arm->weight > 0))
            continue;
        ml_strbuf_addf(buf, "%s%.3g", is_first ? "" : "/",
                       observed ? arm->observed_share : arm->expected_share);
        is_first = false;
    }
}

static void add_alarm(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    ml_strbuf_adds(buf, "Do not trust this experiment: variant shares ");
    add_shares(buf, e, true);
    ml_strbuf_adds(buf, " do not fit weights ");
    add_shares(buf, e, false);
    ml_strbuf_adds(buf, " (");
    add_p(buf, e->sample_ratio.p);
    ml_strbuf_adds(buf, "); find out which assignments are lost or counted twice, then start a new "
                        "one");
}

static void add_too_early(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    ml_strbuf_adds(buf, "Too early to say:");
    for (size_t i = 0; i < e->n_arms; i++) {
        if (!(e->arms[i].weight > 0))
            continue;
        ml_strbuf_adds(buf, i == e->control ? " " : ", ");
        add_name(buf, e, i);
        ml_strbuf_adds(buf, " has ");
        ml_strbuf_add_u64(buf, e->arms[i].outcomes);
    }
    ml_strbuf_addf(buf, " outcomes; the control and another variant need %d each",
                   ML_EXPERIMENT_LEAST_OUTCOMES);
    if (e->kind == ML_EXPERIMENT_RATE)
        ml_strbuf_addf(buf, ", with at least %d of either kind to be expected",
                       ML_EXPERIMENT_LEAST_EXPECTED);
    else
        ml_strbuf_adds(buf, ", not all of them the same");
}

static void add_no_data(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    if (e->n_comparisons == 0)
        ml_strbuf_adds(buf, "Nothing to compare: fewer than two variants have weight");
    else
        ml_strbuf_adds(buf, "No outcomes yet");
}

void ml_experiment_verdict_text(struct ml_strbuf *buf, const struct ml_experiment *experiment)
{
    switch (experiment->verdict) {
    case ML_VERDICT_NO_DATA:
        add_no_data(buf, experiment);
        break;
    case ML_VERDICT_TOO_EARLY:
        add_too_early(buf, experiment);
        break;
    case ML_VERDICT_SRM_ALARM:
        add_alarm(buf, experiment);
        break;
    case ML_VERDICT_NO_DIFFERENCE_YET:
        add_no_difference(buf, experiment);
        break;
    case ML_VERDICT_WINNER:
        add_winner(buf, experiment);
        break;
    }
}

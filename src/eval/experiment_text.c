#include "eval/experiment_text.h"

#include <math.h>
#include <stdio.h>

#include "eval/experiment_verdict.h"
#include "eval/text_cell.h"

enum {
    NAME_WIDTH = 16,
    COUNT_WIDTH = 14,
    VALUE_WIDTH = 11,
    PERCENT_WIDTH = 11,
    P_WIDTH = 10,
    TEST_WIDTH = 8,
    VALID_WIDTH = 12,
    CELL_BYTES = 400, /* any double with one decimal */
};

/* Cells -----------------------------------------------------------------------------------------
 */

static void add_count(struct ml_strbuf *buf, uint64_t count)
{
    if (count < UINT64_C(1000000000000))
        ml_strbuf_addf(buf, "%*llu", COUNT_WIDTH, (unsigned long long)count);
    else
        ml_strbuf_addf(buf, "%*.4e", COUNT_WIDTH, (double)count);
}

/* A rate with four decimals or a mean with four digits; with_sign for differences. */
static void add_value(struct ml_strbuf *buf, const struct ml_experiment *e, double x,
                      bool with_sign)
{
    char cell[CELL_BYTES] = "-";
    if (e->kind == ML_EXPERIMENT_RATE && !isnan(x))
        snprintf(cell, sizeof(cell), with_sign ? "%+.4f" : "%.4f", x);
    else if (!isnan(x))
        snprintf(cell, sizeof(cell), with_sign ? "%+.4g" : "%.4g", x);
    ml_strbuf_addf(buf, "%*s", VALUE_WIDTH, cell);
}

static void add_difference(struct ml_strbuf *buf, const struct ml_experiment *e, double x)
{
    add_value(buf, e, x, true);
}

/* A share or a lift, which may be large, in percent. */
static void add_percent(struct ml_strbuf *buf, double x, bool with_sign)
{
    char cell[CELL_BYTES] = "-";
    if (fabs(x) >= 1e5)
        snprintf(cell, sizeof(cell), with_sign ? "%+.1e" : "%.1e", 100 * x);
    else if (!isnan(x))
        snprintf(cell, sizeof(cell), with_sign ? "%+.1f" : "%.1f", 100 * x);
    ml_strbuf_addf(buf, "%*s", PERCENT_WIDTH, cell);
}

/* A p-value with two digits. */
static void add_p(struct ml_strbuf *buf, double p, int width)
{
    if (isnan(p))
        ml_strbuf_addf(buf, "%*s", width, "-");
    else
        ml_strbuf_addf(buf, "%*.2g", width, p);
}

/* Tables ----------------------------------------------------------------------------------------
 */

static void add_assignments(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    ml_strbuf_addf(buf, "%-*s%*s%*s%*s%*s%*s\n", NAME_WIDTH, "variant", P_WIDTH, "weight",
                   COUNT_WIDTH, "assigned", PERCENT_WIDTH, "share %", PERCENT_WIDTH, "expected %",
                   COUNT_WIDTH, "outcomes");
    for (size_t i = 0; i < e->n_arms; i++) {
        const struct ml_arm_result *arm = &e->arms[i];
        ml_text_add_left(buf, arm->name, NAME_WIDTH);
        ml_strbuf_addf(buf, "%*.4g", P_WIDTH, arm->weight);
        add_count(buf, arm->assignments);
        add_percent(buf, arm->observed_share, false);
        add_percent(buf, arm->expected_share, false);
        add_count(buf, arm->outcomes);
        ml_strbuf_addc(buf, '\n');
    }
}

static void add_values(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    ml_strbuf_addf(buf, "\n%-*s%*s%*s%*s%*s%*s\n", NAME_WIDTH, "variant", VALUE_WIDTH,
                   e->kind == ML_EXPERIMENT_RATE ? "rate" : "mean", VALUE_WIDTH, "low", VALUE_WIDTH,
                   "high", VALUE_WIDTH, "P(best)", VALUE_WIDTH + 4, "expected loss");
    for (size_t i = 0; i < e->n_arms; i++) {
        const struct ml_arm_result *arm = &e->arms[i];
        ml_text_add_left(buf, arm->name, NAME_WIDTH);
        add_value(buf, e, arm->value, false);
        add_value(buf, e, arm->interval.low, false);
        add_value(buf, e, arm->interval.high, false);
        if (isnan(arm->p_best))
            ml_strbuf_addf(buf, "%*s", VALUE_WIDTH, "-");
        else
            ml_strbuf_addf(buf, "%*.4f", VALUE_WIDTH, arm->p_best);
        ml_strbuf_adds(buf, "    ");
        add_value(buf, e, arm->expected_loss, false);
        ml_strbuf_addc(buf, '\n');
    }
}

static void add_differences(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    ml_strbuf_addf(buf, "%-*s%*s%*s%*s%*s%*s\n", NAME_WIDTH, "variant", VALUE_WIDTH, "difference",
                   VALUE_WIDTH, "low", VALUE_WIDTH, "high", VALUE_WIDTH + 4, "always low",
                   VALUE_WIDTH, "high");
    for (size_t i = 0; i < e->n_comparisons; i++) {
        const struct ml_comparison *c = &e->comparisons[i];
        ml_text_add_left(buf, e->arms[c->arm].name, NAME_WIDTH);
        add_difference(buf, e, c->difference);
        add_difference(buf, e, c->interval.low);
        add_difference(buf, e, c->interval.high);
        ml_strbuf_adds(buf, "    ");
        add_difference(buf, e, c->sequence.low);
        add_difference(buf, e, c->sequence.high);
        ml_strbuf_addc(buf, '\n');
    }
}

static void add_tests(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    ml_strbuf_addf(buf, "\n%-*s%*s%*s%*s%*s%*s%*s\n", NAME_WIDTH, "variant", PERCENT_WIDTH,
                   "lift %", PERCENT_WIDTH, "low", PERCENT_WIDTH, "high", TEST_WIDTH, "test",
                   P_WIDTH, "p", VALID_WIDTH, "always p");
    for (size_t i = 0; i < e->n_comparisons; i++) {
        const struct ml_comparison *c = &e->comparisons[i];
        ml_text_add_left(buf, e->arms[c->arm].name, NAME_WIDTH);
        add_percent(buf, c->lift, true);
        add_percent(buf, c->lift_interval.low, true);
        add_percent(buf, c->lift_interval.high, true);
        ml_strbuf_addf(buf, "%*s", TEST_WIDTH, ml_experiment_test_name(c->test));
        add_p(buf, c->p_adjusted, P_WIDTH);
        add_p(buf, c->always_valid_p_adjusted, VALID_WIDTH);
        ml_strbuf_addc(buf, '\n');
    }
}

static void add_comparisons(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    if (e->n_comparisons == 0)
        return;
    ml_strbuf_adds(buf, "\nagainst ");
    ml_text_add(buf, e->arms[e->control].name, NAME_WIDTH);
    ml_strbuf_addf(buf, ", %g %% intervals; \"always\": valid at every look\n",
                   100 * (1 - e->alpha));
    add_differences(buf, e);
    add_tests(buf, e);
    if (e->n_comparisons > 1)
        ml_strbuf_addf(buf, "p-values are adjusted for %zu comparisons (Holm)\n", e->n_comparisons);
}

static void add_sample_ratio(struct ml_strbuf *buf, const struct ml_sample_ratio *ratio)
{
    ml_strbuf_adds(buf, "\nsample ratio: ");
    if (ratio->status == ML_SAMPLE_RATIO_TOO_FEW) {
        ml_strbuf_adds(buf, "too few assignments to check\n");
        return;
    }
    ml_strbuf_addf(buf, "%s (chi2 %.4g, df %zu, p %.2g)\n",
                   ratio->status == ML_SAMPLE_RATIO_OK ? "ok" : "ALARM", ratio->chi2, ratio->df,
                   ratio->p);
}

void ml_experiment_text(struct ml_strbuf *buf, const struct ml_experiment *experiment)
{
    add_assignments(buf, experiment);
    add_values(buf, experiment);
    add_comparisons(buf, experiment);
    add_sample_ratio(buf, &experiment->sample_ratio);
    struct ml_strbuf verdict = {0};
    ml_experiment_verdict_text(&verdict, experiment);
    ml_strbuf_addc(buf, '\n');
    ml_text_add_wrapped(buf, verdict.bytes);
    ml_strbuf_release(&verdict);
}

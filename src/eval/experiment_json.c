#include "eval/experiment_json.h"

#include "base/json.h"
#include "eval/experiment_verdict.h"

static void open_key(struct ml_strbuf *buf, const char *name, char bracket)
{
    ml_json_add_key(buf, name);
    ml_strbuf_addc(buf, bracket);
}

static void open_item(struct ml_strbuf *buf)
{
    ml_json_add_comma(buf);
    ml_strbuf_addc(buf, '{');
}

static void add_arm(struct ml_strbuf *buf, const struct ml_experiment *e,
                    const struct ml_arm_result *arm)
{
    open_item(buf);
    ml_json_key_string(buf, "variant", arm->name);
    ml_json_key_number(buf, "weight", arm->weight);
    ml_json_key_count(buf, "assignments", arm->assignments);
    ml_json_key_number(buf, "expected_share", arm->expected_share);
    ml_json_key_number(buf, "observed_share", arm->observed_share);
    ml_json_key_count(buf, "outcomes", arm->outcomes);
    ml_json_key_number(buf, e->kind == ML_EXPERIMENT_RATE ? "rate" : "mean", arm->value);
    ml_json_key_number(buf, "low", arm->interval.low);
    ml_json_key_number(buf, "high", arm->interval.high);
    ml_json_key_number(buf, "p_best", arm->p_best);
    ml_json_key_number(buf, "expected_loss", arm->expected_loss);
    ml_strbuf_addc(buf, '}');
}

static void add_comparison(struct ml_strbuf *buf, const struct ml_experiment *e,
                           const struct ml_comparison *c)
{
    open_item(buf);
    ml_json_key_string(buf, "variant", e->arms[c->arm].name);
    ml_json_key_string(buf, "control", e->arms[e->control].name);
    ml_json_key_number(buf, "difference", c->difference);
    ml_json_key_number(buf, "low", c->interval.low);
    ml_json_key_number(buf, "high", c->interval.high);
    ml_json_key_number(buf, "lift", c->lift);
    ml_json_key_number(buf, "lift_low", c->lift_interval.low);
    ml_json_key_number(buf, "lift_high", c->lift_interval.high);
    ml_json_key_string(buf, "test", ml_experiment_test_name(c->test));
    ml_json_key_number(buf, "p", c->p);
    ml_json_key_number(buf, "p_adjusted", c->p_adjusted);
    ml_json_key_number(buf, "always_valid_p", c->always_valid_p);
    ml_json_key_number(buf, "always_valid_p_adjusted", c->always_valid_p_adjusted);
    ml_json_key_number(buf, "sequence_low", c->sequence.low);
    ml_json_key_number(buf, "sequence_high", c->sequence.high);
    ml_json_key_number(buf, "more_outcomes", c->more_outcomes);
    ml_strbuf_addc(buf, '}');
}

static void add_sample_ratio(struct ml_strbuf *buf, const struct ml_sample_ratio *ratio)
{
    open_key(buf, "sample_ratio", '{');
    ml_json_key_number(buf, "chi2", ratio->chi2);
    ml_json_key_count(buf, "df", ratio->df);
    ml_json_key_number(buf, "p", ratio->p);
    ml_json_key_string(buf, "status", ml_sample_ratio_status_name(ratio->status));
    ml_strbuf_addc(buf, '}');
}

static void add_verdict(struct ml_strbuf *buf, const struct ml_experiment *e)
{
    struct ml_strbuf text = {0};
    ml_experiment_verdict_text(&text, e);
    open_key(buf, "verdict", '{');
    ml_json_key_string(buf, "code", ml_verdict_name(e->verdict));
    ml_json_add_key(buf, "winner");
    if (e->winner == ML_EXPERIMENT_NONE)
        ml_strbuf_adds(buf, "null");
    else
        ml_json_adds(buf, e->arms[e->winner].name);
    ml_json_key_string(buf, "text", text.bytes);
    ml_strbuf_addc(buf, '}');
    ml_strbuf_release(&text);
}

void ml_experiment_json(struct ml_strbuf *buf, const struct ml_experiment *experiment)
{
    open_key(buf, "arms", '[');
    for (size_t i = 0; i < experiment->n_arms; i++)
        add_arm(buf, experiment, &experiment->arms[i]);
    ml_strbuf_addc(buf, ']');
    open_key(buf, "comparisons", '[');
    for (size_t i = 0; i < experiment->n_comparisons; i++)
        add_comparison(buf, experiment, &experiment->comparisons[i]);
    ml_strbuf_addc(buf, ']');
    add_sample_ratio(buf, &experiment->sample_ratio);
    add_verdict(buf, experiment);
}

#include "serve/experiment_report.h"

#include <time.h>

#include "base/json.h"
#include "eval/experiment_json.h"
#include "eval/experiment_text.h"

/* Outcomes of one key are not independent: more than this share of repeats makes tests too sure. */
static const double max_repeats = 0.05;

static bool has_right_and_wrong(const struct ml_arm_report *r)
{
    return r->metric == ML_METRIC_POSITIVE || r->metric == ML_METRIC_ACCURACY;
}

static bool analyse(struct ml_experiment *out, const struct ml_arm_report *r, struct ml_error *err)
{
    struct ml_experiment_arm arms[ML_EXPERIMENT_MAX_ARMS];
    struct ml_experiment_options options = ML_EXPERIMENT_OPTIONS_INIT;
    if (r->n_arms > ML_EXPERIMENT_MAX_ARMS)
        return ml_fail(err, ML_ELIMIT, "more than %d arms", (int)ML_EXPERIMENT_MAX_ARMS);
    for (size_t i = 0; i < r->n_arms; i++) {
        const struct ml_arm_figures *f = &r->arms[i];
        arms[i] = (struct ml_experiment_arm){
            .name = f->variant,
            .weight = f->is_shadow ? 0.0 : f->weight,
            .assignments = f->assignments,
            .outcomes = {.n = f->outcomes, .mean = f->mean, .m2 = f->m2},
            .all_binary = f->all_binary,
        };
    }
    options.lower_is_better = r->lower_is_better;
    if (!has_right_and_wrong(r))
        options.kind = ML_EXPERIMENT_MEAN; /* errors that happen to be 0 and 1 are no rates */
    return ml_experiment_analyse(out, arms, r->n_arms, &options, err);
}

static void format_time(char to[32], int64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    struct tm utc;
    if (gmtime_r(&t, &utc) == NULL || strftime(to, 32, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        to[0] = '\0';
}

/* Whether some keys brought so many outcomes that these are not independent. */
static bool has_repeats(const struct ml_arm_report *r)
{
    uint64_t keyed = 0;
    uint64_t keys = 0;
    for (size_t i = 0; i < r->n_arms; i++) {
        keyed += r->arms[i].keyed_outcomes;
        keys += r->arms[i].keys_with_outcomes;
    }
    return keyed > keys && (double)(keyed - keys) > max_repeats * (double)keyed;
}

static const char *metric_name(const struct ml_arm_report *r)
{
    static const char *const names[] = {
        [ML_METRIC_POSITIVE] = "positive",
        [ML_METRIC_ACCURACY] = "accuracy",
        [ML_METRIC_SQUARED_ERROR] = "squared_error",
        [ML_METRIC_NEGATIVE_SQUARED_ERROR] = "negative_squared_error",
    };
    return names[r->metric];
}

static const char *describe_metric(const struct ml_arm_report *r)
{
    static const char *const texts[] = {
        [ML_METRIC_POSITIVE] = "a label counts 1 when it is the positive one",
        [ML_METRIC_ACCURACY] = "a label counts 1 when it was predicted",
        [ML_METRIC_SQUARED_ERROR] = "a label counts as the squared error of its prediction",
        [ML_METRIC_NEGATIVE_SQUARED_ERROR] =
            "a label counts as minus the squared error of its prediction",
    };
    return texts[r->metric];
}

static const char repeats_note[] =
    "some keys have several outcomes, which are not independent: intervals are too narrow";

static void write_models(struct ml_strbuf *buf, const struct ml_arm_report *r)
{
    ml_json_add_key(buf, "models");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < r->n_arms; i++) {
        const struct ml_arm_figures *f = &r->arms[i];
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        ml_json_key_string(buf, "variant", f->variant);
        ml_json_key_string(buf, "model", f->model);
        ml_json_key_count(buf, "version", f->version);
        ml_json_key_bool(buf, "shadow", f->is_shadow);
        ml_json_key_count(buf, "predictions", f->predictions);
        ml_json_key_count(buf, "labelled", f->labelled);
        if (has_right_and_wrong(r))
            ml_json_key_count(buf, "correct", f->correct);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

bool ml_experiment_report_json(struct ml_strbuf *buf, const struct ml_arm_report *r,
                               struct ml_error *err)
{
    struct ml_experiment e;
    char started[32];
    if (!analyse(&e, r, err))
        return false;
    format_time(started, r->started_ms);
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "endpoint", r->endpoint);
    ml_json_key_number(buf, "experiment", (double)r->experiment);
    ml_json_key_string(buf, "started", started);
    ml_json_key_string(buf, "metric", metric_name(r));
    ml_json_key_string(buf, "goal", r->lower_is_better ? "lower" : "higher");
    ml_experiment_json(buf, &e);
    write_models(buf, r);
    if (has_repeats(r))
        ml_json_key_string(buf, "note", repeats_note);
    ml_strbuf_adds(buf, "}\n");
    return true;
}

bool ml_experiment_report_text(struct ml_strbuf *buf, const struct ml_arm_report *r,
                               struct ml_error *err)
{
    struct ml_experiment e;
    char started[32];
    if (!analyse(&e, r, err))
        return false;
    format_time(started, r->started_ms);
    ml_strbuf_addf(buf, "endpoint %s, experiment %lld since %s\noutcomes: %s, %s is better\n",
                   r->endpoint, (long long)r->experiment, started, describe_metric(r),
                   r->lower_is_better ? "lower" : "higher");
    for (size_t i = 0; i < r->n_arms; i++) {
        const struct ml_arm_figures *f = &r->arms[i];
        ml_strbuf_addf(buf, "%s %s: %s@%zu, %llu predictions", f->is_shadow ? "shadow" : "variant",
                       f->variant, f->model, f->version, (unsigned long long)f->predictions);
        if (f->labelled > 0 && !has_right_and_wrong(r))
            ml_strbuf_addf(buf, ", %llu labels", (unsigned long long)f->labelled);
        else if (f->labelled > 0)
            ml_strbuf_addf(buf, ", %llu of %llu labels right", (unsigned long long)f->correct,
                           (unsigned long long)f->labelled);
        ml_strbuf_addc(buf, '\n');
    }
    ml_strbuf_addc(buf, '\n');
    ml_experiment_text(buf, &e);
    if (has_repeats(r))
        ml_strbuf_addf(buf, "\nnote: %s\n", repeats_note);
    return true;
}

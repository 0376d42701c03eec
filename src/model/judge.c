#include "model/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "eval/prob.h"
#include "eval/report_json.h"
#include "eval/report_text.h"
#include "eval/text_cell.h"
#include "model/importance.h"

void ml_observe(struct ml_observations *o, const struct ml_model *m, const double *scores,
                double truth)
{
    if (m->problem == ML_BINARY_PROBLEM)
        ml_strbuf_add(&o->scores, &scores[1], sizeof(double));
    else
        ml_strbuf_add(&o->scores, scores, ml_model_n_scores(m) * sizeof(double));
    ml_strbuf_add(&o->truths, &truth, sizeof(truth));
}

size_t ml_observations_count(const struct ml_observations *o)
{
    return o->truths.length / sizeof(double);
}

void ml_observations_release(struct ml_observations *o)
{
    ml_strbuf_release(&o->scores);
    ml_strbuf_release(&o->truths);
}

static const double *doubles(const struct ml_strbuf *buf)
{
    return (const double *)(const void *)buf->bytes;
}

static bool judge_binary(struct ml_evaluation *e, const struct ml_observations *o,
                         const struct ml_evaluate_options *options, size_t n, struct ml_error *err)
{
    const struct ml_model *m = e->model;
    struct ml_binary_options b = {
        .threshold = options->threshold >= 0.0 ? options->threshold : m->threshold,
        .has_cost = options->has_cost,
        .cost_fp = options->cost_fp,
        .cost_fn = options->cost_fn,
        .prior = m->prior[1],
        .labels = {m->labels[0], m->labels[1]},
    };
    uint8_t *label = ml_xcalloc(n, sizeof(*label));
    for (size_t i = 0; i < n; i++)
        label[i] = (uint8_t)doubles(&o->truths)[i];
    bool ok = ml_binary_evaluate(&e->binary, doubles(&o->scores), label, n, &b, err);
    e->label = label;
    e->score = ml_xcalloc(n, sizeof(*e->score));
    memcpy(e->score, o->scores.bytes, n * sizeof(*e->score));
    return ok;
}

static bool judge_multiclass(struct ml_evaluation *e, const struct ml_observations *o, size_t n,
                             struct ml_error *err)
{
    const struct ml_model *m = e->model;
    struct ml_multiclass_options options = {
        .n_classes = m->n_labels,
        .labels = (const char *const *)m->labels,
        .priors = m->prior,
    };
    uint32_t *label = ml_xcalloc(n, sizeof(*label));
    for (size_t i = 0; i < n; i++)
        label[i] = (uint32_t)doubles(&o->truths)[i];
    bool ok = ml_multiclass_evaluate(&e->multiclass, doubles(&o->scores), label, n, &options, err);
    free(label);
    return ok;
}

static bool judge_regression(struct ml_evaluation *e, const struct ml_observations *o, size_t n,
                             struct ml_error *err)
{
    return ml_regression_evaluate(&e->regression, doubles(&o->scores), doubles(&o->truths), n,
                                  e->model->target.mean, err);
}

static bool judge(struct ml_evaluation *e, const struct ml_observations *o,
                  const struct ml_evaluate_options *options, size_t n, struct ml_error *err)
{
    switch (e->model->problem) {
    case ML_BINARY_PROBLEM:
        return judge_binary(e, o, options, n, err);
    case ML_MULTICLASS_PROBLEM:
        return judge_multiclass(e, o, n, err);
    case ML_REGRESSION_PROBLEM:
        break;
    }
    return judge_regression(e, o, n, err);
}

static bool check_options(const struct ml_model *m, const struct ml_evaluate_options *o,
                          struct ml_error *err)
{
    if (o->has_cost && m->problem != ML_BINARY_PROBLEM)
        return ml_fail(err, ML_EUNSUPPORTED,
                       "costs of false positives and false negatives need a "
                       "binary model");
    if (o->threshold >= 0.0 && m->problem != ML_BINARY_PROBLEM)
        return ml_fail(err, ML_EUNSUPPORTED, "a %s model has no threshold",
                       ml_problem_name(m->problem));
    return true;
}

bool ml_judge(struct ml_evaluation **out, const struct ml_model *model,
              const struct ml_observations *o, const struct ml_evaluate_options *options,
              struct ml_error *err)
{
    size_t n = ml_observations_count(o);
    if (n == 0)
        return ml_fail(err, ML_EINPUT, "no row can be judged");
    if (!check_options(model, options, err))
        return false;
    struct ml_evaluation *e = ml_xcalloc(1, sizeof(*e));
    e->model = model;
    if (!judge(e, o, options, n, err)) {
        ml_evaluation_free(e);
        return false;
    }
    *out = e;
    return true;
}

/* What a row costs: log-loss, or the squared error. */
static double loss_of(const struct ml_model *m, const double *scores, double truth)
{
    switch (m->problem) {
    case ML_BINARY_PROBLEM:
        return ml_prob_log_loss(truth > 0.5 ? scores[0] : 1.0 - scores[0]);
    case ML_MULTICLASS_PROBLEM:
        return ml_prob_log_loss(scores[(size_t)truth]);
    case ML_REGRESSION_PROBLEM:
        break;
    }
    return (scores[0] - truth) * (scores[0] - truth);
}

void ml_judge_beside_training(struct ml_evaluation *e, const struct ml_observations *o)
{
    const struct ml_model *m = e->model;
    size_t width = m->problem == ML_BINARY_PROBLEM ? 1 : ml_model_n_scores(m);
    struct ml_moments loss = {0};
    if (m->trained.rows == 0)
        return;
    for (size_t i = 0; i < ml_observations_count(o); i++)
        ml_moments_add(&loss, loss_of(m, doubles(&o->scores) + i * width, doubles(&o->truths)[i]));
    e->has_trained = true;
    e->is_far = ml_trained_is_far(&m->trained, m->problem, &loss);
}

void ml_evaluation_free(struct ml_evaluation *e)
{
    if (e == NULL)
        return;
    ml_binary_eval_release(&e->binary);
    ml_multiclass_eval_release(&e->multiclass);
    ml_importances_free(e->importances);
    free(e->data);
    free(e->score);
    free(e->label);
    free(e);
}

size_t ml_evaluation_rows(const struct ml_evaluation *e)
{
    switch (e->model->problem) {
    case ML_BINARY_PROBLEM:
        return e->binary.rows;
    case ML_MULTICLASS_PROBLEM:
        return e->multiclass.rows;
    case ML_REGRESSION_PROBLEM:
        break;
    }
    return e->regression.rows;
}

size_t ml_evaluation_rejected(const struct ml_evaluation *e)
{
    return e->n_rejected;
}

static void add_trained(struct ml_strbuf *buf, const struct ml_evaluation *e)
{
    if (!e->has_trained)
        return;
    ml_json_add_key(buf, "train");
    ml_strbuf_addc(buf, '{');
    ml_trained_save(&e->model->trained, e->model->problem, buf);
    ml_json_key_bool(buf, "large_gap", e->is_far);
    ml_strbuf_addc(buf, '}');
}

static void add_summary(const struct ml_evaluation *e, struct ml_strbuf *buf)
{
    switch (e->model->problem) {
    case ML_BINARY_PROBLEM:
        ml_report_json_binary_summary(buf, &e->binary);
        break;
    case ML_MULTICLASS_PROBLEM:
        ml_report_json_multiclass(buf, &e->multiclass);
        break;
    case ML_REGRESSION_PROBLEM:
        ml_report_json_regression_summary(buf, &e->regression);
        break;
    }
}

void ml_evaluation_summary(const struct ml_evaluation *e, struct ml_strbuf *buf)
{
    add_summary(e, buf);
    add_trained(buf, e);
}

static void add_json(struct ml_strbuf *buf, const struct ml_evaluation *e)
{
    switch (e->model->problem) {
    case ML_BINARY_PROBLEM:
        ml_report_json_binary(buf, &e->binary);
        break;
    case ML_MULTICLASS_PROBLEM:
        ml_report_json_multiclass(buf, &e->multiclass);
        break;
    case ML_REGRESSION_PROBLEM:
        ml_report_json_regression(buf, &e->regression);
        break;
    }
}

static void add_uncalibrated(struct ml_strbuf *buf, const struct ml_evaluation *e)
{
    ml_json_add_key(buf, "before_calibration");
    ml_strbuf_addc(buf, '{');
    ml_json_key_number(buf, "log_loss", e->before.log_loss);
    if (e->model->problem == ML_BINARY_PROBLEM) {
        ml_json_key_number(buf, "ece", e->before.ece);
        ml_json_add_key(buf, "reliability");
        ml_strbuf_addc(buf, '[');
        for (size_t i = 0; i < ML_RELIABILITY_BINS; i++) {
            const struct ml_reliability_bin *bin = &e->before.reliability[i];
            ml_json_add_comma(buf);
            ml_strbuf_addc(buf, '{');
            ml_json_key_number(buf, "low", bin->low);
            ml_json_key_number(buf, "high", bin->high);
            ml_json_key_count(buf, "rows", bin->rows);
            ml_json_key_number(buf, "mean_score", bin->mean_score);
            ml_json_key_number(buf, "observed_rate", bin->observed_rate);
            ml_strbuf_addc(buf, '}');
        }
        ml_strbuf_addc(buf, ']');
    }
    ml_strbuf_addc(buf, '}');
}

char *ml_evaluation_json(const struct ml_evaluation *e)
{
    struct ml_strbuf buf = {0};
    ml_strbuf_addc(&buf, '{');
    ml_json_key_string(&buf, "model", e->model->name);
    ml_json_key_count(&buf, "version", e->model->version);
    ml_json_add_key(&buf, "data");
    ml_json_add_bytes(&buf, e->data, strlen(e->data));
    ml_json_key_count(&buf, "rows_rejected", e->n_rejected);
    add_json(&buf, e);
    if (e->before.known)
        add_uncalibrated(&buf, e);
    add_trained(&buf, e);
    ml_alerts_json(&buf, &e->alerts);
    if (e->importances != NULL)
        ml_importances_json(&buf, e->importances);
    ml_strbuf_adds(&buf, "}\n");
    return ml_strbuf_take(&buf);
}

/* "auc 0.9532 (0.0101 better)"; an RMSE is in any unit and has six digits. */
static void add_gap(struct ml_strbuf *buf, const char *name, double trained, double held_out,
                    bool is_loss)
{
    bool is_value = strcmp(name, "rmse") == 0;
    double better = is_loss ? held_out - trained : trained - held_out;
    ml_strbuf_addf(buf, is_value ? "%s%s %.6g (%.4g %s)" : "%s%s %.4f (%.4f %s)",
                   buf->bytes[buf->length - 1] == ':' ? " " : ", ", name, trained, fabs(better),
                   better < 0.0 ? "worse" : "better");
}

static void add_trained_text(struct ml_strbuf *buf, const struct ml_evaluation *e)
{
    const struct ml_trained *t = &e->model->trained;
    struct ml_strbuf line = {0};
    const char *loss = "log-loss";
    ml_strbuf_adds(&line, "on training rows:");
    switch (e->model->problem) {
    case ML_BINARY_PROBLEM:
        add_gap(&line, "auc", t->auc, e->binary.auc, false);
        add_gap(&line, "log-loss", t->log_loss, e->binary.log_loss, true);
        break;
    case ML_MULTICLASS_PROBLEM:
        add_gap(&line, "accuracy", t->accuracy, e->multiclass.accuracy, false);
        add_gap(&line, "macro f1", t->macro_f1, e->multiclass.macro_f1, false);
        add_gap(&line, "log-loss", t->log_loss, e->multiclass.log_loss, true);
        break;
    case ML_REGRESSION_PROBLEM:
        add_gap(&line, "rmse", t->rmse, e->regression.figures.rmse, true);
        loss = "rmse";
        break;
    }
    if (e->is_far)
        ml_strbuf_addf(&line,
                       ": held-out %s is more than 20 %% higher, which is beyond chance: the model "
                       "follows its training rows too closely; a smaller C, fewer bins or more "
                       "rows may help",
                       loss);
    ml_text_add_wrapped(buf, line.bytes);
    ml_strbuf_release(&line);
}

static void add_remarks(struct ml_strbuf *buf, const struct ml_evaluation *e)
{
    if (e->has_trained) {
        ml_strbuf_addc(buf, '\n');
        add_trained_text(buf, e);
    }
    if (e->alerts.n > 0)
        ml_strbuf_addc(buf, '\n');
    ml_alerts_text(buf, &e->alerts);
    if (e->importances != NULL)
        ml_importances_text(buf, e->importances);
}

char *ml_evaluation_text(const struct ml_evaluation *e)
{
    struct ml_strbuf buf = {0};
    switch (e->model->problem) {
    case ML_BINARY_PROBLEM:
        ml_report_text_binary(&buf, &e->binary);
        break;
    case ML_MULTICLASS_PROBLEM:
        ml_report_text_multiclass(&buf, &e->multiclass);
        break;
    case ML_REGRESSION_PROBLEM:
        ml_report_text_regression(&buf, &e->regression);
        break;
    }
    add_remarks(&buf, e);
    return ml_strbuf_take(&buf);
}

#include "ml/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/bundle.h"
#include "model/calibrate.h"
#include "model/choose_threshold.h"
#include "model/facts.h"
#include "model/fit.h"
#include "model/judge.h"
#include "model/prepare.h"
#include "model/search.h"
#include "model/train_options.h"
#include "model/tune.h"

enum { DEFAULT_BINS = 50, DEFAULT_ROWS_PER_BIN = 50 };

struct trainer {
    const struct ml_train_options *options;
    const struct ml_talk *talk;
    struct ml_training training;
    double *class_weight;              /* owned; NULL: all 1 */
    struct ml_strbuf search;           /* owned; what was tried for the recipe, JSON, or empty */
    struct ml_strbuf tuning;           /* JSON of how C was chosen; empty: it was given */
    struct ml_learner_options learner; /* those used */
    double threshold;                  /* the model's */
    struct ml_model *model;            /* owned until handed over */
};

static const struct ml_learner_ops *learner_of(const struct trainer *t)
{
    const char *name = t->options->algorithm;
    if (name == NULL)
        return t->training.problem == ML_REGRESSION_PROBLEM ? &ml_learner_ridge
                                                            : &ml_learner_logistic;
    return ml_learner_find(name);
}

/* Whether the options suit the problem, which the target's type decides. */
static bool check_problem(const struct trainer *t, struct ml_error *err)
{
    const struct ml_train_options *o = t->options;
    const struct ml_schema *schema = t->model->schema;
    const char *target = schema->columns[schema->target].name;
    bool is_value = t->training.problem == ML_REGRESSION_PROBLEM;
    if (!ml_learner_solves(learner_of(t), t->training.n_labels))
        return ml_fail(err, ML_EINPUT,
                       "column '%.64s': algorithm '%s' learns %s, and a %s target asks for %s",
                       target, o->algorithm, is_value ? "classes" : "numbers",
                       is_value ? "NUMERIC" : "BINARY or CATEGORICAL",
                       is_value ? "regression (ridge)" : "classes (logistic, svm)");
    if (t->training.problem != ML_BINARY_PROBLEM &&
        (!ml_has_default_threshold(o) || o->threshold_by != NULL))
        return ml_fail(err, ML_EINPUT, "column '%.64s': a %s target has no threshold", target,
                       is_value ? "NUMERIC" : "CATEGORICAL");
    if (is_value && (o->balanced || o->n_class_weights > 0))
        return ml_fail(err, ML_EINPUT, "column '%.64s': a NUMERIC target has no classes to weigh",
                       target);
    return true;
}

static bool weigh_classes(struct trainer *t, struct ml_error *err)
{
    const struct ml_model *m = t->model;
    const struct ml_train_options *o = t->options;
    if (!o->balanced && o->n_class_weights == 0)
        return true;
    t->class_weight = ml_xcalloc(m->n_labels, sizeof(*t->class_weight));
    for (size_t k = 0; k < m->n_labels; k++)
        t->class_weight[k] = o->balanced ? 1.0 / (m->prior[k] * (double)m->n_labels) : 1.0;
    for (size_t i = 0; i < o->n_class_weights; i++) {
        const struct ml_class_weight *w = &o->class_weights[i];
        long k = ml_model_find_label(m, w->label, strlen(w->label));
        if (k < 0)
            return ml_fail(err, ML_EINPUT,
                           "class weight for '%.64s', which is no label of the data", w->label);
        if (!(w->weight > 0.0) || !isfinite(w->weight))
            return ml_fail(err, ML_EINPUT, "the weight of class '%.64s' must be a positive number",
                           w->label);
        t->class_weight[k] = w->weight;
    }
    return true;
}

/* Fewer bins for few rows: a bin of a handful of them learns noise. */
static size_t default_bins(size_t n_rows)
{
    size_t bins = n_rows / DEFAULT_ROWS_PER_BIN;
    return bins < 2 ? 2 : bins > DEFAULT_BINS ? DEFAULT_BINS : bins;
}

/* Only linear models are worth a search: a kernel makes its own crosses. */
static enum ml_effort effort_of(const struct trainer *t, const struct ml_fit_plan *plan)
{
    bool linear = plan->learner == &ml_learner_logistic || plan->learner == &ml_learner_ridge;
    return t->options->bins > 0 || !linear ? ML_EFFORT_LOW : t->options->effort;
}

/* The suggested recipe, and the C that goes with it. */
static void suggest(struct trainer *t, struct ml_fit_plan *plan, struct ml_strbuf *text)
{
    size_t bins = t->options->bins > 0 ? t->options->bins : default_bins(t->training.n_train);
    struct ml_search s;
    ml_search_recipe(&s, plan, &t->training, effort_of(t, plan), bins, t->talk);
    plan->options.c = s.c;
    if (t->talk->note != NULL && s.tell.length > 0)
        t->talk->note(t->talk->ctx, s.tell.bytes);
    t->search = s.record;
    s.record = (struct ml_strbuf){0};
    *text = s.recipe;
    s.recipe = (struct ml_strbuf){0};
    ml_search_release(&s);
}

static bool take_recipe(struct trainer *t, struct ml_fit_plan *plan, struct ml_error *err)
{
    const struct ml_train_options *o = t->options;
    const char *name = o->recipe_name != NULL ? o->recipe_name : "recipe";
    struct ml_strbuf text = {0};
    if (o->recipe != NULL)
        ml_strbuf_adds(&text, o->recipe);
    else
        suggest(t, plan, &text);
    t->model->recipe_text = ml_strbuf_take(&text);
    plan->recipe = NULL;
    bool ok = ml_recipe_parse(&t->model->recipe, t->model->recipe_text,
                              strlen(t->model->recipe_text), t->model->schema, name, err);
    plan->recipe = t->model->recipe;
    return ok;
}

static struct ml_fit_plan make_plan(const struct trainer *t)
{
    const struct ml_train_options *o = t->options;
    return (struct ml_fit_plan){
        .learner = learner_of(t),
        .options =
            {
                .c = o->c,
                .epsilon = o->epsilon,
                .penalty = strcmp(o->penalty, "l1") == 0 ? ML_PENALTY_L1 : ML_PENALTY_L2,
                .dual = o->dual,
                .kernel = strcmp(o->kernel, "rbf") == 0 ? ML_KERNEL_RBF : ML_KERNEL_LINEAR,
                .gamma = o->gamma,
                .class_weight = t->class_weight,
                .seed = o->seed,
            },
        .balanced = o->balanced && o->n_class_weights == 0,
    };
}

static bool tune(struct trainer *t, struct ml_fit_plan *plan, struct ml_error *err)
{
    const struct ml_train_options *o = t->options;
    struct ml_tune_options options = {.n_folds = o->folds,
                                      .threshold = o->threshold >= 0.0 ? o->threshold : 0.5,
                                      .c = o->tune_c,
                                      .n_c = o->n_tune_c};
    struct ml_tuning tuning;
    if (!ml_metric_find(&options.metric, o->tune) ||
        !ml_tune(&tuning, plan, &t->training, &options, t->talk, err))
        return false;
    ml_tuning_apply(&tuning, plan);
    ml_tuning_json(&tuning, &t->tuning);
    ml_tuning_tell(&tuning, t->talk);
    ml_tuning_release(&tuning);
    return true;
}

static bool calibrate(struct trainer *t, const struct ml_fit_plan *plan, struct ml_error *err)
{
    enum ml_calibration_method method = ML_CALIBRATE_NONE;
    const struct ml_train_options *o = t->options;
    if (o->calibrate != NULL)
        (void)ml_calibration_find(&method, o->calibrate); /* checked with the options */
    return method == ML_CALIBRATE_NONE ||
           ml_calibrate(&t->model->calibration, method, plan, &t->training, o->folds, t->talk, err);
}

static bool find_threshold(struct trainer *t, const struct ml_fit_plan *plan, struct ml_error *err)
{
    const struct ml_train_options *o = t->options;
    t->threshold = ml_has_default_threshold(o) ? 0.5 : o->threshold;
    return o->threshold_by == NULL || ml_train_threshold(&t->threshold, o, plan, &t->training,
                                                         &t->model->calibration, t->talk, err);
}

/* What was learnt moves into the model. */
static void take_fit(struct trainer *t, struct ml_fit *f)
{
    struct ml_model *m = t->model;
    m->encoder = f->encoder;
    m->learner = f->learner;
    m->predictor = f->predictor;
    m->threshold = t->threshold;
    t->learner = f->options;
    ml_files_add(&m->files, f->learner->file_name, &f->text);
    free(f->own_scores);
    *f = (struct ml_fit){0};
}

/* What is known of the target moves into the model, where the bundle and the scorer look for them.
 */
static void take_target(struct ml_model *m, struct ml_training *t)
{
    m->problem = t->problem;
    m->target = t->summary;
    m->n_labels = t->n_labels;
    if (m->n_labels == 0)
        return;
    m->labels = ml_xcalloc(t->n_labels, sizeof(*m->labels));
    m->prior = ml_xcalloc(t->n_labels, sizeof(*m->prior));
    for (size_t k = 0; k < t->n_labels; k++) {
        m->labels[k] = ml_xstrdup(t->labels[k]);
        m->prior[k] = t->prior[k];
    }
}

/* Scores the rows that prediction would score: those without an invalid cell. Counts the others. */
static size_t observe(const struct trainer *t, const size_t *rows, size_t n,
                      struct ml_observations *o)
{
    const struct ml_model *m = t->model;
    const struct ml_training *d = &t->training;
    struct ml_fit fit = {.encoder = m->encoder,
                         .learner = m->learner,
                         .predictor = m->predictor,
                         .calibrator = &m->calibration};
    size_t width = ml_model_n_scores(m);
    double *score = ml_xcalloc(n * width, sizeof(*score));
    bool *scorable = ml_xcalloc(n, sizeof(*scorable));
    size_t n_left_out = 0;
    ml_fit_score(&fit, d, rows, n, score, scorable);
    for (size_t i = 0; i < n; i++) {
        if (scorable[i])
            ml_observe(o, m, score + i * width,
                       d->target != NULL ? d->target[rows[i]] : (double)d->label[rows[i]]);
        else
            n_left_out++;
    }
    free(score);
    free(scorable);
    return n_left_out;
}

static bool judge(struct trainer *t, const struct ml_observations *o, size_t n_left_out,
                  struct ml_evaluation **out, struct ml_error *err)
{
    struct ml_evaluate_options options = ML_EVALUATE_OPTIONS_INIT;
    if (!ml_judge(out, t->model, o, &options, err))
        return false;
    (*out)->data = ml_xstrdup(t->model->provenance.data_path);
    (*out)->n_rejected = ml_training_count_held_out(&t->training) - t->training.n_held +
                         n_left_out; /* + rejected in reading */
    struct ml_judged judged = {
        .is_training_data = true, .is_held_out = true, .n_rejected = (*out)->n_rejected};
    ml_facts_alerts(&(*out)->alerts, t->model, o, &judged);
    ml_judge_beside_training(*out, o);
    return true;
}

static void make_reference(struct ml_model *m, const struct ml_observations *o)
{
    size_t n = ml_observations_count(o);
    const double *score = (const double *)(const void *)o->scores.bytes;
    if (n == 0)
        return;
    if (m->problem != ML_MULTICLASS_PROBLEM) {
        ml_reference_from_scores(&m->reference, score, n);
        return;
    }
    size_t *answers = ml_xcalloc(m->n_labels, sizeof(*answers));
    for (size_t i = 0; i < n; i++)
        answers[ml_model_decide(m, score + i * m->n_labels, 0.0)]++;
    ml_reference_from_answers(&m->reference, answers, m->n_labels);
    free(answers);
}

/* Judges the held-out rows once more without the calibration, and says what that has changed. */
static void compare_calibration(struct trainer *t, struct ml_evaluation *e)
{
    struct ml_model *m = t->model;
    struct ml_calibrator calibration = m->calibration;
    struct ml_observations o = {0};
    struct ml_evaluation *before = NULL;
    struct ml_error err;
    m->calibration = (struct ml_calibrator){.method = ML_CALIBRATE_NONE};
    if (judge(t, &o, observe(t, t->training.held_rows, t->training.n_held, &o), &before, &err)) {
        bool binary = m->problem == ML_BINARY_PROBLEM;
        struct ml_strbuf line = {0};
        e->before.known = true;
        e->before.log_loss = binary ? before->binary.log_loss : before->multiclass.log_loss;
        e->before.ece = before->binary.calibration.ece;
        memcpy(e->before.reliability, before->binary.calibration.reliability,
               sizeof(e->before.reliability));
        ml_strbuf_addf(&line, "calibration on held-out rows: log loss %.4f before, %.4f after",
                       e->before.log_loss, binary ? e->binary.log_loss : e->multiclass.log_loss);
        if (binary)
            ml_strbuf_addf(&line, "; calibration error (ECE) %.4f before, %.4f after",
                           e->before.ece, e->binary.calibration.ece);
        if (t->talk->note != NULL)
            t->talk->note(t->talk->ctx, line.bytes);
        ml_strbuf_release(&line);
    }
    m->calibration = calibration;
    ml_evaluation_free(before);
    ml_observations_release(&o);
}

/* What held-out rows say of the model: figures for the bundle, and how its scores are spread. */
static void look_at_scores(struct trainer *t, struct ml_evaluation **evaluation,
                           struct ml_strbuf *metrics)
{
    struct ml_observations o = {0};
    struct ml_error why;
    const struct ml_training *d = &t->training;
    if (d->n_held == 0) {
        observe(t, d->train_rows, d->n_train, &o);
    } else if (judge(t, &o, observe(t, d->held_rows, d->n_held, &o), evaluation, &why)) {
        ml_evaluation_summary(*evaluation, metrics);
        if (t->model->calibration.method != ML_CALIBRATE_NONE)
            compare_calibration(t, *evaluation);
    } else if (t->talk->note != NULL) {
        t->talk->note(t->talk->ctx, why.msg);
    }
    make_reference(t->model, &o);
    ml_observations_release(&o);
}

/* Kernels are slow to score: they get as many training rows as there are held-out ones. */
static size_t score_every(const struct trainer *t)
{
    const struct ml_training *d = &t->training;
    if (d->n_held == 0)
        return 0;
    return learner_of(t)->explain != NULL ? 1 : 1 + d->n_train / (d->n_held + 1);
}

static void record_source(struct trainer *t, const char *path)
{
    struct ml_provenance *p = &t->model->provenance;
    const struct ml_training *d = &t->training;
    char *absolute = strcmp(path, "-") == 0 ? NULL : realpath(path, NULL);
    p->data_path = absolute != NULL ? absolute : ml_xstrdup(path);
    memcpy(p->data_digest, d->data.digest, ML_DIGEST_HEX);
    p->n_rows = d->data.n_file_rows;
    p->n_train = d->n_train;
    p->n_held_out = d->n_held;
    p->n_rejected = d->data.n_rejected;
    p->split = d->split;
    p->csv = t->options->csv;
    p->csv.name = NULL;
    if (t->options->seed_text != NULL && t->options->seed_text[0] != '\0')
        p->seed_text = ml_xstrdup(t->options->seed_text);
}

/* A schema of the model's own, independent of the caller's. */
static bool copy_schema(struct trainer *t, const struct ml_schema *schema, struct ml_error *err)
{
    char *json = ml_schema_json(schema);
    bool ok = ml_schema_parse(&t->model->schema, json, strlen(json), "schema", err);
    free(json);
    const char *weight = t->options->weight;
    return ok && (weight == NULL || ml_schema_set_weight(t->model->schema, weight, err));
}

/* Everything before the fit. */
static bool prepare(struct trainer *t, const char *path, struct ml_fit_plan *plan,
                    struct ml_error *err)
{
    struct ml_split split = {
        .strategy = t->options->strategy[0] == 's' ? ML_SPLIT_SEQUENTIAL : ML_SPLIT_RANDOM,
        .begin = t->options->split_begin,
        .end = t->options->split,
        .complement = t->options->complement,
        .seed = t->options->seed,
    };
    struct ml_training *d = &t->training;
    if (!ml_training_load(d, path, t->model->schema, &t->options->csv, &split, t->talk, err))
        return false;
    record_source(t, path);
    take_target(t->model, d);
    if (!check_problem(t, err) || !weigh_classes(t, err))
        return false;
    *plan = make_plan(t);
    return take_recipe(t, plan, err);
}

static bool run(struct trainer *t, const char *path, struct ml_evaluation **evaluation,
                struct ml_error *err)
{
    const struct ml_training *d = &t->training;
    struct ml_fit_plan plan;
    struct ml_fit fit;
    if (!prepare(t, path, &plan, err))
        return false;
    if (t->options->tune != NULL && !tune(t, &plan, err))
        return false;
    if (!calibrate(t, &plan, err) || !find_threshold(t, &plan, err))
        return false;
    plan.calibrator = &t->model->calibration;
    plan.score_every = score_every(t);
    if (!ml_fit(&fit, &plan, d, d->train_rows, d->n_train, t->talk, err))
        return false;
    if (fit.own_scores != NULL)
        ml_trained_measure(&t->model->trained, d, fit.own_scores, plan.score_every);
    take_fit(t, &fit);
    struct ml_strbuf metrics = {0};
    struct ml_strbuf text = {0};
    look_at_scores(t, evaluation, &metrics);
    ml_bundle_write(t->model, &d->data, &t->learner, t->tuning.bytes, t->search.bytes,
                    metrics.length > 0 ? metrics.bytes : "", &text);
    ml_files_add(&t->model->files, "model.json", &text);
    ml_strbuf_release(&metrics);
    ml_strbuf_release(&text);
    return true;
}

static void summarise(const struct trainer *t, struct ml_train_summary *s)
{
    const struct ml_dataset *data = &t->training.data;
    *s = (struct ml_train_summary){
        .n_rows = data->n_file_rows,
        .n_train = t->training.n_train,
        .n_held_out = t->training.n_held,
        .n_rejected = data->n_rejected,
        .n_features = ml_encoder_n_features(t->model->encoder),
    };
    for (size_t c = 0; c < data->schema->n_columns; c++) {
        s->n_missing += data->columns[c].n_missing;
        s->n_invalid += data->columns[c].n_invalid;
    }
}

static void trainer_release(struct trainer *t)
{
    ml_training_release(&t->training);
    free(t->class_weight);
    ml_strbuf_release(&t->tuning);
    ml_strbuf_release(&t->search);
}

bool ml_train(struct ml_model **out, const char *data, const struct ml_schema *schema,
              const struct ml_train_options *options, const struct ml_talk *talk,
              struct ml_train_summary *summary, struct ml_evaluation **evaluation,
              struct ml_error *err)
{
    if (!ml_train_options_check(options, err))
        return false;
    struct trainer t = {.options = options, .talk = talk};
    struct ml_evaluation *judged = NULL;
    t.model = ml_xcalloc(1, sizeof(*t.model));
    bool ok = copy_schema(&t, schema, err) && run(&t, data, &judged, err);
    if (ok)
        summarise(&t, summary);
    if (ok && evaluation != NULL)
        *evaluation = judged;
    else
        ml_evaluation_free(judged);
    trainer_release(&t);
    if (ok)
        *out = t.model;
    else
        ml_model_free(t.model);
    return ok;
}

bool ml_prepare(const char *data, const struct ml_schema *schema,
                const struct ml_train_options *options, const struct ml_talk *talk,
                bool (*use)(void *ctx, const struct ml_prepared *prepared, struct ml_error *err),
                void *ctx, struct ml_error *err)
{
    if (!ml_train_options_check(options, err))
        return false;
    struct trainer t = {.options = options, .talk = talk};
    struct ml_fit_plan plan;
    t.model = ml_xcalloc(1, sizeof(*t.model));
    bool ok = copy_schema(&t, schema, err) && prepare(&t, data, &plan, err);
    if (ok) {
        struct ml_prepared prepared = {t.model, &t.training, &plan, t.search.length > 0, talk};
        ok = use(ctx, &prepared, err);
    }
    trainer_release(&t);
    ml_model_free(t.model);
    return ok;
}

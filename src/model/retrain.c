#include "model/retrain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "model/prepare.h"

/* The options a model was trained with, as far as another fit needs them, out of model.json. */
struct recorded {
    struct ml_json *json; /* owned: names below point into it */
    struct ml_train_options options;
    struct ml_class_weight *weights; /* owned */
    struct ml_strbuf recipe;         /* the model's own: none is searched for again */
};

static void recorded_release(struct recorded *r)
{
    ml_json_free(r->json);
    free(r->weights);
    ml_strbuf_release(&r->recipe);
}

static double number_or_default(const struct ml_json *object, const char *key)
{
    double x = ml_json_number(ml_json_get(object, key));
    return isfinite(x) ? x : 0.0;
}

static const char *name_or(const struct ml_json *object, const char *key, const char *fallback)
{
    const char *s = ml_json_string(ml_json_get(object, key));
    return s != NULL ? s : fallback;
}

static void read_class_weights(struct recorded *r, const struct ml_json *list,
                               const struct ml_model *m)
{
    size_t n = list != NULL ? ml_json_count(list) : 0;
    if (n != m->n_labels)
        return;
    r->weights = ml_xcalloc(n, sizeof(*r->weights));
    size_t i = 0;
    for (const struct ml_json *v = ml_json_first(list); v != NULL; v = ml_json_next(v), i++)
        r->weights[i] = (struct ml_class_weight){m->labels[i], ml_json_number(v)};
    r->options.class_weights = r->weights;
    r->options.n_class_weights = n;
}

static bool read_options(struct recorded *r, const struct ml_model *m, struct ml_error *err)
{
    size_t n;
    const char *text = ml_model_json(m, &n);
    if (!ml_json_parse(&r->json, text, n, "model.json", err))
        return false;
    const struct ml_json *p = ml_json_get(r->json, "parameters");
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    const struct ml_provenance *from = &m->provenance;
    o.csv = from->csv;
    o.algorithm = m->learner->name;
    o.c = number_or_default(p, "c");
    o.epsilon = number_or_default(p, "epsilon");
    o.gamma = number_or_default(p, "gamma");
    o.penalty = name_or(p, "penalty", o.penalty);
    o.kernel = name_or(p, "kernel", o.kernel);
    o.dual = ml_json_bool(ml_json_get(p, "dual"), false);
    o.split_begin = from->split.begin;
    o.split = from->split.end;
    o.complement = from->split.complement;
    o.strategy = from->split.strategy == ML_SPLIT_SEQUENTIAL ? "sequential" : "random";
    o.seed = from->split.seed;
    o.threshold = m->threshold;
    ml_recipe_to_json(m->recipe, m->schema, &r->recipe);
    o.recipe = r->recipe.bytes;
    r->options = o;
    read_class_weights(r, ml_json_get(p, "class_weight"), m);
    return true;
}

struct job {
    const struct ml_model *model;
    size_t n_folds;
    struct ml_scored *out;
};

static void take_scores(struct ml_scored *out, const struct ml_crossval *c,
                        const struct ml_training *t, const struct ml_calibrator *calibrator)
{
    out->score = ml_xcalloc(t->n_train, sizeof(*out->score));
    out->label = ml_xcalloc(t->n_train, sizeof(*out->label));
    for (size_t i = 0; i < t->n_train; i++) {
        if (!c->scorable[i])
            continue;
        ml_calibrator_apply(calibrator, c->score + 2 * i, c->margin[i], 2);
        out->score[out->n] = c->score[2 * i + 1];
        out->label[out->n++] = (uint8_t)t->label[t->train_rows[i]];
    }
}

bool ml_scored_out_of_fold(struct ml_scored *out, const struct ml_fit_plan *plan,
                           const struct ml_training *t, const struct ml_calibrator *calibrator,
                           size_t n_folds, const struct ml_talk *talk, struct ml_error *err)
{
    struct ml_crossval_options o = ML_CROSSVAL_OPTIONS_INIT;
    o.n_folds = n_folds;
    o.seed = plan->options.seed;
    o.with_scores = true;
    struct ml_crossval c = {0};
    if (!ml_crossval_run(&c, plan, &plan->options, 1, t, t->train_rows, t->n_train, &o, talk, err))
        return false;
    take_scores(out, &c, t, calibrator);
    ml_crossval_release(&c);
    return true;
}

/*
 * Whether the plan makes the model's own encoder of the same rows: if not, its fits are of another
 * kind of model, and their scores say nothing of this one.
 */
static bool check_encoder(const struct ml_model *m, const struct ml_prepared *p,
                          struct ml_error *err)
{
    const struct ml_training *t = p->training;
    struct ml_fit_plan plan = *p->plan;
    struct ml_fit fit;
    struct ml_strbuf ours = {0};
    struct ml_strbuf theirs = {0};
    plan.learner = &ml_learner_majority; /* the encoder is what counts */
    if (!ml_fit(&fit, &plan, t, t->train_rows, t->n_train, p->talk, err))
        return false;
    ml_encoder_save(fit.encoder, &ours);
    ml_encoder_save(m->encoder, &theirs);
    bool same = ours.length == theirs.length && memcmp(ours.bytes, theirs.bytes, ours.length) == 0;
    ml_fit_release(&fit);
    ml_strbuf_release(&ours);
    ml_strbuf_release(&theirs);
    return same || ml_fail(err, ML_EUNSUPPORTED,
                           "the model cannot be trained once more: its options or its program were "
                           "others; name data to judge on");
}

static bool use(void *ctx, const struct ml_prepared *p, struct ml_error *err)
{
    const struct job *job = ctx;
    const struct ml_training *t = p->training;
    if (strcmp(t->data.digest, job->model->provenance.data_digest) != 0)
        return ml_fail(err, ML_ECONFLICT,
                       "'%s' has changed since the model was trained: its training rows are gone",
                       job->model->provenance.data_path);
    return check_encoder(job->model, p, err) &&
           ml_scored_out_of_fold(job->out, p->plan, t, &job->model->calibration, job->n_folds,
                                 p->talk, err);
}

bool ml_retrain_out_of_fold(struct ml_scored *out, const struct ml_model *m, size_t n_folds,
                            const struct ml_talk *talk, struct ml_error *err)
{
    if (strcmp(m->provenance.data_path, "-") == 0)
        return ml_fail(err, ML_EINPUT,
                       "the model was trained from standard input, so its rows "
                       "are gone; name the data to judge on");
    struct recorded r = {.json = NULL};
    struct ml_scored scored = {0};
    struct job job = {m, n_folds, &scored};
    bool ok = read_options(&r, m, err) &&
              ml_prepare(m->provenance.data_path, m->schema, &r.options, talk, use, &job, err);
    recorded_release(&r);
    if (ok)
        *out = scored;
    else
        ml_scored_release(&scored);
    return ok;
}

void ml_scored_release(struct ml_scored *s)
{
    free(s->score);
    free(s->label);
    *s = (struct ml_scored){0};
}

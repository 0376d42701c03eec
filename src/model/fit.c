#include "model/fit.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "learn/child.h"
#include "model/model.h"

struct solve {
    const struct ml_learner_ops *learner;
    const struct ml_training_set *set;
    const struct ml_learner_options *options;
};

static bool solve_in_child(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    const struct solve *s = ctx;
    return s->learner->train(out, s->set, s->options, err);
}

static void score_csr_row(const struct ml_fit *f, const struct ml_csr *x, size_t i, size_t n_labels,
                          double *score)
{
    size_t start = x->start[i];
    struct ml_sparse row = {x->index + start, x->value + start, x->start[i + 1] - start, 0};
    double margin = 0.0;
    f->learner->predict(f->predictor, &row, score, &margin);
    if (f->calibrator != NULL)
        ml_calibrator_apply(f->calibrator, score, margin, n_labels);
}

static void score_own_rows(struct ml_fit *f, const struct ml_training *t, const struct ml_csr *x,
                           size_t every)
{
    size_t width = ml_n_scores(t->problem, t->n_labels);
    f->own_scores = ml_xcalloc((x->n_rows / every + 1) * width, sizeof(*f->own_scores));
    for (size_t i = 0; i < x->n_rows; i += every)
        score_csr_row(f, x, i, t->n_labels, f->own_scores + i / every * width);
}

static bool fit_learner(struct ml_fit *f, const struct ml_training *t, const size_t *rows, size_t n,
                        size_t score_every, const struct ml_talk *talk, struct ml_error *err)
{
    struct ml_csr x;
    ml_encoder_apply_dataset(f->encoder, &t->data, rows, n, &x);
    bool is_value = t->problem == ML_REGRESSION_PROBLEM;
    uint32_t *label = is_value ? NULL : ml_xcalloc(n, sizeof(*label));
    double *target = is_value ? ml_xcalloc(n, sizeof(*target)) : NULL;
    for (size_t i = 0; i < n; i++) {
        if (is_value)
            target[i] = t->target[rows[i]];
        else
            label[i] = t->label[rows[i]];
    }
    struct ml_training_set set = {
        .x = &x, .label = label, .n_classes = t->n_labels, .target = target};
    double *weight = t->weight != NULL ? ml_xcalloc(n, sizeof(*weight)) : NULL;
    for (size_t i = 0; weight != NULL && i < n; i++)
        weight[i] = t->weight[rows[i]];
    set.weight = weight;
    struct solve solve = {f->learner, &set, &f->options};
    bool ok = f->learner->check(&f->options, &set, err) &&
              ml_child_run(&f->text, solve_in_child, &solve, f->learner->solver_name, "training",
                           talk, err) &&
              f->learner->load(&f->predictor, f->text.bytes, f->text.length,
                               ml_encoder_n_features(f->encoder), t->n_labels, err);
    if (ok && score_every > 0)
        score_own_rows(f, t, &x, score_every);
    free(weight);
    free(label);
    free(target);
    ml_csr_release(&x);
    return ok;
}

bool ml_fit(struct ml_fit *out, const struct ml_fit_plan *plan, const struct ml_training *training,
            const size_t *rows, size_t n, const struct ml_talk *talk, struct ml_error *err)
{
    struct ml_fit f = {
        .learner = plan->learner, .options = plan->options, .calibrator = plan->calibrator};
    if (!ml_encoder_fit(&f.encoder, plan->recipe, &training->data, rows, n, err) ||
        !fit_learner(&f, training, rows, n, plan->score_every, talk, err)) {
        ml_fit_release(&f);
        return false;
    }
    *out = f;
    return true;
}

void ml_fit_release(struct ml_fit *f)
{
    if (f->predictor != NULL)
        f->learner->free(f->predictor);
    ml_encoder_free(f->encoder);
    ml_strbuf_release(&f->text);
    free(f->own_scores);
    *f = (struct ml_fit){0};
}

void ml_fit_score(const struct ml_fit *f, const struct ml_training *t, const size_t *rows, size_t n,
                  double *score, bool *scorable)
{
    struct ml_csr x;
    size_t width = ml_n_scores(t->problem, t->n_labels);
    ml_encoder_apply_dataset(f->encoder, &t->data, rows, n, &x);
    for (size_t i = 0; i < n; i++) {
        if (scorable != NULL) {
            scorable[i] = !t->data.has_invalid[rows[i]] &&
                          (t->label == NULL || t->label[rows[i]] != ML_NO_LABEL);
            if (!scorable[i])
                continue;
        }
        score_csr_row(f, &x, i, t->n_labels, score + i * width);
    }
    ml_csr_release(&x);
}

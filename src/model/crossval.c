#include "model/crossval.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/folds.h"
#include "base/rng.h"
#include "learn/child.h"
#include "model/crossval_fold.h"
#include "model/model.h"

/* Shares of the training rows are tenths: a class of n rows is then met to one row a tenth. */
enum { TENTHS = 10 };

static void deal_classes(struct ml_crossval_work *w)
{
    const struct ml_training *t = w->training;
    uint32_t *label = ml_xcalloc(w->n, sizeof(*label));
    for (size_t i = 0; i < w->n; i++)
        label[i] = t->label[w->rows[i]];
    ml_folds_by_class(w->fold, label, w->n, t->n_labels, w->options->n_folds, w->options->seed);
    if (w->bucket != NULL)
        ml_folds_by_class(w->bucket, label, w->n, t->n_labels, TENTHS,
                          ml_mix64(w->options->seed, 1));
    free(label);
}

static void deal_values(struct ml_crossval_work *w)
{
    double *value = ml_xcalloc(w->n, sizeof(*value));
    for (size_t i = 0; i < w->n; i++)
        value[i] = w->training->target[w->rows[i]];
    ml_folds_by_value(w->fold, value, w->n, w->options->n_folds, w->options->seed);
    if (w->bucket != NULL)
        ml_folds_by_value(w->bucket, value, w->n, TENTHS, ml_mix64(w->options->seed, 1));
    free(value);
}

static void deal(struct ml_crossval_work *w)
{
    w->fold = ml_xcalloc(w->n, sizeof(*w->fold));
    if (w->options->share < TENTHS * ML_CROSSVAL_TENTH)
        w->bucket = ml_xcalloc(w->n, sizeof(*w->bucket));
    if (w->training->problem == ML_REGRESSION_PROBLEM)
        deal_values(w);
    else
        deal_classes(w);
}

static const char *receive(void *to, const char *from, size_t bytes)
{
    if (bytes > 0)
        memcpy(to, from, bytes);
    return from + bytes;
}

/* Puts the scores that one child sent where their rows are. */
static const char *receive_scores(struct ml_crossval *c, size_t width, const char *from)
{
    size_t n;
    from = receive(&n, from, sizeof(n));
    size_t *place = ml_xcalloc(n, sizeof(*place));
    from = receive(place, from, n * sizeof(*place));
    for (size_t i = 0; i < n; i++) {
        from = receive(&c->margin[place[i]], from, sizeof(double));
        c->scorable[place[i]] = true;
    }
    for (size_t i = 0; i < n; i++)
        from = receive(&c->score[place[i] * width], from, width * sizeof(double));
    free(place);
    return from;
}

static size_t width_of(const struct ml_crossval_work *w)
{
    return ml_n_scores(w->training->problem, w->training->n_labels);
}

static void receive_fold(struct ml_crossval *c, const struct ml_crossval_work *w, size_t fold,
                         const char *from)
{
    from = receive(&c->n_trained[fold], from, sizeof(c->n_trained[fold]));
    for (size_t i = 0; i < c->n_points; i++) {
        from = receive(&c->left_out[i * c->n_folds + fold], from, sizeof(*c->left_out));
        if (i == 0 && c->score != NULL)
            from = receive_scores(c, width_of(w), from);
        if (c->trained != NULL)
            from = receive(&c->trained[i * c->n_folds + fold], from, sizeof(*c->trained));
    }
}

static struct ml_crossval make_room(const struct ml_crossval_work *w)
{
    const struct ml_crossval_options *o = w->options;
    struct ml_crossval c = {.n_folds = o->n_folds, .n_points = w->n_points};
    c.left_out = ml_xcalloc(c.n_points * c.n_folds, sizeof(*c.left_out));
    c.n_trained = ml_xcalloc(c.n_folds, sizeof(*c.n_trained));
    if (o->with_train)
        c.trained = ml_xcalloc(c.n_points * c.n_folds, sizeof(*c.trained));
    if (o->with_scores) {
        c.score = ml_xcalloc(w->n * width_of(w), sizeof(*c.score));
        c.margin = ml_xcalloc(w->n, sizeof(*c.margin));
        c.scorable = ml_xcalloc(w->n, sizeof(*c.scorable));
    }
    return c;
}

static bool run(struct ml_crossval *out, struct ml_crossval_work *w, const struct ml_talk *talk,
                struct ml_error *err)
{
    size_t k = w->options->n_folds;
    struct ml_crossval_task *fold = ml_xcalloc(k, sizeof(*fold));
    struct ml_child_task *task = ml_xcalloc(k, sizeof(*task));
    for (size_t f = 0; f < k; f++) {
        fold[f] = (struct ml_crossval_task){w, f};
        task[f].ctx = &fold[f];
    }
    bool ok = ml_child_run_all(task, k, w->options->jobs, ml_crossval_fold,
                               w->plan->learner->solver_name, "cross-validating", talk, err);
    if (ok) {
        struct ml_crossval c = make_room(w);
        for (size_t f = 0; f < k; f++)
            receive_fold(&c, w, f, task[f].out.bytes);
        c.fold = w->fold;
        w->fold = NULL;
        *out = c;
    }
    for (size_t f = 0; f < k; f++)
        ml_strbuf_release(&task[f].out);
    free(task);
    free(fold);
    return ok;
}

bool ml_crossval_run(struct ml_crossval *out, const struct ml_fit_plan *plan,
                     const struct ml_learner_options *point, size_t n_points,
                     const struct ml_training *training, const size_t *rows, size_t n,
                     const struct ml_crossval_options *options, const struct ml_talk *talk,
                     struct ml_error *err)
{
    if (options->n_folds < 2 || options->n_folds > ML_MAX_FOLDS)
        return ml_fail(err, ML_EINPUT, "the number of folds must be from 2 to %d",
                       (int)ML_MAX_FOLDS);
    if (n < options->n_folds)
        return ml_fail(err, ML_EINPUT, "%zu rows are too few for %zu folds", n, options->n_folds);
    struct ml_crossval_work w = {plan, point, n_points, training, rows, n, options, NULL, NULL};
    deal(&w);
    bool ok = run(out, &w, talk, err);
    free(w.fold);
    free(w.bucket);
    return ok;
}

void ml_crossval_release(struct ml_crossval *c)
{
    free(c->left_out);
    free(c->trained);
    free(c->n_trained);
    free(c->fold);
    free(c->score);
    free(c->margin);
    free(c->scorable);
    *c = (struct ml_crossval){0};
}

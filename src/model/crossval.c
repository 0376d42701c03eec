#include "model/crossval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/folds.h"
#include "base/rng.h"
#include "learn/child.h"

/* Shares of the training rows are tenths: a class of n rows is then met to one row a tenth. */
enum { TENTHS = 10, PERCENT_OF_TENTH = 10 };

struct work {
    const struct ml_fit_plan *plan;
    const struct ml_learner_options *point;
    size_t n_points;
    const struct ml_training *training;
    const size_t *rows;
    size_t n;
    const struct ml_crossval_options *options;
    unsigned char *fold;   /* owned */
    unsigned char *bucket; /* owned; 0..9: the row trains when its tenth begins below the share */
};

struct fold_task {
    const struct work *work;
    size_t which;
};

/* A part of the rows: numbers of data set rows, and places in the list that was given. */
struct part {
    size_t *row;
    size_t *place;
    size_t n;
};

/* One fold under way, in its child process: classes are numbered anew where some are absent. */
struct fold_run {
    const struct work *work;
    struct part train;
    struct part left;
    size_t *class_of; /* n_present: the class each of the learner's numbers stands for */
    size_t n_present;
    uint32_t *label; /* train.n: the learner's numbers */
    double *class_weight;
    double *weight;
    struct ml_encoder *encoder;
    struct ml_csr x; /* training rows */
    struct ml_csr z; /* left-out rows */
};

static void part_add(struct part *p, const struct work *w, size_t place)
{
    p->row[p->n] = w->rows[place];
    p->place[p->n++] = place;
}

static void part_init(struct part *p, size_t n)
{
    p->row = ml_xcalloc(n, sizeof(*p->row));
    p->place = ml_xcalloc(n, sizeof(*p->place));
}

static void part_release(struct part *p)
{
    free(p->row);
    free(p->place);
}

static void take_rows(struct fold_run *r, size_t which)
{
    const struct work *w = r->work;
    part_init(&r->train, w->n);
    part_init(&r->left, w->n);
    for (size_t i = 0; i < w->n; i++) {
        if (w->fold[i] == which)
            part_add(&r->left, w, i);
        else if (w->bucket == NULL || w->bucket[i] * PERCENT_OF_TENTH < w->options->share)
            part_add(&r->train, w, i);
    }
}

static void weigh_classes(struct fold_run *r, const double *count)
{
    const struct ml_fit_plan *plan = r->work->plan;
    const double *given = r->work->point[0].class_weight;
    if (!plan->balanced && given == NULL)
        return;
    r->class_weight = ml_xcalloc(r->n_present, sizeof(*r->class_weight));
    for (size_t k = 0; k < r->n_present; k++)
        r->class_weight[k] =
            plan->balanced ? (double)r->train.n / ((double)r->n_present * count[r->class_of[k]])
                           : given[r->class_of[k]];
}

/* Classes that the training rows have, numbered without gaps. */
static bool number_classes(struct fold_run *r, struct ml_error *err)
{
    const struct ml_training *t = r->work->training;
    double *count = ml_xcalloc(t->n_labels, sizeof(*count));
    double *weight = ml_xcalloc(t->n_labels, sizeof(*weight));
    uint32_t *number = ml_xcalloc(t->n_labels, sizeof(*number));
    r->class_of = ml_xcalloc(t->n_labels, sizeof(*r->class_of));
    for (size_t i = 0; i < r->train.n; i++) {
        uint32_t k = t->label[r->train.row[i]];
        count[k]++;
        weight[k] += t->weight != NULL ? t->weight[r->train.row[i]] : 1.0;
    }
    for (size_t k = 0; k < t->n_labels; k++) {
        number[k] = (uint32_t)r->n_present;
        if (weight[k] > 0.0)
            r->class_of[r->n_present++] = k;
        else
            number[k] = ML_NO_LABEL;
    }
    r->label = ml_xcalloc(r->train.n, sizeof(*r->label));
    size_t kept = 0;
    for (size_t i = 0; i < r->train.n; i++) {
        uint32_t k = number[t->label[r->train.row[i]]];
        if (k == ML_NO_LABEL) /* rows of weight 0 only */
            continue;
        r->train.row[kept] = r->train.row[i];
        r->train.place[kept] = r->train.place[i];
        r->label[kept++] = k;
    }
    r->train.n = kept;
    if (r->n_present >= 2)
        weigh_classes(r, count);
    free(count);
    free(weight);
    free(number);
    return r->n_present >= 2 ||
           ml_fail(err, ML_EINPUT, "its training rows are of one class; use fewer folds");
}

static bool encode(struct fold_run *r, struct ml_error *err)
{
    const struct ml_training *t = r->work->training;
    if (!ml_encoder_fit(&r->encoder, r->work->plan->recipe, &t->data, r->train.row, r->train.n,
                        err))
        return false;
    ml_encoder_apply_dataset(r->encoder, &t->data, r->train.row, r->train.n, &r->x);
    ml_encoder_apply_dataset(r->encoder, &t->data, r->left.row, r->left.n, &r->z);
    if (t->weight == NULL)
        return true;
    r->weight = ml_xcalloc(r->train.n, sizeof(*r->weight));
    for (size_t i = 0; i < r->train.n; i++)
        r->weight[i] = t->weight[r->train.row[i]];
    return true;
}

struct scores {
    double *probability; /* owned; n x n_labels, of the scorable rows */
    double *margin;      /* owned */
    uint32_t *label;     /* owned */
    size_t *place;       /* owned */
    size_t n;
};

static void scores_release(struct scores *s)
{
    free(s->probability);
    free(s->margin);
    free(s->label);
    free(s->place);
}

static void score(struct scores *out, const struct fold_run *r, const void *predictor,
                  const struct part *part, const struct ml_csr *x)
{
    const struct ml_training *t = r->work->training;
    struct scores s = {
        .probability = ml_xcalloc(part->n * t->n_labels, sizeof(double)),
        .margin = ml_xcalloc(part->n, sizeof(double)),
        .label = ml_xcalloc(part->n, sizeof(uint32_t)),
        .place = ml_xcalloc(part->n, sizeof(size_t)),
    };
    double *present = ml_xcalloc(r->n_present, sizeof(*present));
    for (size_t i = 0; i < part->n; i++) {
        if (t->data.has_invalid[part->row[i]])
            continue;
        size_t start = x->start[i];
        struct ml_sparse row = {x->index + start, x->value + start, x->start[i + 1] - start, 0};
        r->work->plan->learner->predict(predictor, &row, present, &s.margin[s.n]);
        for (size_t k = 0; k < r->n_present; k++)
            s.probability[s.n * t->n_labels + r->class_of[k]] = present[k];
        s.label[s.n] = t->label[part->row[i]];
        s.place[s.n++] = part->place[i];
    }
    free(present);
    *out = s;
}

static void measure(struct ml_strbuf *out, const struct fold_run *r, const struct scores *s)
{
    struct ml_figures f;
    ml_figures_measure(&f, s->probability, s->label, s->n, r->work->training->n_labels,
                       r->work->options->threshold);
    ml_strbuf_add(out, &f, sizeof(f));
}

static void send_scores(struct ml_strbuf *out, const struct scores *s, size_t n_labels)
{
    ml_strbuf_add(out, &s->n, sizeof(s->n));
    ml_strbuf_add(out, s->place, s->n * sizeof(*s->place));
    ml_strbuf_add(out, s->margin, s->n * sizeof(*s->margin));
    ml_strbuf_add(out, s->probability, s->n * n_labels * sizeof(*s->probability));
}

static void report(struct ml_strbuf *out, const struct fold_run *r, const void *predictor,
                   bool with_scores)
{
    struct scores s;
    score(&s, r, predictor, &r->left, &r->z);
    measure(out, r, &s);
    if (with_scores)
        send_scores(out, &s, r->work->training->n_labels);
    scores_release(&s);
    if (!r->work->options->with_train)
        return;
    score(&s, r, predictor, &r->train, &r->x);
    measure(out, r, &s);
    scores_release(&s);
}

/* Learns with one set of options. text holds the fit before, and then this one. */
static bool run_point(struct ml_strbuf *out, const struct fold_run *r, size_t i,
                      struct ml_strbuf *text, struct ml_error *err)
{
    const struct ml_learner_ops *learner = r->work->plan->learner;
    struct ml_training_set set = {
        .x = &r->x, .label = r->label, .n_classes = r->n_present, .weight = r->weight};
    struct ml_learner_options options = r->work->point[i];
    struct ml_strbuf fitted = {0};
    void *predictor = NULL;
    options.class_weight = r->class_weight;
    options.warm = text->length > 0 ? text : NULL;
    bool ok = learner->check(&options, &set, err) && learner->train(&fitted, &set, &options, err) &&
              learner->load(&predictor, fitted.bytes, fitted.length,
                            ml_encoder_n_features(r->encoder), r->n_present, err);
    ml_strbuf_release(text);
    *text = fitted;
    if (!ok)
        return false;
    report(out, r, predictor, i == 0 && r->work->options->with_scores);
    learner->free(predictor);
    return true;
}

static void fold_run_release(struct fold_run *r)
{
    part_release(&r->train);
    part_release(&r->left);
    free(r->class_of);
    free(r->label);
    free(r->class_weight);
    free(r->weight);
    ml_encoder_free(r->encoder);
    ml_csr_release(&r->x);
    ml_csr_release(&r->z);
}

static bool run_fold(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    const struct fold_task *task = ctx;
    struct fold_run r = {.work = task->work};
    struct ml_strbuf text = {0};
    take_rows(&r, task->which);
    ml_strbuf_add(out, &r.train.n, sizeof(r.train.n));
    bool ok = (r.train.n > 0 || ml_fail(err, ML_EINPUT, "no row is left to train on")) &&
              number_classes(&r, err) && encode(&r, err);
    for (size_t i = 0; ok && i < task->work->n_points; i++)
        ok = run_point(out, &r, i, &text, err);
    ml_strbuf_release(&text);
    fold_run_release(&r);
    return ok || ml_fail_context(err, "fold %zu", task->which + 1);
}

static void deal(struct work *w)
{
    const struct ml_training *t = w->training;
    uint32_t *label = ml_xcalloc(w->n, sizeof(*label));
    for (size_t i = 0; i < w->n; i++)
        label[i] = t->label[w->rows[i]];
    w->fold = ml_xcalloc(w->n, sizeof(*w->fold));
    ml_folds_by_class(w->fold, label, w->n, t->n_labels, w->options->n_folds, w->options->seed);
    if (w->options->share < TENTHS * PERCENT_OF_TENTH) {
        w->bucket = ml_xcalloc(w->n, sizeof(*w->bucket));
        ml_folds_by_class(w->bucket, label, w->n, t->n_labels, TENTHS,
                          ml_mix64(w->options->seed, 1));
    }
    free(label);
}

static const char *receive(void *to, const char *from, size_t bytes)
{
    if (bytes > 0)
        memcpy(to, from, bytes);
    return from + bytes;
}

/* Puts the scores that one child sent where their rows are. */
static const char *receive_scores(struct ml_crossval *c, size_t n_labels, const char *from)
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
        from = receive(&c->probability[place[i] * n_labels], from, n_labels * sizeof(double));
    free(place);
    return from;
}

static void receive_fold(struct ml_crossval *c, const struct work *w, size_t fold, const char *from)
{
    from = receive(&c->n_trained[fold], from, sizeof(c->n_trained[fold]));
    for (size_t i = 0; i < c->n_points; i++) {
        from = receive(&c->left_out[i * c->n_folds + fold], from, sizeof(*c->left_out));
        if (i == 0 && c->probability != NULL)
            from = receive_scores(c, w->training->n_labels, from);
        if (c->trained != NULL)
            from = receive(&c->trained[i * c->n_folds + fold], from, sizeof(*c->trained));
    }
}

static struct ml_crossval make_room(const struct work *w)
{
    const struct ml_crossval_options *o = w->options;
    struct ml_crossval c = {.n_folds = o->n_folds, .n_points = w->n_points};
    c.left_out = ml_xcalloc(c.n_points * c.n_folds, sizeof(*c.left_out));
    c.n_trained = ml_xcalloc(c.n_folds, sizeof(*c.n_trained));
    if (o->with_train)
        c.trained = ml_xcalloc(c.n_points * c.n_folds, sizeof(*c.trained));
    if (o->with_scores) {
        c.probability = ml_xcalloc(w->n * w->training->n_labels, sizeof(*c.probability));
        c.margin = ml_xcalloc(w->n, sizeof(*c.margin));
        c.scorable = ml_xcalloc(w->n, sizeof(*c.scorable));
    }
    return c;
}

static bool run(struct ml_crossval *out, struct work *w, const struct ml_talk *talk,
                struct ml_error *err)
{
    size_t k = w->options->n_folds;
    struct fold_task *fold = ml_xcalloc(k, sizeof(*fold));
    struct ml_child_task *task = ml_xcalloc(k, sizeof(*task));
    for (size_t f = 0; f < k; f++) {
        fold[f] = (struct fold_task){w, f};
        task[f].ctx = &fold[f];
    }
    bool ok = ml_child_run_all(task, k, w->options->jobs, run_fold, w->plan->learner->solver_name,
                               "cross-validating", talk, err);
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
    if (training->n_labels < 2)
        return ml_fail(err, ML_EUNSUPPORTED, "cross-validation needs a target with labels");
    if (options->n_folds < 2 || options->n_folds > ML_MAX_FOLDS)
        return ml_fail(err, ML_EINPUT, "the number of folds must be from 2 to %d",
                       (int)ML_MAX_FOLDS);
    if (n < options->n_folds)
        return ml_fail(err, ML_EINPUT, "%zu rows are too few for %zu folds", n, options->n_folds);
    struct work w = {plan, point, n_points, training, rows, n, options, NULL, NULL};
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
    free(c->probability);
    free(c->margin);
    free(c->scorable);
    *c = (struct ml_crossval){0};
}

#include "model/crossval_fold.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "model/model.h"

/* A part of the rows: numbers of data set rows, and places in the list that was given. */
struct part {
    size_t *row;
    size_t *place;
    size_t n;
};

/* One fold under way, in its child process: classes are numbered anew where some are absent. */
struct fold_run {
    const struct ml_crossval_work *work;
    struct part train;
    struct part left;
    size_t *class_of; /* n_present: the class each of the learner's numbers stands for */
    size_t n_present;
    uint32_t *label; /* train.n: the learner's numbers; NULL for values */
    double *target;  /* train.n; NULL for classes */
    double *class_weight;
    double *weight;
    struct ml_encoder *encoder;
    struct ml_csr x; /* training rows */
    struct ml_csr z; /* left-out rows */
};

static void part_add(struct part *p, const struct ml_crossval_work *w, size_t place)
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
    const struct ml_crossval_work *w = r->work;
    part_init(&r->train, w->n);
    part_init(&r->left, w->n);
    for (size_t i = 0; i < w->n; i++) {
        if (w->fold[i] == which)
            part_add(&r->left, w, i);
        else if (w->bucket == NULL || w->bucket[i] * ML_CROSSVAL_TENTH < w->options->share)
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

/* What is learnt: class numbers or values. */
static bool take_target(struct fold_run *r, struct ml_error *err)
{
    const struct ml_training *t = r->work->training;
    if (t->problem != ML_REGRESSION_PROBLEM)
        return number_classes(r, err);
    r->target = ml_xcalloc(r->train.n, sizeof(*r->target));
    for (size_t i = 0; i < r->train.n; i++)
        r->target[i] = t->target[r->train.row[i]];
    return true;
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
    double *score;   /* owned; n x n_scores, of the scorable rows */
    double *margin;  /* owned */
    uint32_t *label; /* owned; classes */
    double *truth;   /* owned; values */
    size_t *place;   /* owned */
    size_t n;
};

static void scores_release(struct scores *s)
{
    free(s->score);
    free(s->margin);
    free(s->label);
    free(s->truth);
    free(s->place);
}

static size_t width_of(const struct fold_run *r)
{
    return ml_n_scores(r->work->training->problem, r->work->training->n_labels);
}

/* The scores of one row and, where the learner's classes are a part of all, a place for each. */
static void score_row(struct scores *s, const struct fold_run *r, const void *predictor,
                      const struct ml_sparse *row, double *present)
{
    double *to = s->score + s->n * width_of(r);
    if (r->target != NULL) {
        r->work->plan->learner->predict(predictor, row, to, &s->margin[s->n]);
        return;
    }
    r->work->plan->learner->predict(predictor, row, present, &s->margin[s->n]);
    for (size_t k = 0; k < r->n_present; k++)
        to[r->class_of[k]] = present[k];
}

static void score(struct scores *out, const struct fold_run *r, const void *predictor,
                  const struct part *part, const struct ml_csr *x)
{
    const struct ml_training *t = r->work->training;
    struct scores s = {
        .score = ml_xcalloc(part->n * width_of(r), sizeof(double)),
        .margin = ml_xcalloc(part->n, sizeof(double)),
        .label = ml_xcalloc(part->n, sizeof(uint32_t)),
        .truth = ml_xcalloc(part->n, sizeof(double)),
        .place = ml_xcalloc(part->n, sizeof(size_t)),
    };
    double *present = ml_xcalloc(r->n_present, sizeof(*present));
    for (size_t i = 0; i < part->n; i++) {
        if (t->data.has_invalid[part->row[i]])
            continue;
        size_t start = x->start[i];
        struct ml_sparse row = {x->index + start, x->value + start, x->start[i + 1] - start, 0};
        score_row(&s, r, predictor, &row, present);
        if (r->target != NULL)
            s.truth[s.n] = t->target[part->row[i]];
        else
            s.label[s.n] = t->label[part->row[i]];
        s.place[s.n++] = part->place[i];
    }
    free(present);
    *out = s;
}

static void measure(struct ml_strbuf *out, const struct fold_run *r, const struct scores *s)
{
    struct ml_figures f;
    if (r->target != NULL)
        ml_figures_measure_values(&f, s->score, s->truth, s->n);
    else
        ml_figures_measure(&f, s->score, s->label, s->n, r->work->training->n_labels,
                           r->work->options->threshold);
    ml_strbuf_add(out, &f, sizeof(f));
}

static void send_scores(struct ml_strbuf *out, const struct scores *s, size_t width)
{
    ml_strbuf_add(out, &s->n, sizeof(s->n));
    ml_strbuf_add(out, s->place, s->n * sizeof(*s->place));
    ml_strbuf_add(out, s->margin, s->n * sizeof(*s->margin));
    ml_strbuf_add(out, s->score, s->n * width * sizeof(*s->score));
}

static void report(struct ml_strbuf *out, const struct fold_run *r, const void *predictor,
                   bool with_scores)
{
    struct scores s;
    score(&s, r, predictor, &r->left, &r->z);
    measure(out, r, &s);
    if (with_scores)
        send_scores(out, &s, width_of(r));
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
    struct ml_training_set set = {.x = &r->x,
                                  .label = r->label,
                                  .n_classes = r->n_present,
                                  .target = r->target,
                                  .weight = r->weight};
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
    free(r->target);
    free(r->class_weight);
    free(r->weight);
    ml_encoder_free(r->encoder);
    ml_csr_release(&r->x);
    ml_csr_release(&r->z);
}

bool ml_crossval_fold(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    const struct ml_crossval_task *task = ctx;
    struct fold_run r = {.work = task->work};
    struct ml_strbuf text = {0};
    take_rows(&r, task->which);
    ml_strbuf_add(out, &r.train.n, sizeof(r.train.n));
    bool ok = (r.train.n > 0 || ml_fail(err, ML_EINPUT, "no row is left to train on")) &&
              take_target(&r, err) && encode(&r, err);
    for (size_t i = 0; ok && i < task->work->n_points; i++)
        ok = run_point(out, &r, i, &text, err);
    ml_strbuf_release(&text);
    fold_run_release(&r);
    return ok || ml_fail_context(err, "fold %zu", task->which + 1);
}

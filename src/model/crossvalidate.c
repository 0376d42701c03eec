#include "ml/crossvalidate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "eval/moments.h"
#include "model/crossvalidate.h"
#include "model/prepare.h"

static const double curve_shares[] = {10.0, 20.0, 40.0, 70.0, 100.0};

static const double DEFAULT_THRESHOLD = 0.5; /* where the options leave it to us */

enum { N_SHARES = sizeof(curve_shares) / sizeof(curve_shares[0]) };

struct job {
    struct ml_crossvalidation *result;
    const struct ml_crossvalidate_options *options;
    double threshold;
};

static bool run_share(const struct job *job, const struct ml_prepared *p, double share,
                      struct ml_crossval *out, struct ml_error *err)
{
    const struct ml_training *t = p->training;
    struct ml_crossval_options o = ML_CROSSVAL_OPTIONS_INIT;
    o.n_folds = job->options->folds;
    o.seed = p->plan->options.seed;
    o.threshold = job->threshold;
    o.share = share;
    o.with_train = true;
    return ml_crossval_run(out, p->plan, &p->plan->options, 1, t, t->train_rows, t->n_train, &o,
                           p->talk, err);
}

static void spread_of(struct ml_spread *out, const struct ml_figures *f, size_t n)
{
    for (int m = 0; m < ML_N_METRICS; m++) {
        out->mean[m] = NAN;
        out->sd[m] = NAN;
        struct ml_moments moments = {0};
        for (size_t i = 0; i < n; i++) {
            double x = ml_figures_get(&f[i], (enum ml_metric)m);
            if (isfinite(x))
                ml_moments_add(&moments, x);
        }
        if (moments.n == 0)
            continue;
        out->mean[m] = moments.mean;
        out->sd[m] = moments.n > 1 ? sqrt(ml_moments_variance(&moments)) : NAN;
    }
}

static void add_point(struct ml_crossvalidation *r, const struct ml_crossval *c, double share)
{
    struct ml_curve_point *point = &r->curve[r->n_curve++];
    point->share = share;
    point->rows = 0.0;
    for (size_t f = 0; f < c->n_folds; f++)
        point->loss[f] = ml_figures_get(&c->left_out[f], ml_crossvalidation_loss(r));
    for (size_t f = 0; f < c->n_folds; f++)
        point->rows += (double)c->n_trained[f] / (double)c->n_folds;
    spread_of(&point->trained, c->trained, c->n_folds);
    spread_of(&point->left_out, c->left_out, c->n_folds);
}

/* Shares too small to learn from are no failure of the whole. */
static bool make_curve(const struct job *job, const struct ml_prepared *p, struct ml_error *err)
{
    struct ml_crossvalidation *r = job->result;
    r->curve = ml_xcalloc(N_SHARES, sizeof(*r->curve));
    for (size_t i = 0; i + 1 < N_SHARES; i++) {
        struct ml_crossval c = {0};
        if (run_share(job, p, curve_shares[i], &c, err)) {
            add_point(r, &c, curve_shares[i]);
            ml_crossval_release(&c);
            continue;
        }
        if (err->code != ML_EINPUT)
            return false;
        if (p->talk->note != NULL) {
            struct ml_strbuf line = {0};
            ml_strbuf_addf(&line, "%g %% of the rows are too few: %s", curve_shares[i], err->msg);
            p->talk->note(p->talk->ctx, line.bytes);
            ml_strbuf_release(&line);
        }
    }
    add_point(r, &r->crossval, 100.0);
    return true;
}

static bool use(void *ctx, const struct ml_prepared *p, struct ml_error *err)
{
    const struct job *job = ctx;
    struct ml_crossvalidation *r = job->result;
    r->n_rows = p->training->n_train;
    r->n_labels = p->training->n_labels;
    r->data = ml_xstrdup(p->model->provenance.data_path);
    r->algorithm = p->plan->learner->name;
    if (p->was_searched && p->talk->note != NULL)
        p->talk->note(p->talk->ctx, "note: the recipe was searched for on all of these rows, so "
                                    "the figures below have seen it and flatter a little");
    if (!run_share(job, p, 100.0, &r->crossval, err))
        return false;
    spread_of(&r->left_out, r->crossval.left_out, r->crossval.n_folds);
    spread_of(&r->trained, r->crossval.trained, r->crossval.n_folds);
    return !job->options->learning_curve || make_curve(job, p, err);
}

bool ml_crossvalidate(struct ml_crossvalidation **out, const char *data,
                      const struct ml_schema *schema, const struct ml_train_options *train,
                      const struct ml_crossvalidate_options *options, const struct ml_talk *talk,
                      struct ml_error *err)
{
    if (train->tune != NULL)
        return ml_fail(err, ML_EUNSUPPORTED,
                       "cross-validation does not tune: name C, or tune in training");
    struct ml_crossvalidation *r = ml_xcalloc(1, sizeof(*r));
    struct job job = {r, options, train->threshold >= 0.0 ? train->threshold : DEFAULT_THRESHOLD};
    if (!ml_prepare(data, schema, train, talk, use, &job, err)) {
        ml_crossvalidation_free(r);
        return false;
    }
    *out = r;
    return true;
}

void ml_crossvalidation_free(struct ml_crossvalidation *r)
{
    if (r == NULL)
        return;
    ml_crossval_release(&r->crossval);
    free(r->curve);
    free(r->data);
    free(r);
}

enum ml_metric ml_crossvalidation_loss(const struct ml_crossvalidation *r)
{
    return r->n_labels == 0 ? ML_METRIC_RMSE : ML_METRIC_LOG_LOSS;
}

double ml_curve_gain(const struct ml_crossvalidation *r, double *noise)
{
    const struct ml_curve_point *last = &r->curve[r->n_curve - 1];
    const struct ml_curve_point *before = last - 1;
    struct ml_moments gain = {0};
    for (size_t f = 0; f < r->crossval.n_folds; f++)
        ml_moments_add(&gain, before->loss[f] - last->loss[f]);
    *noise = 2.0 * sqrt(ml_moments_variance(&gain) / (double)r->crossval.n_folds);
    return gain.mean;
}

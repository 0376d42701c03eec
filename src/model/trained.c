#include "model/trained.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "model/figures.h"

static const double large_ratio = 1.2;
static const double errors_beyond_chance = 2;

static double root_mean_square(const struct ml_training *d, const double *score, size_t n,
                               size_t every)
{
    double mean = 0.0;
    for (size_t i = 0; i < n; i++) {
        double miss = score[i] - d->target[d->train_rows[i * every]];
        mean += (miss * miss - mean) / (double)(i + 1);
    }
    return sqrt(mean);
}

void ml_trained_measure(struct ml_trained *out, const struct ml_training *d, const double *score,
                        size_t every)
{
    size_t n = (d->n_train + every - 1) / every;
    *out = (struct ml_trained){n, NAN, NAN, NAN, NAN, NAN};
    if (d->target != NULL) {
        out->rmse = root_mean_square(d, score, n, every);
        return;
    }
    uint32_t *label = ml_xcalloc(n, sizeof(*label));
    for (size_t i = 0; i < n; i++)
        label[i] = d->label[d->train_rows[i * every]];
    struct ml_figures figures;
    ml_figures_measure(&figures, score, label, n, d->n_labels, 0.5);
    free(label);
    out->auc = figures.auc;
    out->log_loss = figures.log_loss;
    out->accuracy = figures.accuracy;
    out->macro_f1 = figures.f1;
}

void ml_trained_save(const struct ml_trained *t, enum ml_problem problem, struct ml_strbuf *buf)
{
    ml_json_key_count(buf, "rows", t->rows);
    if (problem == ML_REGRESSION_PROBLEM) {
        ml_json_key_number(buf, "rmse", t->rmse);
        return;
    }
    if (problem == ML_BINARY_PROBLEM)
        ml_json_key_number(buf, "auc", t->auc);
    ml_json_key_number(buf, "log_loss", t->log_loss);
    if (problem == ML_MULTICLASS_PROBLEM) {
        ml_json_key_number(buf, "accuracy", t->accuracy);
        ml_json_key_number(buf, "macro_f1", t->macro_f1);
    }
}

bool ml_trained_load(struct ml_trained *out, enum ml_problem problem, const struct ml_json *object)
{
    struct ml_trained t = {
        .auc = ml_json_number(ml_json_get(object, "auc")),
        .log_loss = ml_json_number(ml_json_get(object, "log_loss")),
        .accuracy = ml_json_number(ml_json_get(object, "accuracy")),
        .macro_f1 = ml_json_number(ml_json_get(object, "macro_f1")),
        .rmse = ml_json_number(ml_json_get(object, "rmse")),
    };
    double rows = ml_json_number(ml_json_get(object, "rows"));
    double loss = problem == ML_REGRESSION_PROBLEM ? t.rmse : t.log_loss;
    if (!(rows >= 1.0 && rows <= 0x1p53) || rows != floor(rows) || !(loss >= 0.0))
        return false;
    t.rows = (size_t)rows;
    *out = t;
    return true;
}

bool ml_trained_is_far(const struct ml_trained *t, enum ml_problem problem,
                       const struct ml_moments *loss)
{
    bool is_value = problem == ML_REGRESSION_PROBLEM;
    double then = is_value ? t->rmse * t->rmse : t->log_loss;
    double ratio = is_value ? large_ratio * large_ratio : large_ratio;
    double error = sqrt(ml_moments_variance(loss) / (double)loss->n);
    return loss->mean > ratio * then && loss->mean - then > errors_beyond_chance * error;
}

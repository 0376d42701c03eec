#include "model/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "eval/auc.h"
#include "eval/multiclass.h"
#include "eval/prob.h"
#include "eval/regression.h"

/* What a metric is of: two classes, any number of them, values. */
enum { OF_TWO, OF_CLASSES, OF_VALUES };

static const struct {
    const char *name;
    bool is_loss;
    int of;
} metrics[ML_N_METRICS] = {
    [ML_METRIC_AUC] = {"auc", false, OF_TWO},
    [ML_METRIC_LOG_LOSS] = {"logloss", true, OF_CLASSES},
    [ML_METRIC_BRIER] = {"brier", true, OF_TWO},
    [ML_METRIC_ACCURACY] = {"accuracy", false, OF_CLASSES},
    [ML_METRIC_F1] = {"f1", false, OF_CLASSES},
    [ML_METRIC_RMSE] = {"rmse", true, OF_VALUES},
    [ML_METRIC_MAE] = {"mae", true, OF_VALUES},
    [ML_METRIC_R2] = {"r2", false, OF_VALUES},
};

static struct ml_figures undefined(size_t n)
{
    return (struct ml_figures){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, n};
}

static void measure_binary(struct ml_figures *f, const double *probability, const uint32_t *label,
                           size_t n, double threshold)
{
    double *score = ml_xcalloc(n, sizeof(*score));
    uint8_t *truth = ml_xcalloc(n, sizeof(*truth));
    struct ml_confusion confusion = {0};
    f->log_loss = 0.0;
    f->brier = 0.0;
    for (size_t i = 0; i < n; i++) {
        score[i] = probability[2 * i + 1];
        truth[i] = (uint8_t)label[i];
        double miss = score[i] - (double)truth[i];
        f->log_loss += ml_prob_log_loss(truth[i] ? score[i] : 1.0 - score[i]) / (double)n;
        f->brier += miss * miss / (double)n;
        confusion.counts[truth[i]][score[i] > threshold]++;
    }
    struct ml_binary_rates rates;
    ml_binary_rates_measure(&rates, &confusion);
    f->accuracy = rates.accuracy;
    f->f1 = rates.f1;
    struct ml_error one_class;
    if (!ml_auc(&f->auc, score, truth, n, &one_class))
        f->auc = NAN;
    free(score);
    free(truth);
}

static size_t largest(const double *x, size_t n)
{
    size_t best = 0;
    for (size_t k = 1; k < n; k++)
        best = x[k] > x[best] ? k : best;
    return best;
}

/* The mean over classes that occur among the rows or the answers, as in eval/multiclass.h. */
static double macro_f1(const size_t *hits, const size_t *predicted, const size_t *actual,
                       size_t n_labels)
{
    double sum = 0.0;
    double n = 0.0;
    for (size_t k = 0; k < n_labels; k++) {
        struct ml_prf prf;
        ml_prf_measure(&prf, hits[k], predicted[k], actual[k]);
        sum += prf.f1;
        n += predicted[k] + actual[k] > 0;
    }
    return sum / n;
}

static void measure_classes(struct ml_figures *f, const double *probability, const uint32_t *label,
                            size_t n, size_t n_labels)
{
    size_t *counts = ml_xcalloc(3 * n_labels, sizeof(*counts));
    size_t *hits = counts;
    size_t *predicted = counts + n_labels;
    size_t *actual = counts + 2 * n_labels;
    f->log_loss = 0.0;
    f->accuracy = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double *p = probability + i * n_labels;
        size_t answer = largest(p, n_labels);
        f->log_loss += ml_prob_log_loss(p[label[i]]) / (double)n;
        f->accuracy += (answer == label[i]) / (double)n;
        hits[label[i]] += answer == label[i];
        predicted[answer]++;
        actual[label[i]]++;
    }
    f->f1 = macro_f1(hits, predicted, actual, n_labels);
    free(counts);
}

void ml_figures_measure(struct ml_figures *out, const double *probability, const uint32_t *label,
                        size_t n, size_t n_labels, double threshold)
{
    struct ml_figures f = undefined(n);
    if (n > 0 && n_labels == 2)
        measure_binary(&f, probability, label, n, threshold);
    else if (n > 0)
        measure_classes(&f, probability, label, n, n_labels);
    *out = f;
}

void ml_figures_measure_values(struct ml_figures *out, const double *prediction,
                               const double *truth, size_t n)
{
    struct ml_figures f = undefined(n);
    struct ml_regression_eval eval;
    struct ml_error none_or_too_large;
    if (ml_regression_evaluate(&eval, prediction, truth, n, 0.0, &none_or_too_large)) {
        f.rmse = eval.figures.rmse;
        f.mae = eval.figures.mae;
        f.r2 = eval.figures.r2;
    }
    *out = f;
}

double ml_figures_get(const struct ml_figures *f, enum ml_metric metric)
{
    switch (metric) {
    case ML_METRIC_AUC:
        return f->auc;
    case ML_METRIC_LOG_LOSS:
        return f->log_loss;
    case ML_METRIC_BRIER:
        return f->brier;
    case ML_METRIC_ACCURACY:
        return f->accuracy;
    case ML_METRIC_F1:
        return f->f1;
    case ML_METRIC_RMSE:
        return f->rmse;
    case ML_METRIC_MAE:
        return f->mae;
    case ML_METRIC_R2:
        return f->r2;
    case ML_N_METRICS:
        break;
    }
    return NAN;
}

bool ml_metric_find(enum ml_metric *out, const char *name)
{
    for (int i = 0; i < ML_N_METRICS; i++) {
        if (strcmp(metrics[i].name, name) == 0) {
            *out = (enum ml_metric)i;
            return true;
        }
    }
    return false;
}

const char *ml_metric_name(enum ml_metric metric)
{
    return metrics[metric].name;
}

bool ml_metric_suits(enum ml_metric metric, size_t n_labels)
{
    switch (metrics[metric].of) {
    case OF_TWO:
        return n_labels == 2;
    case OF_CLASSES:
        return n_labels >= 2;
    default:
        return n_labels == 0;
    }
}

const char *ml_metric_names(size_t n_labels)
{
    return n_labels == 0   ? "rmse, mae, r2"
           : n_labels == 2 ? "auc, logloss, brier, accuracy, f1"
                           : "logloss, accuracy, f1";
}

bool ml_metric_is_loss(enum ml_metric metric)
{
    return metrics[metric].is_loss;
}

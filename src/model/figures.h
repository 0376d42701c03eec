/* The few figures by which fits are compared: of scored rows, all of them at once. */
#ifndef ML_MODEL_FIGURES_H
#define ML_MODEL_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * NaN where undefined: auc and brier are of binary problems, auc needs rows of both classes; rmse,
 * mae and r2 are of values, the others of classes.
 */
struct ml_figures {
    double auc;
    double log_loss;
    double brier;
    double accuracy;
    double f1; /* binary: of label 1 at the threshold; else macro-F1 */
    double rmse;
    double mae;
    double r2; /* eval/regression.h */
    size_t n_rows;
};

enum ml_metric {
    ML_METRIC_AUC,
    ML_METRIC_LOG_LOSS,
    ML_METRIC_BRIER,
    ML_METRIC_ACCURACY,
    ML_METRIC_F1,
    ML_METRIC_RMSE,
    ML_METRIC_MAE,
    ML_METRIC_R2,
    ML_N_METRICS,
};

/*
 *   probability  n x n_labels, row-major, as ml_fit_score gives them
 *   label        n class numbers
 *   threshold    binary: probability[1] above it is an answer of 1
 * All undefined when n is 0. O(n log n).
 */
void ml_figures_measure(struct ml_figures *out, const double *probability, const uint32_t *label,
                        size_t n, size_t n_labels, double threshold);

/*
 * The same of values: n predictions and truths, finite. All undefined when n is 0 or a number is
 * past ML_REGRESSION_LARGEST.
 */
void ml_figures_measure_values(struct ml_figures *out, const double *prediction,
                               const double *truth, size_t n);

double ml_figures_get(const struct ml_figures *figures, enum ml_metric metric);
/* "auc", "logloss", "brier", "accuracy", "f1", "rmse", "mae", "r2"; false for another name. */
bool ml_metric_find(enum ml_metric *out, const char *name);
const char *ml_metric_name(enum ml_metric metric);
/* Whether it can be measured: n_labels is 0 for values. */
bool ml_metric_suits(enum ml_metric metric, size_t n_labels);
/* The metrics that suit, for messages: "logloss, accuracy, f1". */
const char *ml_metric_names(size_t n_labels);
/* Whether a smaller figure is the better one. */
bool ml_metric_is_loss(enum ml_metric metric);

#endif

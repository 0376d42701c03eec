#include "eval/report_json.h"

#include "base/json.h"

static void open_key(struct ml_strbuf *buf, const char *name, char bracket)
{
    ml_json_add_key(buf, name);
    ml_strbuf_addc(buf, bracket);
}

static void open_item(struct ml_strbuf *buf, char bracket)
{
    ml_json_add_comma(buf);
    ml_strbuf_addc(buf, bracket);
}

static void add_labels(struct ml_strbuf *buf, const char *const *labels, size_t n)
{
    open_key(buf, "labels", '[');
    for (size_t i = 0; i < n; i++) {
        ml_json_add_comma(buf);
        ml_json_adds(buf, labels[i]);
    }
    ml_strbuf_addc(buf, ']');
}

/* "counts": n_rows arrays of n_columns counts each. */
static void add_count_rows(struct ml_strbuf *buf, const size_t *counts, size_t n_rows,
                           size_t n_columns)
{
    open_key(buf, "counts", '[');
    for (size_t r = 0; r < n_rows; r++) {
        open_item(buf, '[');
        for (size_t c = 0; c < n_columns; c++) {
            ml_json_add_comma(buf);
            ml_strbuf_add_u64(buf, counts[r * n_columns + c]);
        }
        ml_strbuf_addc(buf, ']');
    }
    ml_strbuf_addc(buf, ']');
}

static void add_matrix(struct ml_strbuf *buf, const char *const *labels, const size_t *counts,
                       size_t n)
{
    open_key(buf, "confusion_matrix", '{');
    add_labels(buf, labels, n);
    add_count_rows(buf, counts, n, n);
    ml_strbuf_addc(buf, '}');
}

static void add_rates(struct ml_strbuf *buf, const struct ml_binary_rates *rates)
{
    ml_json_key_number(buf, "accuracy", rates->accuracy);
    ml_json_key_number(buf, "precision", rates->precision);
    ml_json_key_number(buf, "recall", rates->recall);
    ml_json_key_number(buf, "f1", rates->f1);
    ml_json_key_number(buf, "fpr", rates->fpr);
    ml_json_key_number(buf, "predicted_positive_rate", rates->predicted_positive_rate);
}

static void add_binary_baseline(struct ml_strbuf *buf, const struct ml_binary_eval *eval)
{
    const struct ml_binary_baseline *base = &eval->baseline;
    open_key(buf, "baseline", '{');
    ml_json_key_string(buf, "label", eval->labels[base->answer]);
    ml_json_key_number(buf, "auc", base->auc);
    ml_json_key_number(buf, "log_loss", base->log_loss);
    ml_json_key_number(buf, "brier", base->brier);
    ml_json_key_number(buf, "average_precision", base->average_precision);
    add_rates(buf, &base->rates);
    ml_strbuf_addc(buf, '}');
}

static void add_cost(struct ml_strbuf *buf, const struct ml_cost *cost)
{
    open_key(buf, "cost", '{');
    ml_json_key_number(buf, "fp", cost->fp);
    ml_json_key_number(buf, "fn", cost->fn);
    ml_json_key_number(buf, "total", cost->chosen.total);
    ml_json_key_number(buf, "per_row", cost->chosen.per_row);
    ml_json_key_number(buf, "always_negative", cost->always_negative.total);
    ml_json_key_number(buf, "always_positive", cost->always_positive.total);
    ml_json_key_number(buf, "theoretical_threshold", cost->theoretical.threshold);
    ml_json_key_number(buf, "theoretical_total", cost->theoretical.total);
    ml_json_key_number(buf, "least_threshold", cost->least.threshold);
    ml_json_key_number(buf, "least_total", cost->least.total);
    ml_strbuf_addc(buf, '}');
}

void ml_report_json_binary_summary(struct ml_strbuf *buf, const struct ml_binary_eval *eval)
{
    ml_json_key_number(buf, "auc", eval->auc);
    ml_json_key_numbers(buf, "auc_ci", eval->auc_ci, 2);
    ml_json_key_number(buf, "log_loss", eval->log_loss);
    ml_json_key_number(buf, "brier", eval->brier);
    ml_json_key_number(buf, "threshold", eval->threshold);
    add_rates(buf, &eval->rates);
    add_matrix(buf, eval->labels, &eval->confusion.counts[0][0], 2);
    add_binary_baseline(buf, eval);
    ml_json_key_count(buf, "rows", eval->rows);
    ml_json_key_count(buf, "positives", eval->positives);
    ml_json_key_number(buf, "average_precision", eval->average_precision);
    ml_json_key_number(buf, "ece", eval->calibration.ece);
    if (eval->has_cost)
        add_cost(buf, &eval->cost);
}

static void add_roc(struct ml_strbuf *buf, const struct ml_curve *curve)
{
    open_key(buf, "roc", '[');
    for (size_t i = 0; i < curve->count; i++) {
        open_item(buf, '{');
        ml_json_key_number(buf, "threshold", curve->points[i].threshold);
        ml_json_key_number(buf, "fpr", curve->points[i].fpr);
        ml_json_key_number(buf, "tpr", curve->points[i].recall);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

static void add_pr(struct ml_strbuf *buf, const struct ml_curve *curve)
{
    open_key(buf, "pr", '[');
    for (size_t i = 0; i < curve->count; i++) {
        open_item(buf, '{');
        ml_json_key_number(buf, "threshold", curve->points[i].threshold);
        ml_json_key_number(buf, "recall", curve->points[i].recall);
        ml_json_key_number(buf, "precision", curve->points[i].precision);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

static void add_calibration(struct ml_strbuf *buf, const struct ml_calibration *calibration)
{
    open_key(buf, "score_histogram", '{');
    ml_json_key_number(buf, "low", 0);
    ml_json_key_number(buf, "high", 1);
    ml_json_key_count(buf, "bins", ML_HISTOGRAM_BINS);
    add_count_rows(buf, &calibration->histogram[0][0], 2, ML_HISTOGRAM_BINS);
    ml_strbuf_addc(buf, '}');

    open_key(buf, "reliability", '[');
    for (size_t b = 0; b < ML_RELIABILITY_BINS; b++) {
        const struct ml_reliability_bin *bin = &calibration->reliability[b];
        open_item(buf, '{');
        ml_json_key_number(buf, "low", bin->low);
        ml_json_key_number(buf, "high", bin->high);
        ml_json_key_count(buf, "rows", bin->rows);
        ml_json_key_number(buf, "mean_score", bin->mean_score);
        ml_json_key_number(buf, "observed_rate", bin->observed_rate);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

void ml_report_json_binary(struct ml_strbuf *buf, const struct ml_binary_eval *eval)
{
    ml_report_json_binary_summary(buf, eval);
    add_roc(buf, &eval->curve);
    add_pr(buf, &eval->curve);
    add_calibration(buf, &eval->calibration);
}

static void add_classes(struct ml_strbuf *buf, const struct ml_multiclass_eval *eval)
{
    open_key(buf, "classes", '[');
    for (size_t c = 0; c < eval->n_classes; c++) {
        const struct ml_class_eval *class = &eval->classes[c];
        open_item(buf, '{');
        ml_json_key_string(buf, "label", eval->labels[c]);
        ml_json_key_number(buf, "precision", class->rates.precision);
        ml_json_key_number(buf, "recall", class->rates.recall);
        ml_json_key_number(buf, "f1", class->rates.f1);
        ml_json_key_number(buf, "auc", class->auc);
        ml_json_key_count(buf, "support", class->support);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

void ml_report_json_multiclass(struct ml_strbuf *buf, const struct ml_multiclass_eval *eval)
{
    ml_json_key_count(buf, "rows", eval->rows);
    ml_json_key_number(buf, "accuracy", eval->accuracy);
    ml_json_key_number(buf, "log_loss", eval->log_loss);
    ml_json_key_number(buf, "macro_f1", eval->macro_f1);
    add_matrix(buf, eval->labels, eval->counts, eval->n_classes);
    add_classes(buf, eval);
    open_key(buf, "baseline", '{');
    ml_json_key_string(buf, "label", eval->labels[eval->baseline.answer]);
    ml_json_key_number(buf, "accuracy", eval->baseline.accuracy);
    ml_json_key_number(buf, "log_loss", eval->baseline.log_loss);
    ml_json_key_number(buf, "macro_f1", eval->baseline.macro_f1);
    ml_strbuf_addc(buf, '}');
}

static void add_regression_figures(struct ml_strbuf *buf,
                                   const struct ml_regression_figures *figures)
{
    ml_json_key_number(buf, "rmse", figures->rmse);
    ml_json_key_number(buf, "mae", figures->mae);
    ml_json_key_number(buf, "r2", figures->r2);
}

void ml_report_json_regression_summary(struct ml_strbuf *buf, const struct ml_regression_eval *eval)
{
    ml_json_key_count(buf, "rows", eval->rows);
    add_regression_figures(buf, &eval->figures);
    ml_json_key_number(buf, "mean_residual", eval->mean_residual);
    ml_json_key_number(buf, "median_absolute_error", eval->median_absolute_error);
    open_key(buf, "residual_quantiles", '[');
    for (size_t q = 0; q < ML_RESIDUAL_QUANTILES; q++) {
        open_item(buf, '{');
        ml_json_key_number(buf, "share", ml_residual_shares[q]);
        ml_json_key_number(buf, "value", eval->residual_quantiles[q]);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
    open_key(buf, "baseline", '{');
    ml_json_key_number(buf, "prediction", eval->baseline.prediction);
    add_regression_figures(buf, &eval->baseline.figures);
    ml_strbuf_addc(buf, '}');
}

void ml_report_json_regression(struct ml_strbuf *buf, const struct ml_regression_eval *eval)
{
    const struct ml_residual_histogram *histogram = &eval->histogram;
    ml_report_json_regression_summary(buf, eval);
    open_key(buf, "residual_histogram", '{');
    ml_json_key_number(buf, "low", histogram->edges[0]);
    ml_json_key_number(buf, "high", histogram->edges[ML_RESIDUAL_BINS]);
    ml_json_key_count(buf, "bins", ML_RESIDUAL_BINS);
    ml_json_key_counts(buf, "counts", histogram->counts, ML_RESIDUAL_BINS);
    ml_strbuf_addc(buf, '}');
}

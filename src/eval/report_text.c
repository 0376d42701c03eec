#include "eval/report_text.h"

#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "eval/text_bars.h"
#include "eval/text_cell.h"
#include "eval/text_matrix.h"

enum {
    NAME_WIDTH = 24,
    FIGURE_WIDTH = 10,
    COST_WIDTH = 46, /* "least on these rows", a blank and the longest threshold */
    AMOUNT_WIDTH = 17,
    CLASS_WIDTH = 30,
    LABEL_WIDTH = 20,   /* of a label inside a line of text */
    AMOUNT6_WIDTH = 14, /* "-1.23457e+150" and a blank */
};

static void add_label(struct ml_strbuf *buf, const char *label)
{
    ml_strbuf_addc(buf, '\'');
    ml_text_add(buf, label, LABEL_WIDTH);
    ml_strbuf_addc(buf, '\'');
}

static void add_headings(struct ml_strbuf *buf)
{
    ml_strbuf_addf(buf, "%*s%*s\n", NAME_WIDTH + FIGURE_WIDTH, "model", FIGURE_WIDTH + 2,
                   "baseline");
}

/* One figure and its baseline (NaN: none), without the line's end. */
static void add_figure(struct ml_strbuf *buf, const char *name, double figure, double baseline)
{
    ml_strbuf_addf(buf, "%-*s%*.4f", NAME_WIDTH, name, FIGURE_WIDTH, figure);
    if (!isnan(baseline))
        ml_strbuf_addf(buf, "%*.4f", FIGURE_WIDTH + 2, baseline);
}

static void add_figure_line(struct ml_strbuf *buf, const char *name, double figure, double baseline)
{
    add_figure(buf, name, figure, baseline);
    ml_strbuf_addc(buf, '\n');
}

static void add_figures(struct ml_strbuf *buf, const struct ml_binary_eval *eval)
{
    const struct ml_binary_baseline *base = &eval->baseline;
    add_headings(buf);
    add_figure(buf, "auc", eval->auc, base->auc);
    ml_strbuf_addf(buf, "   95 %% CI %.4f to %.4f\n", eval->auc_ci[0], eval->auc_ci[1]);
    add_figure(buf, "log-loss", eval->log_loss, base->log_loss);
    ml_strbuf_adds(buf, "   lower is better\n");
    add_figure(buf, "brier score", eval->brier, base->brier);
    ml_strbuf_adds(buf, "   lower is better\n");
    add_figure_line(buf, "average precision", eval->average_precision, base->average_precision);
    add_figure_line(buf, "calibration error (ece)", eval->calibration.ece, NAN);
}

static void add_threshold_figures(struct ml_strbuf *buf, const struct ml_binary_eval *eval)
{
    const struct ml_binary_rates *rates = &eval->rates;
    const struct ml_binary_rates *base = &eval->baseline.rates;
    ml_strbuf_adds(buf, "\nabove threshold ");
    ml_strbuf_add_double(buf, eval->threshold);
    ml_strbuf_adds(buf, ": ");
    add_label(buf, eval->labels[1]);
    ml_strbuf_addc(buf, '\n');
    add_headings(buf);
    add_figure(buf, "accuracy", rates->accuracy, base->accuracy);
    ml_strbuf_adds(buf, "   always ");
    add_label(buf, eval->labels[eval->baseline.answer]);
    ml_strbuf_addc(buf, '\n');
    add_figure_line(buf, "precision", rates->precision, base->precision);
    add_figure_line(buf, "recall", rates->recall, base->recall);
    add_figure_line(buf, "f1", rates->f1, base->f1);
    add_figure_line(buf, "false positive rate", rates->fpr, base->fpr);
    add_figure_line(buf, "predicted positive", rates->predicted_positive_rate,
                    base->predicted_positive_rate);
}

static void add_matrix(struct ml_strbuf *buf, const struct ml_text_matrix *matrix)
{
    ml_strbuf_adds(buf, "\nconfusion matrix: rows true, columns predicted, shares in %\n");
    ml_text_matrix_add(buf, matrix);
}

static void add_amount(struct ml_strbuf *buf, double amount)
{
    ml_strbuf_addf(buf, fabs(amount) < 1e9 ? "%*.4f" : "%*.4e", AMOUNT_WIDTH, amount);
}

/* A threshold of NaN is not shown and leaves its columns to the name. */
static void add_cost_line(struct ml_strbuf *buf, const char *name, double threshold,
                          const struct ml_cost_point *point)
{
    char number[ML_NUMBER_BYTES] = "";
    size_t used = isnan(threshold) ? 0 : ml_number_format(number, threshold);
    ml_text_add_left(buf, name, COST_WIDTH - used);
    ml_strbuf_adds(buf, number);
    add_amount(buf, point->total);
    add_amount(buf, point->per_row);
    ml_strbuf_addc(buf, '\n');
}

static void add_constant_cost(struct ml_strbuf *buf, const char *label,
                              const struct ml_cost_point *point)
{
    struct ml_strbuf name = {0};
    ml_strbuf_adds(&name, "always ");
    add_label(&name, label);
    add_cost_line(buf, name.bytes, NAN, point);
    ml_strbuf_release(&name);
}

static void add_costs(struct ml_strbuf *buf, const struct ml_binary_eval *eval)
{
    const struct ml_cost *cost = &eval->cost;
    ml_strbuf_addf(buf, "\ncost of a false positive (fp) %.6g, of a false negative (fn) %.6g\n",
                   cost->fp, cost->fn);
    ml_strbuf_addf(buf, "%*s%*s%*s\n", COST_WIDTH, "threshold", AMOUNT_WIDTH, "total", AMOUNT_WIDTH,
                   "per row");
    add_cost_line(buf, "this threshold", cost->chosen.threshold, &cost->chosen);
    add_cost_line(buf, "fp / (fp + fn)", cost->theoretical.threshold, &cost->theoretical);
    add_cost_line(buf, "least on these rows", cost->least.threshold, &cost->least);
    add_constant_cost(buf, eval->labels[0], &cost->always_negative);
    add_constant_cost(buf, eval->labels[1], &cost->always_positive);
}

void ml_report_text_binary(struct ml_strbuf *buf, const struct ml_binary_eval *eval)
{
    static const size_t order[2] = {0, 1};
    ml_strbuf_addf(buf, "%-*s%*zu\n", NAME_WIDTH, "rows", FIGURE_WIDTH, eval->rows);
    ml_strbuf_addf(buf, "%-*s%*zu   ", NAME_WIDTH, "positive rows", FIGURE_WIDTH, eval->positives);
    add_label(buf, eval->labels[1]);
    ml_strbuf_adds(buf, "\n\n");
    add_figures(buf, eval);
    add_threshold_figures(buf, eval);
    add_matrix(buf, &(struct ml_text_matrix){
                        .n_classes = 2,
                        .labels = eval->labels,
                        .counts = &eval->confusion.counts[0][0],
                        .order = order,
                    });
    if (eval->has_cost)
        add_costs(buf, eval);
}

static void add_class_lines(struct ml_strbuf *buf, const struct ml_multiclass_eval *eval,
                            const size_t *order)
{
    ml_strbuf_addf(buf, "\n%-*s%*s%*s%*s%*s%*s\n", CLASS_WIDTH, "class", FIGURE_WIDTH, "precision",
                   FIGURE_WIDTH, "recall", FIGURE_WIDTH, "f1", FIGURE_WIDTH, "auc", FIGURE_WIDTH,
                   "support");
    for (size_t i = 0; i < eval->n_classes; i++) {
        const struct ml_class_eval *class = &eval->classes[order[i]];
        ml_text_add_left(buf, eval->labels[order[i]], CLASS_WIDTH);
        ml_strbuf_addf(buf, "%*.4f%*.4f%*.4f", FIGURE_WIDTH, class->rates.precision, FIGURE_WIDTH,
                       class->rates.recall, FIGURE_WIDTH, class->rates.f1);
        if (isnan(class->auc))
            ml_strbuf_addf(buf, "%*s", FIGURE_WIDTH, "-");
        else
            ml_strbuf_addf(buf, "%*.4f", FIGURE_WIDTH, class->auc);
        ml_strbuf_addf(buf, "%*zu\n", FIGURE_WIDTH, class->support);
    }
}

void ml_report_text_multiclass(struct ml_strbuf *buf, const struct ml_multiclass_eval *eval)
{
    const struct ml_multiclass_baseline *base = &eval->baseline;
    ml_strbuf_addf(buf, "%-*s%*zu\n\n", NAME_WIDTH, "rows", FIGURE_WIDTH, eval->rows);
    add_headings(buf);
    add_figure(buf, "accuracy", eval->accuracy, base->accuracy);
    ml_strbuf_adds(buf, "   always ");
    add_label(buf, eval->labels[base->answer]);
    ml_strbuf_addc(buf, '\n');
    add_figure_line(buf, "macro f1", eval->macro_f1, base->macro_f1);
    add_figure(buf, "log-loss", eval->log_loss, base->log_loss);
    ml_strbuf_adds(buf, "   lower is better\n");
    size_t *order = ml_multiclass_by_support(eval);
    add_matrix(buf, &(struct ml_text_matrix){
                        .n_classes = eval->n_classes,
                        .labels = eval->labels,
                        .counts = eval->counts,
                        .order = order,
                    });
    add_class_lines(buf, eval, order);
    free(order);
}

/* In the target's unit, which may be anything: six digits instead of four decimals. */
static void add_target_figure(struct ml_strbuf *buf, const char *name, double figure,
                              double baseline, const char *note)
{
    ml_strbuf_addf(buf, "%-*s%*.6g", NAME_WIDTH, name, AMOUNT6_WIDTH, figure);
    if (!isnan(baseline))
        ml_strbuf_addf(buf, "%*.6g", AMOUNT6_WIDTH, baseline);
    ml_strbuf_addf(buf, "%s\n", note);
}

/* A share, so four decimals, but without a lower bound. NaN: a single row has none. */
static void add_r2(struct ml_strbuf *buf, double r2)
{
    if (isnan(r2))
        ml_strbuf_addf(buf, "%*s", AMOUNT6_WIDTH, "-");
    else
        ml_strbuf_addf(buf, r2 > -1e4 ? "%*.4f" : "%*.4g", AMOUNT6_WIDTH, r2);
}

static void add_residual_quantiles(struct ml_strbuf *buf, const struct ml_regression_eval *eval)
{
    ml_strbuf_adds(buf,
                   "\nresidual: truth - prediction, positive where the prediction is too low\n");
    ml_strbuf_adds(buf, "below it, % of rows");
    for (size_t q = 0; q < ML_RESIDUAL_QUANTILES; q++)
        ml_strbuf_addf(buf, "%*.0f", q == 0 ? 9 : 13, 100 * ml_residual_shares[q]);
    ml_strbuf_adds(buf, "\nresidual       ");
    for (size_t q = 0; q < ML_RESIDUAL_QUANTILES; q++)
        ml_strbuf_addf(buf, "%13.5g", eval->residual_quantiles[q]);
    ml_strbuf_addc(buf, '\n');
}

static void add_residual_bars(struct ml_strbuf *buf, const struct ml_residual_histogram *histogram)
{
    struct ml_strbuf labels[ML_RESIDUAL_BINS] = {{0}};
    const char *texts[ML_RESIDUAL_BINS];
    for (size_t i = 0; i < ML_RESIDUAL_BINS; i++) {
        ml_strbuf_add_double(&labels[i], histogram->edges[i]);
        ml_strbuf_adds(&labels[i], " to ");
        ml_strbuf_add_double(&labels[i], histogram->edges[i + 1]);
        texts[i] = labels[i].bytes;
    }
    ml_strbuf_adds(buf, "\nrows by residual\n");
    ml_text_bars_add(buf, texts, histogram->counts, ML_RESIDUAL_BINS);
    for (size_t i = 0; i < ML_RESIDUAL_BINS; i++)
        ml_strbuf_release(&labels[i]);
}

void ml_report_text_regression(struct ml_strbuf *buf, const struct ml_regression_eval *eval)
{
    const struct ml_regression_figures *base = &eval->baseline.figures;
    ml_strbuf_addf(buf, "%-*s%*zu\n\n", NAME_WIDTH, "rows", AMOUNT6_WIDTH, eval->rows);
    ml_strbuf_addf(buf, "%*s%*s\n", NAME_WIDTH + AMOUNT6_WIDTH, "model", AMOUNT6_WIDTH, "baseline");
    ml_strbuf_addf(buf, "%-*s%*s%*.6g   always\n", NAME_WIDTH, "prediction", AMOUNT6_WIDTH, "",
                   AMOUNT6_WIDTH, eval->baseline.prediction);
    add_target_figure(buf, "rmse", eval->figures.rmse, base->rmse, "   lower is better");
    add_target_figure(buf, "mean absolute error", eval->figures.mae, base->mae,
                      "   lower is better");
    add_target_figure(buf, "median absolute error", eval->median_absolute_error, NAN, "");
    add_target_figure(buf, "mean residual", eval->mean_residual, NAN, "");
    ml_strbuf_addf(buf, "%-*s", NAME_WIDTH, "r2");
    add_r2(buf, eval->figures.r2);
    add_r2(buf, base->r2);
    ml_strbuf_adds(buf, "   1 is best, 0 no skill\n");
    add_residual_quantiles(buf, eval);
    add_residual_bars(buf, &eval->histogram);
}

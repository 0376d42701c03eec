/*
 * Evaluations as JSON, for programs. Each function appends the members of an object without its
 * braces, so that the caller can put members of its own before and after:
 *
 *     ml_strbuf_adds(&text, "{");
 *     ml_json_key_string(&text, "model", "banking@3");
 *     ml_report_json_binary(&text, &eval);
 *     ml_strbuf_adds(&text, "}");
 *
 * Numbers are the shortest decimals that read back to the same double; NaN and infinities are null.
 * Labels are strings; bytes that are no UTF-8 become U+FFFD. Shares and rates are 0..1.
 */
#ifndef ML_EVAL_REPORT_JSON_H
#define ML_EVAL_REPORT_JSON_H

#include "base/strbuf.h"
#include "eval/binary.h"
#include "eval/multiclass.h"
#include "eval/regression.h"

/*
 * The figures:
 *   auc, auc_ci [low, high], log_loss, brier, threshold, accuracy, precision, recall, f1, fpr,
 *   predicted_positive_rate
 *   confusion_matrix  {labels [negative, positive], counts [[tn, fp], [fn, tp]]}
 *   baseline          {label, auc, log_loss, brier, average_precision, accuracy, precision, recall,
 *                     f1, fpr, predicted_positive_rate}; label is the constant answer
 *   rows, positives, average_precision, ece
 *   cost              only when costs were given: {fp, fn, total, per_row, always_negative,
 *                     always_positive, theoretical_threshold, theoretical_total, least_threshold,
 *                     least_total}
 */
void ml_report_json_binary_summary(struct ml_strbuf *buf, const struct ml_binary_eval *eval);

/*
 * The same, followed by what a plot is drawn from (its size grows with the rows):
 *   roc               [{threshold, fpr, tpr}, …] from (0,0) to (1,1); threshold null: eval/curve.h
 *   pr                [{threshold, recall, precision}, …] at the same thresholds
 *   score_histogram   {low 0, high 1, bins 100, counts [[negatives], [positives]]}
 *   reliability       [{low, high, rows, mean_score, observed_rate}, …], the last two null when
 * empty
 */
void ml_report_json_binary(struct ml_strbuf *buf, const struct ml_binary_eval *eval);

/*
 *   rows, accuracy, log_loss, macro_f1
 *   confusion_matrix  {labels, counts n_classes x n_classes with rows true}
 *   classes           [{label, precision, recall, f1, auc, support}, …]; auc against the rest,
 *                     null when no row or every row is of the class
 *   baseline          {label, accuracy, log_loss, macro_f1}
 */
void ml_report_json_multiclass(struct ml_strbuf *buf, const struct ml_multiclass_eval *eval);

/*
 *   rows, rmse, mae, r2 (null for a single row), mean_residual, median_absolute_error
 *   residual_quantiles  [{share, value}, …]
 *   baseline            {prediction, rmse, mae, r2}; prediction is the constant answer
 */
void ml_report_json_regression_summary(struct ml_strbuf *buf,
                                       const struct ml_regression_eval *eval);

/* The same, followed by residual_histogram {low, high, bins, counts}: `bins` bins of equal width.
 */
void ml_report_json_regression(struct ml_strbuf *buf, const struct ml_regression_eval *eval);

#endif

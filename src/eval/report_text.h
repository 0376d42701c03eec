/*
 * Evaluations as tables for people: lines of at most 80 characters, each figure with the baseline
 * beside it. Four decimals where a figure is a share or a loss. Wording and layout may change;
 * programs read eval/report_json.h.
 *
 * Labels may be any bytes; they are cut with "…" where they are too long (eval/text_cell.h). The
 * decimal separator is the C locale's point unless the program has called setlocale.
 */
#ifndef ML_EVAL_REPORT_TEXT_H
#define ML_EVAL_REPORT_TEXT_H

#include "base/strbuf.h"
#include "eval/binary.h"
#include "eval/multiclass.h"
#include "eval/regression.h"

/* Rows, figures, figures at the threshold, confusion matrix, and costs when there are any. */
void ml_report_text_binary(struct ml_strbuf *buf, const struct ml_binary_eval *eval);

/*
 * Rows, figures, confusion matrix and a line per class, both from the most to the least frequent
 * class. The matrix shows 10 classes, or the 9 most frequent and "others".
 */
void ml_report_text_multiclass(struct ml_strbuf *buf, const struct ml_multiclass_eval *eval);

/*
 * Rows, figures in the target's unit (six digits), quantiles of the residuals and their histogram
 * as bars (eval/text_bars.h).
 */
void ml_report_text_regression(struct ml_strbuf *buf, const struct ml_regression_eval *eval);

#endif

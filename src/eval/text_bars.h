/*
 * Counts as bars for people, a line each and none wider than ML_TEXT_COLUMNS:
 *
 *     -0.2 to -0.1      12  ██████▌
 *     -0.1 to 0         74  ████████████████████████████████████████
 *     0 to 0.1           1  ▌
 *
 * Bars are made of block characters in UTF-8, in steps of an eighth of a column.
 */
#ifndef ML_EVAL_TEXT_BARS_H
#define ML_EVAL_TEXT_BARS_H

#include <stddef.h>

#include "base/strbuf.h"

enum { ML_TEXT_BAR_COLUMNS = 40 }; /* of the largest count */

/*
 * Appends n lines: label, count, bar. Lengths are in proportion to counts; a count above 0 has at
 * least an eighth of a column, 0 has none.
 *   labels  n texts, any bytes, cut with "…" where they are too long
 *   counts  n of them
 * O(n).
 */
void ml_text_bars_add(struct ml_strbuf *buf, const char *const *labels, const size_t *counts,
                      size_t n);

/*
 * The same with a figure in place of the count. O(n).
 *   figures  n texts in ASCII, at most 35 bytes
 *   values   n lengths of bars, NaN or not above 0: none
 */
void ml_text_bars_add_figures(struct ml_strbuf *buf, const char *const *labels,
                              const char *const *figures, const double *values, size_t n);

#endif

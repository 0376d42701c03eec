/*
 * A confusion matrix as a table for people, at most ML_TEXT_COLUMNS wide:
 *
 *                     no       yes    all  share
 *     no           10291       540  10831   87.7
 *     yes            925       601   1526   12.3
 *     all          11216      1141  12357
 *     share         90.8       9.2
 */
#ifndef ML_EVAL_TEXT_MATRIX_H
#define ML_EVAL_TEXT_MATRIX_H

#include <stddef.h>

#include "base/strbuf.h"

enum { ML_TEXT_MATRIX_MAX = 10 }; /* rows and columns shown */

/* All borrowed. */
struct ml_text_matrix {
    size_t n_classes;          /* at least 1 */
    const char *const *labels; /* n_classes names, any bytes */
    const size_t *counts;      /* n_classes x n_classes, row-major, row true, column predicted */
    const size_t *order;       /* class indices as they are to be shown, each once */
};

/*
 * Appends the table with row and column sums and shares in percent. More than ML_TEXT_MATRIX_MAX
 * classes, or more than the width has room for when counts have many digits: the last row and
 * column are "others", the sum of all classes that are not among the first in `order`. Labels are
 * cut to the width there is. O(n_classes^2).
 */
void ml_text_matrix_add(struct ml_strbuf *buf, const struct ml_text_matrix *matrix);

#endif

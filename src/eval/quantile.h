/* Quantiles of numbers at hand. */
#ifndef ML_EVAL_QUANTILE_H
#define ML_EVAL_QUANTILE_H

#include <stddef.h>

/*
 * The number below which a share of `sorted` lies: linear between neighbours (type 7 of Hyndman &
 * Fan, The American Statistician 50, 1996; numpy's default).
 *   sorted  n values, ascending, finite, n > 0
 *   share   0..1
 * O(1).
 */
double ml_quantile_sorted(const double *sorted, size_t n, double share);

#endif

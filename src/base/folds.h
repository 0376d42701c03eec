/*
 * Dealing rows out to folds: each row is left out of training once, and every fold is like the
 * whole. The same seed deals the same way on every machine.
 */
#ifndef ML_BASE_FOLDS_H
#define ML_BASE_FOLDS_H

#include <stddef.h>
#include <stdint.h>

enum { ML_MAX_FOLDS = 100 };

/*
 * By class: the rows of a class are shuffled and dealt out evenly, so that two folds differ by at
 * most one row of it. Where the dealing starts moves with the class number, or all small classes
 * would meet in the first fold.
 *   fold     n numbers below n_folds, to be filled in
 *   label    n class numbers below n_classes
 *   n_folds  1..ML_MAX_FOLDS
 */
void ml_folds_by_class(unsigned char *fold, const uint32_t *label, size_t n, size_t n_classes,
                       size_t n_folds, uint64_t seed);

/*
 * By value: of each n_folds rows that stand next to each other when sorted, one goes to each fold.
 *   value  n finite numbers; equals in the order of the rows
 * O(n log n).
 */
void ml_folds_by_value(unsigned char *fold, const double *value, size_t n, size_t n_folds,
                       uint64_t seed);

#endif

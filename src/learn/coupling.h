/*
 * Pairwise coupling: class probabilities from the probabilities within each pair of classes
 * (Wu, Lin & Weng, JMLR 5, 2004, the second method, which libsvm uses too).
 */
#ifndef ML_LEARN_COUPLING_H
#define ML_LEARN_COUPLING_H

#include <stddef.h>

/*
 *   out       n probabilities, >= 0, summing to 1
 *   pairwise  n x n, row-major: P(i | i or j) in (0, 1) at [i * n + j], and 1 minus it at
 *             [j * n + i]; the diagonal is not read
 * Iterates far past libsvm's 0.005 / n. O(n^2) an iteration. Thread-safe.
 */
void ml_coupling_solve(double *out, const double *pairwise, size_t n);

#endif

/* Several tests at once: p-values that keep the chance of a single false claim. */
#ifndef ML_EVAL_HOLM_H
#define ML_EVAL_HOLM_H

#include <stddef.h>

/*
 * Holm's step-down adjustment (Scandinavian Journal of Statistics 6, 1979): the claims whose
 * adjusted p is below alpha are all true with a chance of at least 1 - alpha, however the tests
 * depend on each other. The i-th smallest of n becomes the largest of (n - j) p_j over j <= i (from
 * 0), at most 1. NaN stays NaN and counts as a test that failed. adjusted may be p. O(n log n),
 * thread-safe.
 */
void ml_holm_adjust(double *adjusted, const double *p, size_t n);

#endif

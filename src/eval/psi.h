/* Whether rows of today are spread like the rows a model was trained on. */
#ifndef ML_EVAL_PSI_H
#define ML_EVAL_PSI_H

#include <stddef.h>
#include <stdint.h>

/* A share below this counts as this, on both sides: an empty bin weighs something but not all. */
#define ML_PSI_LEAST_SHARE 1e-4

/*
 * Population stability index: the sum over bins of (now - then) ln(now / then), in nats, >= 0; the
 * symmetrised Kullback-Leibler divergence of the two spreads (Siddiqi, Credit Risk Scorecards,
 * 2006). Below 0.1 is called stable and above 0.25 shifted; without any shift it is about
 * (n - 1) / rows, so few rows look like a shift.
 *   reference  n shares or counts >= 0, finite; taken relative to their sum
 *   current    n counts
 * Shares are of the sum before the floor, and not made to sum to 1 again after it. NaN when there
 * are no rows on either side. O(n). Thread-safe.
 */
double ml_psi(const double *reference, const uint64_t *current, size_t n);

#endif

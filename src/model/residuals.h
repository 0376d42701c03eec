/* What out-of-fold scores leave to explain, as recipe/screen.h wants it. */
#ifndef ML_MODEL_RESIDUALS_H
#define ML_MODEL_RESIDUALS_H

#include "model/training.h"

struct ml_residuals {
    size_t n_outputs;  /* 1 for two labels (class 1) and for values, else one a label */
    double *residual;  /* owned; n x n_outputs: truth minus prediction */
    double *curvature; /* owned; the same: p (1 - p), or 1 for values */
};

/*
 * Those of values are in standard deviations of the residuals, so that the variance of a residual
 * is its curvature, as it is for classes. Weights multiply both, scaled so that this stays true of
 * sums: as if there were only so many rows as say the same without weights. 0 where not scorable.
 *   rows      n numbers of data set rows, to which the other arrays belong
 *   score     n x n_scores (ml_n_scores)
 *   weight    n, >= 0
 */
void ml_residuals_make(struct ml_residuals *out, const struct ml_training *training,
                       const size_t *rows, size_t n, const double *score, const bool *scorable,
                       const double *weight);
void ml_residuals_release(struct ml_residuals *residuals);

#endif

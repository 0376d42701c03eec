/*
 * Evaluation of a model that predicts a number: how far its predictions are from the truth.
 *
 *     struct ml_regression_eval eval;
 *     if (!ml_regression_evaluate(&eval, prediction, truth, n, training_mean, err)) return false;
 *     ml_report_text_regression(&text, &eval);
 */
#ifndef ML_EVAL_REGRESSION_H
#define ML_EVAL_REGRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { ML_RESIDUAL_QUANTILES = 5, ML_RESIDUAL_BINS = 20 };

/* The shares of rows below the quantiles: 0.05, 0.25, 0.5, 0.75, 0.95. */
extern const double ml_residual_shares[ML_RESIDUAL_QUANTILES];

/* Predictions and truths beyond this are refused: their squares would not be finite. */
#define ML_REGRESSION_LARGEST 1e150

struct ml_regression_figures {
    double rmse; /* root of the mean squared error, >= 0, in the target's unit */
    double mae;  /* mean absolute error, >= 0, in the target's unit */
    double r2;   /* 1 - squared errors / squared distances of the truth from its mean, <= 1 */
};

/*
 * How many residuals lie where: 20 bins of equal width, ten on each side of 0, wide enough to hold
 * all. The width is a round number (eval/decimal.h). Bin i holds edge[i] <= residual < edge[i + 1],
 * the last one its upper edge too. When every residual is 0 the edges run from -1 to 1.
 */
struct ml_residual_histogram {
    double edges[ML_RESIDUAL_BINS + 1]; /* ascending, edge 10 is 0, edges[20 - i] = -edges[i] */
    size_t counts[ML_RESIDUAL_BINS];
};

/* Never changes after evaluation: threads may share it. Nothing to release. */
struct ml_regression_eval {
    size_t rows;
    struct ml_regression_figures figures;
    double mean_residual;         /* residual = truth - prediction; > 0: predictions are too low */
    double median_absolute_error; /* of an even number of rows: the mean of the middle two */
    double residual_quantiles[ML_RESIDUAL_QUANTILES]; /* ascending, at ml_residual_shares; between
                                                          two residuals linear (Hyndman & Fan 7) */
    struct {
        double prediction;                    /* the constant: the training rows' mean */
        struct ml_regression_figures figures; /* of always answering it; r2 is 0 at best */
    } baseline;
    struct ml_residual_histogram histogram;
};

/* Whether ml_regression_evaluate takes these rows; its errors. O(n). */
bool ml_regression_check(const double *prediction, const double *truth, size_t n,
                         struct ml_error *err) __attribute__((warn_unused_result));

/*
 * Evaluates n rows.
 *   prediction  n values, finite
 *   truth       n values, finite
 *   constant    what a model without skill answers, usually the training rows' mean; finite
 * r2 is scikit-learn's r2_score, with its convention where every truth is the same and the quotient
 * has no meaning: 1 when all predictions are right, else 0. NaN with a single row, as there.
 * ML_EINPUT when n is 0 or a number is not finite or beyond ML_REGRESSION_LARGEST either way
 * (places count rows from 1). O(n log n) time, 8 bytes a row while it runs. Thread-safe.
 */
bool ml_regression_evaluate(struct ml_regression_eval *out, const double *prediction,
                            const double *truth, size_t n, double constant, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

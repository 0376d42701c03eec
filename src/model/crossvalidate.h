/* The inside of struct ml_crossvalidation, for the reports. */
#ifndef ML_MODEL_CROSSVALIDATE_H
#define ML_MODEL_CROSSVALIDATE_H

#include "base/folds.h"
#include "ml/crossvalidate.h"
#include "model/crossval.h"

/* Over the folds where the figure is defined; NaN where it is in none, sd where in one. */
struct ml_spread {
    double mean[ML_N_METRICS];
    double sd[ML_N_METRICS];
};

struct ml_curve_point {
    double share; /* percent of the training rows of each fold */
    double rows;  /* that is, on average */
    struct ml_spread trained;
    struct ml_spread left_out;
    double loss[ML_MAX_FOLDS]; /* of the left-out rows of each fold: log loss, or RMSE of values */
};

struct ml_crossvalidation {
    char *data; /* owned */
    const char *algorithm;
    size_t n_rows;
    size_t n_labels;
    struct ml_crossval crossval;
    struct ml_spread left_out;
    struct ml_spread trained;
    struct ml_curve_point *curve; /* owned; ascending shares, the last is 100; NULL: not wanted */
    size_t n_curve;
};

/* By which a learning curve and the gap are judged: log loss, or RMSE of values. */
enum ml_metric ml_crossvalidation_loss(const struct ml_crossvalidation *crossvalidation);

/*
 * What the last step of a learning curve of two points or more has brought: by how much the loss
 * of left-out rows fell, on average over the folds. *noise: twice its standard error, folds
 * compared one by one; a gain below that is none.
 */
double ml_curve_gain(const struct ml_crossvalidation *crossvalidation, double *noise);

#endif

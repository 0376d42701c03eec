/*
 * Tuning: the regularisation, and for an RBF machine the kernel's width, that do best on rows their
 * fits have not seen. Every figure comes from cross-validation of the training rows (crossval.h).
 *
 * Grids: C is 2^-10, 2^-8, … 2^6 for linear models (nine points; in logistic regression each starts
 * from the one before; for ridge that is a penalty on |w|^2 of 512 … 1/128 standardised rows),
 * 2^-2, 2^2, 2^6 for machines with a kernel, and gamma 2^-8, 2^-6, 2^-4, 2^-2.
 */
#ifndef ML_MODEL_TUNE_H
#define ML_MODEL_TUNE_H

#include "base/strbuf.h"
#include "model/crossval.h"

struct ml_tune_options {
    enum ml_metric metric;
    size_t n_folds;
    double threshold; /* for f1 and accuracy of a binary problem */
    const double *c;  /* n_c values > 0, in any order, in the place of the grid's */
    size_t n_c;       /* 0: the grid */
};

struct ml_tune_point {
    double c;
    double gamma; /* 0: not of the grid */
    double mean;  /* of the metric over the folds */
    double se;    /* standard error of that mean: the folds' deviation / sqrt(folds) */
};

/* Zero-initialised is releasable. */
struct ml_tuning {
    enum ml_metric metric;
    size_t n_folds;
    double epsilon; /* the solver's, all points alike: 1e-4 where each starts from the one before
                       and none was given; 0: the learner's default */
    struct ml_tune_point *point; /* owned; C ascending for each gamma */
    size_t n_points;
    size_t best;   /* the best mean; the least C of equals */
    size_t simple; /* the least C, same gamma, whose mean is within best's standard error of it */
};

/*
 * Searches for the plan's learner; what the plan fixes (a gamma that is not 0) stays fixed.
 * ML_EUNSUPPORTED when there is nothing to tune or the metric is none of this problem's, ML_EINPUT
 * when a fold cannot be learnt from or measured.
 */
bool ml_tune(struct ml_tuning *out, const struct ml_fit_plan *plan,
             const struct ml_training *training, const struct ml_tune_options *options,
             const struct ml_talk *talk, struct ml_error *err) __attribute__((warn_unused_result));
void ml_tuning_release(struct ml_tuning *tuning);

/* The chosen point becomes the plan's. */
void ml_tuning_apply(const struct ml_tuning *tuning, struct ml_fit_plan *plan);
/* One JSON object: {metric, folds, chosen, one_standard_error, grid [{c, mean, …}, …]}. */
void ml_tuning_json(const struct ml_tuning *tuning, struct ml_strbuf *buf);
/* A line a point and one for the choice, to talk->note. */
void ml_tuning_tell(const struct ml_tuning *tuning, const struct ml_talk *talk);

#endif

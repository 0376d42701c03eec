/*
 * Cross-validation: each row scored by a fit that has not seen it.
 *
 * In each of k folds the encoder and the solver learn from the other folds alone, and score the
 * rows of this one. No other row of the data set is looked at: what a split holds out cannot change
 * a bit of the result. Folds run in child processes, some at a time.
 */
#ifndef ML_MODEL_CROSSVAL_H
#define ML_MODEL_CROSSVAL_H

#include "model/figures.h"
#include "model/fit.h"

struct ml_crossval_options {
    size_t n_folds;   /* 2..ML_MAX_FOLDS */
    uint64_t seed;    /* of the folds */
    size_t jobs;      /* child processes at a time; 0: one a processor */
    double threshold; /* for the figures of a binary problem */
    double share;     /* percent of the other folds' rows that train: 10, 20, … 100 */
    bool with_train;  /* measure the training rows of each fold too */
    bool with_scores; /* keep the scores of point 0 */
};

#define ML_CROSSVAL_OPTIONS_INIT                                                                   \
    {                                                                                              \
        .n_folds = 5, .seed = 42, .threshold = 0.5, .share = 100.0                                 \
    }

/* Zero-initialised is releasable. Rows are places in the list of rows that was given. */
struct ml_crossval {
    size_t n_folds;
    size_t n_points;
    struct ml_figures *left_out; /* owned; n_points x n_folds, row-major */
    struct ml_figures *trained;  /* owned; the same, of the training rows; NULL: not wanted */
    size_t *n_trained;           /* owned; n_folds: rows that each fold learnt from */
    unsigned char *fold;         /* owned; n rows: the fold that left it out */
    /* with_scores, else NULL; of point 0 */
    double *score;  /* owned; n x n_scores (ml_n_scores), zeros where not scorable */
    double *margin; /* owned; n: binary: log-odds of class 1 */
    bool *scorable; /* owned; n: false where prediction would refuse the row */
};

/*
 * point: n_points >= 1 sets of options for the plan's learner, in the place of its own; the encoder
 * is fitted once a fold for all of them, and each starts where the one before ended if the learner
 * can. A class that no training row of a fold has gets probability 0 there. Each fold has the same
 * share of every class, or of small and large values. ML_EINPUT "fold 3: …".
 */
bool ml_crossval_run(struct ml_crossval *out, const struct ml_fit_plan *plan,
                     const struct ml_learner_options *point, size_t n_points,
                     const struct ml_training *training, const size_t *rows, size_t n,
                     const struct ml_crossval_options *options, const struct ml_talk *talk,
                     struct ml_error *err) __attribute__((warn_unused_result));
void ml_crossval_release(struct ml_crossval *crossval);

#endif

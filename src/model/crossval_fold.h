/* One fold of a cross-validation, and the parcel of bytes in which its child process sends it. */
#ifndef ML_MODEL_CROSSVAL_FOLD_H
#define ML_MODEL_CROSSVAL_FOLD_H

#include "model/crossval.h"

/* Percent: shares of the training rows are tenths. */
enum { ML_CROSSVAL_TENTH = 10 };

/* What all folds share. Borrowed but for what says owned. */
struct ml_crossval_work {
    const struct ml_fit_plan *plan;
    const struct ml_learner_options *point;
    size_t n_points;
    const struct ml_training *training;
    const size_t *rows;
    size_t n;
    const struct ml_crossval_options *options;
    unsigned char *fold;   /* owned */
    unsigned char *bucket; /* owned; 0..9: the row trains when its tenth begins below the share */
};

struct ml_crossval_task {
    const struct ml_crossval_work *work;
    size_t which;
};

/*
 * Learns without the fold and scores it; ctx is a struct ml_crossval_task. Appends, as they lie in
 * memory: the number of rows that trained (size_t), and a point the figures of the rows left out
 * (struct ml_figures), for the first and with_scores the count of scored rows, their places,
 * margins and scores, and with_train the figures of the rows that trained.
 */
bool ml_crossval_fold(struct ml_strbuf *out, struct ml_error *err, void *ctx)
    __attribute__((warn_unused_result));

#endif

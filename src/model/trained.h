/*
 * How a model does on the rows it was trained on, next to how it does on others: whether it follows
 * its training rows too closely.
 */
#ifndef ML_MODEL_TRAINED_H
#define ML_MODEL_TRAINED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "eval/moments.h"
#include "ml/model.h"
#include "model/training.h"

/* NaN where the problem has no such figure. */
struct ml_trained {
    size_t rows;     /* 0: not known */
    double auc;      /* binary */
    double log_loss; /* binary, multiclass */
    double accuracy; /* multiclass */
    double macro_f1;
    double rmse; /* regression */
};

/*
 * The figures of training rows 0, every, 2 every, …: score has ml_n_scores each. Invalid cells were
 * missing ones when the scores were made, as they were in training. O(rows log rows).
 */
void ml_trained_measure(struct ml_trained *out, const struct ml_training *training,
                        const double *score, size_t every);

/* The members of "train" in model.json, without braces, and back; false for a malformed object. */
void ml_trained_save(const struct ml_trained *trained, enum ml_problem problem,
                     struct ml_strbuf *buf);
bool ml_trained_load(struct ml_trained *out, enum ml_problem problem, const struct ml_json *object)
    __attribute__((warn_unused_result));

/*
 * Whether the gap is large. loss: of the other rows, one number a row, log-loss or squared error.
 * It is when log-loss (regression: RMSE) is more than 20 % above that of the training rows, and
 * its mean more than two standard errors.
 */
bool ml_trained_is_far(const struct ml_trained *trained, enum ml_problem problem,
                       const struct ml_moments *loss);

#endif

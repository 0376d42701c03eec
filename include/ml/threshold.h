/*
 * Choosing the threshold of a binary model by a criterion, on rows whose labels are known.
 *
 * Nothing is saved: ml_registry_set_threshold does. What a threshold reaches on the rows it was
 * chosen on is optimistic.
 */
#ifndef ML_THRESHOLD_H
#define ML_THRESHOLD_H

#include "ml/evaluate.h"

struct ml_threshold_options {
    const char *by; /* "f1", "fbeta", "accuracy", "youden": the largest; "precision", "recall": at
                       least number, then the most of the other; "top": at most that share of rows
                       flagged; "cost": the least */
    double number;  /* fbeta: beta, > 0; precision, recall, top: a share, (0, 1] */
    double cost_fp; /* cost: both >= 0, not both 0 */
    double cost_fn;
    bool out_of_fold; /* on scores of the training rows, each by a fit of the other folds */
    size_t folds;     /* of that, 2..100 */
    struct ml_evaluate_options rows; /* csv and jobs, when there is data */
};

#define ML_THRESHOLD_OPTIONS_INIT                                                                  \
    {                                                                                              \
        .folds = 5, .rows = ML_EVALUATE_OPTIONS_INIT                                               \
    }

struct ml_threshold_choice; /* borrows nothing */

/*
 * data: path or "-"; NULL: the rows that training held out, or with out_of_fold those it learnt
 * from, found as ml_evaluate does. ML_EUNSUPPORTED for a model that is not binary, ML_EINPUT when
 * no threshold keeps the rule (the message says what the best one reaches).
 */
bool ml_choose_threshold(struct ml_threshold_choice **out, const struct ml_model *model,
                         const char *data, const struct ml_threshold_options *options,
                         const struct ml_talk *talk, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_threshold_choice_free(struct ml_threshold_choice *choice);

double ml_threshold_choice_value(const struct ml_threshold_choice *choice);
/* One JSON object with a final newline / a table for people; to be freed with free. */
char *ml_threshold_choice_json(const struct ml_threshold_choice *choice);
char *ml_threshold_choice_text(const struct ml_threshold_choice *choice);

#endif

/*
 * How well a way of training does, told by fits that leave out one part of the rows after another.
 *
 * Makes no model: it answers what ml_train with the same options may be expected to reach, how much
 * that varies, whether the model follows its training rows too closely, and whether more rows would
 * help.
 */
#ifndef ML_CROSSVALIDATE_H
#define ML_CROSSVALIDATE_H

#include "ml/train.h"

struct ml_crossvalidate_options {
    size_t folds;        /* 2..100 */
    bool learning_curve; /* also with 10, 20, 40 and 70 % of each fold's training rows */
};

#define ML_CROSSVALIDATE_OPTIONS_INIT                                                              \
    {                                                                                              \
        .folds = 5                                                                                 \
    }

struct ml_crossvalidation;

/*
 * train: as for ml_train; of the file only the rows that train are used, so that split = 100 takes
 * them all. tune must be NULL. The threshold is that of the figures. A share of the learning curve
 * whose rows are too few to learn from is left out, and talk->note says so.
 */
bool ml_crossvalidate(struct ml_crossvalidation **out, const char *data,
                      const struct ml_schema *schema, const struct ml_train_options *train,
                      const struct ml_crossvalidate_options *options, const struct ml_talk *talk,
                      struct ml_error *err) __attribute__((warn_unused_result));
void ml_crossvalidation_free(struct ml_crossvalidation *crossvalidation);

/* One JSON object with a final newline / tables for people; to be freed with free. */
char *ml_crossvalidation_json(const struct ml_crossvalidation *crossvalidation);
char *ml_crossvalidation_text(const struct ml_crossvalidation *crossvalidation);

#endif

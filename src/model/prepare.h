/*
 * Training up to the point where something is learnt: rows, target and plan, for those who make
 * other fits of them than ml_train's one.
 */
#ifndef ML_MODEL_PREPARE_H
#define ML_MODEL_PREPARE_H

#include "ml/train.h"
#include "model/fit.h"
#include "model/model.h"

/* All borrowed until use returns. */
struct ml_prepared {
    const struct ml_model *model; /* schema, problem, labels, prior, provenance; nothing learnt */
    const struct ml_training *training;
    const struct ml_fit_plan *plan;
    bool was_searched; /* the plan's recipe was searched for on the training rows */
    const struct ml_talk *talk;
};

/* Reads the data as ml_train does and calls use with what came of it. */
bool ml_prepare(const char *data, const struct ml_schema *schema,
                const struct ml_train_options *options, const struct ml_talk *talk,
                bool (*use)(void *ctx, const struct ml_prepared *prepared, struct ml_error *err),
                void *ctx, struct ml_error *err) __attribute__((warn_unused_result));

#endif

/*
 * One fit: an encoder and a predictor learnt from some rows of a data set. Training makes one of
 * all training rows; cross-validation, tuning and the search for a recipe make many of parts.
 */
#ifndef ML_MODEL_FIT_H
#define ML_MODEL_FIT_H

#include "learn/calibrator.h"
#include "learn/learner.h"
#include "model/training.h"
#include "recipe/encoder.h"

/* What is learnt, apart from the rows. Immutable while fits are made. */
struct ml_fit_plan {
    const struct ml_recipe *recipe; /* borrowed; outlives the fit */
    const struct ml_learner_ops *learner;
    struct ml_learner_options options; /* 0 where the learner's default is wanted */
    bool balanced; /* class_weight follows from the rows: cross-validation makes each fold's own */
    size_t score_every; /* 1: score all rows of the fit as well, 2: every second one…; 0: none */
    const struct ml_calibrator *calibrator; /* borrowed; what scores go through; NULL: nothing */
};

struct ml_fit {
    struct ml_encoder *encoder; /* owned */
    const struct ml_learner_ops *learner;
    void *predictor;                        /* owned, by learner->free */
    struct ml_learner_options options;      /* those used, defaults filled in */
    struct ml_strbuf text;                  /* owned: the solver's file */
    const struct ml_calibrator *calibrator; /* borrowed; NULL: scores are the learner's own */
    double *own_scores; /* owned: n_scores each of rows 0, score_every, …; NULL: not asked for */
};

/* Learns from n rows (numbers of data set rows), the solver in a child process. */
bool ml_fit(struct ml_fit *out, const struct ml_fit_plan *plan, const struct ml_training *training,
            const size_t *rows, size_t n, const struct ml_talk *talk, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_fit_release(struct ml_fit *fit);

/*
 * Scores of n rows: n x n_scores (ml_model_n_scores), row-major. A row with an invalid cell, which
 * prediction would refuse, or without a label is skipped where scorable is given: scorable[i]
 * tells.
 */
void ml_fit_score(const struct ml_fit *fit, const struct ml_training *training, const size_t *rows,
                  size_t n, double *score, bool *scorable);

#endif

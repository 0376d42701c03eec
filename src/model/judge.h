/* Scored rows with their truth, gathered and turned into an evaluation. */
#ifndef ML_MODEL_JUDGE_H
#define ML_MODEL_JUDGE_H

#include "eval/alerts.h"
#include "eval/binary.h"
#include "eval/multiclass.h"
#include "eval/regression.h"
#include "ml/evaluate.h"
#include "model/model.h"

/* What the same rows came to before calibration. */
struct ml_uncalibrated {
    bool known;
    double log_loss;
    double ece;                                                 /* binary */
    struct ml_reliability_bin reliability[ML_RELIABILITY_BINS]; /* binary */
};

struct ml_evaluation {
    const struct ml_model *model; /* borrowed */
    char *data;                   /* owned: what was judged on, for the report */
    size_t n_rejected;
    double *score;  /* owned; binary: what was judged, binary.rows scores and labels */
    uint8_t *label; /* owned */
    struct ml_uncalibrated before;
    struct ml_alerts alerts;
    bool has_trained; /* the rows are held-out ones and the figures of training rows are known */
    bool is_far;      /* … and those are much better: ml_trained_is_far */
    struct ml_importances *importances; /* owned; NULL: not asked for */
    /* The one of the model's problem: */
    struct ml_binary_eval binary;
    struct ml_multiclass_eval multiclass;
    struct ml_regression_eval regression;
};

/* Observations in the order of the file: one score a row, multiclass n_labels. */
struct ml_observations {
    struct ml_strbuf scores; /* doubles */
    struct ml_strbuf truths; /* doubles: class numbers or values */
};

/* scores: ml_model_n_scores. truth: the class number, or a regression's value. */
void ml_observe(struct ml_observations *o, const struct ml_model *model, const double *scores,
                double truth);
size_t ml_observations_count(const struct ml_observations *o);
void ml_observations_release(struct ml_observations *o);

bool ml_judge(struct ml_evaluation **out, const struct ml_model *model,
              const struct ml_observations *o, const struct ml_evaluate_options *options,
              struct ml_error *err) __attribute__((warn_unused_result));

/* Puts the figures of the training rows beside those of these held-out ones, if they are known. */
void ml_judge_beside_training(struct ml_evaluation *evaluation, const struct ml_observations *o);

/* The figures for model.json, as members without braces. */
void ml_evaluation_summary(const struct ml_evaluation *evaluation, struct ml_strbuf *buf);

#endif

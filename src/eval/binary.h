/*
 * Evaluation of a binary classifier: everything there is to say about scores and the truth.
 *
 *     struct ml_binary_options options = {.threshold = 0.5, .prior = 0.11, .labels = {"no",
 * "yes"}}; struct ml_binary_eval eval; if (!ml_binary_evaluate(&eval, score, label, n, &options,
 * err)) return false; ml_report_text_binary(&text, &eval); ml_binary_eval_release(&eval);
 */
#ifndef ML_EVAL_BINARY_H
#define ML_EVAL_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "eval/auc.h"
#include "eval/calibration.h"
#include "eval/cost.h"
#include "eval/curve.h"
#include "eval/rates.h"

struct ml_binary_options {
    double threshold; /* 0..1; score > threshold is positive, equality is negative */
    bool has_cost;    /* whether the next two count */
    double cost_fp;   /* cost of one false positive, >= 0, any unit */
    double cost_fn;   /* cost of one false negative, >= 0, same unit; not both 0 */
    double prior;     /* 0..1: share of positives in the training rows, the constant classifier's
                         score */
    const char *labels[2]; /* negative, positive; borrowed, never NULL, any bytes */
};

/*
 * What a classifier reaches that has seen the training labels and nothing else: the same score,
 * `prior`, for every row, and the training majority (negative when prior is 0.5) as every answer.
 */
struct ml_binary_baseline {
    double auc; /* 0.5: a constant ranks nothing */
    double log_loss;
    double brier;
    double average_precision; /* share of positives in the rows */
    int answer;               /* index of the majority label */
    struct ml_binary_rates rates;
};

/* Zero-initialised is valid and releasable. Never changes after evaluation: threads may share it.
 */
struct ml_binary_eval {
    const char *labels[2]; /* borrowed from the options: they outlive this */
    size_t rows;
    size_t positives;
    double auc;       /* 0..1, ties count half; see eval/auc.h */
    double auc_ci[2]; /* 95 % interval by DeLong, low and high, within 0..1 */
    double log_loss;  /* mean over rows, natural logarithm, >= 0; clipping: see eval/prob.h */
    double brier;     /* mean of (score - label)^2, 0..1 (Brier, Monthly Weather Review 78, 1950) */
    double average_precision; /* 0..1; see eval/curve.h */
    double threshold;
    struct ml_confusion confusion; /* at the threshold, [true][predicted] */
    struct ml_binary_rates rates;  /* at the threshold; zero divisions give 0 */
    struct ml_binary_baseline baseline;
    struct ml_curve curve; /* owned */
    struct ml_calibration calibration;
    bool has_cost;
    struct ml_cost cost; /* all 0 unless has_cost */
};

/*
 * Evaluates n rows.
 *   score  n values in [0,1], P(row is positive), no NaN
 *   label  n values, 0 = negative, 1 = positive
 * ML_EINPUT when n is 0, a score or label or option is out of range (places count rows from 1), or
 * only one class is in the rows, which leaves AUC undefined. The result, released by the caller,
 * does not depend on the order of rows. O(n log n) time; 16 bytes a row while it runs, and at most
 * 72 for the ranking and the curve.
 */
bool ml_binary_evaluate(struct ml_binary_eval *out, const double *score, const uint8_t *label,
                        size_t n, const struct ml_binary_options *options, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_binary_eval_release(struct ml_binary_eval *eval);

#endif

/*
 * Two models judged on the same rows: how they differ, and which to promote. Model a is the one in
 * use, model b the one that might take its place; differences are b - a.
 *
 *     struct ml_compare_input input = {.kind = ML_COMPARE_BINARY, .n = n, .scores_a = a,
 *                                      .scores_b = b, .positive = label, .threshold_a = 0.5,
 *                                      .threshold_b = 0.4};
 *     struct ml_compare_result result;
 *     if (!ml_compare(&result, &input, err)) return false;
 *     ml_compare_text(&text, &result, "banking@1", "banking@2");
 *
 * The rows must be new to both models: one that has seen them in training looks better than it is.
 */
#ifndef ML_EVAL_COMPARE_H
#define ML_EVAL_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "eval/paired.h"

enum ml_compare_kind { ML_COMPARE_BINARY, ML_COMPARE_MULTICLASS, ML_COMPARE_REGRESSION };

/* Resamples when the input says 0. */
enum { ML_COMPARE_RESAMPLES = 2000, ML_COMPARE_MAX_RESAMPLES = 100000 };

/* All borrowed. Of positive, label and truth the kind's own is there. */
struct ml_compare_input {
    enum ml_compare_kind kind;
    size_t n; /* rows */
    /* BINARY: n values in [0,1], P(positive). MULTICLASS: n x n_classes, row-major, each row within
     * 0..1 and summing to 1 (to 1e-6). REGRESSION: n predictions, finite. */
    const double *scores_a;
    const double *scores_b;
    const uint8_t *positive; /* BINARY: n values, 0 or 1, both present */
    const uint32_t *label;   /* MULTICLASS: n class indices below n_classes */
    const double *truth;     /* REGRESSION: n values, finite */
    size_t n_classes;        /* MULTICLASS: 2..ML_MULTICLASS_MAX_CLASSES */
    double threshold_a;      /* BINARY: 0..1; score > threshold is answered positive */
    double threshold_b;
    size_t resamples; /* of the bootstrap, at most ML_COMPARE_MAX_RESAMPLES; 0: the default */
    uint64_t seed;    /* of the bootstrap */
};

enum ml_compare_verdict {
    ML_COMPARE_NO_DIFFERENCE, /* none that these rows can show: keep a */
    ML_COMPARE_PROMOTE,       /* b is better */
    ML_COMPARE_KEEP,          /* b is worse */
    ML_COMPARE_DISAGREE,      /* b is better by AUC and worse by log-loss, or the reverse: keep a */
};

/* Zero where the kind has no such figure. Never changes: threads may share it. */
struct ml_compare_result {
    enum ml_compare_kind kind;
    size_t n;
    struct ml_paired auc;      /* BINARY */
    struct ml_paired log_loss; /* BINARY, MULTICLASS; nats; clipping: see eval/prob.h */
    struct ml_paired brier;    /* BINARY */
    struct ml_paired mse;      /* REGRESSION: mean squared error */
    double threshold_a;        /* BINARY: those of the input */
    double threshold_b;
    double accuracy_a; /* BINARY at its own threshold, MULTICLASS */
    double accuracy_b;
    struct ml_mcnemar accuracy; /* of the right answers that accuracy counts */
    double rmse_a;              /* REGRESSION */
    double rmse_b;
    enum ml_compare_verdict verdict;
};

/*
 * Compares. A difference counts when its 95 % interval does not hold 0, and the verdict is
 *   MULTICLASS  by log-loss
 *   REGRESSION  by mean squared error
 *   BINARY      by AUC, when log-loss does not say the opposite; by log-loss, when AUC shows no
 *               difference. When they say the opposite, b is not promoted: a better ranking with
 *               worse probabilities is what calibration mends, and then compare again.
 * One test decides (two for BINARY), so that a model without merit is promoted once in forty
 * comparisons (or in twenty), however many rows there are.
 *
 * ML_EINPUT when n is 0, a number is out of its range (places count rows from 1) or, for BINARY,
 * one class alone is there; ML_ELIMIT for too many classes or resamples. O(n log n + n x
 * resamples), some 48 bytes a row while it runs; see ml_paired_mean for large n. Thread-safe.
 */
bool ml_compare(struct ml_compare_result *out, const struct ml_compare_input *input,
                struct ml_error *err) __attribute__((warn_unused_result));

/* "promote", "keep", "no_difference", "disagree". */
const char *ml_compare_verdict_name(enum ml_compare_verdict verdict);

/* Appends the verdict as one sentence without its stop; names may be any bytes and are cut. */
void ml_compare_verdict_text(struct ml_strbuf *buf, const struct ml_compare_result *result,
                             const char *name_a, const char *name_b);

/*
 * Appends members of an object without its braces, as eval/report_json.h:
 *   kind      "binary", "multiclass", "regression"
 *   rows, a, b (the names)
 *   auc, log_loss, brier   or log_loss   or mean_squared_error:
 *             {a, b, difference, low, high, z, p}; what cannot be told is null
 *   accuracy  {a, b, only_a, only_b, p}; only_a: rows that a alone answers right
 *   rmse      {a, b}; instead of accuracy for regression
 *   verdict   {code, use: name of the model to have in use, text}
 */
void ml_compare_json(struct ml_strbuf *buf, const struct ml_compare_result *result,
                     const char *name_a, const char *name_b);

/* Appends a table for people, at most ML_TEXT_COLUMNS wide, and the verdict. */
void ml_compare_text(struct ml_strbuf *buf, const struct ml_compare_result *result,
                     const char *name_a, const char *name_b);

#endif

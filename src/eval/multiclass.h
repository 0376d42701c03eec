/* Evaluation of a classifier among two or more classes: one probability per class and row. */
#ifndef ML_EVAL_MULTICLASS_H
#define ML_EVAL_MULTICLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "eval/rates.h"

/* The confusion matrix has this squared cells of 8 bytes: 128 MiB. */
enum { ML_MULTICLASS_MAX_CLASSES = 4096 };

struct ml_multiclass_options {
    size_t n_classes;          /* 2..ML_MULTICLASS_MAX_CLASSES */
    const char *const *labels; /* n_classes names, any bytes; array and names borrowed */
    const double *priors;      /* n_classes: share of each class in the training rows, sum 1 */
};

struct ml_class_eval {
    struct ml_prf rates; /* this class against the rest; zero divisions give 0 */
    double auc;          /* this class against the rest, by its probability; NaN without both */
    size_t support;      /* rows that are of this class */
    size_t predicted;    /* rows that were called so */
};

/* What is reached by the training labels alone: the class shares as scores, their largest as
 * answer. */
struct ml_multiclass_baseline {
    size_t answer; /* index of the training majority class; the first of equals */
    double accuracy;
    double macro_f1;
    double log_loss;
};

/* Zero-initialised is valid and releasable. Never changes after evaluation: threads may share it.
 */
struct ml_multiclass_eval {
    const char *const *labels; /* borrowed from the options: they outlive this */
    size_t n_classes;
    size_t rows;
    double accuracy; /* share of right answers, 0..1 */
    double log_loss; /* mean over rows, natural logarithm, >= 0; clipping: see eval/prob.h */
    double macro_f1; /* 0..1, see below */
    size_t *counts;  /* owned: n_classes x n_classes, row-major, row true, column predicted */
    struct ml_class_eval *classes; /* owned: n_classes */
    struct ml_multiclass_baseline baseline;
};

/* Whether ml_multiclass_evaluate takes these rows; its errors. O(n_rows x n_classes). */
bool ml_multiclass_check(const double *prob, const uint32_t *label, size_t n_rows, size_t n_classes,
                         struct ml_error *err) __attribute__((warn_unused_result));

/* The answer for a row of n > 0 probabilities: the first of the largest. */
size_t ml_multiclass_answer(const double *prob, size_t n);

/*
 * Evaluates n_rows rows.
 *   prob   n_rows x n_classes, row-major; each row within 0..1, no NaN, sum 1 (to 1e-6)
 *   label  n_rows class indices below n_classes
 * The answer for a row is the class of the largest probability, the first of equals.
 * macro_f1 is the mean of F1 over the classes that occur among the rows or the answers, each
 * counting the same however rare; a class never predicted counts 0 (as scikit-learn's f1_score with
 * average="macro", and Amazon ML). Classes of the model that neither occur nor were predicted say
 * nothing about it and are left out: perfect answers have macro_f1 1. The baseline's likewise.
 * ML_EINPUT when n_rows is 0 or a value is out of range (places count rows from 1), ML_ELIMIT
 * beyond ML_MULTICLASS_MAX_CLASSES. The caller releases the result. O(n_rows x n_classes x
 * log n_rows + n_classes^2).
 */
bool ml_multiclass_evaluate(struct ml_multiclass_eval *out, const double *prob,
                            const uint32_t *label, size_t n_rows,
                            const struct ml_multiclass_options *options, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_multiclass_eval_release(struct ml_multiclass_eval *eval);

/*
 * Class indices from most to least frequent among the evaluated rows, equals by index; n_classes of
 * them, to be freed with free. O(n log n).
 */
size_t *ml_multiclass_by_support(const struct ml_multiclass_eval *eval);

#endif

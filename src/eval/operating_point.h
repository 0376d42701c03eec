/*
 * Choosing the threshold of a binary classifier: the one that is best, by a criterion, on rows
 * whose labels are known. "score > threshold is positive", as everywhere.
 *
 *     struct ml_operating_rule rule = {.by = ML_OPERATE_PRECISION, .number = 0.8};
 *     struct ml_operating_point point;
 *     if (!ml_operating_point_choose(&point, score, label, n, &rule, err)) return false;
 *
 * What is reached on the rows it was chosen on is optimistic: choose on some rows, judge on others.
 */
#ifndef ML_EVAL_OPERATING_POINT_H
#define ML_EVAL_OPERATING_POINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "eval/rates.h"

enum ml_operating_criterion {
    ML_OPERATE_F1,        /* largest F1 */
    ML_OPERATE_FBETA,     /* largest F_number: recall weighs number^2 as much as precision */
    ML_OPERATE_ACCURACY,  /* largest share of right answers */
    ML_OPERATE_YOUDEN,    /* largest tpr - fpr */
    ML_OPERATE_PRECISION, /* precision >= number, then the largest recall */
    ML_OPERATE_RECALL,    /* recall >= number, then the largest precision */
    ML_OPERATE_TOP_SHARE, /* share of rows flagged <= number, as near to it as ties allow */
    ML_OPERATE_COST,      /* least fp x cost_fp + fn x cost_fn */
};

struct ml_operating_rule {
    enum ml_operating_criterion by;
    double number;  /* FBETA: > 0, <= 1e6. PRECISION, RECALL, TOP_SHARE: > 0, <= 1. Else unused */
    double cost_fp; /* COST: both >= 0, finite, not both 0. Else unused */
    double cost_fn;
};

struct ml_operating_point {
    double threshold; /* 0..1 */
    double value;     /* of the criterion there: F1, F_beta, accuracy, tpr - fpr, recall (for
                         PRECISION), precision (for RECALL), share flagged, total cost */
    struct ml_confusion confusion; /* of these rows at the threshold, [true][predicted] */
    struct ml_binary_rates rates;  /* predicted_positive_rate is the share flagged */
};

/*
 * Chooses on n rows.
 *   score  n values in [0,1]
 *   label  n values, 0 or 1, both present
 * Candidates are a threshold between every two neighbouring distinct scores, 1 (nobody is positive)
 * and 0 (everybody is). The last is missing when a score is 0: no threshold in [0,1] is below it.
 * The threshold is the middle between the two scores, rounded to the fewest digits that still
 * separate them (eval/decimal.h): between 0.31 and 0.42 it is 0.4.
 *
 * Equally good candidates: the highest threshold, which flags the fewest rows; for RECALL the
 * lowest, which has the larger recall at the same precision. "Nobody" has no precision and is no
 * candidate for PRECISION, nor for TOP_SHARE.
 *
 * ML_EINPUT when n is 0, a number is out of range, one class alone is there, or the rule cannot be
 * kept by any candidate; the message then says what is the best that can. *out changes only on
 * success. O(n log n) time, 16 bytes a row while it runs. Thread-safe.
 */
bool ml_operating_point_choose(struct ml_operating_point *out, const double *score,
                               const uint8_t *label, size_t n, const struct ml_operating_rule *rule,
                               struct ml_error *err) __attribute__((warn_unused_result));

#endif

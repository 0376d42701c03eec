/*
 * What should make one doubt an evaluation before reading its figures: five things that may be
 * wrong with the rows it was made on (the alerts of Amazon Machine Learning).
 *
 *     struct ml_eval_facts facts = {.rows = 500, .training_rows = 9000, .invalid_rows = 3};
 *     struct ml_alerts alerts;
 *     ml_alerts_find(&alerts, &facts);
 *     ml_alerts_text(&text, &alerts);
 */
#ifndef ML_EVAL_ALERTS_H
#define ML_EVAL_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "eval/moments.h"

enum ml_alert_code {
    ML_ALERT_TRAINING_DATA,       /* evaluated_on_training_data */
    ML_ALERT_FEW_ROWS,            /* few_evaluation_rows: fewer than 10 % of the training rows */
    ML_ALERT_SCHEMA,              /* schema_differs: columns are missing or are not known */
    ML_ALERT_INVALID_ROWS,        /* invalid_rows */
    ML_ALERT_TARGET_DISTRIBUTION, /* target_distribution_differs */
    ML_ALERT_CODES,
};

/* All borrowed. Zero-initialised: nothing is known, and nothing is alarming. */
struct ml_eval_facts {
    bool is_training_data;      /* the data have the digest of the training data */
    bool is_held_out;           /* … but only rows that training left out were evaluated */
    size_t rows;                /* evaluated, without invalid ones */
    size_t invalid_rows;        /* left out of the evaluation */
    size_t training_rows;       /* 0: not known */
    const char *const *missing; /* columns of the model that the data have not; any bytes */
    size_t n_missing;
    const char *const *extra; /* columns of the data that the model does not know; any bytes */
    size_t n_extra;
    /* Classes: n_classes values each, 0 classes: not known. */
    size_t n_classes;
    const char *const *labels;     /* any bytes */
    const double *training_shares; /* >= 0, finite, in any unit */
    const uint64_t *class_counts;  /* of the evaluated rows */
    /* Numbers: the target in training and in the evaluated rows; without rows: not known. */
    struct ml_moments training_target;
    struct ml_moments target;
};

struct ml_alert {
    enum ml_alert_code code;
    char message[320]; /* one sentence without its stop, UTF-8, names quoted and cut */
};

struct ml_alerts {
    struct ml_alert items[ML_ALERT_CODES]; /* each code once at most, in the order of the codes */
    size_t n;
};

/*
 * The target's distribution differs when the difference is both beyond chance and large enough to
 * matter, because with many rows any difference is beyond chance:
 *   classes  Pearson's chi-square of the counts against the training shares has p < 0.001, and the
 *            total variation distance (half the sum of the shares' differences) is above 0.02.
 *            Classes of which fewer than 5 rows are to be expected count as one (Cochran,
 *            Biometrics 10, 1954). When fewer than 5 rows of that one are to be expected, it is
 *            judged apart by the binomial distribution: whether it has too many, p < 0.001.
 *   numbers  the means differ by more than 4 standard errors of the difference and by more than a
 *            tenth of the training rows' standard deviation.
 * O(classes + columns). Thread-safe.
 */
void ml_alerts_find(struct ml_alerts *out, const struct ml_eval_facts *facts);

/* The code as programs read it: "few_evaluation_rows". */
const char *ml_alert_name(enum ml_alert_code code);

/* Appends "alerts": [{code, message}, …] as a member of an object, also when there are none. */
void ml_alerts_json(struct ml_strbuf *buf, const struct ml_alerts *alerts);

/* Appends "alert: <message>" for each, in lines of at most ML_TEXT_COLUMNS; nothing for none. */
void ml_alerts_text(struct ml_strbuf *buf, const struct ml_alerts *alerts);

#endif

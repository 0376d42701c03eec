/*
 * A trained model in memory: schema, encoder, solver's weights, labels, threshold, provenance.
 *
 * Immutable but for the threshold and the name, which are set before it is shared; then any number
 * of threads may read it, each scoring through its own struct ml_scorer. ml_model_free ends it.
 */
#ifndef ML_MODEL_H
#define ML_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "ml/error.h"
#include "ml/schema.h"

enum ml_problem {
    ML_BINARY_PROBLEM,     /* target BINARY: labels "0" and "1", score = P("1") */
    ML_MULTICLASS_PROBLEM, /* target CATEGORICAL: labels in the order of their bytes */
    ML_REGRESSION_PROBLEM, /* target NUMERIC: no labels, one score, the value */
};

/* The values of a NUMERIC target in the training rows, in its own unit. */
struct ml_target_summary {
    double mean;
    double deviation; /* population standard deviation */
    double min;
    double max;
};

struct ml_model;

void ml_model_free(struct ml_model *model);

const char *ml_model_name(const struct ml_model *model); /* "" until published or loaded */
size_t ml_model_version(const struct ml_model *model);
enum ml_problem ml_model_problem(const struct ml_model *model);
const struct ml_schema *ml_model_schema(const struct ml_model *model);
size_t ml_model_n_labels(const struct ml_model *model); /* 0 for a regression */
/* How many numbers ml_scorer_score gives: 1 for a regression, else one a label. */
size_t ml_model_n_scores(const struct ml_model *model);
const char *ml_model_label(const struct ml_model *model, size_t i);
/* Binary: score > threshold is label "1". No meaning for others. */
double ml_model_threshold(const struct ml_model *model);
/* Share of each label among the training rows; they sum to 1. NULL for a regression. */
const double *ml_model_prior(const struct ml_model *model);
/* Of a regression's training rows, all finite; NULL for classes. */
const struct ml_target_summary *ml_model_target(const struct ml_model *model);
const char *ml_model_algorithm(const struct ml_model *model);
/* model.json as it stands in the bundle. */
const char *ml_model_json(const struct ml_model *model, size_t *n);

/* Scores one record after another; not shared by threads. Borrows the model. */
struct ml_scorer;
struct ml_scorer *ml_scorer_new(const struct ml_model *model);
void ml_scorer_free(struct ml_scorer *scorer);

/* Forgets the record's values: every column is missing again, which is what an empty cell is. */
void ml_scorer_clear(struct ml_scorer *scorer);
/*
 * Sets a column (number in the schema) of the record from text, as a CSV cell. ML_EINPUT "column
 * 'age': not a number: 'abc'". TEXT is borrowed until the record is scored.
 */
bool ml_scorer_set(struct ml_scorer *scorer, size_t column, const char *text, size_t n,
                   struct ml_error *err) __attribute__((warn_unused_result));
/* The same from a number: what its shortest decimal would give as text. x is finite. */
bool ml_scorer_set_number(struct ml_scorer *scorer, size_t column, double x, struct ml_error *err)
    __attribute__((warn_unused_result));

/* What is notable about a column of the record. */
enum ml_note {
    ML_NOTE_NONE,
    ML_NOTE_MISSING, /* not set, or set from an empty cell that is no level of its own */
    ML_NOTE_UNSEEN,  /* CATEGORICAL: no level that training kept */
    ML_NOTE_INVALID, /* BINARY: none of the ten words; counts as missing */
};
enum ml_note ml_scorer_note(const struct ml_scorer *scorer, size_t column);
/* BINARY cells so far that were none of the ten words, over all records. */
size_t ml_scorer_invalid(const struct ml_scorer *scorer);
/*
 * Probabilities of the labels for the record: borrowed until the next call, finite, summing to 1.
 * Regression: the value alone, finite, in the target's unit. The same record gives the same bits,
 * however it came.
 */
const double *ml_scorer_score(struct ml_scorer *scorer);
/*
 * Binary: the log-odds of "1" of the record scored last, as the learner has them: before a
 * calibration, which only the probabilities have gone through. Regression: its value. Else 0.
 */
double ml_scorer_margin(const struct ml_scorer *scorer);

/* Whether scores are sums over columns that ml_scorer_explain can give. */
bool ml_model_can_explain(const struct ml_model *model);
/*
 * What each column adds to the margins of the record scored last. n_margins is 1 for a binary model
 * (log-odds of "1") and for a regression (the value), else n_labels (log-odds of each label against
 * the rest).
 *   bias    n_margins
 *   column  schema columns x n_margins, row-major; 0 where a column is no input
 * The bias and the columns' numbers, added in any order, give the margin exactly (as long as none
 * is 64 or more away from 0); for a regression they add up to the value up to rounding.
 */
void ml_scorer_explain(struct ml_scorer *scorer, double *bias, double *column);

/*
 * The label for probabilities: binary by threshold, multiclass the largest (the first of equals). 0
 * for a regression, which has none.
 */
size_t ml_model_decide(const struct ml_model *model, const double *probability, double threshold);
/* The one number that is told of an answer: P("1"), the probability of `label`, or the value. */
double ml_model_headline(const struct ml_model *model, const double *scores, size_t label);

#endif

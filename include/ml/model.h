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
};

struct ml_model;

void ml_model_free(struct ml_model *model);

const char *ml_model_name(const struct ml_model *model); /* "" until published or loaded */
size_t ml_model_version(const struct ml_model *model);
enum ml_problem ml_model_problem(const struct ml_model *model);
const struct ml_schema *ml_model_schema(const struct ml_model *model);
size_t ml_model_n_labels(const struct ml_model *model);
const char *ml_model_label(const struct ml_model *model, size_t i);
/* Binary: score > threshold is label "1". */
double ml_model_threshold(const struct ml_model *model);
/* Share of each label among the training rows; they sum to 1. */
const double *ml_model_prior(const struct ml_model *model);
const char *ml_model_algorithm(const struct ml_model *model);
/* model.json as it stands in the bundle. */
const char *ml_model_json(const struct ml_model *model, size_t *n);

/* Scores one record after another; not shared by threads. Borrows the model. */
struct ml_scorer;
struct ml_scorer *ml_scorer_new(const struct ml_model *model);
void ml_scorer_free(struct ml_scorer *scorer);

/* Forgets the record's values: every column is missing again. */
void ml_scorer_clear(struct ml_scorer *scorer);
/*
 * Sets a column (number in the schema) of the record from text, as a CSV cell. ML_EINPUT "column
 * 'age': not a number: 'abc'". TEXT is borrowed until the record is scored.
 */
bool ml_scorer_set(struct ml_scorer *scorer, size_t column, const char *text, size_t n,
                   struct ml_error *err) __attribute__((warn_unused_result));
/* BINARY cells so far that were none of the ten words, over all records. */
size_t ml_scorer_invalid(const struct ml_scorer *scorer);
/*
 * Probabilities of the labels for the record: borrowed until the next call, finite, summing to 1.
 * The same record gives the same bits, however it came.
 */
const double *ml_scorer_score(struct ml_scorer *scorer);
/* The label for probabilities: binary by threshold, multiclass the largest (the first of equals).
 */
size_t ml_model_decide(const struct ml_model *model, const double *probability, double threshold);

#endif

/*
 * How a model's scores were spread when it was trained: what live scores are compared with.
 *
 * Binary and regression: at most ten bins between deciles of P("1") or of the value. Multiclass:
 * one bin a label, by the answer. Taken from the held-out rows, which the model has not seen
 * either; from the training rows when none were held out.
 */
#ifndef ML_MODEL_REFERENCE_H
#define ML_MODEL_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

/* Bin i holds edge[i - 1] < score <= edge[i]; the last has no upper edge. */
struct ml_reference {
    double *edges; /* owned; strictly ascending; none for multiclass */
    size_t n_edges;
    double *shares; /* owned; n_bins, >= 0, summing to 1 */
    size_t n_bins;  /* 0: unknown */
};

/* From n > 0 finite scores. O(n log n). */
void ml_reference_from_scores(struct ml_reference *out, const double *score, size_t n);
/* From the number of answers of each label; their sum is not 0. */
void ml_reference_from_answers(struct ml_reference *out, const size_t *answers, size_t n_labels);
void ml_reference_release(struct ml_reference *reference);

/* Members of a JSON object, and back. */
void ml_reference_save(const struct ml_reference *reference, struct ml_strbuf *buf);
bool ml_reference_load(struct ml_reference *out, const struct ml_json *object)
    __attribute__((warn_unused_result));

#endif

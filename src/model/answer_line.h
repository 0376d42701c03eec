/*
 * One prediction as a line of CSV in Amazon ML's columns, and the header above it:
 *
 *     binary      [tag,][trueLabel,]bestAnswer,score
 *     multiclass  [tag,][trueLabel,]bestAnswer,<label>,…
 *     regression  [tag,][trueLabel,]score
 *
 * Batch prediction and the daemon write through this, so that a row gives the same bytes
 * everywhere.
 */
#ifndef ML_MODEL_ANSWER_LINE_H
#define ML_MODEL_ANSWER_LINE_H

#include "base/strbuf.h"
#include "data/fields.h"
#include "ml/predict.h"
#include "model/model.h"

void ml_answer_header(const struct ml_model *model, bool has_tag, bool has_truth,
                      struct ml_strbuf *out);

/* A CSV field, quoted where RFC 4180 needs it. */
void ml_answer_add_field(struct ml_strbuf *out, const char *s, size_t n);

/* tag, truth: the row's cells, or NULL where the header has no such column. */
void ml_answer_line(const struct ml_model *model, const struct ml_field *tag,
                    const struct ml_field *truth, const double *scores, double threshold,
                    enum ml_numbers numbers, struct ml_strbuf *out);

#endif

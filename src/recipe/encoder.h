/*
 * Rows to sparse features: a list of fitted steps over the schema's input columns.
 *
 * Fitted once on training rows, frozen, then shared by threads. The result does not depend on the
 * order of the training rows.
 */
#ifndef ML_RECIPE_ENCODER_H
#define ML_RECIPE_ENCODER_H

#include "data/cell.h"
#include "recipe/step.h"

struct ml_encoder; /* opaque */

/*
 * Fits the default recipe on n rows (numbers into data): NUMERIC as z-score and quantile bins,
 * BINARY as 0/1, CATEGORICAL as one feature a level that at least two rows hold, TEXT as words.
 * What all rows share carries no feature. ML_EINPUT when nothing is left, ML_ELIMIT past 2^31 - 2
 * features.
 */
bool ml_encoder_fit(struct ml_encoder **out, const struct ml_dataset *data, const size_t *rows,
                    size_t n, const struct ml_step_options *options, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_encoder_free(struct ml_encoder *encoder);

size_t ml_encoder_n_features(const struct ml_encoder *encoder);
size_t ml_encoder_n_columns(const struct ml_encoder *encoder); /* = the schema's */

/*
 * One cell's text as the value of a schema column. ML_CELL_MISSING and unseen levels are values
 * too; a value's text points into s.
 */
enum ml_cell_status ml_encoder_read(const struct ml_encoder *encoder, size_t column, const char *s,
                                    size_t n, struct ml_value *out);

/* values: one a schema column (those of other roles are not looked at). row is overwritten. */
void ml_encoder_apply(const struct ml_encoder *encoder, const struct ml_value *values,
                      struct ml_sparse *row);

/* Encodes n rows of a data set, in that order. The caller releases the matrix. */
void ml_encoder_apply_dataset(const struct ml_encoder *encoder, const struct ml_dataset *data,
                              const size_t *rows, size_t n, struct ml_csr *out);

/* The JSON object of a bundle, and back: load(save(e)) encodes every row alike. */
void ml_encoder_save(const struct ml_encoder *encoder, struct ml_strbuf *buf);
bool ml_encoder_load(struct ml_encoder **out, const struct ml_json *object,
                     const struct ml_schema *schema, const char *name, struct ml_error *err)
    __attribute__((warn_unused_result));

/* The schema column a feature (< n_features) comes from. O(log steps). */
size_t ml_encoder_column(const struct ml_encoder *encoder, uint32_t feature);

/* "age in (30, 35]", appended to buf. */
void ml_encoder_describe(const struct ml_encoder *encoder, uint32_t feature, struct ml_strbuf *buf);

#endif

/*
 * Rows to sparse features: a recipe fitted on training rows.
 *
 * Fitted once, frozen, then shared by threads, each with a struct ml_encoder_work of its own. The
 * result does not depend on the order of the training rows.
 *
 * What becomes of an output of the recipe, by its kind:
 *   number   its z-score (a bare column too: the scale is the solver's business, and what a linear
 *            model can say stays the same), and whether it is missing where training has such rows
 *            and no quantile_bin of the column, which has a bin for them, is an output
 *   level    one feature a level. CATEGORICAL: levels that at least two training rows hold, and one
 *            more for all others; BINARY: "is 1" and "is missing"; quantile_bin: the bins and
 *            "missing"; cartesian: the combinations that at least two training rows hold
 *   tokens   one feature a token that at least two training rows hold, 1 however often it occurs
 * An output in which all training rows are alike carries no feature.
 */
#ifndef ML_RECIPE_ENCODER_H
#define ML_RECIPE_ENCODER_H

#include "base/sparse.h"
#include "data/cell.h"
#include "data/dataset.h"
#include "recipe/recipe.h"
#include "recipe/value.h"

enum {
    ML_MAX_FEATURES = 0x7ffffffe,
    /* Of the tokens of a text in a cartesian product, in one row; those beyond are not looked at */
    ML_MAX_ROW_COMBINATIONS = 65536,
};

struct ml_encoder; /* opaque */

/*
 * Learns from n rows (numbers into data). recipe, made for data's schema, and that schema must
 * outlive the encoder. ML_EINPUT when nothing varies, ML_ELIMIT past ML_MAX_FEATURES or when a
 * cartesian product has too many combinations. O(n log n) a numeric column.
 */
bool ml_encoder_fit(struct ml_encoder **out, const struct ml_recipe *recipe,
                    const struct ml_dataset *data, const size_t *rows, size_t n,
                    struct ml_error *err) __attribute__((warn_unused_result));
void ml_encoder_free(struct ml_encoder *encoder);

size_t ml_encoder_n_features(const struct ml_encoder *encoder);
size_t ml_encoder_n_columns(const struct ml_encoder *encoder); /* = the schema's */

/*
 * One cell's text as the value of a schema column. ML_CELL_MISSING and unseen levels are values
 * too; a value's text points into s.
 */
enum ml_cell_status ml_encoder_read(const struct ml_encoder *encoder, size_t column, const char *s,
                                    size_t n, struct ml_value *out);

/* What encoding a row needs besides; one thread at a time. */
struct ml_encoder_work;
struct ml_encoder_work *ml_encoder_work_new(const struct ml_encoder *encoder);
void ml_encoder_work_free(struct ml_encoder_work *work);

/* values: one a schema column (those of other roles are not looked at). row is overwritten. */
void ml_encoder_apply(const struct ml_encoder *encoder, struct ml_encoder_work *work,
                      const struct ml_value *values, struct ml_sparse *row);

/* Encodes n rows of a data set, in that order. The caller releases the matrix. */
void ml_encoder_apply_dataset(const struct ml_encoder *encoder, const struct ml_dataset *data,
                              const size_t *rows, size_t n, struct ml_csr *out);

/* Levels of a node of kind ML_KIND_LEVEL. */
size_t ml_encoder_n_levels(const struct ml_encoder *encoder, size_t node);
/*
 * The level of each of n rows at nodes of that kind: id[node], where it is not NULL, takes n
 * numbers below ml_encoder_n_levels, or equal to it for a combination that was not kept.
 */
void ml_encoder_levels(const struct ml_encoder *encoder, const struct ml_dataset *data,
                       const size_t *rows, size_t n, uint32_t *const *id);

/* The JSON object of a bundle, and back: load(save(e)) encodes every row alike. recipe and schema
 * must outlive the encoder. */
void ml_encoder_save(const struct ml_encoder *encoder, struct ml_strbuf *buf);
bool ml_encoder_load(struct ml_encoder **out, const struct ml_recipe *recipe,
                     const struct ml_schema *schema, const struct ml_json *object, const char *name,
                     struct ml_error *err) __attribute__((warn_unused_result));

/*
 * The schema columns a feature (< n_features) is made of, each once, ascending: borrowed; *n is at
 * least 1. O(log outputs).
 */
const size_t *ml_encoder_columns(const struct ml_encoder *encoder, uint32_t feature, size_t *n);

/* "age in (30, 35]", "job = admin. x month = may", appended to buf. */
void ml_encoder_describe(const struct ml_encoder *encoder, uint32_t feature, struct ml_strbuf *buf);

#endif

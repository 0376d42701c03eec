/*
 * Which columns a model lives on, told by the rows that judge it.
 *
 * Permutation (Breiman, Machine Learning 45, 2001; as scikit-learn's permutation_importance): how
 * much the figure gets worse when a column's cells are shuffled among the rows. Binary: the drop in
 * AUC; multiclass: the rise of log-loss; regression: the rise of RMSE. Contribution, of models that
 * are sums: what the column adds to the margins.
 *
 * At most ML_IMPORTANCE_ROWS rows are kept, drawn by the seed when there are more, and fewer when
 * they take more than ML_IMPORTANCE_CELLS cells or ML_IMPORTANCE_BYTES of text.
 */
#ifndef ML_MODEL_IMPORTANCE_H
#define ML_MODEL_IMPORTANCE_H

#include "data/table.h"
#include "model/model.h"

enum {
    ML_IMPORTANCE_ROWS = 50000,
    ML_IMPORTANCE_CELLS = 8 * 1024 * 1024,
    ML_IMPORTANCE_BYTES = 256 * 1024 * 1024,
};

/* Rows as they come by, of which a sample stays. One thread at a time. */
struct ml_importance_rows;
struct ml_importance_rows *ml_importance_rows_new(const struct ml_model *model, uint64_t seed);
void ml_importance_rows_free(struct ml_importance_rows *rows);
/* cells: what ml_importance_pack made; copied. */
void ml_importance_rows_add(struct ml_importance_rows *rows, double truth, const char *cells,
                            size_t n);
/* Appends a record's input cells. Any thread. */
void ml_importance_pack(const struct ml_table *table, const struct ml_field *fields,
                        struct ml_strbuf *out);

struct ml_importances;

/* jobs: threads, 0: one a processor; the numbers do not depend on it. O(columns x repeats x rows)
 * scores. At least one row was added. */
struct ml_importances *ml_importances_measure(const struct ml_model *model,
                                              struct ml_importance_rows *rows, size_t repeats,
                                              size_t jobs);
void ml_importances_free(struct ml_importances *importances);

/*
 * Members: importance_rows, importance_repeats, importance [{column, permutation {metric, mean,
 * sd}, contribution {mean_abs, sd}}, …] from the most to the least important; sd over the repeats,
 * and of the contribution over the rows (several margins: root of the mean variance). contribution
 * is null for a model that is no sum.
 */
void ml_importances_json(struct ml_strbuf *buf, const struct ml_importances *importances);
void ml_importances_text(struct ml_strbuf *buf, const struct ml_importances *importances);

#endif

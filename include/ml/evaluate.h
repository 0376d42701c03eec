/*
 * Judging a model on rows with a known target.
 *
 * Rows that cannot be scored, or whose target is missing, no label the model knows or no number,
 * are left out of every figure and counted.
 */
#ifndef ML_EVALUATE_H
#define ML_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ml/data.h"
#include "ml/model.h"
#include "ml/split.h"

struct ml_evaluate_options {
    struct ml_csv_options csv;
    const struct ml_selection *rows; /* of the data; NULL: all */
    double threshold; /* binary; negative: the model's own; refused for a regression */
    bool has_cost;    /* binary: price the errors */
    double cost_fp;
    double cost_fn;
    size_t jobs; /* threads; 0: one a processor */

    /* Also tell which columns matter, by shuffling one after another so many times: 0: no. Rows
     * beyond 50,000 are sampled. */
    size_t importance_repeats;
    uint64_t importance_seed;
};

#define ML_EVALUATE_OPTIONS_INIT                                                                   \
    {                                                                                              \
        .csv = ML_CSV_OPTIONS_INIT, .threshold = -1.0                                              \
    }

struct ml_evaluation; /* borrows the model */

/*
 * data: path or "-"; NULL: the rows that training held out, found again from the model's provenance
 * (ML_ECONFLICT when the file's digest is no longer the one trained on, ML_EINPUT when nothing was
 * held out or training read standard input); options->rows then has no say.
 */
bool ml_evaluate(struct ml_evaluation **out, const struct ml_model *model, const char *data,
                 const struct ml_evaluate_options *options, const struct ml_talk *talk,
                 struct ml_error *err) __attribute__((warn_unused_result));
void ml_evaluation_free(struct ml_evaluation *evaluation);

size_t ml_evaluation_rows(const struct ml_evaluation *evaluation);
size_t ml_evaluation_rejected(const struct ml_evaluation *evaluation);

/* One JSON object with a final newline / tables for people; to be freed with free. */
char *ml_evaluation_json(const struct ml_evaluation *evaluation);
char *ml_evaluation_text(const struct ml_evaluation *evaluation);

#endif

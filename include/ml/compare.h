/*
 * Two models judged on the same rows, and which of them to have in use.
 *
 *     struct ml_comparison_options options = ML_COMPARISON_OPTIONS_INIT;
 *     if (!ml_compare_models(&comparison, champion, challenger, "june.csv", &options, &talk, &err))
 *
 * Rows that either model cannot score, or whose target is missing, no label or no number, are left
 * out of both and counted. Model a is the one in use, b the one that might take its place.
 */
#ifndef ML_COMPARE_H
#define ML_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ml/data.h"
#include "ml/model.h"
#include "ml/split.h"

struct ml_comparison_options {
    struct ml_csv_options csv;
    const struct ml_selection *rows; /* of the data; NULL: all */
    double threshold_a; /* binary, 0..1; negative: the model's own; refused for other problems */
    double threshold_b;
    uint64_t seed; /* of the resampling that gives log-loss and errors their intervals */
    size_t jobs;   /* threads; 0: one a processor */
};

#define ML_COMPARISON_OPTIONS_INIT                                                                 \
    {                                                                                              \
        .csv = ML_CSV_OPTIONS_INIT, .threshold_a = -1.0, .threshold_b = -1.0, .seed = 42           \
    }

struct ml_comparison; /* owns all it needs */

/*
 * Both models must have the same target and labels; other columns may differ: each reads those it
 * needs. data: path or "-", whose rows should not have trained either model; NULL: the rows that
 * both held out, when they were trained on the same split of the same file, which is still there
 * (ML_EINPUT and ML_ECONFLICT as ml_evaluate; options->rows then has no say). ML_EINPUT when no row
 * can be judged, or only rows of one class of two. 8 bytes a row and score, and 48 more a row.
 */
bool ml_compare_models(struct ml_comparison **out, const struct ml_model *a,
                       const struct ml_model *b, const char *data,
                       const struct ml_comparison_options *options, const struct ml_talk *talk,
                       struct ml_error *err) __attribute__((warn_unused_result));
void ml_comparison_free(struct ml_comparison *comparison);

size_t ml_comparison_rows(const struct ml_comparison *comparison);
size_t ml_comparison_rejected(const struct ml_comparison *comparison);

/* One JSON object with a final newline / tables for people; to be freed with free. */
char *ml_comparison_json(const struct ml_comparison *comparison);
char *ml_comparison_text(const struct ml_comparison *comparison);

#endif

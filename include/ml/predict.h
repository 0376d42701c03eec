/*
 * Batch prediction: a CSV file in, Amazon ML's columns out, row for row.
 *
 *     binary      [tag,][trueLabel,]bestAnswer,score
 *     multiclass  [tag,][trueLabel,]bestAnswer,<label>,…
 *     regression  [tag,][trueLabel,]score
 *
 * tag is there when the schema has a row id and the file has its column; trueLabel when the file
 * has the target's. A row that cannot be scored gives an empty line. Constant memory; the output
 * does not depend on jobs, and a file gives the same bytes as a pipe.
 */
#ifndef ML_PREDICT_H
#define ML_PREDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "ml/data.h"
#include "ml/model.h"
#include "ml/split.h"

enum ml_numbers {
    ML_NUMBERS_SHORTEST, /* the shortest decimal that reads back to the same double */
    ML_NUMBERS_AMAZONML, /* "9.96733E-1": six decimals, lossy */
};

struct ml_predict_options {
    struct ml_csv_options csv;
    const struct ml_selection *rows; /* of the data; NULL: all */
    double threshold; /* binary; negative: the model's own; refused for a regression */
    enum ml_numbers numbers;
    size_t jobs;          /* threads; 0: one a processor */
    const char *out_name; /* ml_predict_batch: what the manifest calls out; NULL: itself */
};

#define ML_PREDICT_OPTIONS_INIT                                                                    \
    {                                                                                              \
        .csv = ML_CSV_OPTIONS_INIT, .threshold = -1.0                                              \
    }

struct ml_predict_summary {
    size_t n_rows;
    size_t n_rejected;
    size_t n_invalid;         /* BINARY cells that are no binary value and counted as missing */
    size_t n_ignored_columns; /* in the header, unknown to the model */
};

/*
 * in: path or "-"; out: path, or "-" or NULL for standard output; one that ends in ".gz" is packed.
 * A file appears complete or not at all. ML_EINPUT when there are rows and none of them can be
 * scored, ML_ELIMIT past csv.max_rejected.
 */
bool ml_predict(const struct ml_model *model, const char *in, const char *out,
                const struct ml_predict_options *options, const struct ml_talk *talk,
                struct ml_predict_summary *summary, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * The same with the output given to a function, piece by piece in order, from the calling thread.
 * What was given before a failure is to be thrown away.
 */
typedef bool (*ml_predict_sink)(void *ctx, const void *bytes, size_t n, struct ml_error *err);
bool ml_predict_to(const struct ml_model *model, const char *in, ml_predict_sink sink,
                   void *sink_ctx, const struct ml_predict_options *options,
                   const struct ml_talk *talk, struct ml_predict_summary *summary,
                   struct ml_error *err) __attribute__((warn_unused_result));

enum { ML_BATCH_ID_BYTES = 65 };

/* "bp-" and 11 random letters and digits. */
void ml_batch_id_make(char id[ML_BATCH_ID_BYTES]);

/*
 * Batch prediction with Amazon ML's names, one result for each file of the data:
 *
 *     <out>batch-prediction/result/<id>-<name of the file>.gz
 *     <out>batch-prediction/<id>.manifest
 *
 * A result is gzip; a file that is named *.gz keeps its name. The manifest is one JSON object, a
 * file's path -> its result's path, both as in and out say them, or csv.name and out_name where
 * they are given; it is written last, and appears complete or not at all. A failure leaves neither
 * it nor a result.
 *
 * in: a file or a directory, not "-". out: a directory with its final '/', without "//", "/./",
 * "/../" and ':', made if missing. id: 1 to 64 of [A-Za-z0-9_.-]. ML_ECONFLICT when something of
 * this id is there already; else as ml_predict.
 */
bool ml_predict_batch(const struct ml_model *model, const char *in, const char *out, const char *id,
                      const struct ml_predict_options *options, const struct ml_talk *talk,
                      struct ml_predict_summary *summary, struct ml_error *err)
    __attribute__((warn_unused_result));

enum ml_part {
    ML_PART_ALL,
    ML_PART_TRAIN, /* the rows that trained the model, when the file is the one it was trained on */
    ML_PART_HELD_OUT, /* the others */
};

/*
 * Writes the rows as the solvers see them, in the text format of LIBLINEAR and libsvm: class
 * number, or a regression's value, then 1-based index:value pairs. Rows that cannot be scored or
 * lack a known target are left out and counted. In the training part invalid cells count as
 * missing, as they did in training.
 */
bool ml_encode(const struct ml_model *model, const char *in, const char *out, enum ml_part part,
               const struct ml_predict_options *options, const struct ml_talk *talk,
               struct ml_predict_summary *summary, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

/*
 * Rows of a file through a model: read in blocks, scored in parallel, handed on in file order.
 *
 *     source -> block -> [worker: split, score, write bytes] -> sink, in the order of the blocks
 *
 * Memory is a few blocks, whatever the file's size. What the sink receives does not depend on the
 * number of workers or on how the file was cut into blocks.
 */
#ifndef ML_MODEL_BATCH_H
#define ML_MODEL_BATCH_H

#include "data/table.h"
#include "model/model.h"

struct ml_batch_ops {
    /* Whether the row (number in the file) is wanted; NULL: all are. Any worker. */
    bool (*wants)(const void *ctx, size_t row);
    /*
     * A row whose inputs are set in the scorer: append what the sink shall get. False rejects it
     * with a message without place. Any worker.
     */
    bool (*row)(const void *ctx, struct ml_scorer *scorer, const struct ml_field *fields,
                struct ml_strbuf *out, struct ml_error *err);
    /* A rejected row: append what stands in its place. NULL: nothing. */
    void (*rejected)(const void *ctx, struct ml_strbuf *out);
    /* The file (number and name in the source) of the next bytes, once or more; NULL: no matter. */
    bool (*file)(void *sink_ctx, size_t file, const char *name, struct ml_error *err);
    /* The next blocks' bytes, in order; called by the caller's thread. False ends the job. */
    bool (*sink)(void *sink_ctx, const struct ml_strbuf *bytes, struct ml_error *err);
};

struct ml_batch {
    const struct ml_model *model;
    struct ml_table *table; /* opened with the model's schema, ML_MATCH_NAMES */
    const struct ml_batch_ops *ops;
    const void *ctx; /* for wants, row, rejected */
    void *sink_ctx;
    size_t jobs; /* workers; 0: one a processor */
    size_t max_rejected;
    const struct ml_talk *talk;
    const char *stage; /* for progress: "scoring" */
};

struct ml_batch_count {
    size_t n_rows;     /* wanted */
    size_t n_rejected; /* of those */
    size_t n_invalid;  /* BINARY cells that counted as missing */
};

/* Fails when reading or the sink does, or past max_rejected rejected rows (ML_ELIMIT). */
bool ml_batch_run(const struct ml_batch *batch, struct ml_batch_count *count, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

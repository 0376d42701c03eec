/*
 * A file's blocks through worker threads and back in the order of the file.
 *
 *     source -> block -> [worker: block to product] -> drain, in the order of the blocks
 *
 * Memory is two blocks and products a worker, whatever the file's size; what `drain` sees does not
 * depend on the number of workers.
 */
#ifndef ML_DATA_PIPELINE_H
#define ML_DATA_PIPELINE_H

#include "data/source.h"

/* The unusable records of one block. */
struct ml_rejects {
    size_t n;
    size_t n_explained;
    char *explained[ML_MAX_EXPLAINED]; /* owned */
};

/* Counts one more, with the whole story: "banking.csv:217: 19 fields, expected 21". */
void ml_rejects_add(struct ml_rejects *rejects, const char *message);

struct ml_pipeline_ops {
    /* What a thread needs for itself, and what one block becomes; both are reused. Caller's thread
     * or the worker's. */
    void *(*worker_new)(const void *ctx);
    void (*worker_free)(void *worker);
    void *(*product_new)(const void *ctx);
    void (*product_free)(void *product);
    /* Any worker; the product holds an earlier block's remains. */
    void (*work)(const void *ctx, void *worker, const struct ml_block *block, void *product,
                 struct ml_rejects *rejects);
    /* The next block's product; the caller's thread. False ends the job. */
    bool (*drain)(void *drain_ctx, void *product, struct ml_error *err);
};

struct ml_pipeline {
    struct ml_source *source; /* behind its header */
    const struct ml_pipeline_ops *ops;
    const void *ctx; /* shared by the workers */
    void *drain_ctx;
    size_t jobs; /* workers; 0: one a processor */
    size_t max_rejected;
    const struct ml_talk *talk;
    const char *stage; /* for progress: "scoring" */
};

/*
 * Runs to the end of the source. The first ML_MAX_EXPLAINED rejected records go to talk->note.
 * Fails when reading or draining does, or past max_rejected (ML_ELIMIT). *n_rejected is set on
 * success.
 */
bool ml_pipeline_run(const struct ml_pipeline *pipeline, size_t *n_rejected, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

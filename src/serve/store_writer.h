/*
 * One transaction of the store: predictions, experiments and outcomes applied to the database and
 * to the figures of their arms. Used by the writer thread alone.
 */
#ifndef ML_SERVE_STORE_WRITER_H
#define ML_SERVE_STORE_WRITER_H

#include "serve/store_db.h"

enum { ML_MAX_CACHED_ARMS = 64 };

/* A request to begin an experiment; its maker waits. */
struct ml_store_begin {
    const struct ml_store_experiment *experiment;
    int64_t *arm_ids;
    bool is_done;
    bool ok;
    struct ml_error err;
    struct ml_store_begin *next;
};

struct ml_store_writer {
    struct ml_db db;
    struct ml_db_arm arms[ML_MAX_CACHED_ARMS]; /* those worked on lately */
    size_t n_arms;
    size_t n_repeated; /* predictions whose id was there already, since the last look */
};

void ml_writer_release(struct ml_store_writer *writer);

/* Each within a transaction. */
bool ml_writer_predict(struct ml_store_writer *writer, const struct ml_prediction_row *row,
                       struct ml_error *err) __attribute__((warn_unused_result));
bool ml_writer_begin(struct ml_store_writer *writer, struct ml_store_begin *begin,
                     struct ml_error *err) __attribute__((warn_unused_result));
/* Sets the outcome's status; false only when the database failed. */
bool ml_writer_outcome(struct ml_store_writer *writer, struct ml_outcome *outcome,
                       struct ml_error *err) __attribute__((warn_unused_result));

/* Writes figures that changed and commits; or forgets everything since the transaction began. */
bool ml_writer_commit(struct ml_store_writer *writer, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_writer_rollback(struct ml_store_writer *writer);

#endif

/*
 * The database behind the store: tables, statements, transactions. SQLite's only user.
 *
 * One struct ml_db is one connection, used by one thread at a time. What goes wrong with the disk
 * fails with ML_EIO and leaves the transaction to be rolled back.
 */
#ifndef ML_SERVE_STORE_DB_H
#define ML_SERVE_STORE_DB_H

#include "serve/store.h"

enum { ML_N_STATEMENTS = 20 };

struct ml_db {
    struct sqlite3 *handle;
    struct sqlite3_stmt *statements[ML_N_STATEMENTS];
};

/* An arm as the writer works on it. */
struct ml_db_arm {
    int64_t id;
    int64_t experiment;
    char endpoint[ML_STORE_NAME_BYTES];
    enum ml_metric metric;
    bool is_binary;
    struct ml_json *labels; /* owned: an array of strings */
    struct ml_arm_figures figures;
    bool is_dirty;
};

void ml_db_arm_release(struct ml_db_arm *arm);

/* is_writer: creates tables and sets up the journal; else read-only. */
bool ml_db_open(struct ml_db *db, const char *path, bool is_writer, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_db_close(struct ml_db *db);

/* is_durable: the commit waits for the disk. */
bool ml_db_begin(struct ml_db *db, bool is_durable, struct ml_error *err)
    __attribute__((warn_unused_result));
bool ml_db_commit(struct ml_db *db, struct ml_error *err) __attribute__((warn_unused_result));
/* Writes what is there already, to see whether the disk takes it. */
bool ml_db_touch(struct ml_db *db, struct ml_error *err) __attribute__((warn_unused_result));
void ml_db_rollback(struct ml_db *db);

bool ml_db_load_arm(struct ml_db *db, int64_t id, struct ml_db_arm *out, struct ml_error *err)
    __attribute__((warn_unused_result));
bool ml_db_save_arm(struct ml_db *db, const struct ml_db_arm *arm, struct ml_error *err)
    __attribute__((warn_unused_result));

/* *is_new: false when the id (for a shadow: with that arm) is there already, and stays. */
bool ml_db_add_prediction(struct ml_db *db, const struct ml_prediction_row *row, bool *is_new,
                          struct ml_error *err) __attribute__((warn_unused_result));
bool ml_db_add_shadow(struct ml_db *db, const struct ml_prediction_row *row, bool *is_new,
                      struct ml_error *err) __attribute__((warn_unused_result));
/* *is_new: the key was not seen in this experiment before. */
bool ml_db_expose(struct ml_db *db, int64_t experiment, uint64_t key, int64_t arm, bool *is_new,
                  struct ml_error *err) __attribute__((warn_unused_result));
/* Counts an outcome of the key; *is_first: it had none before. */
bool ml_db_expose_outcome(struct ml_db *db, int64_t experiment, uint64_t key, bool *is_first,
                          struct ml_error *err) __attribute__((warn_unused_result));

/* *found: whether there is such a row; then the row's members are set, but for the id. */
bool ml_db_find_prediction(struct ml_db *db, const char *id, struct ml_prediction_row *out,
                           bool *found, struct ml_error *err) __attribute__((warn_unused_result));
/* Arm and label of every shadow of the prediction, at most `max`. */
bool ml_db_find_shadows(struct ml_db *db, const char *id, struct ml_prediction_row *out, size_t max,
                        size_t *n, struct ml_error *err) __attribute__((warn_unused_result));
/* What was recorded for the id before: label NUL-terminated, or reward. */
struct ml_db_outcome {
    bool has_label;
    char label[ML_STORE_LABEL_BYTES];
    double reward;
};
bool ml_db_find_outcome(struct ml_db *db, const char *id, struct ml_db_outcome *out, bool *found,
                        struct ml_error *err) __attribute__((warn_unused_result));
bool ml_db_add_outcome(struct ml_db *db, const struct ml_outcome *outcome, int64_t time_ms,
                       struct ml_error *err) __attribute__((warn_unused_result));

/* The latest experiment's number and settings, or *found false. */
bool ml_db_find_experiment(struct ml_db *db, const char *endpoint, struct ml_arm_report *out,
                           bool *found, struct ml_error *err) __attribute__((warn_unused_result));
/* Its arms in order; ids may be NULL, else as many numbers, to be freed with free. */
bool ml_db_load_arms(struct ml_db *db, struct ml_arm_report *report, int64_t **ids,
                     struct ml_error *err) __attribute__((warn_unused_result));
bool ml_db_add_arm(struct ml_db *db, int64_t experiment, size_t position,
                   const struct ml_store_arm *arm, int64_t *id, struct ml_error *err)
    __attribute__((warn_unused_result));
bool ml_db_add_experiment(struct ml_db *db, const struct ml_store_experiment *experiment,
                          int64_t time_ms, int64_t *arm_ids, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Names of endpoints that have an experiment, at most `max`. */
bool ml_db_endpoints(struct ml_db *db, char (*names)[ML_STORE_NAME_BYTES], size_t max, size_t *n,
                     struct ml_error *err) __attribute__((warn_unused_result));

/* Bytes in use. */
bool ml_db_size(struct ml_db *db, uint64_t *bytes, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Deletes at most `max` of the oldest predictions with their outcomes; *n becomes how many. */
bool ml_db_prune(struct ml_db *db, size_t max, size_t *n, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

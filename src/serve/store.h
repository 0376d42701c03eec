/*
 * What was predicted and what came of it: prediction log, outcomes and experiments, kept in SQLite
 * (this is SQLite's only user) at <dir>/mlserved.db.
 *
 *     predict thread ── row ──> bounded queue ──┐
 *     request thread ── outcome ──> queue ──────┴─> writer thread ── one transaction a batch ──>
 * WAL
 *
 * One writer thread owns the database. Predictions never wait for it: when their queue is full the
 * row is dropped and counted. An outcome is answered only after its transaction is on disk
 * (synchronous=FULL), together with every prediction queued before it. Batches that hold
 * predictions only are committed without waiting for the disk (synchronous=NORMAL): a power cut may
 * lose the last of them, kill -9 does not.
 *
 * An experiment is one unbroken run of an endpoint with the same arms (variant, model, version,
 * weight), metric and goal. The same arms again, after a restart, resume it; other arms begin a new
 * one. Shadows answer nobody: they may come and go within one. Figures of arms are kept as sums
 * beside the rows, so that a report costs the same after ten million predictions, and old rows can
 * be pruned.
 *
 * All functions are thread-safe unless they say otherwise.
 */
#ifndef ML_SERVE_STORE_H
#define ML_SERVE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "serve/ulid.h"

#define ML_STORE_FILE "mlserved.db"

enum {
    ML_STORE_NAME_BYTES = 65, /* endpoints, variants, models: 64 characters and a NUL */
    ML_STORE_ID_BYTES = 73,   /* inference ids: a client's 64 printable ones, "#1000000", a NUL */
    ML_STORE_LABEL_BYTES = 257,
};

struct ml_store;

struct ml_store_options {
    const char *dir;   /* created if missing, mode 0700 */
    size_t queue_rows; /* predictions waiting for the writer; memory is taken at once */
    uint64_t
        max_bytes; /* of the database: beyond, the oldest predictions are deleted; 0: no limit */
};

struct ml_store_stats {
    uint64_t logged;   /* predictions committed since the start */
    uint64_t dropped;  /* predictions lost because the queue was full or the disk refused */
    uint64_t repeated; /* of those logged: not kept, for their id was there already */
    uint64_t pruned;
    uint64_t failed_commits;
    size_t queued;
    size_t queue_rows;
    uint64_t file_bytes; /* database without WAL, as of the last commit */
    bool is_writable;    /* the last commit succeeded */
};

/* Opens or creates the database and starts the writer. ML_EINPUT when the file is no such database,
 * ML_ECONFLICT when another process has it open for writing. */
bool ml_store_open(struct ml_store **out, const struct ml_store_options *options,
                   struct ml_error *err) __attribute__((warn_unused_result));
/* Writes what is queued, answers what waits, checkpoints, closes. NULL is fine. */
void ml_store_close(struct ml_store *store);
void ml_store_stats(struct ml_store *store, struct ml_store_stats *out);

enum ml_metric {
    ML_METRIC_POSITIVE, /* an outcome's label counts 1 when it is the positive one */
    ML_METRIC_ACCURACY, /* … when it is the label that was predicted */
    /* Regression: a label is the true number, and counts as the squared error of what was predicted
     * (at most 1e120), or as minus that where higher is better, so that rewards may stand beside
     * it. */
    ML_METRIC_SQUARED_ERROR,
    ML_METRIC_NEGATIVE_SQUARED_ERROR,
};

/* One arm of an experiment as an endpoint declares it. Strings borrowed. */
struct ml_store_arm {
    const char *variant;
    const char *model;
    size_t version;
    double weight; /* as configured, >= 0; 0 for a shadow */
    bool is_shadow;
    bool is_binary; /* labels are "0" and "1" and outcomes may be any of the ten binary words */
    const char *const *labels;
    size_t n_labels; /* 0: a regression */
};

struct ml_store_experiment {
    const char *endpoint;
    enum ml_metric metric;
    bool lower_is_better;
    const struct ml_store_arm
        *arms; /* in the endpoint's order, the first assigned one the control */
    size_t n_arms;
    bool is_new; /* never resume: something else has changed what outcomes are about */
};

/*
 * Begins the endpoint's experiment, or resumes its latest one when that is the same. arm_ids:
 * n_arms numbers for the rows to log. Waits for the disk. An arm's id stays valid for ever.
 */
bool ml_store_begin(struct ml_store *store, const struct ml_store_experiment *experiment,
                    int64_t *arm_ids, struct ml_error *err) __attribute__((warn_unused_result));

/* Why a prediction went to its variant. The first two are part of the experiment. */
enum ml_assignment {
    ML_ASSIGNED_BY_KEY,     /* hash of the key */
    ML_ASSIGNED_AT_RANDOM,  /* no key */
    ML_ASSIGNED_BY_PIN,     /* the call named it */
    ML_ASSIGNED_BY_DEFAULT, /* a key outside the coverage: the control, not counted */
    ML_ASSIGNED_AS_SHADOW,  /* a copy; the id is that of the prediction that was answered */
};

/* The wide members first: the queue holds many. */
struct ml_prediction_row {
    int64_t time_ms; /* since 1970, UTC */
    int64_t arm;
    uint64_t key_hash;  /* of the key: the key itself is never stored */
    double score;       /* ml_model_headline: P("1"), that of the predicted label, or the value */
    uint8_t assignment; /* enum ml_assignment */
    bool has_key;
    bool is_follower; /* it went where the row before it went: no assignment of its own */
    uint16_t label;   /* predicted, number in the arm's labels; 0 for a regression */
    /* Last, as the queue copies what stands before it. NUL-terminated; what is logged already stays
     * as it is. */
    char id[ML_STORE_ID_BYTES];
};

/* Queues rows for logging; false when they were dropped. Never blocks on the disk. */
bool ml_store_log(struct ml_store *store, const struct ml_prediction_row *rows, size_t n);

enum ml_outcome_status {
    ML_OUTCOME_NEW,       /* recorded and durable */
    ML_OUTCOME_SAME,      /* was recorded before with the same value */
    ML_OUTCOME_DIFFERENT, /* was recorded before with another value, which stays */
    ML_OUTCOME_UNKNOWN,   /* no prediction of that id at that endpoint */
    ML_OUTCOME_BAD_LABEL, /* no label of the model that predicted, or no number; err says so */
    ML_OUTCOME_FAILED,    /* the disk refused; err says why; nothing was recorded */
};

/* Whether it can be an inference id: 1 to 72 printable ASCII characters, no space first. */
bool ml_store_is_id(const char *id);

/* One outcome on its way. The caller keeps it alive until `done` is called. */
struct ml_outcome {
    char endpoint[ML_STORE_NAME_BYTES];
    char id[ML_STORE_ID_BYTES];
    bool has_label; /* else reward */
    char label[ML_STORE_LABEL_BYTES];
    double reward;                            /* finite */
    void (*done)(struct ml_outcome *outcome); /* from the writer thread; must not block */
    void *ctx;
    /* Set before done: */
    enum ml_outcome_status status;
    char variant[ML_STORE_NAME_BYTES]; /* that made the prediction; NEW, SAME, DIFFERENT */
    struct ml_error err;
    struct ml_outcome *next; /* the store's own */
};

/* Queues an outcome; false (and done is not called) when too many wait already. */
bool ml_store_outcome(struct ml_store *store, struct ml_outcome *outcome);

/* An arm's figures. Release the report with ml_arm_report_release. */
struct ml_arm_figures {
    char variant[ML_STORE_NAME_BYTES];
    char model[ML_STORE_NAME_BYTES];
    size_t version;
    double weight;
    bool is_shadow;
    uint64_t assignments; /* distinct keys, and each prediction that was assigned at random */
    uint64_t predictions; /* all of them, pinned ones too */
    uint64_t outcomes;    /* of assigned predictions: those the experiment counts */
    uint64_t keys_with_outcomes; /* distinct; less than outcomes of keyed ones: repeats */
    uint64_t keyed_outcomes;
    double mean;       /* of the outcomes' values (label by the metric, or reward); 0 without any */
    double m2;         /* sum of squared deviations from mean */
    bool all_binary;   /* every value is 0 or 1 */
    uint64_t labelled; /* outcomes by label, of any assignment, shadows' copies too */
    uint64_t correct;  /* of these, where the predicted label was right; 0 for a regression */
};

struct ml_arm_report {
    char endpoint[ML_STORE_NAME_BYTES];
    int64_t experiment;
    int64_t started_ms;
    enum ml_metric metric;
    bool lower_is_better;
    struct ml_arm_figures *arms; /* owned; the endpoint's order */
    size_t n_arms;
};

/* The endpoint's latest experiment, as of the last commit; from memory, no disk. ML_ENOTFOUND. */
bool ml_store_report(struct ml_store *store, const char *endpoint, struct ml_arm_report *out,
                     struct ml_error *err) __attribute__((warn_unused_result));
/* The same from the file, without a running daemon or beside one. endpoint NULL: the only one there
 * is (ML_EINPUT naming them when there are several). */
bool ml_store_read_report(const char *dir, const char *endpoint, struct ml_arm_report *out,
                          struct ml_error *err) __attribute__((warn_unused_result));
void ml_arm_report_release(struct ml_arm_report *report);

#endif

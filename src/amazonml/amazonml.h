/*
 * Amazon Machine Learning's control plane: 27 operations on data sources, models, evaluations and
 * batch predictions, and the order in which their jobs run. (Predict, the 28th, is a protocol:
 * protocol/amazonml.h.)
 *
 *     operation ──> record on disk ──> waits for what it is made of ──> job ──> record ──> waiters
 *
 * Knows neither HTTP nor endpoints: what runs jobs, where data lie and what serves a model is
 * behind struct ml_amazonml_host.
 */
#ifndef ML_AMAZONML_AMAZONML_H
#define ML_AMAZONML_AMAZONML_H

#include <stdint.h>

#include "amazonml/entity.h"
#include "amazonml/fault.h"
#include "base/strbuf.h"

struct ml_amazonml;
struct ml_registry;

/* A job's result: JSON text, or NULL and why there is none. */
typedef void (*ml_amazonml_done)(void *ctx, const char *id, const char *result, size_t n,
                                 const char *problem);

/* add, cancel, now_ms and log_… are called by several threads, the others by one at a time. Strings
 * are borrowed. */
struct ml_amazonml_host {
    void *ctx;
    struct ml_registry *registry;
    size_t n_slots; /* jobs that it may have at a time, 1 or more */
    /* Runs a task; done may be called from any thread, or from within. */
    bool (*add)(void *ctx, const char *id, const char *task, size_t n, ml_amazonml_done done,
                void *done_ctx);
    /* Ends it. done may still be under way, afterwards it is not called any more. */
    void (*cancel)(void *ctx, const char *id);
    /* The path (to be freed with free) that a location such as "s3://bucket/key" stands for. */
    bool (*locate)(void *ctx, char **path, const char *location, bool must_exist,
                   struct ml_error *err);
    /* Serves a version of a model under that name / no more. */
    bool (*mount)(void *ctx, const char *name, const char *reference, struct ml_error *err);
    bool (*unmount)(void *ctx, const char *name, struct ml_error *err);
    /* A threshold in the registry has changed. */
    void (*refresh)(void *ctx);
    int64_t (*now_ms)(void *ctx); /* since 1970 */
    /* A job has ended. May be called under a lock: must not call back. */
    void (*log_job)(void *ctx, const struct ml_aml_entity *entity);
    /* A record could not be written: what it says is lost with this process. As log_job. */
    void (*log_unsaved)(void *ctx, const struct ml_aml_entity *entity, const struct ml_error *why);
};

/* Reads folder (made when it is missing). host is copied; nothing of it is called yet. */
bool ml_amazonml_open(struct ml_amazonml **out, const char *folder,
                      const struct ml_amazonml_host *host, struct ml_error *err)
    __attribute__((warn_unused_result));
/* The same without a host, for looking up only: nothing is written, locked or started. */
bool ml_amazonml_read(struct ml_amazonml **out, const char *folder, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Queues again what was waiting or under way, and makes endpoints that were half made. Once. */
void ml_amazonml_start(struct ml_amazonml *control);
/* No job is begun or fails any more: to be called before the host kills what runs. NULL is fine. */
void ml_amazonml_stop(struct ml_amazonml *control);
/* After the last call of done. What runs is run again after the next open. NULL is fine. */
void ml_amazonml_close(struct ml_amazonml *control);

struct ml_amazonml_call {
    const char *operation; /* "CreateMLModel" */
    const char *body;
    size_t body_bytes;
    const char *url; /* where predictions go: "http://host/" */
};

/*
 * The id that the operation is about, for the log: "" when the body names none. No further than the
 * body says; needs no lock.
 */
void ml_amazonml_subject(char id[ML_AML_ID_BYTES], const struct ml_amazonml_call *call);

/* Appends the answer's JSON to out, or says why not. Thread-safe; writes to the disk. */
bool ml_amazonml_run(struct ml_amazonml *control, const struct ml_amazonml_call *call,
                     struct ml_strbuf *out, struct ml_aml_fault *fault)
    __attribute__((warn_unused_result));

enum ml_amazonml_mounted {
    ML_AMAZONML_UNKNOWN, /* no model of that id was ever made here */
    ML_AMAZONML_UNMOUNTED,
    ML_AMAZONML_MOUNTED,
};

/*
 * For predictions: whether the model is served, and the name under which. Thread-safe, waits for
 * nobody.
 */
enum ml_amazonml_mounted ml_amazonml_look_up(struct ml_amazonml *control, const char *id,
                                             char name[ML_AML_ID_BYTES]);
/*
 * Whether the registry's model of that name was made here, or its id is taken here: such a model is
 * served when CreateRealtimeEndpoint says so, not by being there. Thread-safe, waits for nobody.
 */
bool ml_amazonml_owns(struct ml_amazonml *control, const char *registry_name);

#endif

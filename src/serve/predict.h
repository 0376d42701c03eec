/*
 * A call through an endpoint: each record to its variant, scored, noted, logged.
 */
#ifndef ML_SERVE_PREDICT_H
#define ML_SERVE_PREDICT_H

#include "protocol/call.h"
#include "serve/endpoint.h"
#include "serve/server.h"

/* Why a call was not answered. */
struct ml_predict_fault {
    int status;
    const char *code;  /* static */
    const char *field; /* the column it is about, or NULL */
    struct ml_error err;
};

/*
 * Answers every record of the call, or none: answers (in the arena, call->n_records of them) borrow
 * from the endpoint, the call and the arena. *variant becomes that of the first record. Logs and
 * counts only when all could be scored. The endpoint must be referenced until the answers are
 * written.
 */
bool ml_predict_call(struct ml_call_answer **answers, struct ml_server *server,
                     const struct ml_endpoint *endpoint, const struct ml_call *call,
                     struct ml_arena *arena, const struct ml_variant **variant,
                     struct ml_predict_fault *fault) __attribute__((warn_unused_result));

/* Whether the model takes a call's threshold (NaN: none given); a regression has none. */
bool ml_predict_check_threshold(const struct ml_model *model, double threshold,
                                struct ml_predict_fault *fault) __attribute__((warn_unused_result));

/* Sets a record's cells in the scorer, which is cleared first. place: as in struct ml_call_record.
 */
bool ml_predict_fill(struct ml_scorer *scorer, const struct ml_loaded *loaded,
                     const struct ml_call_record *record, bool is_strict, size_t *n_unknown,
                     struct ml_predict_fault *fault) __attribute__((warn_unused_result));

/*
 * Copies of answered records for an endpoint's shadows: what is scored after the reply has gone.
 * Holds the arena that the records live in.
 */
struct ml_shadow_task {
    struct ml_server *server;
    struct ml_endpoint *endpoint; /* a reference of its own */
    const struct ml_call *call;
    const struct ml_call_answer *answers;
    struct ml_arena arena;
};

/* A task in the arena, or NULL when the endpoint has no shadows. */
struct ml_shadow_task *ml_shadow_prepare(struct ml_server *server, struct ml_endpoint *endpoint,
                                         const struct ml_call *call,
                                         const struct ml_call_answer *answers,
                                         struct ml_arena *arena);
/* Queues it, and takes the arena along; drops and counts it when too many wait. */
void ml_shadow_send(struct ml_shadow_task *task, struct ml_arena *arena);

#endif

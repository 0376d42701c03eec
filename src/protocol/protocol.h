/*
 * A protocol: bytes to a neutral call, answers and refusals to bytes. One file each; no sockets,
 * no endpoints.
 *
 *     body ── read ──> struct ml_call ──> (variant, scores) ──> answers ── write ──> body
 *                  └─ what it refuses, and what anybody else does ── refuse ──> body
 *
 * All functions are thread-safe; what they allocate is in the arena or in the reply's body.
 */
#ifndef ML_PROTOCOL_PROTOCOL_H
#define ML_PROTOCOL_PROTOCOL_H

#include "protocol/call.h"

/* In the order of their names in the configuration's "protocols". */
enum ml_protocol_id {
    ML_PROTOCOL_SAGEMAKER,
    ML_PROTOCOL_AMAZONML,
    ML_PROTOCOL_OIP, /* Open Inference Protocol, version 2 */
    ML_PROTOCOL_V1,  /* KServe's and TensorFlow Serving's :predict and :classify */
    ML_PROTOCOL_MLFLOW,
    ML_N_PROTOCOLS,
};

/* What the operator decides about them. */
struct ml_protocol_settings {
    bool on[ML_N_PROTOCOLS];
    const char *sagemaker_accept; /* type of answers where the request names none; NULL: by body */
    const char *sagemaker_output; /* "predicted_label,probabilities": XGBoost's keys; NULL: the
                                     shape of Linear Learner */
};

/* A request as a protocol sees it. Outlives the call. */
struct ml_wire_request {
    const char *body; /* not NUL-terminated */
    size_t body_bytes;
    const char *content_type; /* or NULL */
    const char *accept;       /* or NULL */
    const char *endpoint;
    const struct ml_model *model; /* whose columns and labels count: a pinned variant's or the
                                   control's */
    const struct ml_protocol_settings *settings;
    size_t max_rows;
};

/* Filled by write and refuse, which append to the body. */
struct ml_wire_reply {
    int status;
    const char *content_type; /* static, or in the arena; NULL with an empty body */
    const char *error_type;   /* for x-amzn-ErrorType; static, or NULL */
    struct ml_strbuf *body;
};

/* What went wrong, in our own words: the code as in our own protocol, field NULL: none. */
struct ml_wire_fault {
    int status;
    const char *code;
    const char *field;
    const char *message;
};

struct ml_protocol {
    /*
     * Fills *call, which comes with what the query said; a body's own options go over it. The
     * call may keep something for `write` in call->wire.
     */
    bool (*read)(struct ml_call *call, struct ml_arena *arena,
                 const struct ml_wire_request *request, struct ml_call_fault *fault);
    /* reply comes with status 200. False: the answer cannot be said (ML_EINPUT, …). */
    bool (*write)(struct ml_wire_reply *reply, struct ml_arena *arena,
                  const struct ml_wire_request *request, const struct ml_call *call,
                  const struct ml_call_answer *answers, struct ml_call_fault *fault);
    /* reply comes with the fault's status; a protocol may have another for it. */
    void (*refuse)(struct ml_wire_reply *reply, const struct ml_wire_fault *fault);
};

/* Our own: protocol/native.c. */
extern const struct ml_protocol ml_native_protocol;

/* A fault that `read` and `write` return with: field NULL: none. Always false. */
bool ml_call_refuse(struct ml_call_fault *fault, const char *code, const char *field,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif

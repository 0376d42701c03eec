/*
 * AWS Signature Version 4, the receiving side, without sockets or keys' files.
 *
 *     headers ── ml_sigv4_read ──> claim ──> (the key's secret, the body's digest) ──
 * ml_sigv4_verify
 *
 * As "Signature Version 4 signing process" in AWS's documentation has it, for services other than
 * S3: the path is normalised and encoded once more. Any region and service will do. Signed must be
 * Host and every X-Amz-* header there is; the body always is. Signatures in the query, unsigned and
 * streamed payloads, and other algorithms are refused. Nothing prevents a replay within the window.
 */
#ifndef ML_SERVE_SIGV4_H
#define ML_SERVE_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

#define ML_SIGV4_ALGORITHM "AWS4-HMAC-SHA256"

enum {
    ML_SIGV4_WINDOW_SECONDS = 300, /* how far the signer's clock may be off */
    ML_MAX_KEY_ID_BYTES = 128,
};

struct ml_sigv4_field {
    const char *name;  /* as sent */
    const char *value; /* as sent */
};

/* What is signed, but for the body. */
struct ml_sigv4_request {
    const char *method; /* "POST" */
    const char *path;   /* as sent, begins with '/' */
    const char *query;  /* as sent, without '?'; "": none */
    const struct ml_sigv4_field *fields;
    size_t n_fields;
};

struct ml_sigv4_span {
    const char *s; /* not NUL-terminated */
    size_t n;
};

/* What an Authorization header says; borrows from it and from the request's fields. */
struct ml_sigv4_claim {
    char key_id[ML_MAX_KEY_ID_BYTES + 1];
    struct ml_sigv4_span date; /* "20261125" */
    struct ml_sigv4_span region;
    struct ml_sigv4_span service;
    struct ml_sigv4_span scope;   /* "20261125/eu-west-1/sagemaker/aws4_request" */
    struct ml_sigv4_span headers; /* "content-type;host;x-amz-date": lower case, ascending */
    char time[17];                /* X-Amz-Date, "20261125T181500Z" */
    char signature[ML_DIGEST_HEX];
    const char *body_digest; /* X-Amz-Content-Sha256 as sent, or NULL */
};

/* A refusal: HTTP status, code (static), a message without secrets. */
struct ml_sigv4_fault {
    int status;
    const char *code;
    char message[640];
};

/* Whether an Authorization is meant for us: AWS4-…, whatever follows. NULL is not. */
bool ml_sigv4_is_meant(const char *authorization);

/*
 * Format, signed headers and time, all that can be told before the body. now_s: seconds since 1970.
 * 400 incomplete_signature, 403 signature_expired.
 */
bool ml_sigv4_read(struct ml_sigv4_claim *out, const char *authorization,
                   const struct ml_sigv4_request *request, int64_t now_s,
                   struct ml_sigv4_fault *fault) __attribute__((warn_unused_result));

/*
 * Whether the secret made the signature. body: the SHA-256 of the body's bytes. Compares in
 * constant time. 403 signature_mismatch, 400 incomplete_signature for a header that is not there.
 */
bool ml_sigv4_verify(const struct ml_sigv4_claim *claim, const struct ml_sigv4_request *request,
                     const char *secret, const char body[ML_DIGEST_HEX],
                     struct ml_sigv4_fault *fault) __attribute__((warn_unused_result));

#endif

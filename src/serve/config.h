/*
 * mlserved.json: what the daemon is told at its start. Every key has a default; unknown keys, wrong
 * types and values out of range are refused with the key's name. mlserved(1) lists them all.
 */
#ifndef ML_SERVE_CONFIG_H
#define ML_SERVE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "protocol/protocol.h"

/* All limits are inclusive. */
struct ml_limits {
    size_t body_bytes;  /* of a request, but for a batch */
    size_t batch_bytes; /* of a batch's body */
    size_t spool_bytes; /* of a batch's body kept in memory; beyond, it goes to a file */
    size_t rows;        /* in one call that is no batch */
    size_t connections;
    size_t connections_per_ip; /* 0: no limit */
    size_t requests;           /* admitted at a time, but for health and admin ones */
    double header_seconds;     /* from the connection, or the request line, to the last header */
    double body_seconds;       /* for a body; batches have a second more for each 64 KB */
    double handle_seconds;     /* for the handler */
    double idle_seconds;       /* between two requests of a connection */
    double write_seconds;      /* for a reply; a second more for each 64 KB */
    size_t batch_jobs;         /* batches at work at a time */
    size_t batch_queue;        /* waiting */
};

struct ml_config {
    char *path;               /* owned: of the file, NULL without one */
    struct ml_json *document; /* owned: the file, NULL without one; endpoints point into it */
    char *listen;             /* owned; "127.0.0.1:8080", "[::1]:0" */
    char *models;             /* owned; NULL: $ML_MODELS or "models" */
    char *state;              /* owned; NULL: $ML_STATE or "state" */
    char *default_endpoint;   /* owned; NULL: the only one */
    char *tokens;             /* owned; path of the token file, or NULL */
    char *sigv4;              /* owned; path of the file of signing keys, or NULL */
    char *tls_certificate;    /* owned; paths of PEM files, or both NULL */
    char *tls_key;
    char *log_format; /* owned; "logfmt" or "json" */
    bool log_requests;
    bool log_predictions;
    size_t log_queue; /* predictions waiting for the disk */
    size_t log_bytes; /* of the database */
    double drain_seconds;
    double follow_seconds; /* how often aliases and new versions are looked for; 0: never */
    size_t threads;        /* 0: one a processor */
    bool terse_errors;     /* messages without values from the request */
    const struct ml_json *endpoints; /* borrowed from document; NULL: every model is one */
    const struct ml_json *hosts;     /* borrowed; allowed Host names, or NULL */
    struct ml_protocol_settings protocols;
    char *sagemaker_accept; /* owned, or NULL: protocols borrows them */
    char *sagemaker_output;
    char *sagemaker_models;  /* owned; folder of bundles to load; NULL: /opt/ml/models */
    char *capture_directory; /* owned */
    double capture_percent;  /* of the calls, 0..100 */
    const struct ml_json *capture_endpoints; /* borrowed; NULL: all */
    char *amazonml_data; /* owned; the folder that holds the data of Amazon ML's jobs; NULL: none */
    size_t amazonml_jobs;   /* of those at a time */
    const char *subcommand; /* that makes this program the daemon; static; NULL: it is no other */
    struct ml_limits limits;
    /* Not keys of the file: what serve/container.h sets. */
    bool is_container;   /* a platform stands in front: all may connect, with tokens or without */
    bool allow_no_model; /* SageMaker's multi-model mode: ready with no model at all */
};

/* All defaults. */
void ml_config_init(struct ml_config *config);
/* Reads the file over what is set. */
bool ml_config_load(struct ml_config *config, const char *path, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_config_release(struct ml_config *config);

/* Splits "127.0.0.1:8080", "[::1]:0", ":8080" (all addresses); host may come out empty. */
bool ml_config_split_listen(const char *listen, char host[64], unsigned *port, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Whether only this machine can reach that host. */
bool ml_config_is_loopback(const char *host);

#endif

/*
 * The daemon's parts in one place: what handlers reach through x->server.
 */
#ifndef ML_SERVE_SERVER_H
#define ML_SERVE_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "serve/auth.h"
#include "serve/capture.h"
#include "serve/config.h"
#include "serve/hosts.h"
#include "serve/jobs.h"
#include "serve/log.h"
#include "serve/metrics.h"
#include "serve/sigv4_keys.h"
#include "serve/store.h"

struct ml_server {
    const struct ml_config *config;
    const char *state_dir;
    struct ml_registry *registry;
    struct ml_auth *auth;
    struct ml_sigv4_keys *sigv4; /* NULL: signatures are not looked at */
    struct ml_metrics metrics;
    struct ml_store *store;     /* NULL: predictions are not logged */
    struct ml_capture *capture; /* NULL: nothing is captured */
    struct ml_hosts *hosts;
    struct ml_jobs *control; /* changes to endpoints, one at a time */
    struct ml_jobs *batches;
    struct ml_jobs *shadows;
    struct ml_runner *runner;     /* Amazon ML's jobs; NULL: that protocol is off */
    struct ml_amazonml *amazonml; /* its records, even when that protocol is off */
    struct ml_log log;
    atomic_bool draining;
    atomic_bool aborting; /* the time to drain is over: jobs give up */
    int64_t started_ms;   /* wall clock */
};

/* Opens everything but the sockets. state_dir and models as the configuration and environment say.
 */
bool ml_server_open(struct ml_server *server, const struct ml_config *config, struct ml_error *err)
    __attribute__((warn_unused_result));
/* The same without anything that changes the disk or takes a lock: for -n. */
bool ml_server_open_to_check(struct ml_server *server, const struct ml_config *config,
                             struct ml_error *err) __attribute__((warn_unused_result));
/* Runs what waits in jobs, and takes no more of them. */
void ml_server_finish_jobs(struct ml_server *server);
/* Finishes jobs, writes what is queued, closes. */
void ml_server_close(struct ml_server *server);

/* Reads tokens and signing keys again; of what fails, the old ones stay. */
bool ml_server_reload_credentials(struct ml_server *server, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Looks for other versions and re-reads tokens and keys. */
void ml_server_reload(struct ml_server *server, const char *why);

/* Milliseconds since 1970 and monotonic nanoseconds. */
int64_t ml_now_ms(void);
int64_t ml_monotonic_ns(void);

/*
 * amazonml_host.c: Amazon ML's control plane on this daemon's registry and endpoints. Its records
 * are read before there are endpoints, its jobs begin when there are; check_only, or with the
 * protocol off, they are only read.
 */
bool ml_server_open_amazonml(struct ml_server *server, bool check_only, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_server_start_amazonml(struct ml_server *server);
bool ml_server_is_amazonml_model(void *server, const char *name); /* of the registry */
void ml_server_close_amazonml(struct ml_server *server); /* kills its jobs; NULLs are fine */

#endif

/*
 * All endpoints: looked up by every request, changed one change at a time.
 *
 * Where definitions come from, the later over the earlier: every model of the registry is an
 * endpoint of its own name (only when mlserved.json names no endpoints, and is_left_out does not
 * say otherwise), mlserved.json, and what the admin API has set, which state/endpoints.json keeps:
 * {"endpoints":{name:definition or null}}, null for one that was deleted; "unloaded" there has what
 * ml_hosts_load brings back. A change is loaded first, then made durable, then seen by requests:
 * what fails leaves everything as it was.
 *
 * Requests take a reference to an endpoint and hold it until they are answered, so that a change
 * never touches a request under way. Thread-safe.
 */
#ifndef ML_SERVE_HOSTS_H
#define ML_SERVE_HOSTS_H

#include "serve/config.h"
#include "serve/endpoint.h"

struct ml_hosts;

struct ml_hosts_options {
    const struct ml_config *config;
    const char *state_dir; /* NULL: changes are refused (for -n) */
    struct ml_registry *registry;
    struct ml_metrics *metrics;
    struct ml_store *store; /* or NULL */
    const struct ml_log *log;
    /* Whether a model of the registry is not an endpoint by itself; NULL: all are. Called by every
     * thread that opens or refreshes; must not wait for one that changes endpoints. */
    bool (*is_left_out)(void *ctx, const char *model);
    void *ctx;
};

/* Reads all definitions and loads what can be loaded. */
bool ml_hosts_open(struct ml_hosts **out, const struct ml_hosts_options *options,
                   struct ml_error *err) __attribute__((warn_unused_result));
void ml_hosts_close(struct ml_hosts *hosts);

/* A reference to the endpoint of that name, or NULL. */
struct ml_endpoint *ml_hosts_find(struct ml_hosts *hosts, const char *name);
/* The default endpoint or the only one, or NULL. */
struct ml_endpoint *ml_hosts_default(struct ml_hosts *hosts);
/* References to all, sorted by name; release with ml_hosts_release. */
size_t ml_hosts_all(struct ml_hosts *hosts, struct ml_endpoint ***out);
void ml_hosts_release(struct ml_endpoint **endpoints, size_t n);

/*
 * Creates, replaces (is_patch: changes) the endpoint. *created: it is new. ML_ENOTFOUND: a patch of
 * no endpoint, or a model that does not exist (then the message begins with "variant").
 */
bool ml_hosts_put(struct ml_hosts *hosts, const char *name, const struct ml_json *definition,
                  bool is_patch, bool *created, struct ml_error *err)
    __attribute__((warn_unused_result));
bool ml_hosts_delete(struct ml_hosts *hosts, const char *name, struct ml_error *err)
    __attribute__((warn_unused_result));

/* As a deletion, but the definition is kept for ml_hosts_load. */
bool ml_hosts_unload(struct ml_hosts *hosts, const char *name, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Brings back what ml_hosts_unload has taken. ML_ENOTFOUND: nothing of that name was, or its model
 * is not there (then the message begins with "variant"). */
bool ml_hosts_load(struct ml_hosts *hosts, const char *name, struct ml_error *err)
    __attribute__((warn_unused_result));

/* Looks whether references mean other versions now, and loads those. Gives how many endpoints
 * changed; *n_failed: how many have a problem. */
size_t ml_hosts_refresh(struct ml_hosts *hosts, size_t *n_failed);

#endif

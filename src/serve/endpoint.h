/*
 * A live endpoint: its definition with models loaded, ranges computed, counters attached.
 *
 * Never changes once made; a change makes a new one. Shared by threads through reference counts. A
 * model that two variants name is in memory once.
 */
#ifndef ML_SERVE_ENDPOINT_H
#define ML_SERVE_ENDPOINT_H

#include <stdatomic.h>

#include "base/dict.h"
#include "ml/registry.h"
#include "model/model.h"
#include "serve/endpoint_spec.h"
#include "serve/log.h"
#include "serve/metrics.h"
#include "serve/store.h"

enum { ML_MAX_WORKERS = 128 };

/* This thread's number among those that score, 0..ML_MAX_WORKERS-1, given at its first call. */
size_t ml_worker_number(void);

/* A model in memory. */
struct ml_loaded {
    atomic_size_t refs;
    struct ml_model *model; /* owned */
    struct ml_dict columns; /* names of the schema's columns, in its order */
    size_t n_inputs;
    struct ml_scorer *scorers[ML_MAX_WORKERS]; /* owned; made by the worker that needs one */
};

/* This thread's scorer for the model, borrowed. */
struct ml_scorer *ml_loaded_scorer(struct ml_loaded *loaded);

struct ml_variant {
    const struct ml_variant_spec *spec; /* in the endpoint */
    struct ml_loaded *loaded;           /* counted; NULL: could not be loaded */
    double threshold;                   /* binary: the variant's, endpoint's or model's */
    double start;                       /* range of positions, see serve/assign.h */
    double end;
    double share; /* of the traffic, 0..1 */
    int64_t arm;  /* in the store; -1: not logged */
    struct ml_traffic *traffic;
    struct ml_score_counts *scores;    /* NULL: no reference */
    struct ml_column_counts **columns; /* owned; one a schema column */
    bool is_stale;                     /* its reference means another version that was refused */
};

struct ml_endpoint {
    atomic_size_t refs;
    struct ml_endpoint_spec spec;
    struct ml_variant variants[ML_MAX_VARIANTS]; /* as in the spec: shadows last */
    size_t control;                              /* the first variant with a weight */
    struct ml_traffic *traffic;                  /* of requests without a variant */
    char problem[320]; /* of a model that could not be loaded; "" when all is well */
    bool is_ready;     /* every variant has a model */
    int64_t made_ms;   /* since 1970, UTC */
};

/* What making one needs. */
struct ml_endpoint_maker {
    const struct ml_registry *registry;
    struct ml_metrics *metrics;
    struct ml_store *store; /* NULL: nothing is logged */
    const struct ml_log *log;
    /* Models that may be used again: those of these endpoints. */
    struct ml_endpoint *const *old;
    size_t n_old;
};

/*
 * Makes a live endpoint, which the caller owns one reference of. previous: what it replaces, or
 * NULL; where a model cannot be loaded, the previous one goes on serving if it answered to the same
 * reference. is_strict: a model that cannot be loaded fails the whole. Otherwise it never fails:
 * what is wrong stands in `problem`.
 */
bool ml_endpoint_make(struct ml_endpoint **out, const struct ml_endpoint_maker *maker,
                      const struct ml_endpoint_spec *spec, const struct ml_endpoint *previous,
                      bool is_strict, struct ml_error *err) __attribute__((warn_unused_result));

/* Whether its references still mean what is loaded. Reads registry.json of its models. */
bool ml_endpoint_is_current(const struct ml_endpoint *endpoint, const struct ml_registry *registry);

struct ml_endpoint *ml_endpoint_ref(struct ml_endpoint *endpoint);
void ml_endpoint_unref(struct ml_endpoint *endpoint); /* NULL is fine */

/* The variant of that name, shadows left out, or NULL. */
const struct ml_variant *ml_endpoint_find(const struct ml_endpoint *endpoint, const char *name);
/* The variant whose range holds the position, or NULL when it is not covered. */
const struct ml_variant *ml_endpoint_at(const struct ml_endpoint *endpoint, double position);

/* {"name":…, …definition…, with version, share and state of each variant}. */
void ml_endpoint_write(struct ml_strbuf *buf, const struct ml_endpoint *endpoint);

#endif

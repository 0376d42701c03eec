/*
 * Counters of what the daemon does, and their Prometheus text (exposition format 0.0.4).
 *
 * Counters are relaxed atomics that request threads add to without a lock; making a new set of
 * counters and writing the text take one. Sets live as long as the metrics do, so that a pointer to
 * one never dangles; their number is bounded, and what does not fit is counted together.
 */
#ifndef ML_SERVE_METRICS_H
#define ML_SERVE_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "serve/store.h"

enum { ML_N_BUCKETS = 14, ML_N_CODES = 19, ML_N_ASSIGNMENTS = 5 };

typedef atomic_uint_least64_t ml_counter;

#define ml_count(counter, n) atomic_fetch_add_explicit((counter), (n), memory_order_relaxed)
#define ml_counted(counter) atomic_load_explicit((counter), memory_order_relaxed)

struct ml_histogram {
    ml_counter buckets[ML_N_BUCKETS + 1]; /* not cumulative; the last is +Inf */
    ml_counter sum_ns;
};

/* Requests of one endpoint and variant. */
struct ml_traffic {
    char endpoint[ML_STORE_NAME_BYTES];
    char variant[ML_STORE_NAME_BYTES]; /* "" when no variant was involved */
    struct ml_histogram by_code[ML_N_CODES];
    ml_counter rows;
    ml_counter assigned[ML_N_ASSIGNMENTS]; /* enum ml_assignment */
    ml_counter outcomes;
    struct ml_traffic *next;
};

/* Notes on the values of one endpoint's column. */
struct ml_column_counts {
    char endpoint[ML_STORE_NAME_BYTES];
    char *column; /* owned */
    ml_counter missing;
    ml_counter unseen;
    ml_counter invalid;
    struct ml_column_counts *next;
};

/* Scores of one model version behind one variant, by the bins of its reference. */
struct ml_score_counts {
    char endpoint[ML_STORE_NAME_BYTES];
    char variant[ML_STORE_NAME_BYTES];
    char model[ML_STORE_NAME_BYTES];
    size_t version;
    size_t n_bins;
    double *shares;     /* owned; n_bins */
    ml_counter *counts; /* owned; n_bins */
    struct ml_score_counts *next;
};

/* Why requests were turned away before they were handled. */
enum ml_rejection {
    ML_REJECT_FRAMING,
    ML_REJECT_AUTH,
    ML_REJECT_OVERLOAD,
    ML_REJECT_DRAINING,
    ML_REJECT_TOO_LARGE,
    ML_REJECT_CONNECTIONS,
    ML_REJECT_PER_IP,
    ML_REJECT_TIMEOUT,
    ML_N_REJECTIONS,
};

struct ml_metrics {
    ml_counter rejected[ML_N_REJECTIONS];
    ml_counter unknown_columns;
    ml_counter reloads_ok;
    ml_counter reloads_failed;
    ml_counter load_failures;
    ml_counter shadow_dropped;
    atomic_int_least64_t in_flight;
    atomic_int_least64_t connections;
    ml_counter n_connections; /* since the start */
    struct ml_traffic other;  /* of no endpoint, and what is too much */
    struct ml_metrics_sets *sets;
};

void ml_metrics_init(struct ml_metrics *metrics);
void ml_metrics_release(struct ml_metrics *metrics);

/* The set of that name, made if new. O(sets). */
struct ml_traffic *ml_metrics_traffic(struct ml_metrics *metrics, const char *endpoint,
                                      const char *variant);
struct ml_column_counts *ml_metrics_column(struct ml_metrics *metrics, const char *endpoint,
                                           const char *column);
/* NULL when n_bins is 0 or there are too many. */
struct ml_score_counts *ml_metrics_scores(struct ml_metrics *metrics, const char *endpoint,
                                          const char *variant, const char *model, size_t version,
                                          const double *shares, size_t n_bins);

/* One request answered with a status after so many nanoseconds. */
void ml_traffic_answered(struct ml_traffic *traffic, int status, int64_t ns);

/* For the text: metrics_text.c. Each runs under the metrics' lock. */
int64_t ml_metrics_bound_ns(size_t bucket);
int ml_metrics_code(size_t i); /* 0: any other */
void ml_metrics_each_traffic(struct ml_metrics *metrics,
                             void (*each)(const struct ml_traffic *traffic, void *ctx), void *ctx);
void ml_metrics_each_column(struct ml_metrics *metrics,
                            void (*each)(const struct ml_column_counts *column, void *ctx),
                            void *ctx);
void ml_metrics_each_scores(struct ml_metrics *metrics,
                            void (*each)(const struct ml_score_counts *scores, void *ctx),
                            void *ctx);

/* Everything above as text, appended. */
void ml_metrics_write(struct ml_metrics *metrics, struct ml_strbuf *buf);

/* Pieces that others use for gauges of their own. */
void ml_metrics_family(struct ml_strbuf *buf, const char *name, const char *type, const char *help);
/* name{label="value",…} x\n; labels in pairs, NULL-terminated. */
void ml_metrics_sample(struct ml_strbuf *buf, const char *name, const char *const *labels,
                       double x);

#endif

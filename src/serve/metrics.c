#include "serve/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { MAX_SETS = 4096 };

struct ml_metrics_sets {
    pthread_mutex_t lock;
    struct ml_traffic *traffic;
    struct ml_column_counts *columns;
    struct ml_score_counts *scores;
    size_t n_traffic;
    size_t n_columns;
    size_t n_scores;
    struct ml_column_counts other_column;
};

/* Upper bounds in nanoseconds. */
static const int64_t bounds_ns[ML_N_BUCKETS] = {
    25000,   50000,    100000,   250000,    500000,    1000000,    2500000,
    5000000, 10000000, 25000000, 100000000, 250000000, 1000000000, 10000000000,
};

static const int codes[ML_N_CODES] = {200, 201, 204, 400, 401, 403, 404, 405, 409, 413,
                                      414, 415, 429, 431, 500, 501, 503, 505, 0};

void ml_metrics_init(struct ml_metrics *m)
{
    memset(m, 0, sizeof(*m));
    m->sets = ml_xcalloc(1, sizeof(*m->sets));
    pthread_mutex_init(&m->sets->lock, NULL);
    m->sets->other_column.column = ml_xstrdup("");
}

void ml_metrics_release(struct ml_metrics *m)
{
    struct ml_metrics_sets *s = m->sets;
    if (s == NULL)
        return;
    for (struct ml_traffic *t = s->traffic, *next; t != NULL; t = next) {
        next = t->next;
        free(t);
    }
    for (struct ml_column_counts *c = s->columns, *next; c != NULL; c = next) {
        next = c->next;
        free(c->column);
        free(c);
    }
    for (struct ml_score_counts *c = s->scores, *next; c != NULL; c = next) {
        next = c->next;
        free(c->shares);
        free(c->counts);
        free(c);
    }
    free(s->other_column.column);
    pthread_mutex_destroy(&s->lock);
    free(s);
    m->sets = NULL;
}

static void set_name(char to[ML_STORE_NAME_BYTES], const char *name)
{
    size_t n = strlen(name);
    n = n < ML_STORE_NAME_BYTES - 1 ? n : ML_STORE_NAME_BYTES - 1;
    memcpy(to, name, n);
    to[n] = '\0';
}

struct ml_traffic *ml_metrics_traffic(struct ml_metrics *m, const char *endpoint,
                                      const char *variant)
{
    struct ml_metrics_sets *s = m->sets;
    pthread_mutex_lock(&s->lock);
    struct ml_traffic **at = &s->traffic;
    while (*at != NULL &&
           (strcmp((*at)->endpoint, endpoint) != 0 || strcmp((*at)->variant, variant) != 0))
        at = &(*at)->next;
    struct ml_traffic *found = *at;
    if (found == NULL && s->n_traffic < MAX_SETS) {
        found = ml_xcalloc(1, sizeof(*found));
        set_name(found->endpoint, endpoint);
        set_name(found->variant, variant);
        *at = found;
        s->n_traffic++;
    }
    pthread_mutex_unlock(&s->lock);
    return found != NULL ? found : &m->other;
}

struct ml_column_counts *ml_metrics_column(struct ml_metrics *m, const char *endpoint,
                                           const char *column)
{
    struct ml_metrics_sets *s = m->sets;
    pthread_mutex_lock(&s->lock);
    struct ml_column_counts **at = &s->columns;
    while (*at != NULL &&
           (strcmp((*at)->endpoint, endpoint) != 0 || strcmp((*at)->column, column) != 0))
        at = &(*at)->next;
    struct ml_column_counts *found = *at;
    if (found == NULL && s->n_columns < MAX_SETS) {
        found = ml_xcalloc(1, sizeof(*found));
        set_name(found->endpoint, endpoint);
        found->column = ml_xstrdup(column);
        *at = found;
        s->n_columns++;
    }
    pthread_mutex_unlock(&s->lock);
    return found != NULL ? found : &s->other_column;
}

static struct ml_score_counts *new_scores(const char *endpoint, const char *variant,
                                          const char *model, size_t version, const double *shares,
                                          size_t n_bins)
{
    struct ml_score_counts *c = ml_xcalloc(1, sizeof(*c));
    set_name(c->endpoint, endpoint);
    set_name(c->variant, variant);
    set_name(c->model, model);
    c->version = version;
    c->n_bins = n_bins;
    c->shares = ml_xcalloc(n_bins, sizeof(*c->shares));
    c->counts = ml_xcalloc(n_bins, sizeof(*c->counts));
    memcpy(c->shares, shares, n_bins * sizeof(*shares));
    return c;
}

struct ml_score_counts *ml_metrics_scores(struct ml_metrics *m, const char *endpoint,
                                          const char *variant, const char *model, size_t version,
                                          const double *shares, size_t n_bins)
{
    struct ml_metrics_sets *s = m->sets;
    if (n_bins == 0)
        return NULL;
    pthread_mutex_lock(&s->lock);
    struct ml_score_counts **at = &s->scores;
    while (*at != NULL &&
           (strcmp((*at)->endpoint, endpoint) != 0 || strcmp((*at)->variant, variant) != 0 ||
            strcmp((*at)->model, model) != 0 || (*at)->version != version ||
            (*at)->n_bins != n_bins))
        at = &(*at)->next;
    if (*at == NULL && s->n_scores < MAX_SETS) {
        *at = new_scores(endpoint, variant, model, version, shares, n_bins);
        s->n_scores++;
    }
    struct ml_score_counts *found = *at;
    pthread_mutex_unlock(&s->lock);
    return found;
}

void ml_traffic_answered(struct ml_traffic *t, int status, int64_t ns)
{
    size_t code = 0;
    while (code < ML_N_CODES - 1 && codes[code] != status)
        code++;
    size_t bucket = 0;
    while (bucket < ML_N_BUCKETS && ns > bounds_ns[bucket])
        bucket++;
    ml_count(&t->by_code[code].buckets[bucket], 1);
    ml_count(&t->by_code[code].sum_ns, (uint64_t)(ns > 0 ? ns : 0));
}

int64_t ml_metrics_bound_ns(size_t bucket)
{
    return bounds_ns[bucket];
}

int ml_metrics_code(size_t i)
{
    return codes[i];
}

void ml_metrics_each_traffic(struct ml_metrics *m, void (*each)(const struct ml_traffic *, void *),
                             void *ctx)
{
    pthread_mutex_lock(&m->sets->lock);
    each(&m->other, ctx);
    for (const struct ml_traffic *t = m->sets->traffic; t != NULL; t = t->next)
        each(t, ctx);
    pthread_mutex_unlock(&m->sets->lock);
}

void ml_metrics_each_column(struct ml_metrics *m,
                            void (*each)(const struct ml_column_counts *, void *), void *ctx)
{
    pthread_mutex_lock(&m->sets->lock);
    for (const struct ml_column_counts *c = m->sets->columns; c != NULL; c = c->next)
        each(c, ctx);
    pthread_mutex_unlock(&m->sets->lock);
}

void ml_metrics_each_scores(struct ml_metrics *m,
                            void (*each)(const struct ml_score_counts *, void *), void *ctx)
{
    pthread_mutex_lock(&m->sets->lock);
    for (const struct ml_score_counts *c = m->sets->scores; c != NULL; c = c->next)
        each(c, ctx);
    pthread_mutex_unlock(&m->sets->lock);
}

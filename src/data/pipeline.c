#include "data/pipeline.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/processors.h"

enum { SLOTS_PER_JOB = 2 };

enum slot_state { SLOT_FREE, SLOT_FILLED, SLOT_TAKEN, SLOT_DONE };

/* A block on its way. */
struct slot {
    enum slot_state state;
    struct ml_block block;
    void *product;
    struct ml_rejects rejects;
};

struct run {
    const struct ml_pipeline *pipeline;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_cond_t done;
    struct slot *slots; /* ring: filled at `head`, drained at `tail` */
    size_t n_slots;
    size_t next; /* slot that the next worker takes */
    bool closing;
};

/* What the caller's thread keeps while blocks go through. */
struct drained {
    size_t n_rejected;
    size_t n_explained;
};

void ml_rejects_add(struct ml_rejects *rejects, const char *message)
{
    rejects->n++;
    if (rejects->n_explained < ML_MAX_EXPLAINED)
        rejects->explained[rejects->n_explained++] = ml_xstrdup(message);
}

static void forget_rejects(struct ml_rejects *rejects)
{
    for (size_t i = 0; i < rejects->n_explained; i++)
        free(rejects->explained[i]);
    *rejects = (struct ml_rejects){0};
}

static void *work(void *ctx)
{
    struct run *r = ctx;
    const struct ml_pipeline *p = r->pipeline;
    void *worker = p->ops->worker_new(p->ctx);
    pthread_mutex_lock(&r->lock);
    for (;;) {
        struct slot *slot = &r->slots[r->next];
        if (slot->state != SLOT_FILLED) {
            if (r->closing)
                break;
            pthread_cond_wait(&r->filled, &r->lock);
            continue;
        }
        slot->state = SLOT_TAKEN;
        r->next = (r->next + 1) % r->n_slots;
        pthread_mutex_unlock(&r->lock);
        p->ops->work(p->ctx, worker, &slot->block, slot->product, &slot->rejects);
        pthread_mutex_lock(&r->lock);
        slot->state = SLOT_DONE;
        pthread_cond_signal(&r->done);
    }
    pthread_mutex_unlock(&r->lock);
    p->ops->worker_free(worker);
    return NULL;
}

static bool drain_slot(const struct ml_pipeline *p, struct slot *slot, struct drained *d,
                       struct ml_error *err)
{
    struct ml_rejects *rejects = &slot->rejects;
    for (size_t i = 0; i < rejects->n_explained; i++)
        if (d->n_explained++ < ML_MAX_EXPLAINED && p->talk->note != NULL)
            p->talk->note(p->talk->ctx, rejects->explained[i]);
    d->n_rejected += rejects->n;
    forget_rejects(rejects);
    if (d->n_rejected > p->max_rejected)
        return ml_fail(err, ML_ELIMIT, "%s: more than %zu rejected rows", ml_source_name(p->source),
                       p->max_rejected);
    return p->ops->drain(p->drain_ctx, slot->product, err);
}

static void report_progress(const struct ml_pipeline *p)
{
    uint64_t size = ml_source_size(p->source);
    if (p->talk->progress != NULL)
        p->talk->progress(p->talk->ctx, p->stage,
                          size > 0 ? (double)ml_source_bytes(p->source) / (double)size : -1);
}

/* Waits for the oldest block and hands it on. */
static bool drain_oldest(struct run *r, size_t *tail, struct drained *d, struct ml_error *err)
{
    struct slot *slot = &r->slots[*tail];
    pthread_mutex_lock(&r->lock);
    while (slot->state != SLOT_DONE)
        pthread_cond_wait(&r->done, &r->lock);
    pthread_mutex_unlock(&r->lock);
    bool ok = drain_slot(r->pipeline, slot, d, err);
    pthread_mutex_lock(&r->lock);
    slot->state = SLOT_FREE;
    pthread_mutex_unlock(&r->lock);
    *tail = (*tail + 1) % r->n_slots;
    report_progress(r->pipeline);
    return ok;
}

/* Whether the oldest block is finished. */
static bool is_done(struct run *r, const struct slot *slot)
{
    pthread_mutex_lock(&r->lock);
    bool done = slot->state == SLOT_DONE;
    pthread_mutex_unlock(&r->lock);
    return done;
}

static bool feed(struct run *r, struct drained *d, struct ml_error *err)
{
    struct ml_source *source = r->pipeline->source;
    size_t head = 0;
    size_t tail = 0;
    size_t in_flight = 0;
    bool ok = true;
    for (;;) {
        /* A pipe's answers must not wait for its next question. */
        while (ok && in_flight > 0 &&
               (in_flight == r->n_slots || is_done(r, &r->slots[tail]) ||
                !ml_source_is_ready(source))) {
            ok = drain_oldest(r, &tail, d, err);
            in_flight--;
        }
        struct slot *slot = &r->slots[head];
        if (!ok || !ml_source_next(source, &slot->block, err)) {
            ok = false;
            break;
        }
        if (slot->block.n_spans == 0)
            break;
        pthread_mutex_lock(&r->lock);
        slot->state = SLOT_FILLED;
        pthread_cond_signal(&r->filled);
        pthread_mutex_unlock(&r->lock);
        head = (head + 1) % r->n_slots;
        in_flight++;
    }
    while (ok && in_flight > 0) {
        ok = drain_oldest(r, &tail, d, err);
        in_flight--;
    }
    return ok;
}

static void stop_workers(struct run *r, pthread_t *threads, size_t n)
{
    pthread_mutex_lock(&r->lock);
    r->closing = true;
    pthread_cond_broadcast(&r->filled);
    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

static void release_slots(struct run *r)
{
    for (size_t i = 0; i < r->n_slots; i++) {
        ml_block_release(&r->slots[i].block);
        r->pipeline->ops->product_free(r->slots[i].product);
        forget_rejects(&r->slots[i].rejects);
    }
    free(r->slots);
}

bool ml_pipeline_run(const struct ml_pipeline *pipeline, size_t *n_rejected, struct ml_error *err)
{
    size_t jobs = ml_count_jobs(pipeline->jobs);
    struct run r = {
        .pipeline = pipeline,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .filled = PTHREAD_COND_INITIALIZER,
        .done = PTHREAD_COND_INITIALIZER,
        .n_slots = jobs * SLOTS_PER_JOB,
    };
    r.slots = ml_xcalloc(r.n_slots, sizeof(*r.slots));
    for (size_t i = 0; i < r.n_slots; i++)
        r.slots[i].product = pipeline->ops->product_new(pipeline->ctx);
    pthread_t threads[ML_MAX_JOBS];
    size_t started = 0;
    while (started < jobs && pthread_create(&threads[started], NULL, work, &r) == 0)
        started++;
    struct drained d = {0};
    bool ok =
        started > 0 ? feed(&r, &d, err) : ml_fail(err, ML_EINTERNAL, "unable to start a thread");
    stop_workers(&r, threads, started);
    release_slots(&r);
    if (ok)
        *n_rejected = d.n_rejected;
    return ok;
}

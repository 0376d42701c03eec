#include "model/batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

enum { MAX_JOBS = 64, SLOTS_PER_JOB = 2 };

enum slot_state { SLOT_FREE, SLOT_FILLED, SLOT_TAKEN, SLOT_DONE };

/* A block on its way. */
struct slot {
    enum slot_state state;
    struct ml_block block;
    struct ml_strbuf out;
    size_t n_rows;
    size_t n_rejected;
    size_t n_invalid;
    char *complaints[ML_MAX_EXPLAINED]; /* owned */
    size_t n_complaints;
};

struct pipeline {
    const struct ml_batch *batch;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_cond_t done;
    struct slot *slots; /* ring: filled at `head`, drained at `tail` */
    size_t n_slots;
    size_t next; /* slot that the next worker takes */
    bool closing;
};

static void complain(struct slot *slot, const char *message)
{
    slot->n_rejected++;
    if (slot->n_complaints < ML_MAX_EXPLAINED)
        slot->complaints[slot->n_complaints++] = ml_xstrdup(message);
}

static bool score_record(const struct ml_batch *b, struct ml_splitter *splitter,
                         struct ml_scorer *scorer, struct slot *slot, size_t i,
                         struct ml_error *err)
{
    const struct ml_table *t = b->table;
    const struct ml_field *fields;
    if (!ml_table_split(t, splitter, &slot->block, i, &fields, err))
        return false;
    bool ok = true;
    for (size_t f = 0; ok && f < t->n_fields; f++) {
        long c = t->column_of[f];
        if (c >= 0 && t->schema->columns[c].role == ML_ROLE_INPUT)
            ok = ml_scorer_set(scorer, (size_t)c, fields[f].s, fields[f].n, err);
    }
    ok = ok && b->ops->row(b->ctx, scorer, fields, &slot->out, err);
    return ok || ml_fail_context(err, "%s:%zu", slot->block.name, ml_block_line(&slot->block, i));
}

static void score_block(const struct ml_batch *b, struct ml_splitter *splitter,
                        struct ml_scorer *scorer, struct slot *slot)
{
    ml_strbuf_clear(&slot->out);
    slot->n_rows = 0;
    slot->n_rejected = 0;
    slot->n_complaints = 0;
    size_t n_invalid = ml_scorer_invalid(scorer);
    for (size_t i = 0; i < slot->block.n_spans; i++) {
        struct ml_error err;
        if (b->ops->wants != NULL && !b->ops->wants(b->ctx, slot->block.first_row + i))
            continue;
        slot->n_rows++;
        size_t length = slot->out.length;
        if (score_record(b, splitter, scorer, slot, i, &err))
            continue;
        slot->out.length = length;
        complain(slot, err.msg);
        if (b->ops->rejected != NULL)
            b->ops->rejected(b->ctx, &slot->out);
    }
    slot->n_invalid = ml_scorer_invalid(scorer) - n_invalid;
}

static void *work(void *ctx)
{
    struct pipeline *p = ctx;
    struct ml_splitter *splitter = ml_splitter_new(p->batch->table->delimiter);
    struct ml_scorer *scorer = ml_scorer_new(p->batch->model);
    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct slot *slot = &p->slots[p->next];
        if (slot->state != SLOT_FILLED) {
            if (p->closing)
                break;
            pthread_cond_wait(&p->filled, &p->lock);
            continue;
        }
        slot->state = SLOT_TAKEN;
        p->next = (p->next + 1) % p->n_slots;
        pthread_mutex_unlock(&p->lock);
        score_block(p->batch, splitter, scorer, slot);
        pthread_mutex_lock(&p->lock);
        slot->state = SLOT_DONE;
        pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->lock);
    ml_scorer_free(scorer);
    ml_splitter_free(splitter);
    return NULL;
}

/* What the caller's thread keeps while blocks go through. */
struct drain {
    struct ml_batch_count count;
    size_t n_explained;
};

static bool drain_slot(const struct ml_batch *b, struct slot *slot, struct drain *d,
                       struct ml_error *err)
{
    bool over = d->count.n_rejected + slot->n_rejected > b->max_rejected;
    for (size_t i = 0; i < slot->n_complaints; i++) {
        if (d->n_explained++ < ML_MAX_EXPLAINED && b->talk->note != NULL)
            b->talk->note(b->talk->ctx, slot->complaints[i]);
        free(slot->complaints[i]);
    }
    slot->n_complaints = 0;
    d->count.n_rows += slot->n_rows;
    d->count.n_rejected += slot->n_rejected;
    d->count.n_invalid += slot->n_invalid;
    if (over)
        return ml_fail(err, ML_ELIMIT, "%s: more than %zu rejected rows",
                       ml_source_name(b->table->source), b->max_rejected);
    if (b->ops->file != NULL && !b->ops->file(b->sink_ctx, slot->block.file, slot->block.name, err))
        return false;
    return slot->out.length == 0 || b->ops->sink(b->sink_ctx, &slot->out, err);
}

static void report_progress(const struct ml_batch *b)
{
    uint64_t size = ml_source_size(b->table->source);
    if (b->talk->progress != NULL)
        b->talk->progress(b->talk->ctx, b->stage,
                          size > 0 ? (double)ml_source_bytes(b->table->source) / (double)size : -1);
}

/* Waits for the oldest block and hands it on. */
static bool drain_oldest(struct pipeline *p, size_t *tail, struct drain *d, struct ml_error *err)
{
    struct slot *slot = &p->slots[*tail];
    pthread_mutex_lock(&p->lock);
    while (slot->state != SLOT_DONE)
        pthread_cond_wait(&p->done, &p->lock);
    pthread_mutex_unlock(&p->lock);
    bool ok = drain_slot(p->batch, slot, d, err);
    pthread_mutex_lock(&p->lock);
    slot->state = SLOT_FREE;
    pthread_mutex_unlock(&p->lock);
    *tail = (*tail + 1) % p->n_slots;
    report_progress(p->batch);
    return ok;
}

/* Whether the oldest block is finished. */
static bool is_done(struct pipeline *p, const struct slot *slot)
{
    pthread_mutex_lock(&p->lock);
    bool done = slot->state == SLOT_DONE;
    pthread_mutex_unlock(&p->lock);
    return done;
}

static bool feed(struct pipeline *p, struct drain *d, struct ml_error *err)
{
    size_t head = 0;
    size_t tail = 0;
    size_t in_flight = 0;
    bool ok = true;
    for (;;) {
        /* A pipe's answers must not wait for its next question. */
        while (ok && in_flight > 0 &&
               (in_flight == p->n_slots || is_done(p, &p->slots[tail]) ||
                !ml_source_is_ready(p->batch->table->source))) {
            ok = drain_oldest(p, &tail, d, err);
            in_flight--;
        }
        struct slot *slot = &p->slots[head];
        if (!ok || !ml_source_next(p->batch->table->source, &slot->block, err)) {
            ok = false;
            break;
        }
        if (slot->block.n_spans == 0)
            break;
        pthread_mutex_lock(&p->lock);
        slot->state = SLOT_FILLED;
        pthread_cond_signal(&p->filled);
        pthread_mutex_unlock(&p->lock);
        head = (head + 1) % p->n_slots;
        in_flight++;
    }
    while (ok && in_flight > 0) {
        ok = drain_oldest(p, &tail, d, err);
        in_flight--;
    }
    return ok;
}

static size_t count_jobs(const struct ml_batch *b)
{
    size_t jobs = b->jobs;
    if (jobs == 0) {
        long n = sysconf(_SC_NPROCESSORS_ONLN);
        jobs = n > 0 ? (size_t)n : 1;
    }
    return jobs < MAX_JOBS ? jobs : MAX_JOBS;
}

static void stop_workers(struct pipeline *p, pthread_t *threads, size_t n)
{
    pthread_mutex_lock(&p->lock);
    p->closing = true;
    pthread_cond_broadcast(&p->filled);
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

static void release_slots(struct pipeline *p)
{
    for (size_t i = 0; i < p->n_slots; i++) {
        ml_block_release(&p->slots[i].block);
        ml_strbuf_release(&p->slots[i].out);
        for (size_t k = 0; k < p->slots[i].n_complaints; k++)
            free(p->slots[i].complaints[k]);
    }
    free(p->slots);
}

bool ml_batch_run(const struct ml_batch *batch, struct ml_batch_count *count, struct ml_error *err)
{
    size_t jobs = count_jobs(batch);
    struct pipeline p = {
        .batch = batch,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .filled = PTHREAD_COND_INITIALIZER,
        .done = PTHREAD_COND_INITIALIZER,
        .n_slots = jobs * SLOTS_PER_JOB,
    };
    p.slots = ml_xcalloc(p.n_slots, sizeof(*p.slots));
    pthread_t threads[MAX_JOBS];
    size_t started = 0;
    while (started < jobs && pthread_create(&threads[started], NULL, work, &p) == 0)
        started++;
    struct drain d = {0};
    bool ok =
        started > 0 ? feed(&p, &d, err) : ml_fail(err, ML_EINTERNAL, "unable to start a thread");
    stop_workers(&p, threads, started);
    release_slots(&p);
    if (ok)
        *count = d.count;
    return ok;
}

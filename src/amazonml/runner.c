#include "amazonml/runner.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amazonml/spawn.h"
#include "base/alloc.h"

typedef void (*ml_runner_done)(void *ctx, const char *id, const char *result, size_t n,
                               const char *problem);

struct job {
    struct job *next;
    char *id;   /* owned */
    char *task; /* owned */
    size_t n;
    ml_runner_done done;
    void *ctx;
};

struct slot {
    struct ml_runner *runner;
    pthread_t thread;
    struct job *job; /* NULL: idle */
    pid_t pid;       /* 0: not started yet, or reaped */
    bool is_unwanted;
};

struct ml_runner {
    pthread_mutex_t lock; /* over all below but program, slots, started */
    pthread_cond_t wake;
    struct job *first; /* owned, in the order of arrival */
    struct job *last;
    size_t n_waiting;
    bool stopping;
    struct slot *slots; /* owned */
    size_t n_slots;
    struct ml_program program;
    void (*started)(void *ctx, const char *id);
    void *started_ctx;
};

static void free_job(struct job *job)
{
    free(job->id);
    free(job->task);
    free(job);
}

/* Waits for the next job; false: there will be none. */
static bool take(struct slot *slot)
{
    struct ml_runner *r = slot->runner;
    pthread_mutex_lock(&r->lock);
    while (r->first == NULL && !r->stopping)
        pthread_cond_wait(&r->wake, &r->lock);
    slot->job = r->first;
    slot->is_unwanted = false;
    if (r->first != NULL) {
        r->first = r->first->next;
        r->last = r->first != NULL ? r->last : NULL;
        r->n_waiting--;
    }
    pthread_mutex_unlock(&r->lock);
    return slot->job != NULL;
}

static bool is_wanted(struct slot *slot)
{
    pthread_mutex_lock(&slot->runner->lock);
    bool wanted = !slot->is_unwanted;
    pthread_mutex_unlock(&slot->runner->lock);
    return wanted;
}

/*
 * Under the lock, as the reaping below: whoever cancels either comes before and nothing is started,
 * or finds a number that is this process's.
 */
static bool start(struct slot *slot, int in, int out, struct ml_error *err)
{
    struct ml_runner *r = slot->runner;
    pthread_mutex_lock(&r->lock);
    bool ok = slot->is_unwanted ? ml_fail(err, ML_ECONFLICT, "the job was cancelled")
                                : ml_spawn(&slot->pid, &r->program, in, out, err);
    pthread_mutex_unlock(&r->lock);
    return ok;
}

static int finish(struct slot *slot)
{
    ml_spawn_wait(slot->pid);
    pthread_mutex_lock(&slot->runner->lock);
    int status = ml_spawn_reap(slot->pid);
    slot->pid = 0;
    pthread_mutex_unlock(&slot->runner->lock);
    return status;
}

static bool run_child(struct slot *slot, struct ml_strbuf *result, struct ml_error *err)
{
    int in = ml_spawn_file(slot->job->task, slot->job->n, err);
    int out = in >= 0 ? ml_spawn_file("", 0, err) : -1;
    bool ok = out >= 0 && start(slot, in, out, err);
    ok = ok && ml_spawn_result(result, finish(slot), out, err);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return ok;
}

static void run(struct slot *slot)
{
    struct job *job = slot->job;
    struct ml_strbuf result = {0};
    struct ml_error err;
    if (slot->runner->started != NULL && is_wanted(slot))
        slot->runner->started(slot->runner->started_ctx, job->id);
    bool ok = run_child(slot, &result, &err);
    if (is_wanted(slot))
        job->done(job->ctx, job->id,
                  ok && result.bytes != NULL ? result.bytes
                  : ok                       ? ""
                                             : NULL,
                  ok ? result.length : 0, ok ? NULL : err.msg);
    ml_strbuf_release(&result);
}

/* Lives as long as its children: these are told to die with the thread that started them. */
static void *work(void *ctx)
{
    struct slot *slot = ctx;
    while (take(slot)) {
        struct job *job = slot->job;
        run(slot);
        pthread_mutex_lock(&slot->runner->lock);
        slot->job = NULL;
        pthread_mutex_unlock(&slot->runner->lock);
        free_job(job);
    }
    return NULL;
}

bool ml_runner_start(struct ml_runner **out, const char *program, const char *const *arguments,
                     size_t n_slots, struct ml_error *err)
{
    struct ml_runner *r = ml_xcalloc(1, sizeof(*r));
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wake, NULL);
    ml_program_init(&r->program, program, arguments);
    r->slots = ml_xcalloc(n_slots, sizeof(*r->slots));
    for (size_t i = 0; i < n_slots; i++)
        r->slots[i].runner = r;
    while (r->n_slots < n_slots &&
           pthread_create(&r->slots[r->n_slots].thread, NULL, work, &r->slots[r->n_slots]) == 0)
        r->n_slots++;
    if (r->n_slots < n_slots) {
        ml_runner_stop(r);
        return ml_fail(err, ML_EIO, "unable to start %zu threads for jobs", n_slots);
    }
    *out = r;
    return true;
}

void ml_runner_on_start(struct ml_runner *runner, void (*started)(void *ctx, const char *id),
                        void *ctx)
{
    runner->started = started;
    runner->started_ctx = ctx;
}

static void append(struct ml_runner *r, struct job *job)
{
    if (r->last != NULL)
        r->last->next = job;
    else
        r->first = job;
    r->last = job;
    r->n_waiting++;
    pthread_cond_signal(&r->wake);
}

bool ml_runner_add(struct ml_runner *runner, const char *id, const char *task, size_t n,
                   ml_runner_done done, void *ctx)
{
    struct job *job = ml_xcalloc(1, sizeof(*job));
    *job = (struct job){
        .id = ml_xstrdup(id), .task = ml_xmemdup0(task, n), .n = n, .done = done, .ctx = ctx};
    pthread_mutex_lock(&runner->lock);
    bool ok = !runner->stopping && runner->n_waiting < ML_RUNNER_MAX_WAITING;
    if (ok)
        append(runner, job);
    pthread_mutex_unlock(&runner->lock);
    if (!ok)
        free_job(job);
    return ok;
}

/* Drops those of that id that wait; NULL: all. */
static void drop(struct ml_runner *r, const char *id)
{
    struct job **at = &r->first;
    r->last = NULL;
    while (*at != NULL) {
        struct job *job = *at;
        if (id == NULL || strcmp(job->id, id) == 0) {
            *at = job->next;
            r->n_waiting--;
            free_job(job);
        } else {
            r->last = job;
            at = &job->next;
        }
    }
}

static void kill_running(struct ml_runner *r, const char *id)
{
    for (size_t i = 0; i < r->n_slots; i++) {
        struct slot *slot = &r->slots[i];
        if (slot->job == NULL || (id != NULL && strcmp(slot->job->id, id) != 0))
            continue;
        slot->is_unwanted = true;
        if (slot->pid > 0)
            kill(-slot->pid, SIGKILL);
    }
}

void ml_runner_cancel(struct ml_runner *runner, const char *id)
{
    pthread_mutex_lock(&runner->lock);
    drop(runner, id);
    kill_running(runner, id);
    pthread_mutex_unlock(&runner->lock);
}

void ml_runner_stop(struct ml_runner *runner)
{
    if (runner == NULL)
        return;
    pthread_mutex_lock(&runner->lock);
    runner->stopping = true;
    drop(runner, NULL);
    kill_running(runner, NULL);
    pthread_cond_broadcast(&runner->wake);
    pthread_mutex_unlock(&runner->lock);
    for (size_t i = 0; i < runner->n_slots; i++)
        pthread_join(runner->slots[i].thread, NULL);
    pthread_mutex_destroy(&runner->lock);
    pthread_cond_destroy(&runner->wake);
    ml_program_release(&runner->program);
    free(runner->slots);
    free(runner);
}

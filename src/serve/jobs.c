#include "serve/jobs.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/alloc.h"

struct job {
    void (*run)(void *ctx);
    void *ctx;
};

struct ml_jobs {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *ring; /* owned */
    size_t capacity;
    size_t head; /* next to run */
    size_t n;
    bool stopping;
    pthread_t *threads; /* owned */
    size_t n_threads;
};

static void *work(void *ctx)
{
    struct ml_jobs *jobs = ctx;
    pthread_mutex_lock(&jobs->lock);
    for (;;) {
        while (jobs->n == 0 && !jobs->stopping)
            pthread_cond_wait(&jobs->wake, &jobs->lock);
        if (jobs->n == 0)
            break;
        struct job job = jobs->ring[jobs->head];
        jobs->head = (jobs->head + 1) % jobs->capacity;
        jobs->n--;
        pthread_mutex_unlock(&jobs->lock);
        job.run(job.ctx);
        pthread_mutex_lock(&jobs->lock);
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

struct ml_jobs *ml_jobs_start(size_t n_threads, size_t max_waiting)
{
    struct ml_jobs *jobs = ml_xcalloc(1, sizeof(*jobs));
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->wake, NULL);
    jobs->capacity = max_waiting;
    jobs->ring = ml_xcalloc(max_waiting, sizeof(*jobs->ring));
    jobs->threads = ml_xcalloc(n_threads, sizeof(*jobs->threads));
    while (jobs->n_threads < n_threads &&
           pthread_create(&jobs->threads[jobs->n_threads], NULL, work, jobs) == 0)
        jobs->n_threads++;
    return jobs;
}

bool ml_jobs_add(struct ml_jobs *jobs, void (*run)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&jobs->lock);
    bool ok = jobs->n < jobs->capacity && jobs->n_threads > 0 && !jobs->stopping;
    if (ok) {
        jobs->ring[(jobs->head + jobs->n++) % jobs->capacity] = (struct job){run, ctx};
        pthread_cond_signal(&jobs->wake);
    }
    pthread_mutex_unlock(&jobs->lock);
    return ok;
}

void ml_jobs_finish(struct ml_jobs *jobs)
{
    if (jobs == NULL)
        return;
    pthread_mutex_lock(&jobs->lock);
    jobs->stopping = true;
    pthread_cond_broadcast(&jobs->wake);
    pthread_mutex_unlock(&jobs->lock);
    for (size_t i = 0; i < jobs->n_threads; i++)
        pthread_join(jobs->threads[i], NULL);
    jobs->n_threads = 0;
}

void ml_jobs_free(struct ml_jobs *jobs)
{
    if (jobs == NULL)
        return;
    ml_jobs_finish(jobs);
    pthread_mutex_destroy(&jobs->lock);
    pthread_cond_destroy(&jobs->wake);
    free(jobs->ring);
    free(jobs->threads);
    free(jobs);
}

/*
 * Work that must not hold up a request thread: a bounded queue and a few threads.
 */
#ifndef ML_SERVE_JOBS_H
#define ML_SERVE_JOBS_H

#include <stdbool.h>
#include <stddef.h>

struct ml_jobs;

struct ml_jobs *ml_jobs_start(size_t n_threads, size_t max_waiting);
/* Queues run(ctx); false when too many wait. ctx lives until it has run. */
bool ml_jobs_add(struct ml_jobs *jobs, void (*run)(void *ctx), void *ctx);
/* Runs what waits, ends the threads and takes no more. NULL is fine; so is a second time. */
void ml_jobs_finish(struct ml_jobs *jobs);
/* The same, and frees it: nobody may add any more. */
void ml_jobs_free(struct ml_jobs *jobs);

#endif

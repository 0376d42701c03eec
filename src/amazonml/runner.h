/*
 * A queue of jobs that run in child processes of the daemon.
 *
 * Each job is a fresh process image of one program, so that training's memory, its own children and
 * its crashes stay outside. The task goes to the child's standard input, the result comes from its
 * standard output; both are files in memory, so that neither side ever waits for the other. A child
 * inherits standard error and no other descriptor, is the leader of its own process group (which is
 * killed as a whole), and finds ML_RUNNER_PARENT in its environment: the number of the process that
 * it must not outlive. ml_task_main does the child's half (amazonml/task.h).
 *
 * All functions may be called from any thread.
 */
#ifndef ML_AMAZONML_RUNNER_H
#define ML_AMAZONML_RUNNER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define ML_RUNNER_PARENT "ML_RUNNER_PARENT"

enum {
    ML_RUNNER_MAX_WAITING = 1000,
    ML_RUNNER_MAX_RESULT = 64 * 1024 * 1024, /* bytes; a longer one is a problem */
};

struct ml_runner;

/*
 * program: NULL is this program itself. arguments: NULL-terminated, after argv[0]; copied. n_slots:
 * jobs at a time, each with a thread; at least 1. ML_EIO when no thread can be started.
 */
bool ml_runner_start(struct ml_runner **out, const char *program, const char *const *arguments,
                     size_t n_slots, struct ml_error *err) __attribute__((warn_unused_result));

/*
 * Says when a job's turn has come, from a thread of the runner and before its `done`. To be set
 * before the first ml_runner_add.
 */
void ml_runner_on_start(struct ml_runner *runner, void (*started)(void *ctx, const char *id),
                        void *ctx);

/*
 * Queues a task (n bytes, copied) behind those that wait. done is called once from a thread of the
 * runner: with what the child printed, NUL-terminated and borrowed, or with result NULL and a
 * problem ("the job was killed by signal 9", "the job ended with status 3"). It may call
 * ml_runner_add and ml_runner_cancel, and holds up its slot. False: too many wait.
 */
bool ml_runner_add(struct ml_runner *runner, const char *id, const char *task, size_t n,
                   void (*done)(void *ctx, const char *id, const char *result, size_t n,
                                const char *problem),
                   void *ctx) __attribute__((warn_unused_result));

/*
 * Drops the job of that id if it waits, kills it if it runs; an unknown id is fine. Its `started`
 * and `done` are not called any more, except for a call that has begun already: it is not waited
 * for, so that the caller may hold a lock which the callback wants.
 */
void ml_runner_cancel(struct ml_runner *runner, const char *id);

/*
 * Kills what runs, drops what waits, waits for callbacks that have begun, and frees. Not from a
 * callback, and without a lock that callbacks take. NULL is fine.
 */
void ml_runner_stop(struct ml_runner *runner);

#endif

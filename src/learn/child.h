/*
 * A function run in a child process, so that a crash, an exit or a kill in there is only a message.
 *
 * The child shares the parent's memory copy-on-write, prints nothing (its standard output and error
 * go to /dev/null), dies with its parent, and leaves no core file.
 */
#ifndef ML_LEARN_CHILD_H
#define ML_LEARN_CHILD_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "ml/data.h"

/* The work: appends its result to out. */
typedef bool (*ml_child_fn)(struct ml_strbuf *out, struct ml_error *err, void *ctx);

/*
 * Runs fn in a child and gives its result. ML_EINTERNAL "<what> was killed by signal 11 (…)" when
 * it dies. talk->progress is called with `stage` while waiting.
 */
bool ml_child_run(struct ml_strbuf *out, ml_child_fn fn, void *ctx, const char *what,
                  const char *stage, const struct ml_talk *talk, struct ml_error *err)
    __attribute__((warn_unused_result));

struct ml_child_task {
    void *ctx;            /* for fn */
    struct ml_strbuf out; /* owned: what this child appended; empty before */
};

/*
 * Runs fn once a task, each in a child of its own, `jobs` of them at a time (0: one a processor).
 * Fails with the message of the first task that did, in the order of the tasks as far as they
 * were run; the results are then released. progress gets the share of the tasks done.
 */
bool ml_child_run_all(struct ml_child_task *tasks, size_t n, size_t jobs, ml_child_fn fn,
                      const char *what, const char *stage, const struct ml_talk *talk,
                      struct ml_error *err) __attribute__((warn_unused_result));

#endif

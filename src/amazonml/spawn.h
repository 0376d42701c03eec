/* One child process: its start with files in memory as input and output, its end, its result. */
#ifndef ML_AMAZONML_SPAWN_H
#define ML_AMAZONML_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/strbuf.h"

struct ml_program {
    char *path;         /* owned */
    char **argv;        /* owned, NULL-terminated; argv[0] is the path */
    char **environment; /* owned, NULL-terminated: this process's and ML_RUNNER_PARENT */
};

/* NULL path: this program itself. */
void ml_program_init(struct ml_program *out, const char *path, const char *const *arguments);
void ml_program_release(struct ml_program *program);

/* An unnamed file that holds n bytes, read from its start; -1 and err when there is none to have.
 */
int ml_spawn_file(const void *bytes, size_t n, struct ml_error *err);

/* Starts the program as the leader of a new process group. in, out: stay the caller's. */
bool ml_spawn(pid_t *pid, const struct ml_program *program, int in, int out, struct ml_error *err)
    __attribute__((warn_unused_result));

/* Waits until the process has ended; its number stays taken until ml_spawn_reap. */
void ml_spawn_wait(pid_t pid);
/* Kills what is left of the group of a process that has ended, and gives that one's status. */
int ml_spawn_reap(pid_t pid);

/* What a process that ended with that status wrote to `out`; ML_EINTERNAL says what went wrong. */
bool ml_spawn_result(struct ml_strbuf *result, int status, int out, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

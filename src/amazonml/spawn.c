#define _GNU_SOURCE /* memfd_create, posix_spawn_file_actions_addclosefrom_np */
#include "amazonml/spawn.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "amazonml/runner.h"
#include "base/alloc.h"
#include "base/file.h"

static size_t count(const char *const *list)
{
    size_t n = 0;
    while (list[n] != NULL)
        n++;
    return n;
}

static char *parent_entry(void)
{
    struct ml_strbuf buf = {0};
    ml_strbuf_addf(&buf, ML_RUNNER_PARENT "=%ld", (long)getpid());
    return ml_strbuf_take(&buf);
}

void ml_program_init(struct ml_program *out, const char *path, const char *const *arguments)
{
    const char *const *inherited = (const char *const *)environ;
    size_t n = count(arguments);
    *out = (struct ml_program){.path = ml_xstrdup(path != NULL ? path : "/proc/self/exe")};
    out->argv = ml_xcalloc(n + 2, sizeof(*out->argv));
    out->argv[0] = ml_xstrdup(out->path);
    for (size_t i = 0; i < n; i++)
        out->argv[i + 1] = ml_xstrdup(arguments[i]);
    n = count(inherited);
    out->environment = ml_xcalloc(n + 2, sizeof(*out->environment));
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (strncmp(inherited[i], ML_RUNNER_PARENT "=", sizeof(ML_RUNNER_PARENT)) != 0)
            out->environment[k++] = ml_xstrdup(inherited[i]);
    out->environment[k] = parent_entry();
}

static void free_list(char **list)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        free(list[i]);
    free(list);
}

void ml_program_release(struct ml_program *program)
{
    free(program->path);
    free_list(program->argv);
    free_list(program->environment);
    *program = (struct ml_program){0};
}

int ml_spawn_file(const void *bytes, size_t n, struct ml_error *err)
{
    int fd = memfd_create("job", MFD_CLOEXEC);
    if (fd < 0) {
        ml_fail_errno(err, "create", "a file in memory");
        return -1;
    }
    if (ml_file_write(fd, bytes, n, "a file in memory", err) && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Nothing of how this process takes signals goes along. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t set;
    sigemptyset(&set);
    int failed = posix_spawnattr_setsigmask(attributes, &set);
    sigaddset(&set, SIGPIPE);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    failed = failed != 0 ? failed : posix_spawnattr_setsigdefault(attributes, &set);
    failed = failed != 0 ? failed : posix_spawnattr_setpgroup(attributes, 0);
    if (failed != 0)
        return failed;
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETPGROUP);
}

/* Whatever another library has opened without FD_CLOEXEC stays here too. */
static int set_files(posix_spawn_file_actions_t *actions, int in, int out)
{
    int failed = posix_spawn_file_actions_adddup2(actions, in, STDIN_FILENO);
    failed = failed != 0 ? failed : posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 34)
    failed =
        failed != 0 ? failed : posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#endif
#endif
    return failed;
}

static int spawn(pid_t *pid, const struct ml_program *p, int in, int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (failed == 0) {
        failed = set_attributes(&attributes);
        failed = failed != 0 ? failed : set_files(&actions, in, out);
        failed = failed != 0
                     ? failed
                     : posix_spawn(pid, p->path, &actions, &attributes, p->argv, p->environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

bool ml_spawn(pid_t *pid, const struct ml_program *program, int in, int out, struct ml_error *err)
{
    int failed = spawn(pid, program, in, out);
    if (failed == 0)
        return true;
    errno = failed;
    return ml_fail_errno(err, "start", program->path);
}

void ml_spawn_wait(pid_t pid)
{
    siginfo_t info;
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
        continue;
}

int ml_spawn_reap(pid_t pid)
{
    int status = 0;
    kill(-pid, SIGKILL);
    pid_t done;
    do
        done = waitpid(pid, &status, 0);
    while (done < 0 && errno == EINTR);
    return done == pid ? status : -1;
}

static bool check_status(int status, struct ml_error *err)
{
    if (status == 0)
        return true;
    if (status == -1)
        return ml_fail(err, ML_EINTERNAL, "the end of the job cannot be learnt");
    if (WIFSIGNALED(status))
        return ml_fail(err, ML_EINTERNAL, "the job was killed by signal %d%s", WTERMSIG(status),
                       WTERMSIG(status) == SIGKILL ? "; it may have run out of memory" : "");
    return ml_fail(err, ML_EINTERNAL, "the job ended with status %d", WEXITSTATUS(status));
}

bool ml_spawn_result(struct ml_strbuf *result, int status, int out, struct ml_error *err)
{
    struct stat st;
    if (!check_status(status, err))
        return false;
    if (fstat(out, &st) != 0 || lseek(out, 0, SEEK_SET) != 0)
        return ml_fail_errno(err, "read", "the job's result");
    if (st.st_size > ML_RUNNER_MAX_RESULT)
        return ml_fail(err, ML_ELIMIT, "the job's result is longer than %d bytes",
                       ML_RUNNER_MAX_RESULT);
    size_t n = 1;
    while (n > 0) {
        char *to = ml_strbuf_reserve(result, (size_t)st.st_size + 1);
        if (!ml_file_read(&n, out, to, (size_t)st.st_size + 1, "the job's result", err))
            return false;
        result->length += n;
        result->bytes[result->length] = '\0';
    }
    return true;
}

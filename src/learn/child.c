#include "learn/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

/* First byte of what the child sends: then the result, or a struct ml_error. */
enum { SENT_RESULT = 'r', SENT_ERROR = 'e' };

static void be_quiet(void)
{
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    /* A parent that goes away closes the pipe, and writing to it then ends the child. */
    signal(SIGPIPE, SIG_DFL);
}

/* A solver without its parent works for nobody. */
static void die_with(pid_t parent)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != parent)
        _exit(1);
}

static void run_child(int to_parent, ml_child_fn fn, void *ctx)
{
    be_quiet();
    struct ml_error err = {0};
    struct ml_strbuf out = {0};
    ml_strbuf_addc(&out, SENT_RESULT);
    if (!fn(&out, &err, ctx)) {
        ml_strbuf_clear(&out);
        ml_strbuf_addc(&out, SENT_ERROR);
        ml_strbuf_add(&out, &err, sizeof(err));
    }
    bool ok = ml_file_write(to_parent, out.bytes, out.length, "pipe", &err);
    _exit(ok ? 0 : 1);
}

/* Everything the child writes until it closes its end. */
static bool collect(struct ml_strbuf *buf, int from_child, const char *stage,
                    const struct ml_talk *talk, struct ml_error *err)
{
    struct pollfd wait_for = {.fd = from_child, .events = POLLIN};
    for (;;) {
        int ready = poll(&wait_for, 1, talk->progress != NULL ? 100 : -1);
        if (ready < 0 && errno != EINTR)
            return ml_fail_errno(err, "wait for", "a child process");
        if (ready <= 0) {
            if (talk->progress != NULL)
                talk->progress(talk->ctx, stage, -1);
            continue;
        }
        size_t n;
        char *to = ml_strbuf_reserve(buf, 65536);
        if (!ml_file_read(&n, from_child, to, 65536, "pipe", err))
            return false;
        if (n == 0)
            return true;
        buf->length += n;
    }
}

/* False when a host program has taken the child's status for itself. */
static bool wait_for_child(pid_t pid, int *status)
{
    pid_t done;
    do
        done = waitpid(pid, status, 0);
    while (done < 0 && errno == EINTR);
    return done == pid;
}

static bool judge(struct ml_strbuf *out, const struct ml_strbuf *sent, int status, const char *what,
                  struct ml_error *err)
{
    if (WIFSIGNALED(status))
        return ml_fail(err, ML_EINTERNAL, "%s was killed by signal %d (%s)", what, WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    if (status != 0 || sent->length == 0)
        return ml_fail(err, ML_EINTERNAL,
                       "%s stopped with status %d; it may have run out of memory", what,
                       WEXITSTATUS(status));
    if (sent->bytes[0] == SENT_ERROR && sent->length == 1 + sizeof(*err)) {
        memcpy(err, sent->bytes + 1, sizeof(*err));
        return false;
    }
    ml_strbuf_add(out, sent->bytes + 1, sent->length - 1);
    return true;
}

bool ml_child_run(struct ml_strbuf *out, ml_child_fn fn, void *ctx, const char *what,
                  const char *stage, const struct ml_talk *talk, struct ml_error *err)
{
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0)
        return ml_fail_errno(err, "create", "a pipe");
    /* Another training in this process must not inherit these and hold them open. */
    fcntl(pipe_ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(pipe_ends[1], F_SETFD, FD_CLOEXEC);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        return ml_fail_errno(err, "start", "a child process");
    }
    if (pid == 0) {
        close(pipe_ends[0]);
        die_with(parent);
        run_child(pipe_ends[1], fn, ctx);
    }
    close(pipe_ends[1]);
    struct ml_strbuf sent = {0};
    bool ok = collect(&sent, pipe_ends[0], stage, talk, err);
    close(pipe_ends[0]);
    if (!ok)
        kill(pid, SIGKILL);
    int status = 0;
    if (!wait_for_child(pid, &status) && ok)
        ok = ml_fail(err, ML_EINTERNAL, "the end of %s cannot be learnt", what);
    ok = ok && judge(out, &sent, status, what, err);
    ml_strbuf_release(&sent);
    return ok;
}

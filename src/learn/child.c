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
#include "base/processors.h"

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

struct child {
    struct ml_child_task *task; /* NULL: this place is free */
    pid_t pid;
    int from_child;
    struct ml_strbuf sent;
};

static bool start(struct child *c, struct ml_child_task *task, ml_child_fn fn, struct ml_error *err)
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
        run_child(pipe_ends[1], fn, task->ctx);
    }
    close(pipe_ends[1]);
    *c = (struct child){.task = task, .pid = pid, .from_child = pipe_ends[0]};
    return true;
}

/* Reads what is there; *ended when the child has closed its end. */
static bool receive(struct child *c, bool *ended, struct ml_error *err)
{
    size_t n;
    char *to = ml_strbuf_reserve(&c->sent, 65536);
    if (!ml_file_read(&n, c->from_child, to, 65536, "pipe", err))
        return false;
    c->sent.length += n;
    *ended = n == 0;
    return true;
}

/* Waits for the child; ok false: its result is not wanted any more. */
static bool finish(struct child *c, bool ok, const char *what, struct ml_error *err)
{
    close(c->from_child);
    if (!ok)
        kill(c->pid, SIGKILL);
    int status = 0;
    if (!wait_for_child(c->pid, &status) && ok)
        ok = ml_fail(err, ML_EINTERNAL, "the end of %s cannot be learnt", what);
    ok = ok && judge(&c->task->out, &c->sent, status, what, err);
    ml_strbuf_release(&c->sent);
    c->task = NULL;
    return ok;
}

struct crew {
    struct child child[ML_MAX_JOBS]; /* those that run are in the order of their tasks */
    size_t n;
    const char *what;
};

/* One round of waiting: takes what the children have sent, and those that ended off the list. */
static bool attend(struct crew *crew, int timeout_ms, struct ml_error *err)
{
    struct pollfd wait_for[ML_MAX_JOBS];
    for (size_t i = 0; i < crew->n; i++)
        wait_for[i] = (struct pollfd){.fd = crew->child[i].from_child, .events = POLLIN};
    int ready = poll(wait_for, (nfds_t)crew->n, timeout_ms);
    if (ready < 0 && errno != EINTR)
        return ml_fail_errno(err, "wait for", "a child process");
    size_t kept = 0;
    bool ok = true;
    size_t n = crew->n;
    for (size_t i = 0; i < n; i++) {
        bool ended = false;
        if (ok && ready > 0 && wait_for[i].revents != 0)
            ok = receive(&crew->child[i], &ended, err) &&
                 (!ended || finish(&crew->child[i], true, crew->what, err));
        if (crew->child[i].task != NULL && !ended)
            crew->child[kept++] = crew->child[i];
    }
    crew->n = kept;
    return ok;
}

bool ml_child_run_all(struct ml_child_task *tasks, size_t n, size_t jobs, ml_child_fn fn,
                      const char *what, const char *stage, const struct ml_talk *talk,
                      struct ml_error *err)
{
    struct crew crew = {.what = what};
    jobs = ml_count_jobs(jobs);
    size_t started = 0;
    bool ok = true;
    while (ok && (started < n || crew.n > 0)) {
        if (started < n && crew.n < jobs) {
            ok = start(&crew.child[crew.n], &tasks[started], fn, err);
            crew.n += ok;
            started += ok;
            continue;
        }
        ok = attend(&crew, talk->progress != NULL ? 100 : -1, err);
        if (ok && talk->progress != NULL)
            talk->progress(talk->ctx, stage, n > 1 ? (double)(started - crew.n) / (double)n : -1);
    }
    struct ml_error ignored;
    for (size_t i = 0; i < crew.n; i++)
        (void)finish(&crew.child[i], false, what, &ignored);
    for (size_t i = 0; !ok && i < n; i++)
        ml_strbuf_release(&tasks[i].out);
    return ok;
}

bool ml_child_run(struct ml_strbuf *out, ml_child_fn fn, void *ctx, const char *what,
                  const char *stage, const struct ml_talk *talk, struct ml_error *err)
{
    struct ml_child_task task = {.ctx = ctx};
    if (!ml_child_run_all(&task, 1, 1, fn, what, stage, talk, err))
        return false;
    ml_strbuf_add(out, task.out.bytes, task.out.length);
    ml_strbuf_release(&task.out);
    return true;
}

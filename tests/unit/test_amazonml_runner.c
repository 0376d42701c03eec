/* The queue of jobs, with the shell and its friends as the program. */
#include "../lib/testing.h"

#include <signal.h>

#include "amazonml/runner.h"

struct seen {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct ml_strbuf text; /* "+a" started, "-a:result;" done, "-a!problem;" */
    size_t n_done;
};

static void on_start(void *ctx, const char *id)
{
    struct seen *s = ctx;
    pthread_mutex_lock(&s->lock);
    ml_strbuf_addf(&s->text, "+%s ", id);
    pthread_cond_broadcast(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

static void on_done(void *ctx, const char *id, const char *result, size_t n, const char *problem)
{
    struct seen *s = ctx;
    pthread_mutex_lock(&s->lock);
    if (result != NULL)
        assert_int_equal(strlen(result), n);
    ml_strbuf_addf(&s->text, "-%s%s%s; ", id, result != NULL ? ":" : "!",
                   result != NULL ? result : problem);
    s->n_done++;
    pthread_cond_broadcast(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

/* Waits until so many are done, or until the text holds `part`. */
static void await(struct seen *s, size_t n, const char *part)
{
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 30;
    pthread_mutex_lock(&s->lock);
    while (part != NULL ? s->text.bytes == NULL || strstr(s->text.bytes, part) == NULL
                        : s->n_done < n)
        if (pthread_cond_timedwait(&s->wake, &s->lock, &limit) != 0)
            fail_msg("waited in vain; seen: %s", s->text.bytes != NULL ? s->text.bytes : "");
    pthread_mutex_unlock(&s->lock);
}

static struct seen *seen_new(void)
{
    struct seen *s = calloc(1, sizeof(*s));
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, NULL);
    return s;
}

static void seen_free(struct seen *s)
{
    ml_strbuf_release(&s->text);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->wake);
    free(s);
}

/* A runner whose tasks are shell scripts. */
static struct ml_runner *shell(struct seen *s, size_t n_slots)
{
    static const char *const none[] = {NULL};
    struct ml_runner *r = NULL;
    struct ml_error err;
    must(ml_runner_start(&r, "/bin/sh", none, n_slots, &err));
    ml_runner_on_start(r, on_start, s);
    return r;
}

static void add(struct ml_runner *r, struct seen *s, const char *id, const char *task)
{
    assert_true(ml_runner_add(r, id, task, strlen(task), on_done, s));
}

/* Ended, whether or not whoever inherited it has noticed. */
static bool is_gone(long pid)
{
    char path[64];
    char line[256] = "";
    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return true;
    char *got = fgets(line, sizeof(line), f);
    fclose(f);
    return got == NULL || strstr(line, ") Z ") != NULL;
}

static void assert_gone(long pid)
{
    for (int i = 0; i < 500 && !is_gone(pid); i++) {
        struct timespec pause = {0, 10 * 1000 * 1000};
        nanosleep(&pause, NULL);
    }
    assert_true(is_gone(pid));
}

static long read_number(const char *path)
{
    for (int i = 0; i < 1000; i++) {
        struct timespec pause = {0, 10 * 1000 * 1000};
        struct stat st;
        if (stat(path, &st) == 0 && st.st_size > 1) {
            struct ml_strbuf text = test_read(path);
            long number = strtol(text.bytes, NULL, 10);
            ml_strbuf_release(&text);
            return number;
        }
        nanosleep(&pause, NULL);
    }
    fail_msg("%s: nobody wrote it", path);
    return 0;
}

static void test_a_task_goes_in_and_what_the_child_prints_comes_out(void **state)
{
    (void)state;
    static const char *const none[] = {NULL};
    struct seen *s = seen_new();
    struct ml_runner *r = NULL;
    struct ml_error err;
    must(ml_runner_start(&r, "/bin/cat", none, 2, &err));
    size_t n = 1000000; /* more than a pipe holds */
    char *task = malloc(n + 1);
    memset(task, 'x', n);
    task[n] = '\0';
    add(r, s, "a", task);
    add(r, s, "b", "");
    await(s, 2, NULL);
    assert_int_equal(s->text.length, n + strlen("-a:; -b:; "));
    free(task);
    ml_runner_stop(r);
    seen_free(s);
}

static void test_arguments_reach_the_program(void **state)
{
    (void)state;
    static const char *const arguments[] = {"-c", "echo $0-$1 $(cat)", "zero", "one", NULL};
    struct seen *s = seen_new();
    struct ml_runner *r = NULL;
    struct ml_error err;
    must(ml_runner_start(&r, "/bin/sh", arguments, 1, &err));
    add(r, s, "a", "task");
    await(s, 1, NULL);
    assert_string_equal(s->text.bytes, "-a:zero-one task\n; ");
    ml_runner_stop(r);
    seen_free(s);
}

static void test_jobs_run_in_the_order_they_came_and_are_announced(void **state)
{
    (void)state;
    struct seen *s = seen_new();
    struct ml_runner *r = shell(s, 1);
    add(r, s, "a", "sleep 0.1; echo 1");
    add(r, s, "b", "echo 2");
    add(r, s, "c", "echo 3");
    await(s, 3, NULL);
    assert_string_equal(s->text.bytes, "+a -a:1\n; +b -b:2\n; +c -c:3\n; ");
    ml_runner_stop(r);
    seen_free(s);
}

static void test_slots_run_at_the_same_time(void **state)
{
    (void)state;
    struct seen *s = seen_new();
    struct ml_runner *r = shell(s, 2);
    char task[1000];
    snprintf(task, sizeof(task), "mkfifo %s; read x <%s; echo $x", test_path("meet"),
             test_path("meet"));
    add(r, s, "a", task);
    await(s, 0, "+a ");
    snprintf(task, sizeof(task), "while ! [ -p %s ]; do sleep 0.01; done; echo hello >%s",
             test_path("meet"), test_path("meet"));
    add(r, s, "b", task);
    await(s, 0, "-a:hello\n; ");
    ml_runner_stop(r);
    seen_free(s);
}

static void test_a_crash_is_a_message(void **state)
{
    (void)state;
    struct seen *s = seen_new();
    struct ml_runner *r = shell(s, 1);
    add(r, s, "a", "echo lost; exit 3");
    add(r, s, "b", "kill -9 $$");
    add(r, s, "c", "kill -15 $$");
    await(s, 3, NULL);
    assert_contains(s->text.bytes, "-a!the job ended with status 3; ");
    assert_contains(s->text.bytes, "-b!the job was killed by signal 9; it may have run out");
    assert_contains(s->text.bytes, "-c!the job was killed by signal 15; ");
    ml_runner_stop(r);
    seen_free(s);
}

static void test_a_program_that_is_not_there_is_a_message(void **state)
{
    (void)state;
    static const char *const none[] = {NULL};
    struct seen *s = seen_new();
    struct ml_runner *r = NULL;
    struct ml_error err;
    must(ml_runner_start(&r, "/nowhere/at/all", none, 1, &err));
    add(r, s, "a", "task");
    await(s, 1, NULL);
    assert_contains(s->text.bytes, "-a!unable to start '/nowhere/at/all'");
    ml_runner_stop(r);
    seen_free(s);
}

static void test_what_outlives_a_job_is_killed(void **state)
{
    (void)state;
    struct seen *s = seen_new();
    struct ml_runner *r = shell(s, 1);
    add(r, s, "a", "sleep 100 & echo $!");
    await(s, 1, NULL);
    assert_gone(strtol(s->text.bytes + strlen("+a -a:"), NULL, 10));
    ml_runner_stop(r);
    seen_free(s);
}

static void test_cancel_drops_what_waits_and_kills_what_runs(void **state)
{
    (void)state;
    struct seen *s = seen_new();
    struct ml_runner *r = shell(s, 1);
    char task[1000];
    snprintf(task, sizeof(task), "sleep 100 & echo $! >%s; wait; echo no", test_path("sleeper"));
    add(r, s, "a", task);
    add(r, s, "b", "echo no");
    add(r, s, "c", "echo yes");
    long sleeper = read_number(test_path("sleeper"));
    ml_runner_cancel(r, "b");
    ml_runner_cancel(r, "a");
    ml_runner_cancel(r, "unknown");
    await(s, 1, NULL);
    assert_string_equal(s->text.bytes, "+a +c -c:yes\n; ");
    assert_gone(sleeper);
    add(r, s, "d", "echo again");
    await(s, 2, NULL);
    ml_runner_stop(r);
    seen_free(s);
}

static void test_cancelling_the_last_leaves_a_queue_that_works(void **state)
{
    (void)state;
    struct seen *s = seen_new();
    struct ml_runner *r = shell(s, 1);
    add(r, s, "a", "sleep 0.2; echo 1");
    add(r, s, "b", "echo 2");
    add(r, s, "c", "echo 3");
    ml_runner_cancel(r, "c");
    add(r, s, "d", "echo 4");
    await(s, 3, NULL);
    assert_string_equal(s->text.bytes, "+a -a:1\n; +b -b:2\n; +d -d:4\n; ");
    ml_runner_stop(r);
    seen_free(s);
}

static void test_stop_kills_and_calls_nobody(void **state)
{
    (void)state;
    struct seen *s = seen_new();
    struct ml_runner *r = shell(s, 2);
    char task[1000];
    snprintf(task, sizeof(task), "sleep 100 & echo $! >%s; wait", test_path("left"));
    add(r, s, "a", task);
    add(r, s, "b", "sleep 100");
    add(r, s, "c", "echo no");
    long sleeper = read_number(test_path("left"));
    ml_runner_stop(r);
    assert_int_equal(s->n_done, 0);
    assert_gone(sleeper);
    ml_runner_stop(NULL);
    seen_free(s);
}

static void test_a_thousand_may_wait(void **state)
{
    (void)state;
    struct seen *s = seen_new();
    struct ml_runner *r = shell(s, 1);
    add(r, s, "first", "sleep 100");
    await(s, 0, "+first ");
    for (int i = 0; i < ML_RUNNER_MAX_WAITING; i++)
        add(r, s, "next", "echo");
    assert_false(ml_runner_add(r, "more", "echo", 4, on_done, s));
    ml_runner_cancel(r, "next");
    add(r, s, "more", "echo");
    ml_runner_stop(r);
    seen_free(s);
}

static void test_children_inherit_no_descriptor_and_no_ignored_signal(void **state)
{
    (void)state;
    int open_fd = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
    assert_true(open_fd > STDERR_FILENO);
    signal(SIGPIPE, SIG_IGN);
    struct seen *s = seen_new();
    struct ml_runner *r = shell(s, 1);
    char task[200];
    snprintf(task, sizeof(task), "[ -e /proc/self/fd/%d ] && echo open; kill -PIPE $$", open_fd);
    add(r, s, "a", task);
    snprintf(task, sizeof(task), "[ $" ML_RUNNER_PARENT " = %ld ] && echo parent", (long)getpid());
    add(r, s, "b", task);
    await(s, 2, NULL);
    assert_string_equal(s->text.bytes, "+a -a!the job was killed by signal 13; +b -b:parent\n; ");
    signal(SIGPIPE, SIG_DFL);
    close(open_fd);
    ml_runner_stop(r);
    seen_free(s);
}

/* From a callback: the next in a chain is added, another is dropped. */
struct chain {
    struct seen *seen;
    struct ml_runner *runner;
};

static void add_next(void *ctx, const char *id, const char *result, size_t n, const char *problem)
{
    struct chain *c = ctx;
    ml_runner_cancel(c->runner, "b");
    add(c->runner, c->seen, "next", "echo");
    on_done(c->seen, id, result, n, problem);
}

static void test_callbacks_may_add_and_cancel(void **state)
{
    (void)state;
    struct seen *s = seen_new();
    struct chain c = {s, shell(s, 1)};
    assert_true(ml_runner_add(c.runner, "a", "sleep 0.1", 9, add_next, &c));
    add(c.runner, s, "b", "echo");
    await(s, 2, NULL);
    assert_string_equal(s->text.bytes, "+a -a:; +next -next:\n; ");
    ml_runner_stop(c.runner);
    seen_free(s);
}

static void test_cancelling_at_any_moment_is_safe(void **state)
{
    (void)state;
    struct seen *s = seen_new();
    struct ml_runner *r = shell(s, 3);
    for (int i = 0; i < 60; i++) {
        char id[20];
        snprintf(id, sizeof(id), "%d", i);
        add(r, s, id, "echo");
        struct timespec pause = {0, i * 50000};
        nanosleep(&pause, NULL);
        ml_runner_cancel(r, id);
    }
    add(r, s, "end", "echo");
    await(s, 0, "-end");
    ml_runner_stop(r);
    seen_free(s);
}

int main(void)
{
    test_touch_all();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_task_goes_in_and_what_the_child_prints_comes_out),
        cmocka_unit_test(test_arguments_reach_the_program),
        cmocka_unit_test(test_jobs_run_in_the_order_they_came_and_are_announced),
        cmocka_unit_test(test_slots_run_at_the_same_time),
        cmocka_unit_test(test_a_crash_is_a_message),
        cmocka_unit_test(test_a_program_that_is_not_there_is_a_message),
        cmocka_unit_test(test_what_outlives_a_job_is_killed),
        cmocka_unit_test(test_cancel_drops_what_waits_and_kills_what_runs),
        cmocka_unit_test(test_cancelling_the_last_leaves_a_queue_that_works),
        cmocka_unit_test(test_stop_kills_and_calls_nobody),
        cmocka_unit_test(test_a_thousand_may_wait),
        cmocka_unit_test(test_children_inherit_no_descriptor_and_no_ignored_signal),
        cmocka_unit_test(test_callbacks_may_add_and_cancel),
        cmocka_unit_test(test_cancelling_at_any_moment_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

#include "../lib/testing.h"

#include <signal.h>

#include "learn/child.h"

static bool answer(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    (void)err;
    ml_strbuf_adds(out, ctx);
    return true;
}

static bool answer_much(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    (void)err;
    (void)ctx;
    for (uint64_t i = 0; i < 500000; i++)
        ml_strbuf_add(out, &i, sizeof(i));
    return true;
}

static bool crash(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    (void)err;
    ml_strbuf_adds(out, "half a result");
    signal(*(int *)ctx, SIG_DFL); /* a sanitizer would take it */
    raise(*(int *)ctx);
    return true;
}

static bool leave(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    (void)err;
    ml_strbuf_adds(out, "half a result");
    ml_strbuf_release(out);
    exit(*(int *)ctx);
}

static bool refuse(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    (void)ctx;
    ml_strbuf_adds(out, "half a result");
    err->code = ML_ELIMIT;
    snprintf(err->msg, sizeof(err->msg), "too much of %d", 7);
    return false;
}

static bool chatter(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    (void)err;
    (void)ctx;
    printf("the child speaks\n");
    fflush(stdout);
    fprintf(stderr, "the child complains\n");
    ml_strbuf_adds(out, "done");
    return true;
}

static bool change_memory(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    (void)out;
    (void)err;
    *(int *)ctx = 99;
    return true;
}

static bool runs(struct ml_strbuf *out, ml_child_fn fn, void *ctx, struct ml_error *err)
{
    return ml_child_run(out, fn, ctx, "the solver", "training", &test_quiet, err);
}

static void a_result_comes_back_and_is_appended(void **state)
{
    (void)state;
    struct ml_strbuf out = {0};
    struct ml_error err;
    char text[] = "result";
    ml_strbuf_adds(&out, "before ");
    must(runs(&out, answer, text, &err));
    assert_string_equal(out.bytes, "before result");
    must(runs(&out, answer, &text[6], &err));
    assert_string_equal(out.bytes, "before result");
    ml_strbuf_release(&out);
}

static void a_large_result_comes_back_whole(void **state)
{
    (void)state;
    struct ml_strbuf out = {0};
    struct ml_error err;
    must(runs(&out, answer_much, NULL, &err));
    assert_int_equal(out.length, 4000000);
    for (uint64_t i = 0; i < 500000; i++)
        assert_memory_equal(out.bytes + 8 * i, &i, 8);
    ml_strbuf_release(&out);
}

static void a_crash_is_a_message(void **state)
{
    (void)state;
    static const int signals[] = {SIGSEGV, SIGABRT, SIGKILL, SIGFPE};
    for (size_t i = 0; i < 4; i++) {
        struct ml_strbuf out = {0};
        struct ml_error err = {0};
        int number = signals[i];
        assert_false(runs(&out, crash, &number, &err));
        assert_int_equal(err.code, ML_EINTERNAL);
        char want[64];
        snprintf(want, sizeof(want), "the solver was killed by signal %d (", number);
        assert_contains(err.msg, want);
        assert_int_equal(out.length, 0);
        ml_strbuf_release(&out);
    }
}

static void an_exit_is_a_message(void **state)
{
    (void)state;
    for (int status = 0; status <= 3; status += 3) {
        struct ml_strbuf out = {0};
        struct ml_error err = {0};
        assert_false(runs(&out, leave, &status, &err));
        assert_int_equal(err.code, ML_EINTERNAL);
        char want[64];
        snprintf(want, sizeof(want), "the solver stopped with status %d", status);
        assert_contains(err.msg, want);
        assert_int_equal(out.length, 0);
        ml_strbuf_release(&out);
    }
}

static void an_error_is_passed_on(void **state)
{
    (void)state;
    struct ml_strbuf out = {0};
    struct ml_error err = {0};
    assert_false(runs(&out, refuse, NULL, &err));
    assert_int_equal(err.code, ML_ELIMIT);
    assert_string_equal(err.msg, "too much of 7");
    assert_int_equal(out.length, 0);
    ml_strbuf_release(&out);
}

static void nothing_is_printed(void **state)
{
    (void)state;
    fflush(stdout);
    fflush(stderr);
    int kept_out = dup(STDOUT_FILENO);
    int kept_err = dup(STDERR_FILENO);
    const char *path = test_path("printed");
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
    printf("buffered by the parent "); /* must not be printed twice */
    struct ml_strbuf out = {0};
    struct ml_error err = {0};
    bool ok = runs(&out, chatter, NULL, &err);
    int zero = 0;
    bool left = runs(&out, leave, &zero, &err);
    fflush(stdout);
    dup2(kept_out, STDOUT_FILENO);
    dup2(kept_err, STDERR_FILENO);
    close(kept_out);
    close(kept_err);
    assert_true(ok);
    assert_false(left);
    struct ml_strbuf printed = test_read(path);
    assert_string_equal(printed.bytes, "buffered by the parent ");
    assert_string_equal(out.bytes, "done");
    ml_strbuf_release(&printed);
    ml_strbuf_release(&out);
}

static void the_parent_keeps_its_memory(void **state)
{
    (void)state;
    int value = 1;
    struct ml_strbuf out = {0};
    struct ml_error err;
    must(runs(&out, change_memory, &value, &err));
    assert_int_equal(value, 1);
    assert_int_equal(out.length, 0);
    ml_strbuf_release(&out);
}

static void no_descriptor_or_process_is_left(void **state)
{
    (void)state;
    int first = dup(0);
    close(first);
    for (int i = 0; i < 20; i++) {
        struct ml_strbuf out = {0};
        struct ml_error err;
        int number = SIGKILL;
        char text[] = "x";
        must(runs(&out, answer, text, &err));
        assert_false(runs(&out, crash, &number, &err));
        ml_strbuf_release(&out);
    }
    int last = dup(0);
    close(last);
    assert_int_equal(first, last);
}

static void progress(void *ctx, const char *stage, double share)
{
    assert_string_equal(stage, "training");
    assert_true(share == -1);
    ++*(int *)ctx;
}

static bool take_a_while(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    (void)out;
    (void)err;
    (void)ctx;
    struct timespec pause = {0, 450000000};
    nanosleep(&pause, NULL);
    return true;
}

static void progress_is_told_while_waiting(void **state)
{
    (void)state;
    int calls = 0;
    struct ml_talk talk = {.progress = progress, .ctx = &calls};
    struct ml_strbuf out = {0};
    struct ml_error err;
    must(ml_child_run(&out, take_a_while, NULL, "the solver", "training", &talk, &err));
    assert_true(calls >= 2);
    ml_strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_comes_back_and_is_appended),
        cmocka_unit_test(a_large_result_comes_back_whole),
        cmocka_unit_test(a_crash_is_a_message),
        cmocka_unit_test(an_exit_is_a_message),
        cmocka_unit_test(an_error_is_passed_on),
        cmocka_unit_test(nothing_is_printed),
        cmocka_unit_test(the_parent_keeps_its_memory),
        cmocka_unit_test(no_descriptor_or_process_is_left),
        cmocka_unit_test(progress_is_told_while_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

#include "../lib/testing.h"

#include <errno.h>

#include "base/file.h"

static void assert_holds(const char *path, const char *text)
{
    struct ml_strbuf buf = test_read(path);
    assert_int_equal(buf.length, strlen(text));
    assert_memory_equal(buf.bytes, text, buf.length);
    ml_strbuf_release(&buf);
}

static const char *new_dir(const char *name)
{
    struct ml_error err;
    const char *dir = test_path(name);
    must(ml_dir_make(dir, &err));
    return dir;
}

static void an_output_appears_only_when_committed(void **state)
{
    (void)state;
    struct ml_error err;
    const char *dir = new_dir("commit");
    const char *path = test_path("commit/a");
    struct ml_output out;
    must(ml_output_open(&out, path, &err));
    must(ml_output_write(&out, "new", 3, &err));
    assert_int_equal(access(path, F_OK), -1);
    must(ml_output_commit(&out, &err));
    assert_holds(path, "new");
    ml_output_release(&out);
    assert_holds(path, "new");
    assert_int_equal(test_count_entries(dir), 1);
}

static void an_output_given_up_leaves_the_old_file_and_nothing_else(void **state)
{
    (void)state;
    struct ml_error err;
    const char *dir = new_dir("given-up");
    const char *path = test_text("given-up/a", "old");
    struct ml_output out;
    must(ml_output_open(&out, path, &err));
    must(ml_output_write(&out, "new", 3, &err));
    assert_holds(path, "old");
    ml_output_release(&out);
    assert_holds(path, "old");
    assert_int_equal(test_count_entries(dir), 1);
}

static void replacing_is_complete_and_keeps_no_sibling(void **state)
{
    (void)state;
    struct ml_error err;
    const char *dir = new_dir("replace");
    const char *path = test_text("replace/a", "old and longer");
    must(ml_file_replace(path, "new", 3, &err));
    assert_holds(path, "new");
    must(ml_file_replace(path, "", 0, &err));
    assert_holds(path, "");
    assert_int_equal(test_count_entries(dir), 1);
    mode_t mask = umask(0);
    umask(mask);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0666 & ~mask);
}

static void a_full_device_is_an_error(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    struct ml_error err = {0};
    static char bytes[100000];
    assert_false(ml_file_replace("/dev/full", bytes, sizeof(bytes), &err));
    assert_int_equal(err.code, ML_EIO);
    assert_contains(err.msg, "/dev/full");
    assert_contains(err.msg, strerror(ENOSPC));
    assert_int_equal(access("/dev/full", W_OK), 0);
}

static void a_device_is_written_to_directly(void **state)
{
    (void)state;
    struct ml_error err;
    must(ml_file_replace("/dev/null", "x", 1, &err));
    struct stat st;
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
}

static void a_directory_or_a_missing_folder_cannot_be_written(void **state)
{
    (void)state;
    struct ml_error err = {0};
    const char *dir = new_dir("not-a-file");
    assert_false(ml_file_replace(dir, "x", 1, &err));
    assert_int_equal(err.code, ML_EIO);
    assert_contains(err.msg, "it is a directory");
    const char *path = test_path("no-such-folder/a");
    assert_false(ml_file_replace(path, "x", 1, &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
    assert_contains(err.msg, path);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct ml_error err = {0};
    int fd = -7;
    assert_false(ml_file_open(&fd, test_path("nothing"), &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
    assert_int_equal(fd, -7);
    assert_false(ml_file_open(&fd, test_dir(), &err));
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, "it is a directory");
}

static void the_limit_of_a_whole_file_is_exact(void **state)
{
    (void)state;
    struct ml_error err = {0};
    const char *path = test_text("limit", "0123456789");
    struct ml_strbuf buf = {0};
    must(ml_file_read_all(&buf, path, 10, &err));
    assert_string_equal(buf.bytes, "0123456789");
    ml_strbuf_release(&buf);
    assert_false(ml_file_read_all(&buf, path, 9, &err));
    assert_int_equal(err.code, ML_ELIMIT);
    assert_null(buf.bytes);
    path = test_text("empty", "");
    must(ml_file_read_all(&buf, path, 9, &err));
    assert_int_equal(buf.length, 0);
    assert_string_equal(buf.bytes, "");
    ml_strbuf_release(&buf);
}

static void creating_refuses_an_existing_file(void **state)
{
    (void)state;
    struct ml_error err = {0};
    const char *path = test_path("created");
    must(ml_file_create(path, "a", 1, &err));
    assert_false(ml_file_create(path, "b", 1, &err));
    assert_int_equal(err.code, ML_EIO);
    assert_holds(path, "a");
}

static void directories_are_made_with_those_above_and_removed(void **state)
{
    (void)state;
    struct ml_error err = {0};
    const char *path = test_path("d1/d2/d3");
    must(ml_dir_make(path, &err));
    must(ml_dir_make(path, &err));
    must(ml_dir_sync(path, &err));
    test_text("d1/d2/d3/a", "x");
    test_text("d1/d2/d3/.b", "x");
    ml_dir_remove(path);
    assert_int_equal(access(path, F_OK), -1);
    const char *file = test_text("d1/file", "x");
    assert_false(ml_dir_make(file, &err));
    assert_false(ml_dir_make(test_path("d1/file/under"), &err));
    ml_dir_remove(test_path("d1/never-was"));
}

static void a_path_joins_folder_and_name(void **state)
{
    (void)state;
    char *path = ml_path_join("a/b", "c");
    assert_string_equal(path, "a/b/c");
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_output_appears_only_when_committed),
        cmocka_unit_test(an_output_given_up_leaves_the_old_file_and_nothing_else),
        cmocka_unit_test(replacing_is_complete_and_keeps_no_sibling),
        cmocka_unit_test(a_full_device_is_an_error),
        cmocka_unit_test(a_device_is_written_to_directly),
        cmocka_unit_test(a_directory_or_a_missing_folder_cannot_be_written),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(the_limit_of_a_whole_file_is_exact),
        cmocka_unit_test(creating_refuses_an_existing_file),
        cmocka_unit_test(directories_are_made_with_those_above_and_removed),
        cmocka_unit_test(a_path_joins_folder_and_name),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

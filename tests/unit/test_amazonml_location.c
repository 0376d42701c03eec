/* Where data may lie. */
#include "../lib/testing.h"

#include "amazonml/location.h"

static char root[600];

/*
 * root/bucket/a.csv, root/bucket/dir/, root/pipe; links: root/in -> bucket, root/out -> outside,
 * root/bucket/leak.csv -> outside/secret.csv, root/nowhere -> outside/none, root/loop,
 * root/clean/b.csv -> root/bucket/a.csv
 */
static int set_up(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "%s", test_path("root"));
    assert_int_equal(mkdir(root, 0700), 0);
    assert_int_equal(mkdir(test_path("root/bucket"), 0700), 0);
    assert_int_equal(mkdir(test_path("root/bucket/dir"), 0700), 0);
    assert_int_equal(mkdir(test_path("rooted"), 0700), 0);
    assert_int_equal(mkdir(test_path("outside"), 0700), 0);
    test_text("root/bucket/a.csv", "x\n");
    assert_int_equal(mkdir(test_path("root/clean"), 0700), 0);
    assert_int_equal(symlink("../bucket/a.csv", test_path("root/clean/b.csv")), 0);
    test_text("rooted/b.csv", "x\n");
    test_text("outside/secret.csv", "x\n");
    assert_int_equal(mkfifo(test_path("root/pipe"), 0600), 0);
    assert_int_equal(symlink("bucket", test_path("root/in")), 0);
    assert_int_equal(symlink("../outside", test_path("root/out")), 0);
    assert_int_equal(symlink("../../outside/secret.csv", test_path("root/bucket/leak.csv")), 0);
    assert_int_equal(symlink("../outside/none", test_path("root/nowhere")), 0);
    assert_int_equal(symlink("loop", test_path("root/loop")), 0);
    assert_int_equal(symlink("root", test_path("rootlink")), 0);
    return 0;
}

static void good(const char *location, bool must_exist, const char *inside)
{
    struct ml_error err;
    char *path = NULL;
    char expected[800];
    snprintf(expected, sizeof(expected), "%s%s", root, inside);
    if (!ml_location_resolve(&path, location, root, must_exist, &err))
        fail_msg("'%s': %s", location, err.msg);
    assert_string_equal(path, expected);
    free(path);
}

static void bad(const char *location, bool must_exist, enum ml_err code, const char *part)
{
    struct ml_error err;
    char *path = NULL;
    if (ml_location_resolve(&path, location, root, must_exist, &err))
        fail_msg("'%s' became '%s'", location, path);
    assert_null(path);
    assert_int_equal(err.code, code);
    assert_contains(err.msg, part);
}

/* A scheme and a path in the test folder. */
static const char *at(const char *scheme, const char *path)
{
    static char text[4][900];
    static int next;
    char *to = text[next++ % 4];
    snprintf(to, sizeof(text[0]), "%s%s%s", scheme, test_dir(), path);
    return to;
}

static void test_all_ways_to_name_data_give_one_path(void **state)
{
    (void)state;
    good("s3://bucket/a.csv", true, "/bucket/a.csv");
    good("bucket/a.csv", true, "/bucket/a.csv");
    good("./bucket//a.csv", true, "/bucket/a.csv");
    good(at("", "/root/bucket/a.csv"), true, "/bucket/a.csv");
    good(at("file://", "/root/bucket/a.csv"), true, "/bucket/a.csv");
    good("s3://in/a.csv", true, "/bucket/a.csv");
    good("s3://bucket/../bucket/a.csv", true, "/bucket/a.csv");
}

static void test_the_root_may_be_named_through_a_link(void **state)
{
    (void)state;
    struct ml_error err;
    char *path = NULL;
    must(ml_location_resolve(&path, "s3://bucket/a.csv", test_path("rootlink"), true, &err));
    assert_string_equal(path, test_path("root/bucket/a.csv"));
    free(path);
    must(
        ml_location_resolve(&path, test_path("rootlink/new/"), test_path("rootlink"), false, &err));
    assert_string_equal(path, test_path("root/new/"));
    free(path);
}

static void test_a_final_slash_is_kept(void **state)
{
    (void)state;
    good("s3://bucket/dir/", true, "/bucket/dir/");
    good("s3://bucket/dir", true, "/bucket/dir");
    good("s3://clean/", true, "/clean/");
    good("s3://clean", true, "/clean");
    good("s3://bucket/dir/", false, "/bucket/dir/");
    good("s3://bucket/new/", false, "/bucket/new/");
    bad("s3://bucket/a.csv/", true, ML_EINPUT, "'s3://bucket/a.csv/' is not a directory");
}

static void test_nothing_outside_can_be_read(void **state)
{
    (void)state;
    static const char *const outside[] = {"s3://../outside/secret.csv",
                                          "../outside/secret.csv",
                                          "s3://bucket/../../outside/secret.csv",
                                          "s3://out/secret.csv",
                                          "s3://out/",
                                          "s3://..",
                                          "s3://bucket/leak.csv",
                                          "/",
                                          "/etc/passwd",
                                          "/etc/nothing-of-that-name",
                                          "file:///etc/",
                                          "s3://../outside/nothing-of-that-name"};
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        bad(outside[i], true, ML_EINPUT, "is not inside of the folder that 'amazonml.data' names");
        bad(outside[i], true, ML_EINPUT, outside[i]);
    }
    bad(at("", "/rooted/b.csv"), true, ML_EINPUT, "is not inside");
    bad(at("file://", "/outside/secret.csv"), true, ML_EINPUT, "is not inside");
}

static void test_a_link_in_a_directory_of_data_must_not_lead_out(void **state)
{
    (void)state;
    static const char *const folders[] = {"s3://bucket", "s3://bucket/", "bucket/", "in"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        bad(folders[i], true, ML_EINPUT, "holds a link that leads out of the folder");
    good("clean", true, "/clean");
    good("bucket/dir", true, "/bucket/dir");
}

static bool keeps_off(const char *path, const char *own)
{
    struct ml_error err;
    char full[900];
    char folder[900];
    snprintf(full, sizeof(full), "%s%s", root, path);
    snprintf(folder, sizeof(folder), "%s%s", root, own);
    if (ml_location_keep_off(full, "as it was given", root, folder, &err))
        return false;
    assert_int_equal(err.code, ML_EINPUT);
    assert_string_equal(err.msg, "'as it was given' is where the server keeps what is its own");
    return true;
}

static void test_what_is_the_servers_own_is_kept_off(void **state)
{
    (void)state;
    assert_true(keeps_off("/bucket", "/bucket"));
    assert_true(keeps_off("/bucket/new/x/", "/in"));
    assert_false(keeps_off("/clean", "/bucket"));
    assert_false(keeps_off("/bucket2/x", "/bucket"));
    assert_false(keeps_off("", "/bucket"));
    assert_false(keeps_off("/bucket", ""));    /* the root itself */
    assert_false(keeps_off("/bucket", "/..")); /* what the root lies in */
    assert_false(keeps_off("/bucket", "/not-there"));
}

static void test_nothing_outside_can_be_written(void **state)
{
    (void)state;
    static const char *const outside[] = {"s3://../outside/",    "s3://out/", "s3://out/new/",
                                          "s3://out/new/more/",  "/tmp/",     "/nothing-there/x/",
                                          "s3://bucket/leak.csv"};
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        bad(outside[i], false, ML_EINPUT, "is not inside of the folder that 'amazonml.data' names");
    bad(at("", "/rooted/"), false, ML_EINPUT, "is not inside");
    bad("s3://nowhere/", false, ML_ENOTFOUND, "'s3://nowhere/' does not exist");
    bad("s3://nowhere/new/", false, ML_ENOTFOUND, "does not exist");
    bad("s3://loop/new/", false, ML_EIO, "'s3://loop/new/' cannot be reached");
}

static void test_an_output_need_not_exist(void **state)
{
    (void)state;
    good("s3://bucket/new/deeper/", false, "/bucket/new/deeper/");
    good("s3://another/", false, "/another/");
    good("s3://in/new/", false, "/bucket/new/");
    good("bucket/../new/", false, "/new/");
    good("new/", false, "/new/");
    good(at("file://", "/root/x/y"), false, "/x/y");
    bad("s3://bucket/a.csv/new/", false, ML_EINPUT, "leads through what is not a directory");
    bad("s3://bucket/a.csv/", false, ML_EINPUT, "leads through what is not a directory");
}

static void test_what_does_not_exist_must_be_spelt_plainly(void **state)
{
    (void)state;
    static const char *const odd[] = {"s3://bucket/new/../x/", "s3://bucket/new/..",
                                      "s3://bucket/new//x/",   "s3://bucket/new//",
                                      "s3://bucket/new/./x/",  "s3://new/../../outside/"};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        bad(odd[i], false, ML_EINPUT, "must not have '..', '.' or empty parts");
}

static void test_data_must_be_there_and_be_a_file_or_a_directory(void **state)
{
    (void)state;
    bad("s3://bucket/none.csv", true, ML_ENOTFOUND, "'s3://bucket/none.csv' does not exist");
    bad("s3://bucket/a.csv/b", true, ML_ENOTFOUND, "does not exist");
    bad("s3://pipe", true, ML_EINPUT, "'s3://pipe' is neither a file nor a directory");
}

static void test_other_schemes_are_refused(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "http://bucket/a.csv", "s3:/bucket/a.csv", "s3:bucket", "S3://bucket/a.csv",
        "file:/etc/passwd",    "file://host/x",    "data:,x",   "C:\\data\\a.csv"};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        for (int must_exist = 0; must_exist < 2; must_exist++) {
            char quoted[100];
            snprintf(quoted, sizeof(quoted), "'%s' is no location", odd[i]);
            bad(odd[i], must_exist, ML_EINPUT, quoted);
        }
    bad("s3://", true, ML_EINPUT, "names no bucket");
    bad("s3:///etc/passwd", true, ML_EINPUT, "names no bucket");
    bad("", true, ML_EINPUT, "'' is no location");
    bad("", false, ML_EINPUT, "'' is no location");
}

static void test_a_location_has_a_longest_length(void **state)
{
    (void)state;
    char text[ML_MAX_LOCATION_BYTES + 2] = "s3://bucket/";
    for (size_t i = strlen(text); i < sizeof(text) - 1; i++)
        text[i] = i % 100 == 0 ? '/' : 'x';
    bad(text, true, ML_EINPUT, "is longer than 2048 bytes");
    text[ML_MAX_LOCATION_BYTES] = '\0';
    bad(text, true, ML_ENOTFOUND, "does not exist");
}

static void test_messages_hold_no_control_bytes(void **state)
{
    (void)state;
    bad("s3://bucket/\n\x01.csv", true, ML_ENOTFOUND, "'s3://bucket/\\x0a\\x01.csv' does not");
}

static void test_the_whole_machine_may_be_the_root(void **state)
{
    (void)state;
    struct ml_error err;
    char *path = NULL;
    must(ml_location_resolve(&path, test_path("root/bucket/a.csv"), "/", true, &err));
    assert_string_equal(path, test_path("root/bucket/a.csv"));
    free(path);
    must(ml_location_resolve(&path, "/", "/", false, &err));
    assert_string_equal(path, "/");
    free(path);
    must(ml_location_resolve(&path, "s3://surely-not-there/x/", "/", false, &err));
    assert_string_equal(path, "/surely-not-there/x/");
    free(path);
}

static void test_without_a_root_there_is_a_message(void **state)
{
    (void)state;
    struct ml_error err;
    char *path = NULL;
    assert_false(ml_location_resolve(&path, "x", test_path("none"), true, &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
}

int main(void)
{
    test_touch_all();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_ways_to_name_data_give_one_path),
        cmocka_unit_test(test_the_root_may_be_named_through_a_link),
        cmocka_unit_test(test_a_final_slash_is_kept),
        cmocka_unit_test(test_nothing_outside_can_be_read),
        cmocka_unit_test(test_a_link_in_a_directory_of_data_must_not_lead_out),
        cmocka_unit_test(test_what_is_the_servers_own_is_kept_off),
        cmocka_unit_test(test_nothing_outside_can_be_written),
        cmocka_unit_test(test_an_output_need_not_exist),
        cmocka_unit_test(test_what_does_not_exist_must_be_spelt_plainly),
        cmocka_unit_test(test_data_must_be_there_and_be_a_file_or_a_directory),
        cmocka_unit_test(test_other_schemes_are_refused),
        cmocka_unit_test(test_a_location_has_a_longest_length),
        cmocka_unit_test(test_messages_hold_no_control_bytes),
        cmocka_unit_test(test_the_whole_machine_may_be_the_root),
        cmocka_unit_test(test_without_a_root_there_is_a_message),
    };
    return cmocka_run_group_tests(tests, set_up, test_teardown);
}

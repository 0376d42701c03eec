#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "ml/registry.h"
#include "model/model.h"

static char top[] = "/tmp/ml-registry-XXXXXX";
static char root[64];
static struct ml_registry *reg;
static struct ml_error err;

/* In place of the model layer: a model is its files, and loads when model.json starts with '{'. */
bool ml_model_from_files(struct ml_model **out, struct ml_files *files, const char *where,
                         struct ml_error *e)
{
    const struct ml_file *file = ml_files_find(files, "model.json");
    if (file == NULL || file->bytes.length == 0 || file->bytes.bytes[0] != '{')
        return ml_fail(e, ML_EINPUT, "%s/model.json: not a model", where);
    *out = calloc(1, sizeof(**out));
    (*out)->files = *files;
    *files = (struct ml_files){0};
    return true;
}

const struct ml_files *ml_model_files(const struct ml_model *model)
{
    return &model->files;
}

void ml_model_set_name(struct ml_model *model, const char *name, size_t version)
{
    snprintf(model->name, sizeof(model->name), "%s", name);
    model->version = version;
}

void ml_model_set_threshold(struct ml_model *model, double threshold)
{
    model->threshold = threshold;
}

void ml_model_free(struct ml_model *model)
{
    if (model != NULL)
        ml_files_release(&model->files);
    free(model);
}

static struct ml_model *make_model(const char *json)
{
    struct ml_model *model = calloc(1, sizeof(*model));
    struct ml_strbuf bytes = {0};
    ml_strbuf_adds(&bytes, json);
    ml_files_add(&model->files, "model.json", &bytes);
    ml_strbuf_adds(&bytes, "solver_type L2R_LR\nw\n0.5\n");
    ml_files_add(&model->files, "liblinear.model", &bytes);
    model->threshold = 0.5;
    return model;
}

static int setup(void **state)
{
    (void)state;
    strcpy(top + strlen(top) - 6, "XXXXXX");
    if (mkdtemp(top) == NULL)
        return -1;
    snprintf(root, sizeof(root), "%s/deep/models", top);
    return ml_registry_open(&reg, root, &err) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof(command), "rm -rf %s", top);
    ml_registry_close(reg);
    return system(command);
}

static void reopen(void)
{
    ml_registry_close(reg);
    assert_true(ml_registry_open(&reg, root, &err));
}

static size_t publish(const char *name)
{
    struct ml_model *model = make_model("{\"format\":1}\n");
    size_t version = 0;
    if (!ml_registry_publish(reg, name, model, &version, &err))
        fail_msg("%s", err.msg);
    ml_model_free(model);
    return version;
}

/* The version a reference means, or 0. */
static size_t resolve(const char *reference)
{
    struct ml_version_info info;
    if (!ml_registry_resolve(reg, reference, &info, &err))
        return 0;
    size_t version = info.version;
    ml_version_info_release(&info);
    return version;
}

static char *in_root(const char *name)
{
    return ml_path_join(root, name);
}

static void write_text(const char *name, const char *text)
{
    char *path = in_root(name);
    assert_true(ml_file_replace(path, text, strlen(text), &err));
    free(path);
}

static bool exists(const char *name)
{
    char *path = in_root(name);
    bool is_there = access(path, F_OK) == 0;
    free(path);
    return is_there;
}

static void assert_failed(bool ok, enum ml_err code, const char *part)
{
    assert_false(ok);
    if (err.code != code || strstr(err.msg, part) == NULL)
        fail_msg("code %d, not %d with '%s': %s", (int)err.code, (int)code, part, err.msg);
}

static void a_registry_without_a_folder_is_empty(void **state)
{
    (void)state;
    struct ml_version_info *list;
    size_t n = 1;
    assert_true(ml_registry_list(reg, NULL, &list, &n, &err));
    assert_int_equal(n, 0);
    ml_registry_list_free(list, n);
    assert_int_equal(resolve("banking"), 0);
    assert_failed(false, ML_ENOTFOUND, "no model 'banking' in '/tmp/");
    assert_failed(ml_registry_set_alias(reg, "banking", "a", &err), ML_ENOTFOUND, "no model");
    assert_false(exists(""));
}

static void the_root_is_the_argument_then_ml_models_then_models(void **state)
{
    (void)state;
    struct ml_registry *other;
    assert_string_equal(ml_registry_root(reg), root);
    setenv("ML_MODELS", "/tmp/elsewhere", 1);
    assert_true(ml_registry_open(&other, NULL, &err));
    assert_string_equal(ml_registry_root(other), "/tmp/elsewhere");
    ml_registry_close(other);
    unsetenv("ML_MODELS");
    assert_true(ml_registry_open(&other, NULL, &err));
    assert_string_equal(ml_registry_root(other), "models");
    ml_registry_close(other);
    assert_failed(ml_registry_open(&other, "/etc/passwd", &err), ML_EINPUT, "a directory");
}

static void versions_count_from_one_and_the_name_means_the_newest(void **state)
{
    (void)state;
    assert_int_equal(publish("banking"), 1);
    assert_int_equal(publish("banking"), 2);
    assert_int_equal(publish("other"), 1);
    assert_int_equal(resolve("banking"), 2);
    assert_int_equal(resolve("banking@1"), 1);
    assert_int_equal(resolve("banking@3"), 0);
    assert_failed(false, ML_ENOTFOUND, "model 'banking' has no version 3");
    assert_int_equal(resolve("banking@champion"), 0);
    assert_failed(false, ML_ENOTFOUND, "model 'banking' has no alias 'champion'");
    assert_true(exists("banking/2/model.json") && exists("banking/2/SHA256SUMS"));
}

static void a_loaded_model_is_the_published_one_with_name_and_threshold(void **state)
{
    (void)state;
    publish("banking");
    struct ml_model *model;
    assert_true(ml_registry_load(&model, reg, "banking", &err));
    assert_string_equal(model->name, "banking");
    assert_int_equal(model->version, 1);
    assert_int_equal(model->files.n, 2);
    assert_true(model->threshold == 0);
    ml_model_free(model);
    assert_true(ml_registry_set_threshold(reg, "banking@1", 0.35, &err));
    assert_true(ml_registry_load(&model, reg, "banking", &err));
    assert_true(model->threshold == 0.35);
    ml_model_free(model);
}

static void a_changed_bundle_does_not_load(void **state)
{
    (void)state;
    publish("banking");
    write_text("banking/1/model.json", "{\"format\":2}\n");
    struct ml_model *model;
    assert_failed(ml_registry_load(&model, reg, "banking", &err), ML_EINPUT,
                  "/banking/1/model.json: its digest is not the one in SHA256SUMS");
}

static void listing_is_sorted_by_name_then_version(void **state)
{
    (void)state;
    for (int i = 0; i < 11; i++)
        publish("b");
    publish("c");
    publish("a");
    write_text("README.md", "no model");
    write_text("b/12", "no version, but its number is taken");
    struct ml_version_info *list;
    size_t n;
    assert_true(ml_registry_list(reg, NULL, &list, &n, &err));
    assert_int_equal(n, 13);
    assert_string_equal(list[0].name, "a");
    assert_int_equal(list[2].version, 2);
    assert_int_equal(list[11].version, 11);
    assert_string_equal(list[12].name, "c");
    ml_registry_list_free(list, n);
    assert_true(ml_registry_list(reg, "b", &list, &n, &err));
    assert_int_equal(n, 11);
    ml_registry_list_free(list, n);
    assert_failed(ml_registry_list(reg, "d", &list, &n, &err), ML_ENOTFOUND, "no model 'd'");
    assert_int_equal(publish("b"), 13);
}

static void alias_and_threshold_survive_reopening(void **state)
{
    (void)state;
    publish("banking");
    publish("banking");
    assert_true(ml_registry_set_alias(reg, "banking@1", "champion", &err));
    assert_true(ml_registry_set_alias(reg, "banking@champion", "Alpha", &err));
    assert_true(ml_registry_set_threshold(reg, "banking@champion", 0.1, &err));
    reopen();
    struct ml_version_info info;
    assert_true(ml_registry_resolve(reg, "banking@champion", &info, &err));
    assert_int_equal(info.version, 1);
    assert_string_equal(info.name, "banking");
    assert_true(info.has_threshold && info.threshold == 0.1);
    assert_int_equal(info.n_aliases, 2);
    assert_string_equal(info.aliases[0], "Alpha");
    assert_string_equal(info.aliases[1], "champion");
    assert_int_equal(strlen(info.created), 20);
    ml_version_info_release(&info);
}

static void an_alias_moves_and_goes(void **state)
{
    (void)state;
    publish("banking");
    publish("banking");
    assert_true(ml_registry_set_alias(reg, "banking@1", "champion", &err));
    assert_true(ml_registry_set_alias(reg, "banking", "champion", &err));
    assert_int_equal(resolve("banking@champion"), 2);
    assert_true(ml_registry_remove_alias(reg, "banking", "champion", &err));
    assert_int_equal(resolve("banking@champion"), 0);
    assert_failed(ml_registry_remove_alias(reg, "banking", "champion", &err), ML_ENOTFOUND,
                  "no alias");
}

static void a_threshold_is_between_zero_and_one_and_can_be_cleared(void **state)
{
    (void)state;
    publish("banking");
    double nan = strtod("nan", NULL);
    assert_failed(ml_registry_set_threshold(reg, "banking", 1.5, &err), ML_EINPUT, "1.5");
    assert_failed(ml_registry_set_threshold(reg, "banking", nan, &err), ML_EINPUT, "nan");
    assert_true(ml_registry_set_threshold(reg, "banking", 1, &err));
    assert_true(ml_registry_clear_threshold(reg, "banking", &err));
    assert_true(ml_registry_clear_threshold(reg, "banking", &err));
    struct ml_version_info info;
    assert_true(ml_registry_resolve(reg, "banking", &info, &err));
    assert_false(info.has_threshold);
    ml_version_info_release(&info);
}

static void deleting_wants_a_number_and_no_alias(void **state)
{
    (void)state;
    publish("banking");
    publish("banking");
    assert_true(ml_registry_set_alias(reg, "banking@2", "champion", &err));
    assert_failed(ml_registry_delete(reg, "banking", &err), ML_EINPUT, "by its number");
    assert_failed(ml_registry_delete(reg, "banking@champion", &err), ML_EINPUT, "by its number");
    assert_failed(ml_registry_delete(reg, "banking@7", &err), ML_ENOTFOUND, "no version 7");
    assert_failed(ml_registry_delete(reg, "banking@2", &err), ML_ECONFLICT, "'champion'");
    assert_int_equal(resolve("banking@2"), 2);
    assert_true(ml_registry_delete(reg, "banking@1", &err));
    assert_false(exists("banking/1"));
    assert_int_equal(resolve("banking@1"), 0);
}

static void deleted_numbers_are_never_used_again(void **state)
{
    (void)state;
    publish("banking");
    publish("banking");
    assert_true(ml_registry_delete(reg, "banking@2", &err));
    assert_int_equal(publish("banking"), 3);
    assert_true(ml_registry_delete(reg, "banking@1", &err));
    assert_true(ml_registry_delete(reg, "banking@3", &err));
    assert_failed(resolve("banking") != 0, ML_ENOTFOUND, "no model 'banking'");
    reopen();
    assert_int_equal(publish("banking"), 4);
}

static void a_deleted_version_leaves_no_threshold_behind(void **state)
{
    (void)state;
    publish("banking");
    assert_true(ml_registry_set_threshold(reg, "banking@1", 0.9, &err));
    assert_true(ml_registry_delete(reg, "banking@1", &err));
    publish("banking");
    struct ml_version_info info;
    assert_true(ml_registry_resolve(reg, "banking", &info, &err));
    assert_false(info.has_threshold);
    ml_version_info_release(&info);
}

/* As after a crash between the rename and the note. */
static void a_version_without_a_note_is_a_version(void **state)
{
    (void)state;
    publish("banking");
    publish("banking");
    char *path = in_root("banking/registry.json");
    assert_int_equal(unlink(path), 0);
    free(path);
    struct ml_version_info info;
    assert_true(ml_registry_resolve(reg, "banking", &info, &err));
    assert_int_equal(info.version, 2);
    assert_int_equal(strlen(info.created), 20);
    ml_version_info_release(&info);
    assert_int_equal(publish("banking"), 3);
}

/* As after a crash between the rename of a deletion and its note. */
static void a_note_without_a_version_only_keeps_the_number(void **state)
{
    (void)state;
    publish("banking");
    write_text("banking/registry.json",
               "{\"format\":1,\"versions\":{\"5\":{\"created\":\"2024-05-01T12:00:00Z\"}}}");
    assert_int_equal(resolve("banking"), 1);
    assert_int_equal(resolve("banking@5"), 0);
    assert_int_equal(publish("banking"), 6);
}

static void stale_work_is_cleared_by_the_next_publish(void **state)
{
    (void)state;
    publish("banking");
    static const char *const names[] = {"banking/.tmp-1-2", "banking/.trash-1-1"};
    for (size_t i = 0; i < 2; i++) {
        char *path = in_root(names[i]);
        assert_int_equal(mkdir(path, 0700), 0);
        free(path);
    }
    write_text("banking/.tmp-1-2/model.json", "{");
    write_text("banking/.registry.json.tmp-abcdef", "{");
    assert_int_equal(publish("banking"), 2);
    assert_false(exists("banking/.tmp-1-2") || exists("banking/.trash-1-1"));
    assert_false(exists("banking/.registry.json.tmp-abcdef"));
}

static void names_that_leave_the_folder_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "/etc",
        "a..b",
        ".hidden",
        "-x",
        "a b",
        "\xff",
        "a\nb",
        "banking/1",
        "%2e%2e",
        "a\\b",
        "~",
        "x01234567890123456789012345678901234567890123456789012345678901234",
    };
    struct ml_model *model = make_model("{}");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t version;
        struct ml_version_info *list;
        assert_failed(ml_registry_publish(reg, names[i], model, &version, &err), ML_EINPUT, "name");
        assert_failed(ml_registry_list(reg, names[i], &list, &version, &err), ML_EINPUT, "name");
        assert_failed(ml_registry_remove_alias(reg, names[i], "a", &err), ML_EINPUT, "name");
        assert_failed(resolve(names[i]) != 0, ML_EINPUT, "name");
    }
    ml_model_free(model);
    assert_false(exists(""));
}

static void malformed_references_and_aliases_are_refused(void **state)
{
    (void)state;
    publish("banking");
    static const char *const tails[] = {"",   "0",  "01", "1000000000", "99999999999999999999",
                                        "-1", "1 ", "+1", "../1",       "a/b",
                                        "..", ".a", "@1", "a@b",        "\x01"};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        char reference[100];
        snprintf(reference, sizeof(reference), "banking@%s", tails[i]);
        assert_failed(resolve(reference) != 0, ML_EINPUT, "not a");
        assert_failed(ml_registry_delete(reg, reference, &err), ML_EINPUT, "not a");
        assert_failed(ml_registry_set_alias(reg, "banking", tails[i], &err), ML_EINPUT, "not an");
    }
    assert_failed(ml_registry_set_alias(reg, "banking", "12", &err), ML_EINPUT, "not an alias");
    assert_true(ml_registry_set_alias(reg, "banking", "12a", &err));
}

static void a_malformed_registry_json_is_refused_not_replaced(void **state)
{
    (void)state;
    static const char *const text[] = {
        "",
        "[]",
        "{}",
        "{\"format\":1",
        "{\"format\":1,\"extra\":1}",
        "{\"format\":1,\"last_version\":-1}",
        "{\"format\":1,\"last_version\":1.5}",
        "{\"format\":1,\"last_version\":1000000000}",
        "{\"format\":1,\"versions\":[]}",
        "{\"format\":1,\"versions\":{\"01\":{\"created\":\"2024-05-01T12:00:00Z\"}}}",
        "{\"format\":1,\"versions\":{\"1\":{}}}",
        "{\"format\":1,\"versions\":{\"1\":{\"created\":\"yesterday\"}}}",
        "{\"format\":1,\"versions\":{\"1\":{\"created\":\"2024-05-01T12:00:00Z\",\"x\":1}}}",
        "{\"format\":1,\"versions\":{\"1\":{\"created\":\"2024-05-01T12:00:00Z\",\"threshold\":2}}"
        "}",
        "{\"format\":1,\"aliases\":{\"../x\":1}}",
        "{\"format\":1,\"aliases\":{\"a\":0}}",
        "{\"format\":1,\"aliases\":{\"a\":1,\"a\":2}}",
    };
    publish("banking");
    struct ml_model *model = make_model("{}");
    for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
        size_t version;
        write_text("banking/registry.json", text[i]);
        assert_failed(resolve("banking") != 0, ML_EINPUT, "banking/registry.json");
        assert_failed(ml_registry_publish(reg, "banking", model, &version, &err), ML_EINPUT,
                      "registry.json");
    }
    write_text("banking/registry.json", "{\"format\":2}");
    assert_failed(resolve("banking") != 0, ML_EUNSUPPORTED, "format 2");
    ml_model_free(model);
    assert_false(exists("banking/2"));
}

static void a_failed_publish_leaves_nothing(void **state)
{
    (void)state;
    publish("banking");
    char *path = in_root("banking");
    assert_int_equal(chmod(path, 0500), 0);
    struct ml_model *model = make_model("{}");
    size_t version = 77;
    bool ok = ml_registry_publish(reg, "banking", model, &version, &err);
    assert_int_equal(chmod(path, 0700), 0);
    free(path);
    ml_model_free(model);
    if (geteuid() == 0)
        return; /* root may write anywhere */
    assert_false(ok);
    assert_int_equal(err.code, ML_EIO);
    assert_int_equal(version, 77);
    assert_int_equal(publish("banking"), 2);
}

enum { WORKERS = 8, ROUNDS = 5 };

static void check_forty_versions(void)
{
    struct ml_version_info *list;
    size_t n;
    assert_true(ml_registry_list(reg, "banking", &list, &n, &err));
    assert_int_equal(n, WORKERS * ROUNDS);
    for (size_t i = 0; i < n; i++) {
        char reference[32];
        struct ml_model *model;
        assert_int_equal(list[i].version, i + 1);
        snprintf(reference, sizeof(reference), "banking@%zu", i + 1);
        assert_true(ml_registry_load(&model, reg, reference, &err));
        ml_model_free(model);
    }
    ml_registry_list_free(list, n);
}

static bool publish_rounds(void)
{
    struct ml_error e;
    bool ok = true;
    for (int i = 0; ok && i < ROUNDS; i++) {
        struct ml_model *model = make_model("{\"format\":1}\n");
        size_t version;
        ok = ml_registry_publish(reg, "banking", model, &version, &e);
        ml_model_free(model);
    }
    return ok;
}

static void processes_publishing_at_once_get_different_versions(void **state)
{
    (void)state;
    for (int i = 0; i < WORKERS; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(publish_rounds() ? 0 : 1);
    }
    for (int i = 0; i < WORKERS; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    check_forty_versions();
}

static void *publish_in_thread(void *ok)
{
    *(bool *)ok = publish_rounds();
    return NULL;
}

static void threads_publishing_at_once_get_different_versions(void **state)
{
    (void)state;
    pthread_t thread[WORKERS];
    bool ok[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, publish_in_thread, &ok[i]), 0);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(thread[i], NULL);
        assert_true(ok[i]);
    }
    check_forty_versions();
}

/* Publishes, moves the alias to the new version and deletes the one before, again and again. */
static bool churn(void)
{
    bool ok = true;
    for (size_t i = 2; ok && i < 42; i++) {
        char old[32];
        snprintf(old, sizeof(old), "banking@%zu", i - 1);
        struct ml_model *model = make_model("{\"format\":1}\n");
        size_t version;
        ok = ml_registry_publish(reg, "banking", model, &version, &err) && version == i &&
             ml_registry_set_alias(reg, "banking", "champion", &err) &&
             ml_registry_delete(reg, old, &err);
        ml_model_free(model);
    }
    return ok;
}

static void readers_never_fail_while_versions_come_and_go(void **state)
{
    (void)state;
    publish("banking");
    assert_true(ml_registry_set_alias(reg, "banking", "champion", &err));
    pid_t pid = fork();
    if (pid == 0)
        _exit(churn() ? 0 : 1);
    int status;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        struct ml_model *model;
        if (!ml_registry_load(&model, reg, "banking", &err))
            fail_msg("newest: %s", err.msg);
        ml_model_free(model);
        if (!ml_registry_load(&model, reg, "banking@champion", &err))
            fail_msg("alias: %s", err.msg);
        ml_model_free(model);
    }
    assert_int_equal(status, 0);
    assert_int_equal(resolve("banking@champion"), 41);
}

static void killed_publishers_leave_the_old_state_or_the_new(void **state)
{
    (void)state;
    publish("banking");
    for (int i = 0; i < 60; i++) {
        pid_t pid = fork();
        if (pid == 0)
            for (;;)
                publish_rounds();
        nanosleep(&(struct timespec){.tv_nsec = 500000 + i * 150000}, NULL);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        struct ml_model *model;
        if (!ml_registry_load(&model, reg, "banking", &err))
            fail_msg("%s", err.msg);
        ml_model_free(model);
    }
    size_t newest = resolve("banking");
    assert_int_equal(publish("banking"), newest + 1);
    struct ml_version_info *list;
    size_t n;
    assert_true(ml_registry_list(reg, "banking", &list, &n, &err));
    assert_int_equal(n, newest + 1);
    ml_registry_list_free(list, n);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_registry_without_a_folder_is_empty),
        TEST(the_root_is_the_argument_then_ml_models_then_models),
        TEST(versions_count_from_one_and_the_name_means_the_newest),
        TEST(a_loaded_model_is_the_published_one_with_name_and_threshold),
        TEST(a_changed_bundle_does_not_load),
        TEST(listing_is_sorted_by_name_then_version),
        TEST(alias_and_threshold_survive_reopening),
        TEST(an_alias_moves_and_goes),
        TEST(a_threshold_is_between_zero_and_one_and_can_be_cleared),
        TEST(deleting_wants_a_number_and_no_alias),
        TEST(deleted_numbers_are_never_used_again),
        TEST(a_deleted_version_leaves_no_threshold_behind),
        TEST(a_version_without_a_note_is_a_version),
        TEST(a_note_without_a_version_only_keeps_the_number),
        TEST(stale_work_is_cleared_by_the_next_publish),
        TEST(names_that_leave_the_folder_are_refused),
        TEST(malformed_references_and_aliases_are_refused),
        TEST(a_malformed_registry_json_is_refused_not_replaced),
        TEST(a_failed_publish_leaves_nothing),
        TEST(processes_publishing_at_once_get_different_versions),
        TEST(threads_publishing_at_once_get_different_versions),
        TEST(readers_never_fail_while_versions_come_and_go),
        TEST(killed_publishers_leave_the_old_state_or_the_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

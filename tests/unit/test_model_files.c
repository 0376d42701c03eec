#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "model/files.h"

enum { LIMIT = 1 << 20 };

static char dir[] = "/tmp/ml-files-XXXXXX";
static struct ml_error err;

static void add(struct ml_files *files, const char *name, const char *text)
{
    struct ml_strbuf bytes = {0};
    ml_strbuf_adds(&bytes, text);
    ml_files_add(files, name, &bytes);
}

static int setup(void **state)
{
    (void)state;
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    struct ml_files files = {0};
    add(&files, "model.json", "{\"format\":1}\n");
    add(&files, "liblinear.model", "solver_type L2R_LR\nw\n0.5\n");
    bool ok = mkdtemp(dir) != NULL && ml_files_save(dir, &files, &err);
    ml_files_release(&files);
    return ok ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    ml_dir_remove(dir);
    return access(dir, F_OK) == 0 ? -1 : 0;
}

static void write_text(const char *name, const char *text)
{
    char *path = ml_path_join(dir, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static void assert_refused(enum ml_err code, const char *part)
{
    struct ml_files files = {0};
    assert_false(ml_files_load(&files, dir, LIMIT, &err));
    assert_null(files.file);
    assert_int_equal(err.code, code);
    if (strstr(err.msg, part) == NULL)
        fail_msg("'%s' is not in: %s", part, err.msg);
}

static void what_was_saved_loads_sorted_by_name(void **state)
{
    (void)state;
    struct ml_files files = {0};
    assert_true(ml_files_load(&files, dir, LIMIT, &err));
    assert_int_equal(files.n, 2);
    assert_string_equal(files.file[0].name, "liblinear.model");
    assert_string_equal(ml_files_find(&files, "model.json")->bytes.bytes, "{\"format\":1}\n");
    assert_null(ml_files_find(&files, "SHA256SUMS"));
    ml_files_release(&files);
}

static void sha256sum_agrees(void **state)
{
    (void)state;
    char command[200];
    snprintf(command, sizeof(command), "cd %s && sha256sum --strict --status -c SHA256SUMS", dir);
    assert_int_equal(system(command), 0);
}

static void an_empty_file_is_a_file(void **state)
{
    (void)state;
    struct ml_files files = {0};
    struct ml_strbuf nothing = {0};
    ml_files_add(&files, "empty", &nothing);
    ml_dir_remove(dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_true(ml_files_save(dir, &files, &err));
    ml_files_release(&files);
    assert_true(ml_files_load(&files, dir, 0, &err));
    assert_int_equal(files.file[0].bytes.length, 0);
    ml_files_release(&files);
}

static void flip_each_bit_of(const char *name)
{
    char *path = ml_path_join(dir, name);
    struct ml_strbuf text = {0};
    struct ml_files files = {0};
    assert_true(ml_file_read_all(&text, path, LIMIT, &err));
    for (size_t bit = 0; bit < text.length * 8; bit++) {
        text.bytes[bit / 8] = (char)(text.bytes[bit / 8] ^ (1 << bit % 8));
        assert_true(ml_file_replace(path, text.bytes, text.length, &err));
        assert_false(ml_files_load(&files, dir, LIMIT, &err));
        assert_int_equal(err.code, ML_EINPUT);
        text.bytes[bit / 8] = (char)(text.bytes[bit / 8] ^ (1 << bit % 8));
    }
    assert_true(ml_file_replace(path, text.bytes, text.length, &err));
    assert_true(ml_files_load(&files, dir, LIMIT, &err));
    ml_files_release(&files);
    ml_strbuf_release(&text);
    free(path);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    flip_each_bit_of("model.json");
    flip_each_bit_of("liblinear.model");
    flip_each_bit_of("SHA256SUMS");
}

static void a_changed_file_is_named(void **state)
{
    (void)state;
    write_text("model.json", "{\"format\":2}\n");
    assert_refused(ML_EINPUT, "/model.json: its digest is not the one in SHA256SUMS");
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    char *path = ml_path_join(dir, "liblinear.model");
    unlink(path);
    free(path);
    assert_refused(ML_EINPUT, "/liblinear.model: the file is missing");
}

static void missing_digests_are_refused(void **state)
{
    (void)state;
    char *path = ml_path_join(dir, "SHA256SUMS");
    unlink(path);
    free(path);
    assert_refused(ML_EINPUT, "/SHA256SUMS: the file is missing");
}

static void an_extra_file_is_named(void **state)
{
    (void)state;
    write_text(".hidden", "");
    assert_refused(ML_EINPUT, "'.hidden' does not belong there");
}

static void a_link_is_refused(void **state)
{
    (void)state;
    char *path = ml_path_join(dir, "model.json");
    char *target = ml_path_join(dir, "liblinear.model");
    unlink(path);
    assert_int_equal(symlink(target, path), 0);
    assert_refused(ML_EINPUT, "/model.json: not a regular file");
    free(path);
    free(target);
}

static void a_pipe_is_refused_not_waited_for(void **state)
{
    (void)state;
    char *path = ml_path_join(dir, "model.json");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(ML_EINPUT, "/model.json: not a regular file");
    free(path);
}

static void the_limit_counts_all_files_together(void **state)
{
    (void)state;
    struct ml_files files = {0};
    assert_true(ml_files_load(&files, dir, LIMIT, &err));
    size_t total = ml_files_total_bytes(&files);
    ml_files_release(&files);
    assert_false(ml_files_load(&files, dir, total - 1, &err));
    assert_int_equal(err.code, ML_ELIMIT);
    assert_true(ml_files_load(&files, dir, total, &err));
    ml_files_release(&files);
}

static void a_missing_directory_is_not_found(void **state)
{
    (void)state;
    struct ml_files files = {0};
    assert_false(ml_files_load(&files, "/tmp/ml-no-such-directory", LIMIT, &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void malformed_digest_lists_are_refused(void **state)
{
    (void)state;
    static const char *const text[] = {
        "",
        "\n",
        HEX "  model.json",
        HEX " model.json\n",
        HEX " *model.json\n",
        HEX "  model.json\r\n",
        HEX "   model.json\n",
        HEX "  \n",
        HEX "  ../model.json\n",
        HEX "  /etc/passwd\n",
        HEX "  a..b\n",
        HEX "  .hidden\n",
        HEX "  SHA256SUMS\n",
        HEX "0  model.json\n",
        "# comment\n" HEX "  model.json\n",
        "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef  model.json\n",
        HEX "  a0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
    };
    for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
        write_text("SHA256SUMS", text[i]);
        assert_refused(ML_EINPUT, "/SHA256SUMS");
    }
}

static void a_file_listed_twice_is_refused(void **state)
{
    (void)state;
    write_text("SHA256SUMS", HEX "  model.json\n" HEX "  model.json\n");
    assert_refused(ML_EINPUT, "/SHA256SUMS:2: 'model.json' is there twice");
}

static void more_than_sixteen_files_are_refused(void **state)
{
    (void)state;
    struct ml_strbuf text = {0};
    for (int i = 0; i < 17; i++)
        ml_strbuf_addf(&text, HEX "  f%d\n", i);
    write_text("SHA256SUMS", text.bytes);
    ml_strbuf_release(&text);
    assert_refused(ML_EINPUT, "more than 16 files");
}

static void saving_over_a_bundle_is_refused(void **state)
{
    (void)state;
    struct ml_files files = {0};
    add(&files, "model.json", "{}");
    assert_false(ml_files_save(dir, &files, &err));
    assert_int_equal(err.code, ML_EIO);
    ml_files_release(&files);
    assert_true(ml_files_load(&files, dir, LIMIT, &err));
    ml_files_release(&files);
}

static void names_follow_the_rule(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "0", "banking", "A.b_c-9", "a."};
    static const char *const bad[] = {"",   ".",    "..",  ".a",  "-a",
                                      "_a", "a..b", "a/b", "a b", "\xc3\xa4"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(ml_files_is_name(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(ml_files_is_name(bad[i], strlen(bad[i])));
    assert_false(ml_files_is_name("a\0b", 3));
    assert_true(ml_files_is_name(HEX, 64));
    assert_false(ml_files_is_name(HEX "0", 65));
}

/* A folder inside the test's, as if it were mounted there. */
static void a_bundle_is_placed_in_an_empty_folder_only(void **state)
{
    (void)state;
    struct ml_files files = {0};
    struct ml_files loaded = {0};
    char *place = ml_path_join(dir, "place");
    add(&files, "model.json", "{}\n");
    add(&files, "solver.txt", "w\n");
    assert_false(ml_files_place(place, &files, &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
    assert_int_equal(mkdir(place, 0700), 0);
    assert_true(ml_files_place(place, &files, &err));
    assert_true(ml_files_load(&loaded, place, LIMIT, &err)); /* nothing else is left there */
    assert_int_equal(loaded.n, 2);
    assert_false(ml_files_place(place, &files, &err));
    assert_int_equal(err.code, ML_ECONFLICT);
    assert_non_null(strstr(err.msg, "not empty"));
    ml_files_release(&files);
    ml_files_release(&loaded);
    ml_dir_remove(place);
    free(place);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_saved_loads_sorted_by_name),
        TEST(sha256sum_agrees),
        TEST(an_empty_file_is_a_file),
        TEST(every_flipped_bit_is_refused),
        TEST(a_changed_file_is_named),
        TEST(a_missing_file_is_named),
        TEST(missing_digests_are_refused),
        TEST(an_extra_file_is_named),
        TEST(a_link_is_refused),
        TEST(a_pipe_is_refused_not_waited_for),
        TEST(the_limit_counts_all_files_together),
        TEST(a_missing_directory_is_not_found),
        TEST(malformed_digest_lists_are_refused),
        TEST(a_file_listed_twice_is_refused),
        TEST(more_than_sixteen_files_are_refused),
        TEST(saving_over_a_bundle_is_refused),
        TEST(a_bundle_is_placed_in_an_empty_folder_only),
        cmocka_unit_test(names_follow_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/rng.h"
#include "ml/registry.h"
#include "model/model.h"
#include "registry/archive.h"
#include "registry/ustar.h"

enum { LIMIT = 1 << 20, MUTANTS = 2000 };

static char root[] = "/tmp/ml-archive-XXXXXX";
static struct ml_registry *reg;
static struct ml_error err;
static char tar_path[64];
static struct ml_strbuf tar; /* the export of banking */

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
    strcpy(root + strlen(root) - 6, "XXXXXX");
    if (mkdtemp(root) == NULL)
        return -1;
    snprintf(tar_path, sizeof(tar_path), "%s/banking.tar", root);
    struct ml_model *model = make_model("{\"format\":1}\n");
    size_t version;
    bool ok = ml_registry_open(&reg, root, &err) &&
              ml_registry_publish(reg, "banking", model, &version, &err) &&
              ml_registry_export(reg, "banking", tar_path, &err) &&
              ml_file_read_all(&tar, tar_path, LIMIT, &err);
    ml_model_free(model);
    return ok ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof(command), "rm -rf %s", root);
    ml_registry_close(reg);
    ml_strbuf_release(&tar);
    return system(command);
}

static bool import(const char *name, size_t *version, char name_out[65])
{
    return ml_registry_import(reg, tar_path, name, version, name_out, &err);
}

static void replace_tar(const struct ml_strbuf *bytes)
{
    assert_true(ml_file_replace(tar_path, bytes->bytes, bytes->length, &err));
}

static size_t count_versions(void)
{
    struct ml_version_info *list;
    size_t n;
    assert_true(ml_registry_list(reg, NULL, &list, &n, &err));
    ml_registry_list_free(list, n);
    return n;
}

/* Imports what stands in `tar`, expects a refusal that says so, and nothing left of it. */
static void assert_refused(const char *part)
{
    char name[65];
    size_t version;
    replace_tar(&tar);
    assert_false(import(NULL, &version, name));
    if (err.code != ML_EINPUT || strstr(err.msg, part) == NULL)
        fail_msg("'%s' is not in: %s", part, err.msg);
    assert_non_null(strstr(err.msg, "banking.tar: "));
    assert_int_equal(count_versions(), 1);
}

static void repair_checksum(size_t at)
{
    struct ml_ustar header;
    memcpy(&header, tar.bytes + at, sizeof(header));
    char text[16];
    snprintf(text, sizeof(text), "%06zo", ml_ustar_checksum(&header));
    memcpy(header.checksum, text, 7);
    header.checksum[7] = ' ';
    memcpy(tar.bytes + at, &header, sizeof(header));
}

static void put(size_t at, const char *text)
{
    if (at % ML_USTAR_BLOCK == 0)
        memset(tar.bytes + at, 0, sizeof(((struct ml_ustar *)0)->name));
    memcpy(tar.bytes + at, text, strlen(text) + 1);
    repair_checksum(at / ML_USTAR_BLOCK * ML_USTAR_BLOCK);
}

static void export_then_import_is_the_identity(void **state)
{
    (void)state;
    char name[65];
    char again_path[80];
    size_t version;
    struct ml_strbuf again = {0};
    assert_true(import(NULL, &version, name));
    assert_string_equal(name, "banking");
    assert_int_equal(version, 2);
    snprintf(again_path, sizeof(again_path), "%s/again.tar", root);
    assert_true(ml_registry_export(reg, "banking@2", again_path, &err));
    assert_true(ml_file_read_all(&again, again_path, LIMIT, &err));
    assert_int_equal(again.length, tar.length);
    assert_memory_equal(again.bytes, tar.bytes, tar.length);
    ml_strbuf_release(&again);
}

static void a_folder_is_imported_once(void **state)
{
    (void)state;
    char dir[100];
    size_t version = 0;
    snprintf(dir, sizeof(dir), "%s/banking/1", ml_registry_root(reg));
    assert_true(ml_registry_import_folder(reg, dir, "copy", &version, &err));
    assert_int_equal(version, 1);
    assert_true(ml_registry_import_folder(reg, dir, "copy", &version, &err));
    assert_int_equal(version, 1); /* the same bundle */
    assert_false(ml_registry_import_folder(reg, dir, "../x", &version, &err));
    assert_false(ml_registry_import_folder(reg, root, "copy", &version, &err));
    assert_int_equal(count_versions(), 2);
}

static void import_can_give_another_name(void **state)
{
    (void)state;
    char name[65];
    size_t version;
    assert_true(import("other", &version, name));
    assert_string_equal(name, "other");
    assert_int_equal(version, 1);
    assert_false(import("../x", &version, name));
    assert_int_equal(err.code, ML_EINPUT);
}

static void tar_lists_and_unpacks_it(void **state)
{
    (void)state;
    char command[400];
    snprintf(command, sizeof(command),
             "cd %s && mkdir out && test \"$(tar tf banking.tar 2>&1 | tr '\\n' ' ')\" = "
             "'banking/SHA256SUMS banking/liblinear.model banking/model.json ' && "
             "tar xf banking.tar -C out && diff -r out/banking banking/1 && "
             "cd out/banking && sha256sum --status -c SHA256SUMS && rm -r %s/out",
             root, root);
    assert_int_equal(system(command), 0);
}

static void what_tar_makes_of_a_bundle_imports(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof(command),
             "cd %s && cp -r banking/1 copy && tar --format=ustar -cf banking.tar copy/model.json "
             "copy/SHA256SUMS copy/liblinear.model && rm -r copy",
             root);
    assert_int_equal(system(command), 0);
    char name[65];
    size_t version;
    if (!import(NULL, &version, name))
        fail_msg("%s", err.msg);
    assert_string_equal(name, "copy");
}

static void the_longest_names_fit(void **state)
{
    (void)state;
    char name[65] = {0};
    char out_name[65];
    memset(name, 'n', 64);
    struct ml_model *model = make_model("{}");
    struct ml_strbuf bytes = {0};
    char file_name[65] = {0};
    memset(file_name, 'f', 64);
    ml_files_add(&model->files, file_name, &bytes);
    size_t version;
    assert_true(ml_registry_publish(reg, name, model, &version, &err));
    ml_model_free(model);
    assert_true(ml_registry_export(reg, name, tar_path, &err));
    char command[200];
    snprintf(command, sizeof(command), "tar tf %s | grep -q '^%s/%s$'", tar_path, name, file_name);
    assert_int_equal(system(command), 0);
    assert_true(import(NULL, &version, out_name));
    assert_string_equal(out_name, name);
    assert_int_equal(version, 2);
}

static void truncated_archives_are_refused(void **state)
{
    (void)state;
    size_t whole = tar.length;
    for (size_t n = 0; n < whole; n += 128) {
        tar.length = n;
        assert_refused("");
    }
}

static void trailing_zero_blocks_are_fine_and_other_bytes_are_not(void **state)
{
    (void)state;
    char name[65];
    size_t version;
    size_t n = tar.length;
    memset(ml_strbuf_reserve(&tar, 10240), 0, 10240);
    tar.length = n + 10240;
    replace_tar(&tar);
    assert_true(import(NULL, &version, name));
    assert_true(ml_registry_delete(reg, "banking@2", &err));
    tar.bytes[tar.length - 1] = 'x';
    assert_refused("does not end in blocks of zeros");
}

static void odd_entries_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *text;
        const char *refusal;
    } cases[] = {
        {0, "../SHA256SUMS", "not a model name"},
        {0, "/banking/SHA256SUMS", "not a model name"},
        {0, "banking/../SHA256SUMS", "not a model name"},
        {0, "banking//SHA256SUMS", "not a model name"},
        {0, "banking/x/SHA256SUMS", "not a model name"},
        {0, "SHA256SUMS", "not a model name"},
        {0, "banking", "not a model name"},
        {50, "x", "bytes after the end"},
        {0, "banking/SHA256SUMS\n", "not a model name"},
        {0, "banking/sha256sums", "there is no SHA256SUMS"},
        {0, "another/SHA256SUMS", "second folder"},
        {offsetof(struct ml_ustar, prefix), "x", "not a model name"},
        {offsetof(struct ml_ustar, type), "1", "not a regular file"},
        {offsetof(struct ml_ustar, type), "2", "not a regular file"},
        {offsetof(struct ml_ustar, type), "5", "not a regular file"},
        {offsetof(struct ml_ustar, type), "L", "not a regular file"},
        {offsetof(struct ml_ustar, link_name), "/etc/passwd", "not a regular file"},
        {offsetof(struct ml_ustar, magic), "ustar ", "not the header"},
        {offsetof(struct ml_ustar, size), "77777777777", "larger than what is left"},
        {offsetof(struct ml_ustar, size), "-0000000001", "larger than what is left"},
        {offsetof(struct ml_ustar, size), "00000000000", "not the header"},
    };
    struct ml_strbuf original = {0};
    ml_strbuf_add(&original, tar.bytes, tar.length);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        put(cases[i].at, cases[i].text);
        assert_refused(cases[i].refusal);
        memcpy(tar.bytes, original.bytes, original.length);
    }
    ml_strbuf_release(&original);
}

static void an_entry_twice_is_refused(void **state)
{
    (void)state;
    put(2 * ML_USTAR_BLOCK, "banking/SHA256SUMS");
    assert_refused("it is there twice");
}

static void a_changed_file_is_refused(void **state)
{
    (void)state;
    char *at = strstr(tar.bytes + 5 * ML_USTAR_BLOCK, "{\"format\"");
    assert_non_null(at);
    at[2] = 'F';
    assert_refused("banking/model.json: its digest is not the one in SHA256SUMS");
}

static void a_file_left_out_is_refused(void **state)
{
    (void)state;
    memmove(tar.bytes + 2 * ML_USTAR_BLOCK, tar.bytes + 4 * ML_USTAR_BLOCK,
            tar.length - 4 * ML_USTAR_BLOCK);
    tar.length -= 2 * ML_USTAR_BLOCK;
    assert_refused("banking/liblinear.model: the file is missing");
}

static void a_bundle_that_is_no_model_is_refused(void **state)
{
    (void)state;
    struct ml_model *model = make_model("not a model");
    struct ml_output out;
    assert_true(ml_output_open(&out, tar_path, &err));
    assert_true(ml_archive_write(&out, "bad", &model->files, &err));
    assert_true(ml_output_commit(&out, &err));
    ml_output_release(&out);
    ml_model_free(model);
    char name[65];
    size_t version;
    assert_false(import(NULL, &version, name));
    assert_non_null(strstr(err.msg, "not a model"));
    char *path = ml_path_join(root, "bad");
    assert_int_not_equal(access(path, F_OK), 0);
    free(path);
}

/* A few bytes changed, a run copied elsewhere, or blocks cut out; checksums repaired half the time.
 */
static void mutate(struct ml_rng *rng, size_t whole)
{
    size_t n_changes = 1 + ml_rng_below(rng, 4);
    for (size_t i = 0; i < n_changes; i++) {
        size_t at = ml_rng_below(rng, tar.length);
        size_t from = ml_rng_below(rng, tar.length);
        size_t n = ml_rng_below(rng, tar.length - (at > from ? at : from));
        switch (ml_rng_below(rng, 4)) {
        case 0:
            memmove(tar.bytes + at, tar.bytes + from, n);
            break;
        case 1:
            tar.length = whole - ml_rng_below(rng, 4) * ML_USTAR_BLOCK;
            break;
        default:
            tar.bytes[at] = (char)ml_rng_below(rng, 256);
            break;
        }
    }
    if (ml_rng_below(rng, 2) == 0)
        for (size_t at = 0; at < 6 * ML_USTAR_BLOCK; at += 2 * ML_USTAR_BLOCK)
            repair_checksum(at);
}

static void check_imported(const char *name, size_t version)
{
    char reference[100];
    struct ml_model *model;
    snprintf(reference, sizeof(reference), "%s@%zu", name, version);
    assert_true(ml_registry_load(&model, reg, reference, &err));
    assert_int_equal(model->files.n, 2);
    assert_string_equal(ml_files_find(&model->files, "model.json")->bytes.bytes,
                        "{\"format\":1}\n");
    ml_model_free(model);
}

static void mutants_never_crash_and_never_publish_half_a_bundle(void **state)
{
    (void)state;
    struct ml_strbuf original = {0};
    ml_strbuf_add(&original, tar.bytes, tar.length);
    struct ml_rng rng;
    ml_rng_init(&rng, 7);
    size_t n_published = 1;
    for (int i = 0; i < MUTANTS; i++) {
        char name[65];
        size_t version;
        mutate(&rng, original.length);
        replace_tar(&tar);
        if (import(NULL, &version, name)) {
            n_published++;
            check_imported(name, version);
        } else {
            assert_int_equal(err.code, ML_EINPUT);
        }
        tar.length = original.length;
        memcpy(tar.bytes, original.bytes, original.length);
    }
    assert_int_equal(count_versions(), n_published);
    ml_strbuf_release(&original);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(export_then_import_is_the_identity),
        TEST(a_folder_is_imported_once),
        TEST(import_can_give_another_name),
        TEST(tar_lists_and_unpacks_it),
        TEST(what_tar_makes_of_a_bundle_imports),
        TEST(the_longest_names_fit),
        TEST(truncated_archives_are_refused),
        TEST(trailing_zero_blocks_are_fine_and_other_bytes_are_not),
        TEST(odd_entries_are_refused),
        TEST(an_entry_twice_is_refused),
        TEST(a_changed_file_is_refused),
        TEST(a_file_left_out_is_refused),
        TEST(a_bundle_that_is_no_model_is_refused),
        TEST(mutants_never_crash_and_never_publish_half_a_bundle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

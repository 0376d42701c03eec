#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/bundle.h"
#include "registry/archive.h"
#include "registry/registry.h"

static bool write_archive(const char *path, const char *name, const struct ml_files *files,
                          struct ml_error *err)
{
    struct ml_output out;
    if (!ml_output_open(&out, path, err))
        return false;
    bool ok = ml_archive_write(&out, name, files, err) && ml_output_commit(&out, err);
    ml_output_release(&out);
    return ok;
}

bool ml_registry_export(const struct ml_registry *registry, const char *reference, const char *path,
                        struct ml_error *err)
{
    struct ml_ref ref;
    struct ml_model *model;
    /* By way of the model: what does not load is not handed on. */
    if (!ml_ref_parse(&ref, reference, err) || !ml_registry_load(&model, registry, reference, err))
        return false;
    bool ok = write_archive(path, ref.name, ml_model_files(model), err);
    ml_model_free(model);
    return ok;
}

static bool read_archive(struct ml_archive *out, const char *path, const char *where,
                         struct ml_error *err)
{
    struct ml_strbuf bytes = {0};
    const size_t max_bytes = (size_t)ML_MAX_BUNDLE_BYTES + ML_ARCHIVE_MAX_EXTRA;
    if (!ml_file_read_all(&bytes, path, max_bytes, err))
        return false;
    bool ok = ml_archive_read(out, bytes.bytes, bytes.length, where, err);
    ml_strbuf_release(&bytes);
    return ok;
}

bool ml_registry_import(struct ml_registry *registry, const char *path, const char *name,
                        size_t *version, char name_out[65], struct ml_error *err)
{
    struct ml_archive archive;
    struct ml_model *model = NULL;
    const char *where = strcmp(path, "-") == 0 ? "standard input" : path;
    if (name != NULL && !ml_ref_check_name(name, err))
        return false;
    if (!read_archive(&archive, path, where, err))
        return false;
    if (name == NULL)
        name = archive.folder;
    bool ok = ml_model_from_files(&model, &archive.files, where, err) &&
              ml_registry_publish(registry, name, model, version, err);
    if (ok)
        memcpy(name_out, name, strlen(name) + 1);
    ml_model_free(model);
    ml_archive_release(&archive);
    return ok;
}

/* Whether the newest version is the same files; then *version is that. */
static bool is_newest(const struct ml_registry *registry, const char *name,
                      const struct ml_files *files, size_t *version)
{
    struct ml_version_info info;
    struct ml_error ignored;
    struct ml_strbuf there = {0};
    struct ml_strbuf here = {0};
    if (!ml_registry_resolve(registry, name, &info, &ignored))
        return false;
    char *dir = ml_registry_path(registry, name, info.version);
    char *path = ml_path_join(dir, ML_FILES_SUMS);
    ml_files_sums(files, &here);
    bool same = ml_file_read_all(&there, path, ML_MAX_SUMS_BYTES, &ignored) &&
                there.length == here.length && memcmp(there.bytes, here.bytes, here.length) == 0;
    if (same)
        *version = info.version;
    ml_strbuf_release(&there);
    ml_strbuf_release(&here);
    ml_version_info_release(&info);
    free(path);
    free(dir);
    return same;
}

bool ml_registry_import_folder(struct ml_registry *registry, const char *dir, const char *name,
                               size_t *version, struct ml_error *err)
{
    struct ml_files files = {0};
    struct ml_model *model = NULL;
    if (!ml_ref_check_name(name, err) || !ml_files_load(&files, dir, ML_MAX_BUNDLE_BYTES, err))
        return false;
    bool ok = is_newest(registry, name, &files, version) ||
              (ml_model_from_files(&model, &files, dir, err) &&
               ml_registry_publish(registry, name, model, version, err));
    ml_model_free(model);
    ml_files_release(&files);
    return ok;
}

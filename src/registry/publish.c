#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "model/bundle.h"
#include "registry/registry.h"

static bool has_prefix(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

/*
 * Unfinished work of processes that died: whoever makes such entries holds the lock, as we do now,
 * so none of them is in use. Best effort.
 */
static void remove_stale(const char *dir)
{
    DIR *listing = opendir(dir);
    if (listing == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        const char *name = entry->d_name;
        struct stat st;
        bool is_stale = has_prefix(name, ".tmp-") || has_prefix(name, ".trash-") ||
                        has_prefix(name, ".registry.json.tmp-");
        if (!is_stale || fstatat(dirfd(listing), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        char *path = ml_path_join(dir, name);
        if (S_ISDIR(st.st_mode))
            ml_dir_remove(path);
        else
            unlink(path);
        free(path);
    }
    closedir(listing);
}

/* ".tmp-<pid>-<version>": unique, since remove_stale ran and others wait for the lock. */
static char *hidden_path(const char *dir, const char *prefix, size_t version)
{
    struct ml_strbuf path = {0};
    ml_strbuf_addf(&path, "%s/%s%ld-%zu", dir, prefix, (long)getpid(), version);
    return ml_strbuf_take(&path);
}

static bool move_dir(const char *dir, const char *from, const char *to, struct ml_error *err)
{
    if (rename(from, to) != 0)
        return ml_fail_errno(err, "rename", from);
    return ml_dir_sync(dir, err);
}

/* From here on the version is there for everyone, whatever becomes of registry.json. */
static void note_published(struct ml_change *change, size_t version)
{
    ml_state_add(&change->state, version, time(NULL));
    struct ml_error ignored;
    if (!ml_state_save(&change->state, change->dir, &ignored)) {
        /* a version without a note is complete: its directory tells number and time */
    }
}

/* After a rename that may not last: better no version than one that a power cut takes back. */
static void take_back(struct ml_change *change, const char *path, size_t version)
{
    char *trash = hidden_path(change->dir, ".trash-", version);
    struct ml_error ignored;
    change->state.last_version = version;
    if (!ml_state_save(&change->state, change->dir, &ignored)) {
        /* then the number is used again, for want of a place to note it */
    }
    if (rename(path, trash) == 0)
        ml_dir_remove(trash);
    free(trash);
}

static bool write_bundle(const char *path, const struct ml_files *files, struct ml_error *err)
{
    if (mkdir(path, 0777) != 0)
        return ml_fail_errno(err, "create directory", path);
    return ml_files_save(path, files, err);
}

static bool publish_locked(struct ml_change *change, const struct ml_files *files, size_t *out,
                           struct ml_error *err)
{
    if (change->state.last_version >= ML_MAX_VERSION)
        return ml_fail(err, ML_ELIMIT, "%s: no version number above %d", change->dir,
                       (int)ML_MAX_VERSION);
    size_t version = change->state.last_version + 1;
    struct ml_strbuf path = {0};
    ml_strbuf_addf(&path, "%s/%zu", change->dir, version);
    remove_stale(change->dir);
    char *tmp = hidden_path(change->dir, ".tmp-", version);
    bool ok = write_bundle(tmp, files, err) && move_dir(change->dir, tmp, path.bytes, err);
    if (ok) {
        note_published(change, version);
        *out = version;
    } else if (access(path.bytes, F_OK) == 0) {
        take_back(change, path.bytes, version);
    } else {
        ml_dir_remove(tmp);
    }
    free(tmp);
    ml_strbuf_release(&path);
    return ok;
}

bool ml_registry_publish(struct ml_registry *registry, const char *name, struct ml_model *model,
                         size_t *version, struct ml_error *err)
{
    const struct ml_files *files = ml_model_files(model);
    struct ml_change change;
    if (!ml_ref_check_name(name, err))
        return false;
    if (ml_files_total_bytes(files) > ML_MAX_BUNDLE_BYTES)
        return ml_fail(err, ML_ELIMIT, "the files of model '%s' are larger than %d bytes", name,
                       (int)ML_MAX_BUNDLE_BYTES);
    if (!ml_change_begin(&change, registry, name, true, err))
        return false;
    bool ok = publish_locked(&change, files, version, err);
    ml_change_end(&change);
    if (ok)
        ml_model_set_name(model, name, *version);
    return ok;
}

static bool refuse_aliased(const struct ml_state *state, const struct ml_ref *ref,
                           struct ml_error *err)
{
    for (size_t i = 0; i < state->n_aliases; i++)
        if (state->aliases[i].version == ref->version)
            return ml_fail(
                err, ML_ECONFLICT,
                "version %zu of model '%s' has the alias '%s': move or remove that first",
                ref->version, ref->name, state->aliases[i].name);
    return true;
}

static bool delete_locked(struct ml_change *change, const struct ml_ref *ref, struct ml_error *err)
{
    /* First, so that the number stays used even if we get no further than the rename. */
    if (!ml_state_save(&change->state, change->dir, err))
        return false;
    remove_stale(change->dir);
    struct ml_strbuf path = {0};
    ml_strbuf_addf(&path, "%s/%zu", change->dir, ref->version);
    char *trash = hidden_path(change->dir, ".trash-", ref->version);
    bool ok = move_dir(change->dir, path.bytes, trash, err);
    if (ok) {
        ml_state_remove(&change->state, ref->version);
        struct ml_error ignored;
        if (!ml_state_save(&change->state, change->dir, &ignored)) {
            /* what registry.json says about a version without a directory counts for nothing */
        }
        ml_dir_remove(trash);
    } else if (rename(trash, path.bytes) == 0) {
        /* a rename that may not last is undone: what failed has changed nothing */
    }
    free(trash);
    ml_strbuf_release(&path);
    return ok;
}

bool ml_registry_delete(struct ml_registry *registry, const char *reference, struct ml_error *err)
{
    struct ml_ref ref;
    struct ml_change change;
    if (!ml_ref_parse(&ref, reference, err))
        return false;
    if (ref.kind != ML_REF_VERSION)
        return ml_fail(err, ML_EINPUT, "to delete, name one version by its number, as in '%s@1'",
                       ref.name);
    if (!ml_change_begin(&change, registry, ref.name, false, err))
        return false;
    bool ok = ml_registry_pick(registry, &change.state, &ref, err) != NULL &&
              refuse_aliased(&change.state, &ref, err) && delete_locked(&change, &ref, err);
    ml_change_end(&change);
    return ok;
}

#include "registry/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"

static const char state_name[] = "registry.json";

void ml_state_release(struct ml_state *state)
{
    free(state->versions);
    free(state->aliases);
    *state = (struct ml_state){0};
}

static int compare_versions(const void *a, const void *b)
{
    const struct ml_state_version *x = a;
    const struct ml_state_version *y = b;
    return (x->version > y->version) - (x->version < y->version);
}

struct ml_state_version *ml_state_find(const struct ml_state *state, size_t version)
{
    struct ml_state_version key = {.version = version};
    if (state->n_versions == 0)
        return NULL;
    return bsearch(&key, state->versions, state->n_versions, sizeof(key), compare_versions);
}

struct ml_state_alias *ml_state_find_alias(const struct ml_state *state, const char *name)
{
    for (size_t i = 0; i < state->n_aliases; i++)
        if (strcmp(state->aliases[i].name, name) == 0)
            return &state->aliases[i];
    return NULL;
}

static void push_version(struct ml_state *state, const struct ml_state_version *version)
{
    state->versions = ml_grow(state->versions, state->n_versions, &state->versions_capacity,
                              sizeof(*state->versions));
    state->versions[state->n_versions++] = *version;
}

static struct ml_state_version new_version(size_t number, time_t created)
{
    struct ml_state_version version = {.version = number, .exists = true};
    struct tm utc;
    if (gmtime_r(&created, &utc) == NULL ||
        strftime(version.created, sizeof(version.created), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        memcpy(version.created, "1970-01-01T00:00:00Z", sizeof("1970-01-01T00:00:00Z"));
    return version;
}

struct ml_state_version *ml_state_add(struct ml_state *state, size_t number, time_t created)
{
    struct ml_state_version version = new_version(number, created);
    push_version(state, &version);
    state->last_version = number;
    return &state->versions[state->n_versions - 1];
}

void ml_state_remove(struct ml_state *state, size_t number)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->n_versions; i++)
        if (state->versions[i].version != number)
            state->versions[kept++] = state->versions[i];
    state->n_versions = kept;
}

void ml_state_set_alias(struct ml_state *state, const char *name, size_t version)
{
    struct ml_state_alias *old = ml_state_find_alias(state, name);
    if (old != NULL) {
        old->version = version;
        return;
    }
    struct ml_state_alias alias = {.version = version};
    memcpy(alias.name, name, strlen(name) + 1);
    state->aliases = ml_grow(state->aliases, state->n_aliases, &state->aliases_capacity,
                             sizeof(*state->aliases));
    size_t at = state->n_aliases++;
    for (; at > 0 && strcmp(state->aliases[at - 1].name, name) > 0; at--)
        state->aliases[at] = state->aliases[at - 1];
    state->aliases[at] = alias;
}

void ml_state_remove_alias(struct ml_state *state, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->n_aliases; i++)
        if (strcmp(state->aliases[i].name, name) != 0)
            state->aliases[kept++] = state->aliases[i];
    state->n_aliases = kept;
}

static bool read_notes(struct ml_state *state, const char *dir, struct ml_error *err)
{
    char *path = ml_path_join(dir, state_name);
    struct ml_strbuf text = {0};
    struct ml_error why;
    bool ok = true;
    if (ml_file_read_all(&text, path, ML_MAX_STATE_BYTES, &why))
        ok = ml_state_parse(state, text.bytes, text.length, path, err);
    else if (why.code != ML_ENOTFOUND) {
        *err = why;
        ok = false;
    }
    ml_strbuf_release(&text);
    free(path);
    return ok;
}

/* What cannot be looked at must not count as missing: a change would drop what is known of it. */
static bool note_entry(struct ml_state *state, int dir_fd, const char *name)
{
    size_t number = ml_ref_version(name);
    struct stat st;
    if (number == 0)
        return true;
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    /* Whatever it is, the name is taken. */
    if (number > state->last_version)
        state->last_version = number;
    struct ml_state_version version = new_version(number, st.st_mtime);
    if (S_ISDIR(st.st_mode))
        push_version(state, &version);
    return true;
}

/* What is found goes behind what registry.json mentions. */
static bool scan_folder(struct ml_state *state, const char *dir, struct ml_error *err)
{
    DIR *listing = opendir(dir);
    if (listing == NULL)
        return ml_fail_errno(err, "read", dir);
    bool ok = true;
    struct dirent *entry;
    while (ok && (errno = 0, entry = readdir(listing)) != NULL)
        ok = note_entry(state, dirfd(listing), entry->d_name);
    if (!ok || errno != 0)
        ok = ml_fail_errno(err, "read", dir);
    closedir(listing);
    return ok;
}

/* Of equal numbers, one is mentioned and one is found: both make a version. */
static void join(struct ml_state *state)
{
    size_t kept = 0;
    size_t n = state->n_versions;
    struct ml_state_version *v = state->versions;
    if (n > 0)
        qsort(v, n, sizeof(*v), compare_versions);
    for (size_t i = 0; i < n;) {
        bool is_pair = i + 1 < n && v[i].version == v[i + 1].version;
        struct ml_state_version version = is_pair && v[i].exists ? v[i + 1] : v[i];
        version.exists = is_pair || v[i].exists;
        if (version.exists)
            v[kept++] = version;
        i += is_pair ? 2 : 1;
    }
    state->n_versions = kept;
}

bool ml_state_load(struct ml_state *out, const char *dir, struct ml_error *err)
{
    struct ml_state state = {0};
    if (!read_notes(&state, dir, err) || !scan_folder(&state, dir, err)) {
        ml_state_release(&state);
        return false;
    }
    join(&state);
    *out = state;
    return true;
}

bool ml_state_save(const struct ml_state *state, const char *dir, struct ml_error *err)
{
    char *path = ml_path_join(dir, state_name);
    struct ml_strbuf text = {0};
    ml_state_format(state, &text);
    bool ok = text.length <= ML_MAX_STATE_BYTES
                  ? ml_file_replace(path, text.bytes, text.length, err)
                  : ml_fail(err, ML_ELIMIT, "%s: more than %d bytes of versions and aliases", path,
                            (int)ML_MAX_STATE_BYTES);
    ml_strbuf_release(&text);
    free(path);
    return ok;
}

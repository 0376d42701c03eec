#include "registry/registry.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "model/bundle.h"

/*
 * Readers take no lock. What they find may be gone a moment later, when a version is deleted or an
 * alias moves; then they look again. So many times in a row means that something else is wrong.
 */
enum { MAX_LOOKS = 20 };

bool ml_registry_open(struct ml_registry **out, const char *root, struct ml_error *err)
{
    if (root == NULL)
        root = getenv("ML_MODELS");
    if (root == NULL || *root == '\0')
        root = "models";
    struct stat st;
    if (stat(root, &st) == 0 && !S_ISDIR(st.st_mode))
        return ml_fail(err, ML_EINPUT, "models are kept in a directory, which '%s' is not", root);
    struct ml_registry *registry = ml_xcalloc(1, sizeof(*registry));
    registry->root = ml_xstrdup(root);
    *out = registry;
    return true;
}

void ml_registry_close(struct ml_registry *registry)
{
    if (registry == NULL)
        return;
    free(registry->root);
    free(registry);
}

const char *ml_registry_root(const struct ml_registry *registry)
{
    return registry->root;
}

char *ml_registry_path(const struct ml_registry *registry, const char *name, size_t version)
{
    struct ml_strbuf path = {0};
    ml_strbuf_addf(&path, "%s/%s", registry->root, name);
    if (version > 0)
        ml_strbuf_addf(&path, "/%zu", version);
    return ml_strbuf_take(&path);
}

void ml_version_info_release(struct ml_version_info *info)
{
    for (size_t i = 0; i < info->n_aliases; i++)
        free(info->aliases[i]);
    free(info->aliases);
    *info = (struct ml_version_info){0};
}

void ml_registry_list_free(struct ml_version_info *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ml_version_info_release(&list[i]);
    free(list);
}

static struct ml_version_info make_info(const char *name, const struct ml_state *state,
                                        const struct ml_state_version *version)
{
    struct ml_version_info info = {.version = version->version,
                                   .has_threshold = version->has_threshold,
                                   .threshold = version->threshold};
    memcpy(info.name, name, strlen(name) + 1);
    memcpy(info.created, version->created, sizeof(info.created));
    info.aliases = ml_xcalloc(state->n_aliases, sizeof(*info.aliases));
    for (size_t i = 0; i < state->n_aliases; i++)
        if (state->aliases[i].version == version->version)
            info.aliases[info.n_aliases++] = ml_xstrdup(state->aliases[i].name);
    return info;
}

static bool fail_no_model(const struct ml_registry *registry, const char *name,
                          struct ml_error *err)
{
    return ml_fail(err, ML_ENOTFOUND, "no model '%s' in '%s'", name, registry->root);
}

struct ml_state_version *ml_registry_pick(const struct ml_registry *registry,
                                          const struct ml_state *state, const struct ml_ref *ref,
                                          struct ml_error *err)
{
    size_t number = ref->version;
    if (state->n_versions == 0) {
        fail_no_model(registry, ref->name, err);
        return NULL;
    }
    if (ref->kind == ML_REF_NEWEST)
        return &state->versions[state->n_versions - 1];
    if (ref->kind == ML_REF_ALIAS) {
        const struct ml_state_alias *alias = ml_state_find_alias(state, ref->alias);
        if (alias == NULL) {
            ml_fail(err, ML_ENOTFOUND, "model '%s' has no alias '%s'", ref->name, ref->alias);
            return NULL;
        }
        number = alias->version;
    }
    struct ml_state_version *version = ml_state_find(state, number);
    if (version == NULL)
        ml_fail(err, ML_ENOTFOUND, "model '%s' has no version %zu%s%s", ref->name, number,
                ref->kind == ML_REF_ALIAS ? ", for which it has the alias " : "", ref->alias);
    return version;
}

static bool load_state(struct ml_state *out, const struct ml_registry *registry, const char *name,
                       struct ml_error *err)
{
    char *dir = ml_registry_path(registry, name, 0);
    bool ok = ml_state_load(out, dir, err);
    free(dir);
    if (!ok && err->code == ML_ENOTFOUND)
        return fail_no_model(registry, name, err);
    return ok;
}

/* *again: the alias stands for a version that went away, so it has surely moved. */
static bool resolve_once(const struct ml_registry *registry, const struct ml_ref *ref,
                         struct ml_version_info *out, bool *again, struct ml_error *err)
{
    struct ml_state state;
    *again = false;
    if (!load_state(&state, registry, ref->name, err))
        return false;
    const struct ml_state_version *version = ml_registry_pick(registry, &state, ref, err);
    if (version != NULL)
        *out = make_info(ref->name, &state, version);
    else
        *again = ref->kind == ML_REF_ALIAS && ml_state_find_alias(&state, ref->alias) != NULL;
    ml_state_release(&state);
    return version != NULL;
}

bool ml_registry_resolve(const struct ml_registry *registry, const char *reference,
                         struct ml_version_info *out, struct ml_error *err)
{
    struct ml_ref ref;
    if (!ml_ref_parse(&ref, reference, err))
        return false;
    struct ml_error why;
    bool again = true;
    for (int i = 0; again && i < MAX_LOOKS; i++)
        if (resolve_once(registry, &ref, out, &again, &why))
            return true;
    *err = why;
    return false;
}

struct list {
    struct ml_version_info *info;
    size_t n;
    size_t capacity;
};

static bool list_model(struct list *list, const struct ml_registry *registry, const char *name,
                       struct ml_error *err)
{
    struct ml_state state;
    if (!load_state(&state, registry, name, err))
        return false;
    for (size_t i = 0; i < state.n_versions; i++) {
        list->info = ml_grow(list->info, list->n, &list->capacity, sizeof(*list->info));
        list->info[list->n++] = make_info(name, &state, &state.versions[i]);
    }
    ml_state_release(&state);
    return true;
}

static int compare_infos(const void *a, const void *b)
{
    const struct ml_version_info *x = a;
    const struct ml_version_info *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->version > y->version) - (x->version < y->version);
}

static bool list_all(struct list *list, const struct ml_registry *registry, struct ml_error *err)
{
    DIR *listing = opendir(registry->root);
    if (listing == NULL)
        return errno == ENOENT || ml_fail_errno(err, "read", registry->root);
    bool ok = true;
    struct dirent *entry;
    while (ok && (errno = 0, entry = readdir(listing)) != NULL) {
        struct stat st;
        bool is_model = ml_files_is_name(entry->d_name, strlen(entry->d_name)) &&
                        fstatat(dirfd(listing), entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
        struct ml_error why; /* not found: gone since, as if it had never been there */
        if (is_model && !list_model(list, registry, entry->d_name, &why) &&
            why.code != ML_ENOTFOUND) {
            *err = why;
            ok = false;
        }
    }
    if (ok && errno != 0)
        ok = ml_fail_errno(err, "read", registry->root);
    closedir(listing);
    if (list->n > 0)
        qsort(list->info, list->n, sizeof(*list->info), compare_infos);
    return ok;
}

bool ml_registry_list(const struct ml_registry *registry, const char *name,
                      struct ml_version_info **out, size_t *n, struct ml_error *err)
{
    struct list list = {0};
    bool ok = name == NULL ? list_all(&list, registry, err)
                           : ml_ref_check_name(name, err) && list_model(&list, registry, name, err);
    if (ok && name != NULL && list.n == 0)
        ok = fail_no_model(registry, name, err);
    if (!ok) {
        ml_registry_list_free(list.info, list.n);
        return false;
    }
    *out = list.info;
    *n = list.n;
    return true;
}

static bool load_version(struct ml_model **out, const char *dir, const struct ml_version_info *info,
                         struct ml_error *err)
{
    struct ml_files files = {0};
    if (!ml_files_load(&files, dir, ML_MAX_BUNDLE_BYTES, err))
        return false;
    struct ml_model *model;
    if (!ml_model_from_files(&model, &files, dir, err)) {
        ml_files_release(&files);
        return false;
    }
    ml_model_set_name(model, info->name, info->version);
    if (info->has_threshold)
        ml_model_set_threshold(model, info->threshold);
    *out = model;
    return true;
}

bool ml_registry_load(struct ml_model **out, const struct ml_registry *registry,
                      const char *reference, struct ml_error *err)
{
    struct ml_error why;
    bool again = true;
    for (int i = 0; again && i < MAX_LOOKS; i++) {
        struct ml_version_info info;
        if (!ml_registry_resolve(registry, reference, &info, err))
            return false;
        char *dir = ml_registry_path(registry, info.name, info.version);
        bool ok = load_version(out, dir, &info, &why);
        again = !ok && access(dir, F_OK) != 0;
        free(dir);
        ml_version_info_release(&info);
        if (ok)
            return true;
    }
    *err = why;
    return false;
}

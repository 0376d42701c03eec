/*
 * Where models live: a folder of names, each with numbered versions and aliases.
 *
 *     models/banking/1/             a bundle: model.json, the solver's own file, SHA256SUMS
 *     models/banking/registry.json  times of creation, thresholds, aliases
 *
 * A bundle never changes once published, and the number of a deleted version is never used again.
 * A change is seen whole or not at all, by readers, after a crash and after a power cut; changes to
 * one model wait for each other, reading waits for nobody. All functions may be called from several
 * threads and processes at once; a struct ml_registry may be shared.
 *
 * A reference is "banking" (the newest version), "banking@3" or "banking@champion" (an alias).
 * Names and aliases are 1 to 64 of A-Z a-z 0-9 . _ - starting with a letter or digit, without "..";
 * an alias is not all digits. Errors everywhere: ML_EINPUT for a malformed name, reference, bundle
 * or registry.json, ML_ENOTFOUND for a model, version or alias that does not exist.
 */
#ifndef ML_REGISTRY_H
#define ML_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "ml/error.h"

struct ml_model; /* ml/model.h */
struct ml_registry;

/* root NULL: $ML_MODELS, else "models". The folder need not exist yet. */
bool ml_registry_open(struct ml_registry **out, const char *root, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_registry_close(struct ml_registry *registry);
const char *ml_registry_root(const struct ml_registry *registry);

struct ml_version_info {
    char name[65];
    size_t version;     /* from 1 */
    char created[32];   /* UTC, "2024-05-01T12:00:00Z" */
    bool has_threshold; /* one was set here, in place of the one in the bundle */
    double threshold;   /* 0..1 */
    char **aliases;     /* owned, n_aliases, in the order of their bytes */
    size_t n_aliases;
};

/* Release with ml_version_info_release. Reads no bundle. */
bool ml_registry_resolve(const struct ml_registry *registry, const char *reference,
                         struct ml_version_info *out, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_version_info_release(struct ml_version_info *info);

/*
 * All versions of one model, or of all models when name is NULL (none if the folder does not
 * exist), sorted by name, then version. Free with ml_registry_list_free. Reads no bundle.
 */
bool ml_registry_list(const struct ml_registry *registry, const char *name,
                      struct ml_version_info **out, size_t *n, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_registry_list_free(struct ml_version_info *list, size_t n);

/* Loads a version after checking its digests, with its name and the threshold set for it. */
bool ml_registry_load(struct ml_model **out, const struct ml_registry *registry,
                      const char *reference, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * Adds the model as the next version of `name`, and makes it durable before it returns. The model
 * in memory gets that name and version.
 */
bool ml_registry_publish(struct ml_registry *registry, const char *name, struct ml_model *model,
                         size_t *version, struct ml_error *err) __attribute__((warn_unused_result));

/* Sets the threshold (0..1) of a version in place of its bundle's; whether the problem has one is
 * for the caller to know. */
bool ml_registry_set_threshold(struct ml_registry *registry, const char *reference,
                               double threshold, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Back to the bundle's; no error when none was set. */
bool ml_registry_clear_threshold(struct ml_registry *registry, const char *reference,
                                 struct ml_error *err) __attribute__((warn_unused_result));

/* Makes alias stand for the version that reference means now; an alias in use moves. */
bool ml_registry_set_alias(struct ml_registry *registry, const char *reference, const char *alias,
                           struct ml_error *err) __attribute__((warn_unused_result));
bool ml_registry_remove_alias(struct ml_registry *registry, const char *name, const char *alias,
                              struct ml_error *err) __attribute__((warn_unused_result));

/* Removes one version, named as "banking@3". ML_ECONFLICT while an alias stands for it. */
bool ml_registry_delete(struct ml_registry *registry, const char *reference, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * Writes a version's bundle as a tar archive ("-": standard output), the same bytes every time.
 * Version number, threshold set here and aliases are the registry's and do not go along.
 */
bool ml_registry_export(const struct ml_registry *registry, const char *reference, const char *path,
                        struct ml_error *err) __attribute__((warn_unused_result));

/*
 * Publishes the bundle in such an archive ("-": standard input) as a new version of `name` (NULL:
 * the name it was exported from), after checking the archive, the digests and that the model loads.
 */
bool ml_registry_import(struct ml_registry *registry, const char *path, const char *name,
                        size_t *version, char name_out[65], struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * The same from a bundle's folder (model.json, SHA256SUMS and what that lists). When the newest
 * version is the same bundle already, that is the version, and nothing is published.
 */
bool ml_registry_import_folder(struct ml_registry *registry, const char *dir, const char *name,
                               size_t *version, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

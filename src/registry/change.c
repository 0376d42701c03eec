#include <stdlib.h>

#include "base/file.h"
#include "registry/lock.h"
#include "registry/registry.h"

/* Makes the folders, and their names durable: a version is no safer than the way to it. */
static bool make_folder(const struct ml_registry *registry, const char *dir, struct ml_error *err)
{
    if (!ml_dir_make(dir, err) || !ml_dir_sync(registry->root, err))
        return false;
    char *above = ml_path_join(registry->root, "..");
    struct ml_error ignored; /* it may well be unreadable to us */
    if (!ml_dir_sync(above, &ignored)) {
        /* then it was there before us */
    }
    free(above);
    return true;
}

bool ml_change_begin(struct ml_change *out, const struct ml_registry *registry, const char *name,
                     bool may_create, struct ml_error *err)
{
    struct ml_change change = {.dir = ml_registry_path(registry, name, 0)};
    if (may_create && !make_folder(registry, change.dir, err)) {
        free(change.dir);
        return false;
    }
    if (!ml_lock_take(&change.lock, change.dir, err)) {
        if (err->code == ML_ENOTFOUND)
            ml_fail(err, ML_ENOTFOUND, "no model '%s' in '%s'", name, registry->root);
        free(change.dir);
        return false;
    }
    if (!ml_state_load(&change.state, change.dir, err)) {
        ml_lock_release(change.lock);
        free(change.dir);
        return false;
    }
    *out = change;
    return true;
}

void ml_change_end(struct ml_change *change)
{
    ml_lock_release(change->lock);
    ml_state_release(&change->state);
    free(change->dir);
}

struct threshold {
    bool is_set;
    double value;
};

static bool change_threshold(struct ml_registry *registry, const char *reference,
                             struct threshold threshold, struct ml_error *err)
{
    struct ml_ref ref;
    struct ml_change change;
    if (!ml_ref_parse(&ref, reference, err) ||
        !ml_change_begin(&change, registry, ref.name, false, err))
        return false;
    struct ml_state_version *version = ml_registry_pick(registry, &change.state, &ref, err);
    bool ok = version != NULL;
    if (ok) {
        version->has_threshold = threshold.is_set;
        version->threshold = threshold.value;
        ok = ml_state_save(&change.state, change.dir, err);
    }
    ml_change_end(&change);
    return ok;
}

bool ml_registry_set_threshold(struct ml_registry *registry, const char *reference,
                               double threshold, struct ml_error *err)
{
    if (!(threshold >= 0 && threshold <= 1))
        return ml_fail(err, ML_EINPUT, "a threshold is a number from 0 to 1, which %g is not",
                       threshold);
    return change_threshold(registry, reference, (struct threshold){true, threshold}, err);
}

bool ml_registry_clear_threshold(struct ml_registry *registry, const char *reference,
                                 struct ml_error *err)
{
    return change_threshold(registry, reference, (struct threshold){0}, err);
}

static bool set_alias(struct ml_change *change, const struct ml_state_version *version,
                      const char *alias, struct ml_error *err)
{
    struct ml_state *state = &change->state;
    if (state->n_aliases >= ML_MAX_ALIASES && ml_state_find_alias(state, alias) == NULL)
        return ml_fail(err, ML_ELIMIT, "a model has at most %d aliases", (int)ML_MAX_ALIASES);
    ml_state_set_alias(state, alias, version->version);
    return ml_state_save(state, change->dir, err);
}

bool ml_registry_set_alias(struct ml_registry *registry, const char *reference, const char *alias,
                           struct ml_error *err)
{
    struct ml_ref ref;
    struct ml_change change;
    if (!ml_ref_parse(&ref, reference, err) || !ml_ref_check_alias(alias, err) ||
        !ml_change_begin(&change, registry, ref.name, false, err))
        return false;
    const struct ml_state_version *version = ml_registry_pick(registry, &change.state, &ref, err);
    bool ok = version != NULL && set_alias(&change, version, alias, err);
    ml_change_end(&change);
    return ok;
}

bool ml_registry_remove_alias(struct ml_registry *registry, const char *name, const char *alias,
                              struct ml_error *err)
{
    struct ml_change change;
    if (!ml_ref_check_name(name, err) || !ml_ref_check_alias(alias, err) ||
        !ml_change_begin(&change, registry, name, false, err))
        return false;
    bool ok = ml_state_find_alias(&change.state, alias) != NULL ||
              ml_fail(err, ML_ENOTFOUND, "model '%s' has no alias '%s'", name, alias);
    if (ok) {
        ml_state_remove_alias(&change.state, alias);
        ok = ml_state_save(&change.state, change.dir, err);
    }
    ml_change_end(&change);
    return ok;
}

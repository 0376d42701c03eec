/* The inside of struct ml_registry, and the frame around every change. */
#ifndef ML_REGISTRY_REGISTRY_H
#define ML_REGISTRY_REGISTRY_H

#include "ml/registry.h"
#include "registry/state.h"

/* Immutable, hence free to share. */
struct ml_registry {
    char *root; /* owned */
};

/* "root/name" or, for version > 0, "root/name/version", to be freed with free. */
char *ml_registry_path(const struct ml_registry *registry, const char *name, size_t version);

/* The version a reference means in this state, borrowed, or NULL and ML_ENOTFOUND. */
struct ml_state_version *ml_registry_pick(const struct ml_registry *registry,
                                          const struct ml_state *state, const struct ml_ref *ref,
                                          struct ml_error *err);

/* A model's folder, locked, and its state as of now. */
struct ml_change {
    char *dir; /* owned */
    int lock;
    struct ml_state state;
};

/* Creates the folder when may_create, else ML_ENOTFOUND without it. */
bool ml_change_begin(struct ml_change *out, const struct ml_registry *registry, const char *name,
                     bool may_create, struct ml_error *err) __attribute__((warn_unused_result));
/* Only after ml_change_begin succeeded. Saves nothing. */
void ml_change_end(struct ml_change *change);

#endif

/*
 * What is known about one model's versions: its folder and registry.json put together.
 *
 * The folder decides which versions exist, since a bundle appears and disappears by one rename;
 * registry.json adds what is said about them. A version it does not mention (a crash came between
 * the rename and the note) was created at its directory's mtime; a mention without a directory
 * counts for nothing, except that its number stays used.
 */
#ifndef ML_REGISTRY_STATE_H
#define ML_REGISTRY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "registry/ref.h"

enum {
    ML_STATE_FORMAT = 1,
    ML_MAX_STATE_BYTES = 4 * 1024 * 1024,
    ML_MAX_ALIASES = 1000, /* of one model */
    ML_CREATED_BYTES = 32,
};

struct ml_state_version {
    size_t version;
    char created[ML_CREATED_BYTES];
    bool has_threshold;
    double threshold;
    bool exists; /* has a directory; always true after ml_state_load */
};

struct ml_state_alias {
    char name[ML_NAME_BYTES];
    size_t version;
};

/* Zero-initialised is a model without versions. */
struct ml_state {
    size_t last_version;               /* highest number ever used, 0 for none */
    struct ml_state_version *versions; /* owned, ascending */
    size_t n_versions;
    size_t versions_capacity;
    struct ml_state_alias *aliases; /* owned, in the order of their bytes */
    size_t n_aliases;
    size_t aliases_capacity;
};

/* Reads the model folder `dir`; ML_ENOTFOUND without it, ML_EINPUT for a wrong registry.json. */
bool ml_state_load(struct ml_state *out, const char *dir, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Replaces dir/registry.json. Only under the lock. */
bool ml_state_save(const struct ml_state *state, const char *dir, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_state_release(struct ml_state *state);

/* Borrowed until the next change, or NULL. */
struct ml_state_version *ml_state_find(const struct ml_state *state, size_t version);
struct ml_state_alias *ml_state_find_alias(const struct ml_state *state, const char *name);

/* version must be above all others. */
struct ml_state_version *ml_state_add(struct ml_state *state, size_t version, time_t created);
void ml_state_remove(struct ml_state *state, size_t version);
/* At most ML_MAX_ALIASES, for the caller to see to. */
void ml_state_set_alias(struct ml_state *state, const char *name, size_t version);
void ml_state_remove_alias(struct ml_state *state, const char *name);

/* The text of registry.json, both ways. `path` stands in front of messages. */
bool ml_state_parse(struct ml_state *out, const char *text, size_t n, const char *path,
                    struct ml_error *err) __attribute__((warn_unused_result));
void ml_state_format(const struct ml_state *state, struct ml_strbuf *text);

#endif

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "registry/state.h"

/*
 *     {"format":1,"last_version":4,
 *      "versions":{"3":{"created":"2024-05-01T12:00:00Z","threshold":0.35}},
 *      "aliases":{"champion":3}}
 *
 * Anything else is refused rather than lost at the next change.
 */

static void format_version(const struct ml_state_version *version, struct ml_strbuf *text)
{
    ml_strbuf_addf(text, "%s\n    \"%zu\":{", text->bytes[text->length - 1] == '{' ? "" : ",",
                   version->version);
    ml_json_key_string(text, "created", version->created);
    if (version->has_threshold)
        ml_json_key_number(text, "threshold", version->threshold);
    ml_strbuf_addc(text, '}');
}

void ml_state_format(const struct ml_state *state, struct ml_strbuf *text)
{
    ml_strbuf_adds(text, "{");
    ml_json_key_count(text, "format", ML_STATE_FORMAT);
    ml_json_key_count(text, "last_version", state->last_version);
    ml_strbuf_adds(text, ",\n  \"versions\":{");
    for (size_t i = 0; i < state->n_versions; i++)
        format_version(&state->versions[i], text);
    ml_strbuf_adds(text, "},\n  \"aliases\":{");
    for (size_t i = 0; i < state->n_aliases; i++)
        ml_json_key_count(text, state->aliases[i].name, state->aliases[i].version);
    ml_strbuf_adds(text, "}}\n");
}

/* A whole number from 1 (from 0 if may_be_zero) to ML_MAX_VERSION. */
static bool read_number(size_t *out, const struct ml_json *value, bool may_be_zero)
{
    double x = ml_json_number(value);
    if (!(x >= (may_be_zero ? 0 : 1) && x <= ML_MAX_VERSION) || x != floor(x))
        return false;
    *out = (size_t)x;
    return true;
}

static bool read_created(char out[ML_CREATED_BYTES], const struct ml_json *value)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
    const char *s = ml_json_string(value);
    if (s == NULL || strlen(s) != sizeof(shape) - 1)
        return false;
    for (size_t i = 0; i < sizeof(shape) - 1; i++)
        if (shape[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
            return false;
    memcpy(out, s, sizeof(shape));
    return true;
}

static bool read_version(struct ml_state_version *out, const struct ml_json *value)
{
    struct ml_state_version version = {.version = ml_ref_version(ml_json_key(value))};
    if (version.version == 0 || ml_json_type(value) != ML_JSON_OBJECT)
        return false;
    for (const struct ml_json *m = ml_json_first(value); m != NULL; m = ml_json_next(m)) {
        const char *key = ml_json_key(m);
        if (strcmp(key, "created") == 0) {
            if (!read_created(version.created, m))
                return false;
        } else if (strcmp(key, "threshold") == 0) {
            version.threshold = ml_json_number(m);
            version.has_threshold = version.threshold >= 0 && version.threshold <= 1;
            if (!version.has_threshold)
                return false;
        } else {
            return false;
        }
    }
    *out = version;
    return version.created[0] != '\0';
}

static bool fail_member(const char *path, const struct ml_json *member, struct ml_error *err)
{
    char quoted[100];
    const char *key = ml_json_key(member);
    return ml_fail(err, ML_EINPUT, "%s: '%s' is not as it should be", path,
                   ml_quote(quoted, sizeof(quoted), key, strlen(key)));
}

static bool read_versions(struct ml_state *state, const struct ml_json *object, const char *path,
                          struct ml_error *err)
{
    size_t n = ml_json_count(object);
    state->versions = ml_xcalloc(n, sizeof(*state->versions));
    state->versions_capacity = n;
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m))
        if (!read_version(&state->versions[state->n_versions++], m))
            return fail_member(path, m, err);
    return true;
}

static bool read_aliases(struct ml_state *state, const struct ml_json *object, const char *path,
                         struct ml_error *err)
{
    if (ml_json_count(object) > ML_MAX_ALIASES)
        return ml_fail(err, ML_ELIMIT, "%s: more than %d aliases", path, (int)ML_MAX_ALIASES);
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m)) {
        const char *name = ml_json_key(m);
        size_t version;
        if (!ml_ref_is_alias(name, strlen(name)) || !read_number(&version, m, false))
            return fail_member(path, m, err);
        ml_state_set_alias(state, name, version);
    }
    return true;
}

static bool read_member(struct ml_state *state, const struct ml_json *m, const char *path,
                        struct ml_error *err)
{
    const char *key = ml_json_key(m);
    bool is_object = ml_json_type(m) == ML_JSON_OBJECT;
    size_t format;
    if (strcmp(key, "format") == 0 && read_number(&format, m, false))
        return format == ML_STATE_FORMAT ||
               ml_fail(err, ML_EUNSUPPORTED, "%s: format %zu, this program knows format %d", path,
                       format, (int)ML_STATE_FORMAT);
    if (strcmp(key, "last_version") == 0 && read_number(&state->last_version, m, true))
        return true;
    if (strcmp(key, "versions") == 0 && is_object)
        return read_versions(state, m, path, err);
    if (strcmp(key, "aliases") == 0 && is_object)
        return read_aliases(state, m, path, err);
    return fail_member(path, m, err);
}

static bool read_root(struct ml_state *state, const struct ml_json *root, const char *path,
                      struct ml_error *err)
{
    if (ml_json_type(root) != ML_JSON_OBJECT || ml_json_get(root, "format") == NULL)
        return ml_fail(err, ML_EINPUT, "%s: not an object with a 'format'", path);
    for (const struct ml_json *m = ml_json_first(root); m != NULL; m = ml_json_next(m))
        if (!read_member(state, m, path, err))
            return false;
    return true;
}

bool ml_state_parse(struct ml_state *out, const char *text, size_t n, const char *path,
                    struct ml_error *err)
{
    struct ml_json *root;
    if (!ml_json_parse(&root, text, n, path, err))
        return false;
    struct ml_state state = {0};
    bool ok = read_root(&state, root, path, err);
    ml_json_free(root);
    if (!ok) {
        ml_state_release(&state);
        return false;
    }
    /* A number that was given out once stays used, also if last_version was edited away. */
    for (size_t i = 0; i < state.n_versions; i++)
        if (state.versions[i].version > state.last_version)
            state.last_version = state.versions[i].version;
    *out = state;
    return true;
}

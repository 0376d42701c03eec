#include "serve/hosts.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

enum { MAX_STATE_BYTES = 16 * 1024 * 1024, MAX_ENDPOINTS = 1000 };

/* How a definition came to be. */
enum origin {
    FROM_REGISTRY,
    FROM_CONFIG,
    FROM_STATE,
};

struct definition {
    struct ml_endpoint_spec spec; /* only the name counts when deleted and not kept */
    enum origin origin;
    bool is_deleted; /* FROM_STATE only */
    bool is_kept;    /* deleted, but may be loaded again as it was */
};

/* Immutable list, sorted by name; swapped as a whole. */
struct table {
    struct ml_endpoint **endpoints; /* owned references */
    size_t n;
};

struct ml_hosts {
    struct ml_hosts_options options;
    char *state_path;               /* owned; NULL without a state folder */
    pthread_mutex_t change;         /* one change at a time; held while models load */
    struct definition *definitions; /* owned, sorted by name; under `change` */
    size_t n_definitions;
    size_t capacity;
    pthread_mutex_t lock; /* for `table`; held for a look only */
    struct table table;
};

static void release_table(struct table *t)
{
    ml_hosts_release(t->endpoints, t->n);
    *t = (struct table){0};
}

void ml_hosts_release(struct ml_endpoint **endpoints, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ml_endpoint_unref(endpoints[i]);
    free(endpoints);
}

static struct ml_endpoint *find_in(const struct table *t, const char *name)
{
    size_t low = 0;
    size_t high = t->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(t->endpoints[middle]->spec.name, name);
        if (order == 0)
            return t->endpoints[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct ml_endpoint *ml_hosts_find(struct ml_hosts *h, const char *name)
{
    pthread_mutex_lock(&h->lock);
    struct ml_endpoint *e = find_in(&h->table, name);
    if (e != NULL)
        ml_endpoint_ref(e);
    pthread_mutex_unlock(&h->lock);
    return e;
}

struct ml_endpoint *ml_hosts_default(struct ml_hosts *h)
{
    const char *name = h->options.config->default_endpoint;
    if (name != NULL)
        return ml_hosts_find(h, name);
    pthread_mutex_lock(&h->lock);
    struct ml_endpoint *e = h->table.n == 1 ? ml_endpoint_ref(h->table.endpoints[0]) : NULL;
    pthread_mutex_unlock(&h->lock);
    return e;
}

size_t ml_hosts_all(struct ml_hosts *h, struct ml_endpoint ***out)
{
    pthread_mutex_lock(&h->lock);
    size_t n = h->table.n;
    *out = ml_xcalloc(n, sizeof(**out));
    for (size_t i = 0; i < n; i++)
        (*out)[i] = ml_endpoint_ref(h->table.endpoints[i]);
    pthread_mutex_unlock(&h->lock);
    return n;
}

static struct definition *find_definition(const struct ml_hosts *h, const char *name)
{
    for (size_t i = 0; i < h->n_definitions; i++)
        if (strcmp(h->definitions[i].spec.name, name) == 0)
            return &h->definitions[i];
    return NULL;
}

/* Puts a definition in its place, or replaces the one of that name. */
static void set_definition(struct ml_hosts *h, const struct definition *d)
{
    struct definition *old = find_definition(h, d->spec.name);
    if (old != NULL) {
        *old = *d;
        return;
    }
    h->definitions =
        ml_grow(h->definitions, h->n_definitions, &h->capacity, sizeof(*h->definitions));
    size_t at = h->n_definitions++;
    for (; at > 0 && strcmp(h->definitions[at - 1].spec.name, d->spec.name) > 0; at--)
        h->definitions[at] = h->definitions[at - 1];
    h->definitions[at] = *d;
}

static void drop_definition(struct ml_hosts *h, const char *name)
{
    struct definition *d = find_definition(h, name);
    if (d == NULL)
        return;
    size_t at = (size_t)(d - h->definitions);
    memmove(d, d + 1, (h->n_definitions - at - 1) * sizeof(*d));
    h->n_definitions--;
}

static bool read_definitions(struct ml_hosts *h, const struct ml_json *object, enum origin origin,
                             const char *where, struct ml_error *err)
{
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m)) {
        struct definition d = {.origin = origin};
        const char *name = ml_json_key(m);
        char quoted[80];
        ml_quote(quoted, sizeof(quoted), name, strlen(name));
        if (!ml_spec_is_name(name, strlen(name)))
            return ml_fail(err, ML_EINPUT, "%s: not an endpoint's name: '%s'", where, quoted);
        if (h->n_definitions == MAX_ENDPOINTS)
            return ml_fail(err, ML_ELIMIT, "%s: more than %d endpoints", where, (int)MAX_ENDPOINTS);
        d.is_deleted = origin == FROM_STATE && ml_json_type(m) == ML_JSON_NULL;
        if (d.is_deleted)
            memcpy(d.spec.name, name, strlen(name) + 1);
        else if (!ml_spec_read(&d.spec, name, m, NULL, err))
            return ml_fail_context(err, "%s: endpoint '%s'", where, quoted);
        set_definition(h, &d);
    }
    return true;
}

static bool read_unloaded(struct ml_hosts *h, const struct ml_json *object, struct ml_error *err)
{
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m)) {
        struct definition *d = find_definition(h, ml_json_key(m));
        if (d == NULL || !d->is_deleted)
            continue;
        if (!ml_spec_read(&d->spec, ml_json_key(m), m, NULL, err))
            return ml_fail_context(err, "%s: unloaded", h->state_path);
        d->is_kept = true;
    }
    return true;
}

static bool read_state(struct ml_hosts *h, struct ml_error *err)
{
    struct ml_strbuf text = {0};
    struct ml_error why;
    struct ml_json *root = NULL;
    if (h->state_path == NULL)
        return true;
    if (!ml_file_read_all(&text, h->state_path, MAX_STATE_BYTES, &why)) {
        ml_strbuf_release(&text);
        if (why.code == ML_ENOTFOUND)
            return true;
        *err = why;
        return false;
    }
    bool ok = ml_json_parse(&root, text.bytes != NULL ? text.bytes : "", text.length, h->state_path,
                            err) &&
              read_definitions(h, ml_json_get(root, "endpoints"), FROM_STATE, h->state_path, err) &&
              read_unloaded(h, ml_json_get(root, "unloaded"), err);
    ml_json_free(root);
    ml_strbuf_release(&text);
    return ok;
}

static void write_definition(struct ml_strbuf *text, const struct ml_endpoint_spec *spec)
{
    ml_json_add_comma(text);
    ml_strbuf_addc(text, '\n');
    ml_json_adds(text, spec->name);
    ml_strbuf_adds(text, ":{");
    ml_spec_write(text, spec);
    ml_strbuf_addc(text, '}');
}

static void write_deleted(struct ml_strbuf *text, const char *name)
{
    ml_json_add_comma(text);
    ml_strbuf_addc(text, '\n');
    ml_json_adds(text, name);
    ml_strbuf_adds(text, ":null");
}

static bool save_state(const struct ml_hosts *h, struct ml_error *err)
{
    if (h->state_path == NULL)
        return ml_fail(err, ML_EUNSUPPORTED, "there is no state folder");
    struct ml_strbuf text = {0};
    ml_strbuf_adds(&text, "{\"endpoints\":{");
    for (size_t i = 0; i < h->n_definitions; i++) {
        const struct definition *d = &h->definitions[i];
        if (d->origin == FROM_STATE && d->is_deleted)
            write_deleted(&text, d->spec.name);
        else if (d->origin == FROM_STATE)
            write_definition(&text, &d->spec);
    }
    ml_strbuf_adds(&text, "\n},\"unloaded\":{");
    for (size_t i = 0; i < h->n_definitions; i++)
        if (h->definitions[i].is_kept)
            write_definition(&text, &h->definitions[i].spec);
    ml_strbuf_adds(&text, "\n}}\n");
    bool ok = ml_file_replace(h->state_path, text.bytes, text.length, err);
    ml_strbuf_release(&text);
    return ok;
}

static bool is_served_by_itself(const struct ml_hosts *h, const char *model)
{
    return h->options.is_left_out == NULL || !h->options.is_left_out(h->options.ctx, model);
}

/* Every model of the registry that nothing else defines; those that are gone go. */
static void define_models(struct ml_hosts *h)
{
    struct ml_version_info *list = NULL;
    size_t n = 0;
    struct ml_error err;
    if (h->options.config->endpoints != NULL)
        return;
    if (!ml_registry_list(h->options.registry, NULL, &list, &n, &err)) {
        ml_log(h->options.log, ML_LOG_ERROR, "registry not readable", {"error", err.msg});
        return;
    }
    for (size_t i = h->n_definitions; i-- > 0;) {
        bool is_there = h->definitions[i].origin != FROM_REGISTRY;
        for (size_t k = 0; k < n && !is_there; k++)
            is_there = strcmp(list[k].name, h->definitions[i].spec.name) == 0 &&
                       is_served_by_itself(h, list[k].name);
        if (!is_there)
            drop_definition(h, h->definitions[i].spec.name);
    }
    for (size_t k = 0; k < n && h->n_definitions < MAX_ENDPOINTS; k++) {
        struct definition d = {.origin = FROM_REGISTRY};
        if (find_definition(h, list[k].name) != NULL || !is_served_by_itself(h, list[k].name))
            continue;
        ml_spec_of_model(&d.spec, list[k].name);
        set_definition(h, &d);
    }
    ml_registry_list_free(list, n);
}

static struct ml_endpoint_maker make_maker(const struct ml_hosts *h)
{
    return (struct ml_endpoint_maker){
        .registry = h->options.registry,
        .metrics = h->options.metrics,
        .store = h->options.store,
        .log = h->options.log,
        .old = h->table.endpoints,
        .n_old = h->table.n,
    };
}

static void swap_table(struct ml_hosts *h, struct table *table)
{
    pthread_mutex_lock(&h->lock);
    struct table old = h->table;
    h->table = *table;
    pthread_mutex_unlock(&h->lock);
    release_table(&old);
}

/*
 * Makes the table that the definitions ask for. Endpoints whose definition and versions are what
 * they were are taken over. fresh: one that was made already (a reference is taken), or NULL.
 */
static size_t rebuild(struct ml_hosts *h, struct ml_endpoint *fresh)
{
    struct table t = {.endpoints = ml_xcalloc(h->n_definitions, sizeof(*t.endpoints))};
    struct ml_endpoint_maker maker = make_maker(h);
    size_t n_changed = 0;
    for (size_t i = 0; i < h->n_definitions; i++) {
        const struct definition *d = &h->definitions[i];
        if (d->is_deleted)
            continue;
        struct ml_endpoint *old = find_in(&h->table, d->spec.name);
        bool same = old != NULL && memcmp(&old->spec, &d->spec, sizeof(d->spec)) == 0;
        struct ml_endpoint *e = NULL;
        struct ml_error err;
        if (fresh != NULL && strcmp(fresh->spec.name, d->spec.name) == 0)
            e = ml_endpoint_ref(fresh);
        else if (same && (fresh != NULL || ml_endpoint_is_current(old, h->options.registry)))
            e = ml_endpoint_ref(old);
        else if (ml_endpoint_make(&e, &maker, &d->spec, old, false, &err))
            n_changed++;
        if (e != NULL)
            t.endpoints[t.n++] = e;
    }
    swap_table(h, &t);
    return n_changed;
}

bool ml_hosts_open(struct ml_hosts **out, const struct ml_hosts_options *options,
                   struct ml_error *err)
{
    struct ml_hosts *h = ml_xcalloc(1, sizeof(*h));
    h->options = *options;
    pthread_mutex_init(&h->change, NULL);
    pthread_mutex_init(&h->lock, NULL);
    if (options->state_dir != NULL)
        h->state_path = ml_path_join(options->state_dir, "endpoints.json");
    if (!read_definitions(h, options->config->endpoints, FROM_CONFIG, options->config->path, err) ||
        !read_state(h, err)) {
        ml_hosts_close(h);
        return false;
    }
    define_models(h);
    rebuild(h, NULL);
    *out = h;
    return true;
}

void ml_hosts_close(struct ml_hosts *h)
{
    if (h == NULL)
        return;
    release_table(&h->table);
    free(h->definitions);
    free(h->state_path);
    pthread_mutex_destroy(&h->change);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

/* Saves the definitions with one changed, or puts the old one back. */
static bool save_change(struct ml_hosts *h, const struct definition *d, struct ml_error *err)
{
    struct definition *old = find_definition(h, d->spec.name);
    bool had = old != NULL;
    struct definition before = {0};
    if (had)
        before = *old;
    set_definition(h, d);
    if (save_state(h, err))
        return true;
    if (had)
        set_definition(h, &before);
    else
        drop_definition(h, d->spec.name);
    return false;
}

/* Loads, saves, shows. */
static bool apply(struct ml_hosts *h, const struct definition *d, struct ml_error *err)
{
    struct ml_endpoint_maker maker = make_maker(h);
    struct ml_endpoint *fresh;
    if (!ml_endpoint_make(&fresh, &maker, &d->spec, find_in(&h->table, d->spec.name), true, err))
        return false;
    bool ok = save_change(h, d, err);
    if (ok)
        rebuild(h, fresh);
    ml_endpoint_unref(fresh);
    return ok;
}

static bool put(struct ml_hosts *h, const char *name, const struct ml_json *definition,
                bool is_patch, bool *created, struct ml_error *err)
{
    struct definition d = {.origin = FROM_STATE};
    const struct definition *old = find_definition(h, name);
    bool exists = old != NULL && !old->is_deleted;
    if (is_patch && !exists)
        return ml_fail(err, ML_ENOTFOUND, "no endpoint is named '%s'", name);
    if (!exists && h->n_definitions >= MAX_ENDPOINTS)
        return ml_fail(err, ML_ELIMIT, "more than %d endpoints", (int)MAX_ENDPOINTS);
    if (!ml_spec_read(&d.spec, name, definition, is_patch ? &old->spec : NULL, err))
        return false;
    *created = !exists;
    return apply(h, &d, err);
}

bool ml_hosts_put(struct ml_hosts *h, const char *name, const struct ml_json *definition,
                  bool is_patch, bool *created, struct ml_error *err)
{
    pthread_mutex_lock(&h->change);
    bool ok = put(h, name, definition, is_patch, created, err);
    pthread_mutex_unlock(&h->change);
    return ok;
}

/* A definition from elsewhere would come back at the next start: its deletion is remembered. */
static bool delete_endpoint(struct ml_hosts *h, const char *name, bool is_kept,
                            struct ml_error *err)
{
    const struct definition *old = find_definition(h, name);
    if (old == NULL || old->is_deleted)
        return ml_fail(err, ML_ENOTFOUND, "no endpoint is named '%s'", name);
    struct definition d = {.origin = FROM_STATE, .is_deleted = true, .is_kept = is_kept};
    if (is_kept)
        d.spec = old->spec;
    else
        memcpy(d.spec.name, old->spec.name, sizeof(d.spec.name));
    if (!save_change(h, &d, err))
        return false;
    rebuild(h, h->table.n > 0 ? h->table.endpoints[0] : NULL);
    return true;
}

bool ml_hosts_delete(struct ml_hosts *h, const char *name, struct ml_error *err)
{
    pthread_mutex_lock(&h->change);
    bool ok = delete_endpoint(h, name, false, err);
    pthread_mutex_unlock(&h->change);
    return ok;
}

bool ml_hosts_unload(struct ml_hosts *h, const char *name, struct ml_error *err)
{
    pthread_mutex_lock(&h->change);
    bool ok = delete_endpoint(h, name, true, err);
    pthread_mutex_unlock(&h->change);
    return ok;
}

static bool load(struct ml_hosts *h, const char *name, struct ml_error *err)
{
    struct definition *old = find_definition(h, name);
    if (old == NULL || !old->is_kept)
        return ml_fail(err, ML_ENOTFOUND, "no endpoint '%s' was unloaded", name);
    struct definition d = {.spec = old->spec, .origin = FROM_STATE};
    return apply(h, &d, err);
}

bool ml_hosts_load(struct ml_hosts *h, const char *name, struct ml_error *err)
{
    pthread_mutex_lock(&h->change);
    bool ok = load(h, name, err);
    pthread_mutex_unlock(&h->change);
    return ok;
}

size_t ml_hosts_refresh(struct ml_hosts *h, size_t *n_failed)
{
    pthread_mutex_lock(&h->change);
    define_models(h);
    size_t n_changed = rebuild(h, NULL);
    *n_failed = 0;
    for (size_t i = 0; i < h->table.n; i++)
        *n_failed += h->table.endpoints[i]->problem[0] != '\0';
    pthread_mutex_unlock(&h->change);
    return n_changed;
}

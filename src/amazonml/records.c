#include "amazonml/records.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/dict.h"
#include "base/file.h"
#include "base/lockfile.h"

enum { MAX_FILE_BYTES = 4 * 1024 * 1024 };

static const char *const folders[ML_AML_N_KINDS] = {
    [ML_AML_DATA_SOURCE] = "datasources",
    [ML_AML_MODEL] = "models",
    [ML_AML_EVALUATION] = "evaluations",
    [ML_AML_BATCH] = "batchpredictions",
};

struct shelf {
    char *folder;                /* owned */
    struct ml_dict ids;          /* number of an id: its place in list */
    struct ml_aml_entity **list; /* owned, and what is in it */
    size_t n;
    size_t capacity;
};

struct ml_aml_records {
    struct shelf shelves[ML_AML_N_KINDS];
    struct ml_dict names;  /* of all models in our registry */
    pthread_rwlock_t lock; /* of ids, list and names, held for a look or an addition */
    double sequence;       /* highest so far */
    int lock_fd;           /* of the folder; -1: not ours */
    bool is_read_only;
};

static char *path_of(const struct shelf *s, const char *id)
{
    struct ml_strbuf name = {0};
    if (id[0] == '.' || id[0] == '-')
        ml_strbuf_addf(&name, "%s%s.json", id[0] == '.' ? "%2E" : "%2D", id + 1);
    else
        ml_strbuf_addf(&name, "%s.json", id);
    char *path = ml_path_join(s->folder, name.bytes);
    ml_strbuf_release(&name);
    return path;
}

static void put(struct ml_aml_records *r, struct ml_aml_entity *e)
{
    struct shelf *s = &r->shelves[e->kind];
    char name[ML_AML_ID_BYTES];
    ml_aml_registry_name(name, e->id);
    pthread_rwlock_wrlock(&r->lock);
    s->list = ml_grow(s->list, s->n, &s->capacity, sizeof(struct ml_aml_entity *));
    s->list[s->n++] = e;
    (void)ml_dict_add(&s->ids, e->id, strlen(e->id));
    if (e->kind == ML_AML_MODEL)
        (void)ml_dict_add(&r->names, name, strlen(name));
    pthread_rwlock_unlock(&r->lock);
    if (e->number[ML_AML_SEQUENCE] > r->sequence)
        r->sequence = e->number[ML_AML_SEQUENCE];
}

static bool read_file(struct ml_aml_entity **out, enum ml_aml_kind kind, const char *path,
                      struct ml_error *err)
{
    struct ml_strbuf text = {0};
    bool ok =
        ml_file_read_all(&text, path, MAX_FILE_BYTES, err) &&
        ml_aml_entity_read(out, kind, text.bytes != NULL ? text.bytes : "", text.length, path, err);
    ml_strbuf_release(&text);
    return ok;
}

/* A file of another name than its entity's is a copy that somebody made: refused, not guessed at.
 */
static bool load(struct ml_aml_entity **out, struct ml_aml_records *r, enum ml_aml_kind kind,
                 const char *name, struct ml_error *err)
{
    struct shelf *s = &r->shelves[kind];
    struct ml_aml_entity *e = NULL;
    char *path = ml_path_join(s->folder, name);
    bool ok = read_file(&e, kind, path, err);
    if (ok) {
        char *right = path_of(s, e->id);
        if (strcmp(right, path) != 0) {
            ok = ml_fail(err, ML_EINPUT, "%s: is about '%s'", path, e->id);
            ml_aml_entity_free(e);
        }
        free(right);
    }
    free(path);
    if (ok)
        *out = e;
    return ok;
}

static int by_sequence(const void *a, const void *b)
{
    double x = (*(struct ml_aml_entity *const *)a)->number[ML_AML_SEQUENCE];
    double y = (*(struct ml_aml_entity *const *)b)->number[ML_AML_SEQUENCE];
    return (x > y) - (x < y);
}

static bool is_record(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".json") == 0;
}

/* What a process that was killed was writing (base/file.c); nobody else does under the lock. */
static bool is_unfinished(const char *name)
{
    return name[0] == '.' && strstr(name, ".json.tmp-") != NULL;
}

static bool load_shelf(struct ml_aml_records *r, enum ml_aml_kind kind, struct ml_error *err)
{
    struct ml_aml_entity **found = NULL;
    size_t n = 0;
    size_t capacity = 0;
    bool ok = true;
    DIR *dir = opendir(r->shelves[kind].folder);
    if (dir == NULL && errno == ENOENT && r->is_read_only)
        return true;
    if (dir == NULL)
        return ml_fail_errno(err, "open", r->shelves[kind].folder);
    for (struct dirent *d = readdir(dir); ok && d != NULL; d = readdir(dir)) {
        if (is_unfinished(d->d_name) && !r->is_read_only)
            unlinkat(dirfd(dir), d->d_name, 0);
        if (!is_record(d->d_name))
            continue;
        found = ml_grow(found, n, &capacity, sizeof(struct ml_aml_entity *));
        ok = load(&found[n], r, kind, d->d_name, err);
        n += ok;
    }
    closedir(dir);
    if (n > 0)
        qsort(found, n, sizeof(struct ml_aml_entity *), by_sequence);
    for (size_t i = 0; i < n; i++)
        put(r, found[i]); /* after a failure too: they are freed with the rest */
    free(found);
    return ok;
}

static bool open_records(struct ml_aml_records **out, const char *folder, bool is_read_only,
                         struct ml_error *err)
{
    struct ml_aml_records *r = ml_xcalloc(1, sizeof(*r));
    pthread_rwlock_init(&r->lock, NULL);
    r->lock_fd = -1;
    r->is_read_only = is_read_only;
    bool ok = is_read_only || (ml_dir_make(folder, err) &&
                               ml_lockfile_take(&r->lock_fd, folder, ".lock", "mlserved", err));
    for (size_t k = 0; ok && k < ML_AML_N_KINDS; k++) {
        r->shelves[k].folder = ml_path_join(folder, folders[k]);
        ok = (is_read_only || ml_dir_make(r->shelves[k].folder, err)) &&
             load_shelf(r, (enum ml_aml_kind)k, err);
    }
    if (!ok) {
        ml_aml_records_close(r);
        return false;
    }
    *out = r;
    return true;
}

bool ml_aml_records_open(struct ml_aml_records **out, const char *folder, struct ml_error *err)
{
    return open_records(out, folder, false, err);
}

bool ml_aml_records_read(struct ml_aml_records **out, const char *folder, struct ml_error *err)
{
    return open_records(out, folder, true, err);
}

void ml_aml_records_close(struct ml_aml_records *r)
{
    if (r == NULL)
        return;
    for (size_t k = 0; k < ML_AML_N_KINDS; k++) {
        struct shelf *s = &r->shelves[k];
        for (size_t i = 0; i < s->n; i++)
            ml_aml_entity_free(s->list[i]);
        free(s->list);
        free(s->folder);
        ml_dict_release(&s->ids);
    }
    ml_dict_release(&r->names);
    pthread_rwlock_destroy(&r->lock);
    if (r->lock_fd >= 0)
        close(r->lock_fd);
    free(r);
}

struct ml_aml_entity *ml_aml_records_find(struct ml_aml_records *r, enum ml_aml_kind kind,
                                          const char *id)
{
    const struct shelf *s = &r->shelves[kind];
    pthread_rwlock_rdlock(&r->lock);
    uint32_t i = ml_dict_find(&s->ids, id, strlen(id));
    struct ml_aml_entity *e = i != ML_DICT_NONE ? s->list[i] : NULL;
    pthread_rwlock_unlock(&r->lock);
    return e;
}

bool ml_aml_records_own(struct ml_aml_records *r, const char *registry_name)
{
    pthread_rwlock_rdlock(&r->lock);
    bool is_own = ml_dict_find(&r->names, registry_name, strlen(registry_name)) != ML_DICT_NONE;
    pthread_rwlock_unlock(&r->lock);
    return is_own;
}

struct ml_aml_entity *const *ml_aml_records_all(const struct ml_aml_records *r,
                                                enum ml_aml_kind kind, size_t *n)
{
    *n = r->shelves[kind].n;
    return r->shelves[kind].list;
}

bool ml_aml_records_save(struct ml_aml_records *r, const struct ml_aml_entity *e,
                         struct ml_error *err)
{
    struct ml_strbuf text = {0};
    char *path = path_of(&r->shelves[e->kind], e->id);
    ml_aml_entity_write(&text, e);
    bool ok = ml_file_replace(path, text.bytes, text.length, err);
    free(path);
    ml_strbuf_release(&text);
    return ok;
}

bool ml_aml_records_add(struct ml_aml_records *r, struct ml_aml_entity *e, struct ml_error *err)
{
    if (r->shelves[e->kind].n >= ML_AML_MAX_ENTITIES)
        return ml_fail(err, ML_ELIMIT, "there are %d of them already", (int)ML_AML_MAX_ENTITIES);
    e->number[ML_AML_SEQUENCE] = r->sequence + 1.0;
    if (!ml_aml_records_save(r, e, err))
        return false;
    put(r, e);
    return true;
}

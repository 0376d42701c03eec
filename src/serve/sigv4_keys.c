#include "serve/sigv4_keys.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "serve/secret_file.h"
#include "serve/sigv4.h"

struct key {
    char id[ML_MAX_KEY_ID_BYTES + 1];
    char secret[ML_MAX_KEY_SECRET_BYTES + 1];
    unsigned scopes;
};

struct key_list {
    struct key *keys; /* owned; ML_MAX_KEYS of them, so that none is ever moved */
    size_t n;
};

struct ml_sigv4_keys {
    char *path; /* owned */
    pthread_rwlock_t lock;
    struct key_list list;
};

static void release(struct key_list *list)
{
    if (list->keys != NULL)
        ml_wipe(list->keys, list->n * sizeof(*list->keys));
    free(list->keys);
    *list = (struct key_list){0};
}

static const struct key *find(const struct key_list *list, const char *id)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->keys[i].id, id) == 0)
            return &list->keys[i];
    return NULL;
}

static bool is_id(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool plain = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
                     (s[i] >= '0' && s[i] <= '9');
        if (!plain && s[i] != '_' && s[i] != '-' && s[i] != '.')
            return false;
    }
    return n >= ML_MIN_KEY_ID_BYTES && n <= ML_MAX_KEY_ID_BYTES;
}

static bool is_secret(const char *s, size_t n)
{
    return n >= ML_MIN_KEY_SECRET_BYTES && n <= ML_MAX_KEY_SECRET_BYTES &&
           ml_secret_is_visible(s, n);
}

static bool take_key(void *ctx, const struct ml_secret_line *line, struct ml_error *err)
{
    struct key_list *list = ctx;
    const char *end = line->words + line->n;
    size_t id = 0;
    while (id < line->n && line->words[id] != ' ' && line->words[id] != '\t')
        id++;
    const char *secret = line->words + id;
    while (secret < end && (*secret == ' ' || *secret == '\t'))
        secret++;
    size_t n = (size_t)(end - secret);
    if (list->n == ML_MAX_KEYS)
        return ml_fail(err, ML_ELIMIT, "more than %d keys", (int)ML_MAX_KEYS);
    if (line->scopes == 0 || !is_id(line->words, id) || !is_secret(secret, n))
        return ml_fail(err, ML_EINPUT,
                       "not 'predict KEY-ID SECRET' or 'admin KEY-ID SECRET' with 3 to 128 "
                       "letters, digits, '_', '-' or '.' and 16 to 512 visible characters");
    struct key *to = &list->keys[list->n];
    memcpy(to->id, line->words, id);
    if (find(list, to->id) != NULL) {
        memset(to->id, 0, id);
        return ml_fail(err, ML_EINPUT, "a key id that was there before");
    }
    memcpy(to->secret, secret, n);
    to->scopes = line->scopes;
    list->n++;
    return true;
}

bool ml_sigv4_keys_reload(struct ml_sigv4_keys *keys, struct ml_error *err)
{
    struct key_list list = {.keys = ml_xcalloc(ML_MAX_KEYS, sizeof(*list.keys))};
    bool ok = ml_secret_file_read(keys->path, take_key, &list, err);
    if (ok && list.n == 0)
        ok = ml_fail(err, ML_EINPUT, "%s: no key in it", keys->path);
    if (ok) {
        pthread_rwlock_wrlock(&keys->lock);
        struct key_list old = keys->list;
        keys->list = list;
        pthread_rwlock_unlock(&keys->lock);
        list = old;
    }
    release(&list);
    return ok;
}

bool ml_sigv4_keys_open(struct ml_sigv4_keys **out, const char *path, struct ml_error *err)
{
    struct ml_sigv4_keys *keys = ml_xcalloc(1, sizeof(*keys));
    pthread_rwlock_init(&keys->lock, NULL);
    keys->path = ml_xstrdup(path);
    if (!ml_sigv4_keys_reload(keys, err)) {
        ml_sigv4_keys_close(keys);
        return false;
    }
    *out = keys;
    return true;
}

void ml_sigv4_keys_close(struct ml_sigv4_keys *keys)
{
    if (keys == NULL)
        return;
    pthread_rwlock_destroy(&keys->lock);
    release(&keys->list);
    free(keys->path);
    free(keys);
}

unsigned ml_sigv4_keys_find(struct ml_sigv4_keys *keys, const char *key_id,
                            char secret[ML_MAX_KEY_SECRET_BYTES + 1])
{
    pthread_rwlock_rdlock(&keys->lock);
    const struct key *key = find(&keys->list, key_id);
    unsigned scopes = key != NULL ? key->scopes : 0;
    if (key != NULL && secret != NULL)
        memcpy(secret, key->secret, sizeof(key->secret));
    pthread_rwlock_unlock(&keys->lock);
    return scopes;
}

#include "serve/auth.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "serve/exchange.h"
#include "serve/secret_file.h"

struct token {
    char digest[ML_DIGEST_HEX];
    unsigned scopes;
};

struct ml_auth {
    char *path;     /* owned; NULL: no tokens */
    bool is_closed; /* without tokens: nobody comes in by one */
    pthread_rwlock_t lock;
    struct token *tokens; /* owned */
    size_t n_tokens;
};

struct token_list {
    struct token *tokens;
    size_t n;
};

static bool take_token(void *ctx, const struct ml_secret_line *line, struct ml_error *err)
{
    struct token_list *list = ctx;
    if (list->n == ML_MAX_TOKENS)
        return ml_fail(err, ML_ELIMIT, "more than %d tokens", (int)ML_MAX_TOKENS);
    if (line->scopes == 0 || !ml_secret_is_visible(line->words, line->n) ||
        line->n < ML_MIN_TOKEN_BYTES || line->n > ML_MAX_TOKEN_BYTES)
        return ml_fail(err, ML_EINPUT,
                       "not 'predict TOKEN' or 'admin TOKEN' with 16 to 512 visible characters");
    struct token *to = &list->tokens[list->n++];
    to->scopes = line->scopes;
    ml_digest_of(line->words, line->n, to->digest);
    return true;
}

static bool read_tokens(struct token **out, size_t *n_out, const char *path, struct ml_error *err)
{
    struct token_list list = {.tokens = ml_xcalloc(ML_MAX_TOKENS, sizeof(*list.tokens))};
    bool ok = ml_secret_file_read(path, take_token, &list, err);
    if (ok && list.n == 0)
        ok = ml_fail(err, ML_EINPUT, "%s: no token in it", path);
    if (!ok) {
        free(list.tokens);
        return false;
    }
    *out = list.tokens;
    *n_out = list.n;
    return true;
}

bool ml_auth_reload(struct ml_auth *auth, struct ml_error *err)
{
    struct token *tokens = NULL;
    size_t n = 0;
    if (auth->path == NULL)
        return true;
    if (!read_tokens(&tokens, &n, auth->path, err))
        return false;
    pthread_rwlock_wrlock(&auth->lock);
    free(auth->tokens);
    auth->tokens = tokens;
    auth->n_tokens = n;
    pthread_rwlock_unlock(&auth->lock);
    return true;
}

bool ml_auth_open(struct ml_auth **out, const char *path, struct ml_error *err)
{
    struct ml_auth *auth = ml_xcalloc(1, sizeof(*auth));
    pthread_rwlock_init(&auth->lock, NULL);
    auth->path = path != NULL ? ml_xstrdup(path) : NULL;
    if (!ml_auth_reload(auth, err)) {
        ml_auth_close(auth);
        return false;
    }
    *out = auth;
    return true;
}

void ml_auth_close(struct ml_auth *auth)
{
    if (auth == NULL)
        return;
    pthread_rwlock_destroy(&auth->lock);
    free(auth->tokens);
    free(auth->path);
    free(auth);
}

bool ml_auth_is_open(const struct ml_auth *auth)
{
    return auth->path == NULL && !auth->is_closed;
}

void ml_auth_close_to_strangers(struct ml_auth *auth)
{
    auth->is_closed = true;
}

unsigned ml_auth_scopes(struct ml_auth *auth, const char *authorization)
{
    if (ml_auth_is_open(auth))
        return ML_SCOPE_PREDICT | ML_SCOPE_ADMIN;
    if (authorization == NULL || strncasecmp(authorization, "bearer ", 7) != 0)
        return 0;
    const char *token = authorization + 7;
    size_t n = strlen(token);
    if (n > ML_MAX_TOKEN_BYTES)
        return 0;
    char digest[ML_DIGEST_HEX];
    ml_digest_of(token, n, digest);
    unsigned scopes = 0;
    pthread_rwlock_rdlock(&auth->lock);
    for (size_t i = 0; i < auth->n_tokens; i++)
        scopes |= (0u - (unsigned)ml_digest_is_equal(digest, auth->tokens[i].digest)) &
                  auth->tokens[i].scopes;
    pthread_rwlock_unlock(&auth->lock);
    return scopes;
}

#include "serve/auth.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/file.h"
#include "serve/exchange.h"

enum { MAX_FILE_BYTES = 1024 * 1024 };

struct token {
    char digest[ML_DIGEST_HEX];
    unsigned scopes;
};

struct ml_auth {
    char *path; /* owned; NULL: open to all */
    pthread_rwlock_t lock;
    struct token *tokens; /* owned */
    size_t n_tokens;
};

static bool is_visible(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] <= ' ' || s[i] > '~')
            return false;
    return true;
}

static bool read_line(struct token *out, const char *line, size_t n)
{
    size_t role = 0;
    while (role < n && line[role] != ' ' && line[role] != '\t')
        role++;
    const char *blank = line + role;
    const char *token = blank;
    while (token < line + n && (*token == ' ' || *token == '\t'))
        token++;
    size_t bytes = (size_t)(line + n - token);
    if (role == 5 && memcmp(line, "admin", 5) == 0)
        out->scopes = ML_SCOPE_PREDICT | ML_SCOPE_ADMIN;
    else if (role == 7 && memcmp(line, "predict", 7) == 0)
        out->scopes = ML_SCOPE_PREDICT;
    else
        return false;
    if (!is_visible(token, bytes) || bytes < ML_MIN_TOKEN_BYTES || bytes > ML_MAX_TOKEN_BYTES)
        return false;
    ml_digest_of(token, bytes, out->digest);
    return true;
}

/* One line without its end; messages never repeat it: it is a secret. */
static bool read_token(struct token *tokens, size_t *n, const char *s, size_t bytes,
                       const char *path, size_t line, struct ml_error *err)
{
    while (bytes > 0 && (s[bytes - 1] == '\r' || s[bytes - 1] == ' '))
        bytes--;
    if (bytes == 0 || s[0] == '#')
        return true;
    if (*n == ML_MAX_TOKENS)
        return ml_fail(err, ML_ELIMIT, "%s:%zu: more than %d tokens", path, line,
                       (int)ML_MAX_TOKENS);
    return read_line(&tokens[(*n)++], s, bytes) ||
           ml_fail(err, ML_EINPUT,
                   "%s:%zu: not 'predict TOKEN' or 'admin TOKEN' with 16 to 512 visible characters",
                   path, line);
}

static bool read_tokens(struct token **out, size_t *n_out, const char *path, struct ml_error *err)
{
    struct ml_strbuf text = {0};
    if (!ml_file_read_all(&text, path, MAX_FILE_BYTES, err))
        return false;
    struct token *tokens = ml_xcalloc(ML_MAX_TOKENS, sizeof(*tokens));
    size_t n = 0;
    size_t line = 0;
    bool ok = true;
    for (size_t at = 0; ok && at < text.length;) {
        const char *s = text.bytes + at;
        const char *end = memchr(s, '\n', text.length - at);
        size_t bytes = end != NULL ? (size_t)(end - s) : text.length - at;
        at += bytes + 1;
        ok = read_token(tokens, &n, s, bytes, path, ++line, err);
    }
    if (ok && n == 0)
        ok = ml_fail(err, ML_EINPUT, "%s: no token in it", path);
    if (text.bytes != NULL)
        memset(text.bytes, 0, text.length);
    ml_strbuf_release(&text);
    if (!ok) {
        free(tokens);
        return false;
    }
    *out = tokens;
    *n_out = n;
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
    return auth->path == NULL;
}

/* 1 when equal, in a time that does not depend on where they differ. */
static unsigned is_equal(const char *a, const char *b)
{
    unsigned difference = 0;
    for (size_t i = 0; i < ML_DIGEST_HEX; i++)
        difference |= (unsigned)(unsigned char)a[i] ^ (unsigned char)b[i];
    return ((difference - 1) >> 8) & 1;
}

unsigned ml_auth_scopes(struct ml_auth *auth, const char *authorization)
{
    if (auth->path == NULL)
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
        scopes |= (0u - is_equal(digest, auth->tokens[i].digest)) & auth->tokens[i].scopes;
    pthread_rwlock_unlock(&auth->lock);
    return scopes;
}

/*
 * Who may do what: bearer tokens (RFC 6750) in two roles.
 *
 * The token file has a line "predict TOKEN" or "admin TOKEN" for each; '#' begins a comment. Only
 * SHA-256 digests are kept in memory, and all of them are compared, in constant time each, so that
 * neither a match nor its place can be timed. admin opens everything that predict does.
 */
#ifndef ML_SERVE_AUTH_H
#define ML_SERVE_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { ML_MIN_TOKEN_BYTES = 16, ML_MAX_TOKEN_BYTES = 512, ML_MAX_TOKENS = 1000 };

struct ml_auth; /* thread-safe */

/* path NULL: no tokens, everybody may do everything. */
bool ml_auth_open(struct ml_auth **out, const char *path, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Reads the file again; on failure the old tokens stay. */
bool ml_auth_reload(struct ml_auth *auth, struct ml_error *err) __attribute__((warn_unused_result));
void ml_auth_close(struct ml_auth *auth);

bool ml_auth_is_open(const struct ml_auth *auth); /* no credentials are needed */
/* There are other credentials: without tokens, nobody comes in by one. Before the first request. */
void ml_auth_close_to_strangers(struct ml_auth *auth);

/*
 * The scopes (enum ml_scope bits) that an Authorization header opens; 0 when it is NULL, malformed
 * or its token unknown.
 */
unsigned ml_auth_scopes(struct ml_auth *auth, const char *authorization);

#endif

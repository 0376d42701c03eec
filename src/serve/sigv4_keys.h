/*
 * Who may sign: a file with a line "predict KEY-ID SECRET" or "admin KEY-ID SECRET" for each key;
 * '#' begins a comment. Key ids are 3 to 128 letters, digits, '_', '-' and '.', each in the file
 * once; secrets 16 to 512 visible characters, kept in memory (a digest would not do) and wiped when
 * they go.
 */
#ifndef ML_SERVE_SIGV4_KEYS_H
#define ML_SERVE_SIGV4_KEYS_H

#include <stdbool.h>

#include "base/error.h"

enum {
    ML_MIN_KEY_ID_BYTES = 3,
    ML_MIN_KEY_SECRET_BYTES = 16,
    ML_MAX_KEY_SECRET_BYTES = 512,
    ML_MAX_KEYS = 1000,
};

struct ml_sigv4_keys; /* thread-safe */

bool ml_sigv4_keys_open(struct ml_sigv4_keys **out, const char *path, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Reads the file again; on failure the old keys stay. */
bool ml_sigv4_keys_reload(struct ml_sigv4_keys *keys, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_sigv4_keys_close(struct ml_sigv4_keys *keys); /* NULL is fine */

/*
 * What the key opens (enum ml_scope bits), or 0 when there is none of that id. secret: gets a copy,
 * to be wiped with ml_wipe; NULL: not asked for. O(number of keys).
 */
unsigned ml_sigv4_keys_find(struct ml_sigv4_keys *keys, const char *key_id,
                            char secret[ML_MAX_KEY_SECRET_BYTES + 1]);

#endif

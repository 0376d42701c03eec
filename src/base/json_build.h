/*
 * Builds the tree that cJSON would build, in an arena, from what the scanner sees.
 *
 * Requests only: letting cJSON read the text a second time took 30 % of a prediction's instructions
 * (each number by strtod again, each node and string by an allocation through a hook). Documents
 * that are read once (configuration, schema, bundles) go through cJSON itself; a test holds the two
 * trees against each other.
 */
#ifndef ML_BASE_JSON_BUILD_H
#define ML_BASE_JSON_BUILD_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"

struct ml_json_builder {
    struct ml_arena *arena;
    char *text; /* a copy of all that is scanned: the strings of the tree are terminated in it */
    cJSON *root;
    char *key;   /* of the member whose value comes next */
    cJSON *last; /* of the innermost open container; NULL while it is empty */
    cJSON *open[ML_JSON_MAX_DEPTH];
    size_t depth;
};

/* A value of a cJSON type, behind the last one; to be filled by the caller. */
cJSON *ml_json_build_add(struct ml_json_builder *b, int type);
void ml_json_build_open(struct ml_json_builder *b, int type); /* the value holds what follows */
void ml_json_build_close(struct ml_json_builder *b);
/* A string that the scanner found well-formed: n bytes of the text at start, without its quotes. */
char *ml_json_build_text(struct ml_json_builder *b, size_t start, size_t n, bool has_escapes);

#endif

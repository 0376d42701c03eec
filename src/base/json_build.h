/*
 * Builds the tree that cJSON would build, in an arena, from what the scanner sees.
 *
 * Requests only: letting cJSON read the text a second time took 30 % of a prediction's instructions
 * (each number by strtod again, each node and string by an allocation through a hook). Documents
 * that are read once (configuration, schema, bundles) go through cJSON itself; a test holds the two
 * trees against each other. Strings stay where they stand in a copy of the text, values come from
 * the arena sixteen at a time, and names are only compared where first letter and length leave room
 * for doubt. With the scanner's eight bytes at a time that saved 30 000 of the 87 000 instructions
 * which twenty named tensors (1.3 kB) took on top of a plain record.
 */
#ifndef ML_BASE_JSON_BUILD_H
#define ML_BASE_JSON_BUILD_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"

struct ml_json_builder {
    struct ml_arena *arena;
    char *text; /* a copy of all that is scanned: the strings of the tree are terminated in it */
    cJSON *root;
    cJSON *spare; /* zeroed values, made some at a time */
    size_t n_spare;
    char *key;   /* of the member whose value comes next */
    cJSON *last; /* of the innermost open container; NULL while it is empty */
    cJSON *open[ML_JSON_MAX_DEPTH];
    uint64_t seen[ML_JSON_MAX_DEPTH]; /* a bit for each open object's names of one kind */
    size_t depth;
    bool may_repeat; /* false: no object has a name twice, which need not be looked into */
};

/* A value of a cJSON type, behind the last one; to be filled by the caller. */
cJSON *ml_json_build_add(struct ml_json_builder *b, int type);
/* The name of the value that comes next, as ml_json_build_text gave it, and its length. */
void ml_json_build_key(struct ml_json_builder *b, char *key, size_t n);
void ml_json_build_open(struct ml_json_builder *b, int type); /* the value holds what follows */
void ml_json_build_close(struct ml_json_builder *b);
/* A string that the scanner found well-formed: n bytes of the text at start, without its quotes. */
char *ml_json_build_text(struct ml_json_builder *b, size_t start, size_t n, bool has_escapes);

#endif

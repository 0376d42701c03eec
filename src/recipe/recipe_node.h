/*
 * Making a recipe's nodes: equal expressions become one node, products of products one flat
 * product, what has no effect disappears. Knows kinds and limits, but no names and no text.
 */
#ifndef ML_RECIPE_RECIPE_NODE_H
#define ML_RECIPE_RECIPE_NODE_H

#include "base/dict.h"
#include "recipe/recipe.h"

enum {
    ML_MAX_RECIPE_NODES = 20000,  /* besides columns */
    ML_MAX_CARTESIAN_ARGS = 64,   /* of a flat product */
    ML_MAX_RECIPE_WORK = 5000000, /* nodes asked for, found again or not, by the whole recipe */
    ML_N_TRANSFORMS = ML_CARTESIAN + 1,
};

/* How a transformation is called; the entry of ML_COLUMN has no name. */
struct ml_function {
    const char *name;
    const char *takes; /* for messages */
    unsigned kinds;    /* of arguments: 1 << enum ml_kind */
    const char *count; /* what its number says, or NULL */
    size_t min_count;
    size_t max_count;
};

extern const struct ml_function ml_functions[ML_N_TRANSFORMS];

struct ml_node_maker {
    const struct ml_schema *schema;
    struct ml_recipe *recipe; /* owned; all nodes so far */
    size_t nodes_capacity;
    struct ml_dict keys;   /* string i says what node i is */
    unsigned char *depths; /* owned: node i is so many calls deep */
    size_t depths_capacity;
    size_t n_calls; /* nodes that are no columns */
    size_t work;
};

void ml_node_maker_init(struct ml_node_maker *maker, const struct ml_schema *schema);
void ml_node_maker_release(struct ml_node_maker *maker);

/* The node of an input column. */
size_t ml_node_column(struct ml_node_maker *maker, size_t column);

/*
 * The node of a transformation of arguments whose kinds fit: an old one or a new one.
 * *out is SIZE_MAX for a product in which a node occurs twice. ML_ELIMIT past a limit; the message
 * has no place.
 */
bool ml_node_call(struct ml_node_maker *maker, size_t *out, enum ml_transform transform, size_t n,
                  const size_t *args, size_t n_args, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * The recipe with those outputs (distinct, taken: to be freed by its owner) and only the nodes that
 * they need, numbered as the outputs reach them: reading what was written numbers them the same.
 */
struct ml_recipe *ml_node_maker_finish(struct ml_node_maker *maker, size_t *outputs,
                                       size_t n_outputs);

#endif

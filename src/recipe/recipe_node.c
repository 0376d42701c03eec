#include "recipe/recipe_node.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "recipe/recipe_expr.h"

#define KIND(k) (1U << (k))

const struct ml_function ml_functions[ML_N_TRANSFORMS] = {
    [ML_LOWERCASE] = {"lowercase", "TEXT", KIND(ML_KIND_TEXT), NULL, 0, 0},
    [ML_NO_PUNCT] = {"no_punct", "TEXT", KIND(ML_KIND_TEXT), NULL, 0, 0},
    [ML_NGRAM] = {"ngram", "TEXT", KIND(ML_KIND_TEXT), "words", ML_MIN_WINDOW, ML_MAX_WINDOW},
    [ML_OSB] = {"osb", "TEXT", KIND(ML_KIND_TEXT), "words", ML_MIN_WINDOW, ML_MAX_WINDOW},
    [ML_QUANTILE_BIN] = {"quantile_bin", "NUMERIC", KIND(ML_KIND_NUMBER), "bins", ML_MIN_BINS,
                         ML_MAX_BINS},
    [ML_NORMALIZE] = {"normalize", "NUMERIC", KIND(ML_KIND_NUMBER), NULL, 0, 0},
    [ML_CARTESIAN] = {"cartesian", "categories and TEXT",
                      KIND(ML_KIND_LEVEL) | KIND(ML_KIND_TEXT) | KIND(ML_KIND_TOKENS), NULL, 0, 0},
};

static const enum ml_kind kind_of_type[] = {
    [ML_NUMERIC] = ML_KIND_NUMBER,
    [ML_CATEGORICAL] = ML_KIND_LEVEL,
    [ML_BINARY] = ML_KIND_LEVEL,
    [ML_TEXT] = ML_KIND_TEXT,
};

/* What makes two nodes one: transformation, number, arguments; of a product in ascending order. */
struct key {
    uint32_t words[2 + ML_MAX_CARTESIAN_ARGS];
};

void ml_node_maker_init(struct ml_node_maker *maker, const struct ml_schema *schema)
{
    memset(maker, 0, sizeof(*maker));
    maker->schema = schema;
    maker->recipe = ml_xcalloc(1, sizeof(*maker->recipe));
}

void ml_node_maker_release(struct ml_node_maker *maker)
{
    ml_recipe_free(maker->recipe);
    ml_dict_release(&maker->keys);
    free(maker->depths);
}

static int compare_words(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Returns the key's words. */
static size_t make_key(struct key *key, const struct ml_node *node)
{
    key->words[0] = (uint32_t)node->transform;
    key->words[1] = (uint32_t)(node->transform == ML_COLUMN ? node->column : node->n);
    for (size_t i = 0; i < node->n_args; i++)
        key->words[2 + i] = (uint32_t)node->args[i];
    if (node->transform == ML_CARTESIAN)
        qsort(key->words + 2, node->n_args, sizeof(key->words[0]), compare_words);
    return 2 + node->n_args;
}

/* Adds the node, whose args are copied, and its key. */
static void add_node(struct ml_node_maker *maker, const struct ml_node *node, const struct key *key,
                     unsigned char depth)
{
    struct ml_recipe *recipe = maker->recipe;
    size_t i = recipe->n_nodes;
    ml_dict_add(&maker->keys, (const char *)key->words, (2 + node->n_args) * sizeof(key->words[0]));
    recipe->nodes = ml_grow(recipe->nodes, i, &maker->nodes_capacity, sizeof(*recipe->nodes));
    maker->depths = ml_grow(maker->depths, i, &maker->depths_capacity, 1);
    recipe->nodes[i] = *node;
    recipe->nodes[i].args = NULL;
    if (node->n_args > 0) {
        recipe->nodes[i].args = ml_xcalloc(node->n_args, sizeof(*node->args));
        memcpy(recipe->nodes[i].args, node->args, node->n_args * sizeof(*node->args));
    }
    maker->depths[i] = depth;
    recipe->n_nodes++;
}

size_t ml_node_column(struct ml_node_maker *maker, size_t column)
{
    struct ml_node node = {.transform = ML_COLUMN, .column = column};
    node.kind = kind_of_type[maker->schema->columns[column].type];
    struct key key;
    size_t words = make_key(&key, &node);
    uint32_t old = ml_dict_find(&maker->keys, (const char *)key.words, words * sizeof(uint32_t));
    if (old != ML_DICT_NONE)
        return old;
    add_node(maker, &node, &key, 0);
    return maker->recipe->n_nodes - 1;
}

static enum ml_kind kind_of_call(const struct ml_recipe *recipe, const struct ml_node *call)
{
    switch (call->transform) {
    case ML_COLUMN:
    case ML_LOWERCASE:
    case ML_NO_PUNCT:
    case ML_NORMALIZE:
        return recipe->nodes[call->args[0]].kind;
    case ML_NGRAM:
    case ML_OSB:
        return ML_KIND_TOKENS;
    case ML_QUANTILE_BIN:
        return ML_KIND_LEVEL;
    case ML_CARTESIAN:
        break;
    }
    for (size_t i = 0; i < call->n_args; i++)
        if (recipe->nodes[call->args[i]].kind != ML_KIND_LEVEL)
            return ML_KIND_TOKENS;
    return ML_KIND_LEVEL;
}

/* Puts the arguments of products in their place. */
static bool flatten(const struct ml_recipe *recipe, struct ml_node *product,
                    size_t flat[ML_MAX_CARTESIAN_ARGS], struct ml_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < product->n_args; i++) {
        const struct ml_node *arg = &recipe->nodes[product->args[i]];
        bool is_product = arg->transform == ML_CARTESIAN;
        size_t more = is_product ? arg->n_args : 1;
        if (n + more > ML_MAX_CARTESIAN_ARGS)
            return ml_fail(err, ML_ELIMIT, "a product of more than %d", (int)ML_MAX_CARTESIAN_ARGS);
        memcpy(flat + n, is_product ? arg->args : &product->args[i], more * sizeof(*flat));
        n += more;
    }
    product->args = flat;
    product->n_args = n;
    return true;
}

/* Whether a product's key names a node twice. */
static bool repeats(const struct key *key, size_t words)
{
    for (size_t i = 3; i < words; i++)
        if (key->words[i] == key->words[i - 1])
            return true;
    return false;
}

static bool add_call(struct ml_node_maker *maker, struct ml_node *call, const struct key *key,
                     struct ml_error *err)
{
    unsigned char depth = 0;
    for (size_t i = 0; i < call->n_args; i++)
        if (maker->depths[call->args[i]] > depth)
            depth = maker->depths[call->args[i]];
    if (depth == ML_MAX_RECIPE_DEPTH)
        return ml_fail(err, ML_ELIMIT, "calls are nested more than %d deep, names written out",
                       (int)ML_MAX_RECIPE_DEPTH);
    if (maker->n_calls == ML_MAX_RECIPE_NODES)
        return ml_fail(err, ML_ELIMIT, "the recipe makes more than %d features",
                       (int)ML_MAX_RECIPE_NODES);
    maker->n_calls++;
    call->kind = kind_of_call(maker->recipe, call);
    add_node(maker, call, key, (unsigned char)(depth + 1));
    return true;
}

bool ml_node_call(struct ml_node_maker *maker, size_t *out, enum ml_transform transform, size_t n,
                  const size_t *args, size_t n_args, struct ml_error *err)
{
    const struct ml_recipe *recipe = maker->recipe;
    size_t flat[ML_MAX_CARTESIAN_ARGS];
    struct ml_node call = {.transform = transform, .n = n, .n_args = n_args};
    if (++maker->work > ML_MAX_RECIPE_WORK)
        return ml_fail(err, ML_ELIMIT, "too many combinations of groups");
    /* A normalized number has the same order, mean 0 and variance 1 already. */
    size_t first = args[0];
    if (recipe->nodes[first].transform == ML_NORMALIZE) {
        if (transform == ML_NORMALIZE) {
            *out = first;
            return true;
        }
        first = recipe->nodes[first].args[0];
        call.args = &first;
    } else {
        call.args = (size_t *)args;
    }
    if (transform == ML_CARTESIAN && !flatten(recipe, &call, flat, err))
        return false;
    struct key key;
    size_t words = make_key(&key, &call);
    if (transform == ML_CARTESIAN && repeats(&key, words)) {
        *out = SIZE_MAX;
        return true;
    }
    uint32_t old = ml_dict_find(&maker->keys, (const char *)key.words, words * sizeof(uint32_t));
    if (old == ML_DICT_NONE && !add_call(maker, &call, &key, err))
        return false;
    *out = old != ML_DICT_NONE ? old : maker->recipe->n_nodes - 1;
    return true;
}

/* Moves a node and what it needs from `from` to `recipe`, arguments first; number[] says where each
 * has gone, SIZE_MAX: nowhere yet. No deeper than ML_MAX_RECIPE_DEPTH. */
static size_t move_node(struct ml_recipe *recipe, struct ml_node *from, size_t *number, size_t i)
{
    if (number[i] != SIZE_MAX)
        return number[i];
    struct ml_node node = from[i];
    from[i].args = NULL;
    for (size_t k = 0; k < node.n_args; k++)
        node.args[k] = move_node(recipe, from, number, node.args[k]);
    recipe->nodes[recipe->n_nodes] = node;
    number[i] = recipe->n_nodes++;
    return number[i];
}

struct ml_recipe *ml_node_maker_finish(struct ml_node_maker *maker, size_t *outputs,
                                       size_t n_outputs)
{
    struct ml_recipe *made = maker->recipe;
    struct ml_recipe *recipe = ml_xcalloc(1, sizeof(*recipe));
    size_t *number = ml_xcalloc(made->n_nodes, sizeof(*number));
    memset(number, 0xff, made->n_nodes * sizeof(*number));
    recipe->nodes = ml_xcalloc(made->n_nodes, sizeof(*recipe->nodes));
    recipe->outputs = outputs;
    recipe->n_outputs = n_outputs;
    for (size_t i = 0; i < n_outputs; i++)
        outputs[i] = move_node(recipe, made->nodes, number, outputs[i]);
    free(number);
    return recipe;
}

void ml_recipe_free(struct ml_recipe *recipe)
{
    if (recipe == NULL)
        return;
    for (size_t i = 0; i < recipe->n_nodes; i++)
        free(recipe->nodes[i].args);
    free(recipe->nodes);
    free(recipe->outputs);
    free(recipe);
}

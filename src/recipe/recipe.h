/*
 * A recipe: which features are made of which columns, in Amazon ML's language. JSON with up to
 * three members:
 *
 *     {"groups":      {"MONEY": "group('amount','tax')"},
 *      "assignments": {"binned": "quantile_bin(MONEY, 20)"},
 *      "outputs":     ["ALL_CATEGORICAL", "binned", "cartesian(binned, plan) // a comment"]}
 *
 * Parsed against a schema, it is a list of nodes: groups and assignments are resolved, a
 * transformation of a group has become one node a member, equal expressions are one node, and
 * cartesian products of products are flat. Whoever fits or applies a recipe walks the nodes in
 * order, arguments first. Immutable; may be shared by threads.
 *
 * Where the language leaves room:
 * - Inside a quoted name '' is one quote: Amazon documents no escape. Bare names end at blanks too.
 * - Bare ALL_TEXT, ngram( … are the language's own; a column of that name is reached in quotes.
 * - group() and group_remove() only begin an expression of "groups"; their items are names.
 * - A product of groups takes all combinations but those that name a node twice, and each set of
 *   nodes once, in the order first written: cartesian(G,G) has each pair once. A product of single
 *   columns that names one twice is an error.
 * - quantile_bin(normalize(x),n) is quantile_bin(x,n); normalize of normalize is one normalize.
 * - Predefined groups may be empty and then add nothing; a user's group and the whole may not.
 * - Calls and references nest up to 32 deep, a product has at most 64 factors, a recipe makes at
 *   most 20,000 nodes beside columns: all ML_ELIMIT beyond.
 */
#ifndef ML_RECIPE_RECIPE_H
#define ML_RECIPE_RECIPE_H

#include "base/json.h"
#include "data/schema.h"

enum {
    ML_MAX_RECIPE_BYTES = 131071,
    ML_MAX_RECIPE_OUTPUTS = 10000,
    ML_MIN_BINS = 2,
    ML_MAX_BINS = 1000,
    ML_MIN_WINDOW = 2, /* of ngram and osb, in words */
    ML_MAX_WINDOW = 10,
};

enum ml_transform {
    ML_COLUMN,       /* of the schema, as it is */
    ML_LOWERCASE,    /* TEXT -> TEXT */
    ML_NO_PUNCT,     /* TEXT -> TEXT */
    ML_NGRAM,        /* TEXT -> tokens */
    ML_OSB,          /* TEXT -> tokens */
    ML_QUANTILE_BIN, /* number -> level */
    ML_NORMALIZE,    /* number -> number */
    ML_CARTESIAN,    /* levels, TEXT, tokens -> level or, where some argument is TEXT or tokens,
                        tokens */
};

/* What a node's value is in a row. */
enum ml_kind {
    ML_KIND_NUMBER, /* NUMERIC */
    ML_KIND_LEVEL,  /* one of the node's levels: BINARY, CATEGORICAL, bins, products */
    ML_KIND_TEXT,   /* TEXT, whose tokens are its words */
    ML_KIND_TOKENS, /* a set of strings */
};

struct ml_node {
    enum ml_transform transform;
    enum ml_kind kind;
    size_t column; /* ML_COLUMN: number in the schema; an input */
    size_t n;      /* ngram, osb: words; quantile_bin: bins */
    size_t *args;  /* owned, n_args: lower node numbers, in the order written */
    size_t n_args; /* 0 for ML_COLUMN; 2 or more for ML_CARTESIAN; else 1 */
};

struct ml_recipe {
    struct ml_node *nodes; /* owned */
    size_t n_nodes;
    size_t *outputs; /* owned; numbers of the nodes that become features, each once, as written */
    size_t n_outputs;
};

/*
 * Parses JSON text; messages have the place, "recipe.json: outputs[2], column 14: 'cartesian' needs
 * at least 2 arguments": outputs count from 0 as in JSON, bytes of an expression from 1. ML_EINPUT,
 * or ML_ELIMIT past ML_MAX_RECIPE_BYTES, ML_MAX_RECIPE_OUTPUTS or a limit above. Columns that are
 * no inputs may not be named, and are in no group.
 */
bool ml_recipe_parse(struct ml_recipe **out, const char *text, size_t n,
                     const struct ml_schema *schema, const char *name, struct ml_error *err)
    __attribute__((warn_unused_result));
/* The same from a member of a bundle, of any length. */
bool ml_recipe_from_json(struct ml_recipe **out, const struct ml_json *object,
                         const struct ml_schema *schema, const char *name, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_recipe_free(struct ml_recipe *recipe);

/* Appends a node as an expression: "cartesian(quantile_bin(age,10),job)". Names are quoted if need
 * be, so that the text parses back to the same node. */
void ml_recipe_expression(const struct ml_recipe *recipe, const struct ml_schema *schema,
                          size_t node, struct ml_strbuf *buf);
/* Appends a name as an expression holds it: 'high school' in quotes, age without. */
void ml_recipe_name(const char *name, struct ml_strbuf *buf);
/* The recipe as a JSON object without groups and assignments, on one line: ml_recipe_from_json
 * gives the same nodes with the same numbers. It may be longer than ml_recipe_parse takes. */
void ml_recipe_to_json(const struct ml_recipe *recipe, const struct ml_schema *schema,
                       struct ml_strbuf *buf);

/* A recipe in the shape of Amazon ML's suggestions. */
struct ml_suggestion {
    size_t bins[4]; /* every NUMERIC column goes into so many quantile bins; once for each */
    size_t n_bins;
    const char *const *crosses; /* borrowed; expressions that become outputs too */
    size_t n_crosses;
};

/*
 * Every BINARY and CATEGORICAL column, every NUMERIC one both normalized and binned, every TEXT
 * one, and the crosses. Indented JSON.
 */
void ml_recipe_suggest(const struct ml_schema *schema, const struct ml_suggestion *suggestion,
                       struct ml_strbuf *buf);
/* The one that needs no look at the data: one number of bins, no crosses. */
void ml_recipe_plain(const struct ml_schema *schema, size_t bins, struct ml_strbuf *buf);

#endif

/*
 * Expressions to nodes: names, groups, assignments and their cycles, transformations of groups.
 * One recipe: init, declare every group and assignment, evaluate, release.
 */
#ifndef ML_RECIPE_RECIPE_EVAL_H
#define ML_RECIPE_RECIPE_EVAL_H

#include "base/arena.h"
#include "recipe/recipe_expr.h"
#include "recipe/recipe_node.h"

enum {
    ML_MAX_RECIPE_CHAIN = 32, /* groups and assignments that refer to one another */
    ML_MAX_ENTRY_NAME = 64,   /* characters of a group's or assignment's name */
    ML_N_PREDEFINED = 5,
};

/* What an expression stands for: distinct nodes. */
struct ml_value {
    const size_t *nodes; /* in the evaluator's arena */
    size_t n;
    bool is_plural; /* made of a group, which may be empty */
};

/* A group or an assignment. */
struct ml_entry {
    bool is_group;
    enum { ML_ENTRY_NEW, ML_ENTRY_OPEN, ML_ENTRY_DONE } state;
    const char *place; /* "recipe.json: groups['MONEY']" */
    struct ml_expr *expr;
    struct ml_value value; /* once it is done */
    size_t height;         /* 1, or more than that of any entry it refers to */
};

struct ml_eval {
    struct ml_node_maker maker;
    struct ml_arena arena;
    struct ml_dict columns; /* string i is the name of column i */
    struct ml_dict names;   /* string i is the name of entry i */
    struct ml_entry *entries;
    size_t entries_capacity;
    struct ml_value predefined[ML_N_PREDEFINED];
    bool has_predefined[ML_N_PREDEFINED];
    size_t open[ML_MAX_RECIPE_CHAIN]; /* entries being evaluated, outermost first */
    size_t n_open;
    size_t *list;    /* owned: the value under construction */
    uint32_t *marks; /* owned, a node: in the list when equal to stamp */
    size_t n_list;
    uint32_t stamp;
    struct ml_error *err;
};

void ml_eval_init(struct ml_eval *eval, const struct ml_schema *schema, struct ml_error *err);
void ml_eval_release(struct ml_eval *eval);

/* Adds a group or an assignment, whose name and expression are checked in form only. */
bool ml_eval_declare(struct ml_eval *eval, bool is_group, const char *name, const char *text,
                     const char *place) __attribute__((warn_unused_result));
/* Evaluates the entry with that number, if nothing that refers to it has done so. */
bool ml_eval_entry(struct ml_eval *eval, size_t entry) __attribute__((warn_unused_result));
bool ml_eval_expr(struct ml_eval *eval, struct ml_value *out, const struct ml_expr *expr)
    __attribute__((warn_unused_result));
/* The same for the expression of a group: group(...) or group_remove(...). */
bool ml_eval_group(struct ml_eval *eval, struct ml_value *out, const struct ml_expr *call)
    __attribute__((warn_unused_result));

/* Whether it is the name of a predefined group or a function. */
bool ml_eval_is_reserved(const char *name, size_t n);

#endif

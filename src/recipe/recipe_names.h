/* What a name in an expression means, and what to say of one that means nothing. */
#ifndef ML_RECIPE_RECIPE_NAMES_H
#define ML_RECIPE_RECIPE_NAMES_H

#include "recipe/recipe_eval.h"

enum ml_meaning {
    ML_MEANS_NOTHING,
    ML_MEANS_COLUMN,     /* of any role */
    ML_MEANS_ENTRY,      /* group or assignment */
    ML_MEANS_PREDEFINED, /* ALL_TEXT … */
};

enum { ML_ALL_INPUTS = ML_N_PREDEFINED - 1 }; /* the others are numbered as enum ml_type */

/* Whether group() or group_remove() is called. */
bool ml_names_is_group_function(const char *name, size_t n);
/* ML_COLUMN when it is no transformation. */
enum ml_transform ml_names_transform(const char *name, size_t n);

/* *index: which column, entry or predefined group. Bare ALL_TEXT is the group even if a column has
 * that name, 'ALL_TEXT' in quotes then the column. */
enum ml_meaning ml_names_resolve(const struct ml_eval *eval, const struct ml_expr *name,
                                 size_t *index);

bool ml_names_fail_unknown(const struct ml_eval *eval, const struct ml_expr *name);
bool ml_names_fail_function(const struct ml_eval *eval, const struct ml_expr *call);
/* The column is target, row id or excluded. */
bool ml_names_fail_role(const struct ml_eval *eval, const struct ml_expr *name, size_t column);

/* The expression's text for a message. Returns buf. */
const char *ml_names_show(const struct ml_expr *expr, char *buf, size_t bytes);

#endif

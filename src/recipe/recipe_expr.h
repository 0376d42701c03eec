/*
 * One expression of the recipe language as a tree, without meaning: which names exist and what fits
 * where is recipe_eval's business.
 *
 *     expression = name | number | function "(" [ expression { "," expression } ] ")"
 *
 * A bare name starts with a letter or a byte above 127 and ends before white space, // or one of
 * , ' " ( ) \ ; any other name stands in single quotes, where '' is one quote. What starts with a
 * digit, sign or dot is a number. // outside quotes starts a comment, to the end of the text.
 */
#ifndef ML_RECIPE_RECIPE_EXPR_H
#define ML_RECIPE_RECIPE_EXPR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

enum { ML_MAX_RECIPE_DEPTH = 32 }; /* calls within calls */

enum ml_expr_kind {
    ML_EXPR_NAME,
    ML_EXPR_NUMBER,
    ML_EXPR_CALL,
};

struct ml_expr {
    enum ml_expr_kind kind;
    bool is_quoted;
    const char *text; /* name, digits or function, not NUL-terminated */
    size_t n;
    const char *place; /* borrowed: "recipe.json: outputs[2]" */
    size_t column;     /* of its first byte in the text, from 1 */
    struct ml_expr *args;
    size_t n_args;
    struct ml_expr *next; /* the call's next argument */
};

/* The tree and `place` stay valid as long as the arena; `text` and `place` are copied. */
bool ml_expr_parse(struct ml_expr **out, struct ml_arena *arena, const char *text,
                   const char *place, struct ml_error *err) __attribute__((warn_unused_result));

/* Fails with the expression's place and column before the message. */
bool ml_expr_fail(const struct ml_expr *expr, struct ml_error *err, enum ml_err code,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether the name reads as itself without quotes. Stricter than the reader. */
bool ml_expr_is_bare(const char *name, size_t n);

#endif

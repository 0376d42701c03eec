/*
 * Recipes: how columns become features, in Amazon ML's language (JSON with groups, assignments and
 * outputs; mlctl-recipe(1) describes it).
 */
#ifndef ML_RECIPE_H
#define ML_RECIPE_H

#include "ml/train.h"

/*
 * The recipe that ml_train would make for the data when none is given, as JSON with a final
 * newline, to be freed with free. It is made of the rows that would train.
 */
bool ml_recipe_of_data(char **out, const char *data, const struct ml_schema *schema,
                       const struct ml_train_options *options, const struct ml_talk *talk,
                       struct ml_error *err) __attribute__((warn_unused_result));

/*
 * Checks a recipe of n bytes against a schema. *out becomes its outputs one a line, groups and
 * assignments replaced by what they stand for; to be freed with free. Messages begin with `name`
 * and the place.
 */
bool ml_recipe_check(char **out, const char *text, size_t n, const struct ml_schema *schema,
                     const char *name, struct ml_error *err) __attribute__((warn_unused_result));

#endif

#include "ml/recipe.h"

#include <string.h>

#include "base/alloc.h"
#include "model/prepare.h"

static bool take_text(void *ctx, const struct ml_prepared *prepared, struct ml_error *err)
{
    (void)err;
    char **out = ctx;
    *out = ml_xstrdup(prepared->model->recipe_text);
    return true;
}

bool ml_recipe_of_data(char **out, const char *data, const struct ml_schema *schema,
                       const struct ml_train_options *options, const struct ml_talk *talk,
                       struct ml_error *err)
{
    return ml_prepare(data, schema, options, talk, take_text, out, err);
}

bool ml_recipe_check(char **out, const char *text, size_t n, const struct ml_schema *schema,
                     const char *name, struct ml_error *err)
{
    struct ml_recipe *recipe;
    if (!ml_recipe_parse(&recipe, text, n, schema, name, err))
        return false;
    struct ml_strbuf lines = {0};
    for (size_t i = 0; i < recipe->n_outputs; i++) {
        ml_recipe_expression(recipe, schema, recipe->outputs[i], &lines);
        ml_strbuf_addc(&lines, '\n');
    }
    ml_recipe_free(recipe);
    *out = ml_strbuf_take(&lines);
    return true;
}

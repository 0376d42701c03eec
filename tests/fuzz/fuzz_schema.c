/*
 * Any bytes as a schema. What parses, written in either form and parsed again, is written the
 * same; and the plain recipe made for it is a recipe for it.
 */
#include "fuzz.h"

#include "recipe/recipe.h"

static void check_again(const struct ml_schema *schema, const char *text, size_t n)
{
    struct ml_schema *again;
    struct ml_error err;
    must_hold(ml_schema_parse(&again, text, n, "again", &err));
    char *a = ml_schema_json(schema);
    char *b = ml_schema_json(again);
    must_hold(strcmp(a, b) == 0);
    must_hold(schema->target == again->target && schema->row_id == again->row_id);
    for (size_t i = 0; i < schema->n_columns; i++)
        must_hold(schema->columns[i].role == again->columns[i].role);
    free(a);
    free(b);
    ml_schema_free(again);
}

static void check_plain_recipe(const struct ml_schema *schema)
{
    struct ml_strbuf text = {0};
    struct ml_recipe *recipe;
    struct ml_error err;
    ml_recipe_plain(schema, 50, &text);
    must_hold(ml_recipe_parse(&recipe, text.bytes, text.length, schema, "plain", &err));
    ml_recipe_free(recipe);
    ml_strbuf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ml_schema *schema;
    struct ml_error err = {0};
    if (!ml_schema_parse(&schema, (const char *)data, n, "a.schema", &err)) {
        must_hold(err.code >= ML_EINPUT && err.code <= ML_EUNSUPPORTED);
        must_hold(strncmp(err.msg, "a.schema", 8) == 0);
        return 0;
    }
    struct ml_strbuf line = {0};
    char *indented = ml_schema_json(schema);
    ml_schema_to_json(schema, &line);
    check_again(schema, indented, strlen(indented));
    check_again(schema, line.bytes, line.length);
    check_plain_recipe(schema);
    free(indented);
    ml_strbuf_release(&line);
    ml_schema_free(schema);
    return 0;
}

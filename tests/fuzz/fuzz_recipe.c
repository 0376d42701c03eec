/*
 * Any bytes as a recipe for a schema with difficult names. What parses keeps the header's promises;
 * written and parsed again it has the same nodes with the same numbers.
 */
#include "fuzz.h"

#include "recipe/recipe.h"

static const char schema_text[] =
    "{\"targetAttributeName\":\"y\",\"rowId\":\"id\",\"excludedAttributeNames\":[\"gone\"],"
    "\"attributes\":["
    "{\"attributeName\":\"id\",\"attributeType\":\"CATEGORICAL\"},"
    "{\"attributeName\":\"n\",\"attributeType\":\"NUMERIC\"},"
    "{\"attributeName\":\"m\",\"attributeType\":\"NUMERIC\"},"
    "{\"attributeName\":\"1st floor\",\"attributeType\":\"NUMERIC\"},"
    "{\"attributeName\":\"c\",\"attributeType\":\"CATEGORICAL\"},"
    "{\"attributeName\":\"it's \\\"d\\\"\",\"attributeType\":\"CATEGORICAL\"},"
    "{\"attributeName\":\"b\",\"attributeType\":\"BINARY\"},"
    "{\"attributeName\":\"t\",\"attributeType\":\"TEXT\"},"
    "{\"attributeName\":\"ALL_TEXT\",\"attributeType\":\"TEXT\"},"
    "{\"attributeName\":\"ngram\",\"attributeType\":\"TEXT\"},"
    "{\"attributeName\":\"a//\\u00e9\\\\\",\"attributeType\":\"TEXT\"},"
    "{\"attributeName\":\"gone\",\"attributeType\":\"TEXT\"},"
    "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"}]}";

static void check_nodes(const struct ml_recipe *recipe, const struct ml_schema *schema)
{
    must_hold(recipe->n_outputs > 0 && recipe->n_outputs <= ML_MAX_RECIPE_OUTPUTS);
    for (size_t i = 0; i < recipe->n_outputs; i++)
        must_hold(recipe->outputs[i] < recipe->n_nodes);
    for (size_t i = 0; i < recipe->n_nodes; i++) {
        const struct ml_node *node = &recipe->nodes[i];
        for (size_t k = 0; k < node->n_args; k++)
            must_hold(node->args[k] < i);
        if (node->transform == ML_COLUMN)
            must_hold(node->n_args == 0 && schema->columns[node->column].role == ML_ROLE_INPUT);
        else if (node->transform == ML_CARTESIAN)
            must_hold(node->n_args >= 2 && node->kind != ML_KIND_NUMBER);
        else
            must_hold(node->n_args == 1);
    }
}

static void check_same(const struct ml_recipe *a, const struct ml_recipe *b)
{
    must_hold(a->n_nodes == b->n_nodes && a->n_outputs == b->n_outputs);
    for (size_t i = 0; i < a->n_outputs; i++)
        must_hold(a->outputs[i] == b->outputs[i]);
    for (size_t i = 0; i < a->n_nodes; i++) {
        const struct ml_node *x = &a->nodes[i];
        const struct ml_node *y = &b->nodes[i];
        must_hold(x->transform == y->transform && x->kind == y->kind && x->column == y->column &&
                  x->n == y->n && x->n_args == y->n_args);
        for (size_t k = 0; k < x->n_args; k++)
            must_hold(x->args[k] == y->args[k]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct ml_schema *schema;
    struct ml_recipe *recipe;
    struct ml_error err = {0};
    if (schema == NULL)
        must_hold(ml_schema_parse(&schema, schema_text, sizeof(schema_text) - 1, "s", &err));
    if (!ml_recipe_parse(&recipe, (const char *)data, n, schema, "recipe.json", &err)) {
        must_hold(err.code == ML_EINPUT || err.code == ML_ELIMIT);
        must_hold(strncmp(err.msg, "recipe.json", 11) == 0);
        return 0;
    }
    check_nodes(recipe, schema);
    struct ml_strbuf first = {0};
    struct ml_strbuf second = {0};
    struct ml_json *document;
    struct ml_recipe *again;
    ml_recipe_to_json(recipe, schema, &first);
    must_hold(ml_json_parse(&document, first.bytes, first.length, "again", &err));
    must_hold(ml_recipe_from_json(&again, document, schema, "again", &err));
    ml_json_free(document);
    check_nodes(again, schema);
    check_same(recipe, again);
    ml_recipe_to_json(again, schema, &second);
    must_hold(strcmp(first.bytes, second.bytes) == 0);
    ml_strbuf_release(&first);
    ml_strbuf_release(&second);
    ml_recipe_free(recipe);
    ml_recipe_free(again);
    return 0;
}

#include <string.h>

#include "recipe/recipe_eval.h"

void ml_recipe_name(const char *name, struct ml_strbuf *buf)
{
    size_t n = strlen(name);
    if (ml_expr_is_bare(name, n) && !ml_eval_is_reserved(name, n)) {
        ml_strbuf_add(buf, name, n);
        return;
    }
    ml_strbuf_addc(buf, '\'');
    for (size_t i = 0; i < n; i++) {
        if (name[i] == '\'')
            ml_strbuf_addc(buf, '\'');
        ml_strbuf_addc(buf, name[i]);
    }
    ml_strbuf_addc(buf, '\'');
}

void ml_recipe_expression(const struct ml_recipe *recipe, const struct ml_schema *schema,
                          size_t node, struct ml_strbuf *buf)
{
    const struct ml_node *it = &recipe->nodes[node];
    if (it->transform == ML_COLUMN) {
        ml_recipe_name(schema->columns[it->column].name, buf);
        return;
    }
    const struct ml_function *f = &ml_functions[it->transform];
    ml_strbuf_addf(buf, "%s(", f->name);
    for (size_t i = 0; i < it->n_args; i++) {
        if (i > 0)
            ml_strbuf_addc(buf, ',');
        ml_recipe_expression(recipe, schema, it->args[i], buf);
    }
    if (f->count != NULL)
        ml_strbuf_addf(buf, ",%zu", it->n);
    ml_strbuf_addc(buf, ')');
}

void ml_recipe_to_json(const struct ml_recipe *recipe, const struct ml_schema *schema,
                       struct ml_strbuf *buf)
{
    struct ml_strbuf text = {0};
    ml_strbuf_adds(buf, "{");
    ml_json_add_key(buf, "outputs");
    ml_strbuf_adds(buf, "[");
    for (size_t i = 0; i < recipe->n_outputs; i++) {
        ml_strbuf_clear(&text);
        ml_recipe_expression(recipe, schema, recipe->outputs[i], &text);
        ml_json_add_comma(buf);
        ml_json_add_string(buf, text.bytes, text.length);
    }
    ml_strbuf_adds(buf, "]}");
    ml_strbuf_release(&text);
}

/* ---- the plain recipe -------------------------------------------------------------------------
 */

enum { MAX_GROUP_BYTES = 100000 }; /* leaves the rest of a recipe its room */

static size_t count_inputs(const struct ml_schema *schema, enum ml_type type)
{
    size_t n = 0;
    for (size_t i = 0; i < schema->n_columns; i++)
        n += schema->columns[i].role == ML_ROLE_INPUT && schema->columns[i].type == type;
    return n;
}

static void add_numeric_group(const struct ml_schema *schema, struct ml_strbuf *buf)
{
    const char *before = "group(";
    for (size_t i = 0; i < schema->n_columns; i++) {
        if (schema->columns[i].role != ML_ROLE_INPUT || schema->columns[i].type != ML_NUMERIC)
            continue;
        ml_strbuf_adds(buf, before);
        ml_recipe_name(schema->columns[i].name, buf);
        before = ",";
    }
    ml_strbuf_addc(buf, ')');
}

static void add_output(struct ml_strbuf *buf, const char *text)
{
    if (buf->bytes[buf->length - 1] != '[')
        ml_strbuf_addc(buf, ',');
    ml_strbuf_adds(buf, "\n    ");
    ml_json_adds(buf, text);
}

/* The group of a number of bins, if it can stand in the recipe; else its name is ALL_NUMERIC. */
static void add_group(const struct ml_schema *schema, size_t bins, struct ml_strbuf *buf,
                      struct ml_strbuf *name)
{
    struct ml_strbuf group = {0};
    struct ml_strbuf quoted = {0};
    ml_strbuf_clear(name);
    ml_strbuf_addf(name, "NUMERIC_VARS_QB_%zu", bins);
    add_numeric_group(schema, &group);
    ml_json_add_string(&quoted, group.bytes, group.length);
    if (quoted.length > MAX_GROUP_BYTES || ml_schema_find(schema, name->bytes, name->length) >= 0) {
        ml_strbuf_clear(name);
        ml_strbuf_adds(name, "ALL_NUMERIC");
    } else {
        ml_strbuf_adds(buf, buf->bytes[buf->length - 1] == '{' ? "" : ",");
        ml_strbuf_addf(buf, "\n    \"%s\": ", name->bytes);
        ml_strbuf_add(buf, quoted.bytes, quoted.length);
    }
    ml_strbuf_release(&group);
    ml_strbuf_release(&quoted);
}

/* The groups, and into binned the outputs that use them. */
static void add_groups(const struct ml_schema *schema, const struct ml_suggestion *s,
                       struct ml_strbuf *buf, struct ml_strbuf *binned)
{
    struct ml_strbuf name = {0};
    struct ml_strbuf output = {0};
    ml_strbuf_adds(buf, "{\n  \"groups\": {");
    for (size_t i = 0; i < s->n_bins && count_inputs(schema, ML_NUMERIC) > 0; i++) {
        add_group(schema, s->bins[i], buf, &name);
        ml_strbuf_clear(&output);
        ml_strbuf_addf(&output, "quantile_bin(%s,%zu)", name.bytes, s->bins[i]);
        ml_strbuf_adds(binned, ",\n    ");
        ml_json_adds(binned, output.bytes);
    }
    ml_strbuf_adds(buf, buf->bytes[buf->length - 1] == '{' ? "}" : "\n  }");
    ml_strbuf_release(&name);
    ml_strbuf_release(&output);
}

void ml_recipe_suggest(const struct ml_schema *schema, const struct ml_suggestion *s,
                       struct ml_strbuf *buf)
{
    struct ml_strbuf binned = {0};
    add_groups(schema, s, buf, &binned);
    ml_strbuf_adds(buf, ",\n  \"assignments\": {},\n  \"outputs\": [");
    if (count_inputs(schema, ML_BINARY) > 0)
        add_output(buf, "ALL_BINARY");
    if (count_inputs(schema, ML_CATEGORICAL) > 0)
        add_output(buf, "ALL_CATEGORICAL");
    if (count_inputs(schema, ML_NUMERIC) > 0) {
        add_output(buf, "normalize(ALL_NUMERIC)");
        ml_strbuf_add(buf, binned.bytes, binned.length);
    }
    if (count_inputs(schema, ML_TEXT) > 0)
        add_output(buf, "ALL_TEXT");
    for (size_t i = 0; i < s->n_crosses; i++)
        add_output(buf, s->crosses[i]);
    ml_strbuf_adds(buf, "\n  ]\n}\n");
    ml_strbuf_release(&binned);
}

void ml_recipe_plain(const struct ml_schema *schema, size_t bins, struct ml_strbuf *buf)
{
    struct ml_suggestion s = {.bins = {bins}, .n_bins = 1};
    ml_recipe_suggest(schema, &s, buf);
}

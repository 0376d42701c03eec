#include "recipe/recipe.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "recipe/recipe_eval.h"

enum { SHOWN_BYTES = 100 };

struct outputs {
    size_t *nodes; /* owned */
    size_t n;
    size_t capacity;
    bool *has; /* owned, a node */
};

static bool check_members(const struct ml_json *object, const char *name, struct ml_error *err)
{
    if (object == NULL || ml_json_type(object) != ML_JSON_OBJECT)
        return ml_fail(err, ML_EINPUT, "%s: a recipe must be a JSON object", name);
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m)) {
        const char *key = ml_json_key(m);
        bool is_list = strcmp(key, "outputs") == 0;
        bool is_entries = strcmp(key, "groups") == 0 || strcmp(key, "assignments") == 0;
        char shown[SHOWN_BYTES];
        if (!is_list && !is_entries)
            return ml_fail(err, ML_EINPUT,
                           "%s: unknown member '%s'; known are groups, assignments, outputs", name,
                           ml_quote(shown, sizeof(shown), key, strlen(key)));
        if (is_entries && ml_json_type(m) != ML_JSON_OBJECT)
            return ml_fail(err, ML_EINPUT, "%s: '%s' must be an object", name, key);
    }
    const struct ml_json *outputs = ml_json_get(object, "outputs");
    if (outputs == NULL || ml_json_type(outputs) != ML_JSON_ARRAY || ml_json_first(outputs) == NULL)
        return ml_fail(err, ML_EINPUT, "%s: 'outputs' must be a list of expressions", name);
    return true;
}

static bool declare_all(struct ml_eval *eval, const struct ml_json *object, const char *section,
                        const char *name)
{
    const struct ml_json *entries = ml_json_get(object, section);
    const struct ml_json *m = entries != NULL ? ml_json_first(entries) : NULL;
    struct ml_strbuf place = {0};
    bool ok = true;
    for (; m != NULL && ok; m = ml_json_next(m)) {
        const char *key = ml_json_key(m);
        const char *text = ml_json_string(m);
        char shown[SHOWN_BYTES];
        ml_strbuf_clear(&place);
        ml_strbuf_addf(&place, "%s: %s['%s']", name, section,
                       ml_quote(shown, sizeof(shown), key, strlen(key)));
        ok = text != NULL ? ml_eval_declare(eval, section[0] == 'g', key, text, place.bytes)
                          : ml_fail(eval->err, ML_EINPUT, "%s: not a string", place.bytes);
    }
    ml_strbuf_release(&place);
    return ok;
}

static bool add_outputs(struct outputs *outputs, const struct ml_value *value, const char *place,
                        struct ml_error *err)
{
    for (size_t i = 0; i < value->n; i++) {
        size_t node = value->nodes[i];
        if (outputs->has[node])
            continue;
        if (outputs->n == ML_MAX_RECIPE_OUTPUTS)
            return ml_fail(err, ML_ELIMIT, "%s: more than %d outputs", place,
                           (int)ML_MAX_RECIPE_OUTPUTS);
        outputs->has[node] = true;
        outputs->nodes =
            ml_grow(outputs->nodes, outputs->n, &outputs->capacity, sizeof(*outputs->nodes));
        outputs->nodes[outputs->n++] = node;
    }
    return true;
}

static bool eval_output(struct ml_eval *eval, struct outputs *outputs, const struct ml_json *item,
                        size_t i, const char *name)
{
    struct ml_strbuf place = {0};
    struct ml_expr *expr;
    struct ml_value value;
    ml_strbuf_addf(&place, "%s: outputs[%zu]", name, i);
    const char *text = ml_json_string(item);
    bool ok = true;
    if (text == NULL)
        ok = ml_fail(eval->err, ML_EINPUT, "%s: not a string", place.bytes);
    else if (i == ML_MAX_RECIPE_OUTPUTS)
        ok = ml_fail(eval->err, ML_ELIMIT, "%s: more than %d outputs", place.bytes,
                     (int)ML_MAX_RECIPE_OUTPUTS);
    ok = ok && ml_expr_parse(&expr, &eval->arena, text, place.bytes, eval->err) &&
         ml_eval_expr(eval, &value, expr) && add_outputs(outputs, &value, place.bytes, eval->err);
    ml_strbuf_release(&place);
    return ok;
}

static bool eval_all(struct ml_eval *eval, struct outputs *outputs, const struct ml_json *object,
                     const char *name)
{
    if (!declare_all(eval, object, "groups", name) ||
        !declare_all(eval, object, "assignments", name))
        return false;
    for (size_t i = 0; i < eval->names.count; i++)
        if (!ml_eval_entry(eval, i))
            return false;
    size_t i = 0;
    const struct ml_json *item = ml_json_first(ml_json_get(object, "outputs"));
    for (; item != NULL; item = ml_json_next(item), i++)
        if (!eval_output(eval, outputs, item, i, name))
            return false;
    if (outputs->n == 0)
        return ml_fail(eval->err, ML_EINPUT,
                       "%s: outputs: nothing is left to learn from, all groups in them are empty",
                       name);
    return true;
}

bool ml_recipe_from_json(struct ml_recipe **out, const struct ml_json *object,
                         const struct ml_schema *schema, const char *name, struct ml_error *err)
{
    if (!check_members(object, name, err))
        return false;
    struct ml_eval eval;
    struct outputs outputs = {0};
    ml_eval_init(&eval, schema, err);
    outputs.has = ml_xcalloc(schema->n_columns + ML_MAX_RECIPE_NODES, sizeof(*outputs.has));
    bool ok = eval_all(&eval, &outputs, object, name);
    if (ok)
        *out = ml_node_maker_finish(&eval.maker, outputs.nodes, outputs.n);
    else
        free(outputs.nodes);
    free(outputs.has);
    ml_eval_release(&eval);
    return ok;
}

bool ml_recipe_parse(struct ml_recipe **out, const char *text, size_t n,
                     const struct ml_schema *schema, const char *name, struct ml_error *err)
{
    if (n > ML_MAX_RECIPE_BYTES)
        return ml_fail(err, ML_ELIMIT, "%s: %zu bytes; a recipe has at most %d", name, n,
                       (int)ML_MAX_RECIPE_BYTES);
    struct ml_json *document;
    if (!ml_json_parse(&document, text, n, name, err))
        return false;
    bool ok = ml_recipe_from_json(out, document, schema, name, err);
    ml_json_free(document);
    return ok;
}

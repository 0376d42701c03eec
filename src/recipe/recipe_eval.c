#include "recipe/recipe_eval.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "recipe/recipe_names.h"

enum { SHOWN_BYTES = 120 };

void ml_eval_init(struct ml_eval *eval, const struct ml_schema *schema, struct ml_error *err)
{
    memset(eval, 0, sizeof(*eval));
    eval->err = err;
    ml_node_maker_init(&eval->maker, schema);
    for (size_t i = 0; i < schema->n_columns; i++)
        ml_dict_add(&eval->columns, schema->columns[i].name, strlen(schema->columns[i].name));
    size_t max_nodes = schema->n_columns + ML_MAX_RECIPE_NODES;
    eval->list = ml_xcalloc(max_nodes, sizeof(*eval->list));
    eval->marks = ml_xcalloc(max_nodes, sizeof(*eval->marks));
}

void ml_eval_release(struct ml_eval *eval)
{
    ml_node_maker_release(&eval->maker);
    ml_arena_release(&eval->arena);
    ml_dict_release(&eval->columns);
    ml_dict_release(&eval->names);
    free(eval->entries);
    free(eval->list);
    free(eval->marks);
}

/* ---- a value under construction ---------------------------------------------------------------
 * One at a time: arguments are evaluated before the list of their call begins. */

static void begin_list(struct ml_eval *eval)
{
    eval->n_list = 0;
    eval->stamp++;
}

static void add_to_list(struct ml_eval *eval, size_t node)
{
    if (eval->marks[node] == eval->stamp)
        return;
    eval->marks[node] = eval->stamp;
    eval->list[eval->n_list++] = node;
}

static struct ml_value end_list(struct ml_eval *eval, bool is_plural)
{
    size_t *nodes = ml_arena_alloc(&eval->arena, eval->n_list * sizeof(*nodes));
    memcpy(nodes, eval->list, eval->n_list * sizeof(*nodes));
    return (struct ml_value){nodes, eval->n_list, is_plural};
}

/* ---- names ------------------------------------------------------------------------------------
 */

static struct ml_value predefined_value(struct ml_eval *eval, size_t group)
{
    const struct ml_schema *schema = eval->maker.schema;
    if (eval->has_predefined[group])
        return eval->predefined[group];
    begin_list(eval);
    for (size_t i = 0; i < schema->n_columns; i++)
        if (schema->columns[i].role == ML_ROLE_INPUT &&
            (group == ML_ALL_INPUTS || group == (size_t)schema->columns[i].type))
            add_to_list(eval, ml_node_column(&eval->maker, i));
    eval->predefined[group] = end_list(eval, true);
    eval->has_predefined[group] = true;
    return eval->predefined[group];
}

static bool eval_name(struct ml_eval *eval, struct ml_value *out, const struct ml_expr *name)
{
    size_t i = 0;
    switch (ml_names_resolve(eval, name, &i)) {
    case ML_MEANS_COLUMN:
        if (eval->maker.schema->columns[i].role != ML_ROLE_INPUT)
            return ml_names_fail_role(eval, name, i);
        begin_list(eval);
        add_to_list(eval, ml_node_column(&eval->maker, i));
        *out = end_list(eval, false);
        return true;
    case ML_MEANS_ENTRY:
        if (!ml_eval_entry(eval, i))
            return false;
        *out = eval->entries[i].value;
        return true;
    case ML_MEANS_PREDEFINED:
        *out = predefined_value(eval, i);
        return true;
    case ML_MEANS_NOTHING:
        break;
    }
    return ml_names_fail_unknown(eval, name);
}

/* ---- transformations --------------------------------------------------------------------------
 */

static const char *show_node(const struct ml_eval *eval, size_t node, char shown[SHOWN_BYTES])
{
    struct ml_strbuf buf = {0};
    ml_recipe_expression(eval->maker.recipe, eval->maker.schema, node, &buf);
    ml_quote(shown, SHOWN_BYTES, buf.bytes, buf.length);
    ml_strbuf_release(&buf);
    return shown;
}

static const char *kind_name(const struct ml_eval *eval, const struct ml_node *node)
{
    static const char *const names[] = {
        [ML_KIND_NUMBER] = "a number",
        [ML_KIND_LEVEL] = "a category",
        [ML_KIND_TEXT] = "TEXT",
        [ML_KIND_TOKENS] = "tokens",
    };
    if (node->transform == ML_COLUMN)
        return ml_type_name(eval->maker.schema->columns[node->column].type);
    return names[node->kind];
}

static bool check_kinds(const struct ml_eval *eval, enum ml_transform transform,
                        const struct ml_expr *arg, const struct ml_value *value)
{
    const struct ml_function *f = &ml_functions[transform];
    for (size_t i = 0; i < value->n; i++) {
        const struct ml_node *node = &eval->maker.recipe->nodes[value->nodes[i]];
        if (f->kinds >> node->kind & 1)
            continue;
        char shown[SHOWN_BYTES];
        show_node(eval, value->nodes[i], shown);
        if (transform == ML_CARTESIAN)
            return ml_expr_fail(arg, eval->err, ML_EINPUT,
                                "'cartesian' takes no numbers; bin '%s' first with quantile_bin",
                                shown);
        return ml_expr_fail(arg, eval->err, ML_EINPUT, "'%s' takes %s, but '%s' is %s", f->name,
                            f->takes, shown, kind_name(eval, node));
    }
    return true;
}

static bool parse_count(const struct ml_eval *eval, size_t *out, const struct ml_function *f,
                        const struct ml_expr *arg)
{
    size_t x = 0;
    bool ok = arg->kind == ML_EXPR_NUMBER && arg->n <= 9;
    for (size_t i = 0; ok && i < arg->n; i++) {
        ok = arg->text[i] >= '0' && arg->text[i] <= '9';
        x = x * 10 + (size_t)(arg->text[i] - '0');
    }
    char shown[SHOWN_BYTES];
    if (!ok || x < f->min_count || x > f->max_count)
        return ml_expr_fail(arg, eval->err, ML_EINPUT,
                            "'%s' takes a whole number of %s from %zu to %zu, not '%s'", f->name,
                            f->count, f->min_count, f->max_count,
                            ml_names_show(arg, shown, sizeof(shown)));
    *out = x;
    return true;
}

static bool check_arity(const struct ml_eval *eval, enum ml_transform transform,
                        const struct ml_expr *call)
{
    const struct ml_function *f = &ml_functions[transform];
    size_t wanted = f->count != NULL ? 2 : 1;
    if (transform != ML_CARTESIAN && call->n_args != wanted)
        return ml_expr_fail(call, eval->err, ML_EINPUT, "'%s' takes %zu argument%s, not %zu",
                            f->name, wanted, wanted > 1 ? "s" : "", call->n_args);
    if (transform == ML_CARTESIAN && call->n_args < 2)
        return ml_expr_fail(call, eval->err, ML_EINPUT, "'cartesian' needs at least 2 arguments");
    if (call->n_args > ML_MAX_CARTESIAN_ARGS)
        return ml_expr_fail(call, eval->err, ML_ELIMIT, "'cartesian' takes at most %d arguments",
                            (int)ML_MAX_CARTESIAN_ARGS);
    return true;
}

/* Adds one combination's node to the list. */
static bool add_node(struct ml_eval *eval, const struct ml_expr *call, enum ml_transform transform,
                     size_t n, const size_t *args, size_t n_args)
{
    size_t node;
    if (!ml_node_call(&eval->maker, &node, transform, n, args, n_args, eval->err))
        return ml_fail_context(eval->err, "%s, column %zu", call->place, call->column);
    if (node != SIZE_MAX)
        add_to_list(eval, node);
    return true;
}

/* Steps to the next combination, the last argument fastest; false after the last one. */
static bool next_combination(size_t *at, const struct ml_value *values, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        if (++at[i] < values[i].n)
            return true;
        at[i] = 0;
    }
    return false;
}

/* All combinations of the arguments' members. */
static bool combine(struct ml_eval *eval, struct ml_value *out, const struct ml_expr *call,
                    const struct ml_value *values, size_t n_values, enum ml_transform transform,
                    size_t n)
{
    size_t at[ML_MAX_CARTESIAN_ARGS] = {0};
    size_t args[ML_MAX_CARTESIAN_ARGS];
    bool is_plural = false;
    bool more = true;
    for (size_t i = 0; i < n_values; i++) {
        is_plural = is_plural || values[i].is_plural;
        more = more && values[i].n > 0;
    }
    begin_list(eval);
    while (more) {
        for (size_t i = 0; i < n_values; i++)
            args[i] = values[i].nodes[at[i]];
        if (!add_node(eval, call, transform, n, args, n_values))
            return false;
        more = next_combination(at, values, n_values);
    }
    if (eval->n_list == 0 && !is_plural)
        return ml_expr_fail(call, eval->err, ML_EINPUT,
                            "'cartesian' of something with itself says nothing new");
    *out = end_list(eval, is_plural);
    return true;
}

static bool eval_call(struct ml_eval *eval, struct ml_value *out, const struct ml_expr *call)
{
    enum ml_transform transform = ml_names_transform(call->text, call->n);
    if (transform == ML_COLUMN)
        return ml_names_fail_function(eval, call);
    if (!check_arity(eval, transform, call))
        return false;
    const struct ml_function *f = &ml_functions[transform];
    size_t n_values = f->count != NULL ? 1 : call->n_args;
    struct ml_value *values = ml_arena_calloc(&eval->arena, n_values, sizeof(*values));
    const struct ml_expr *arg = call->args;
    for (size_t i = 0; i < n_values; i++, arg = arg->next)
        if (!ml_eval_expr(eval, &values[i], arg) || !check_kinds(eval, transform, arg, &values[i]))
            return false;
    size_t n = 0;
    if (f->count != NULL && !parse_count(eval, &n, f, arg))
        return false;
    return combine(eval, out, call, values, n_values, transform, n);
}

bool ml_eval_expr(struct ml_eval *eval, struct ml_value *out, const struct ml_expr *expr)
{
    char shown[SHOWN_BYTES];
    switch (expr->kind) {
    case ML_EXPR_NAME:
        return eval_name(eval, out, expr);
    case ML_EXPR_CALL:
        return eval_call(eval, out, expr);
    case ML_EXPR_NUMBER:
        break;
    }
    return ml_expr_fail(expr, eval->err, ML_EINPUT,
                        "expected a column, group or assignment, not '%s'; a name that does not "
                        "start with a letter must be quoted",
                        ml_names_show(expr, shown, sizeof(shown)));
}

/* ---- groups -----------------------------------------------------------------------------------
 */

/* A column or group in group() or group_remove(). */
static bool eval_item(struct ml_eval *eval, struct ml_value *out, const struct ml_expr *item,
                      const struct ml_expr *call)
{
    char shown[SHOWN_BYTES];
    char function[SHOWN_BYTES];
    ml_names_show(item, shown, sizeof(shown));
    ml_names_show(call, function, sizeof(function));
    size_t i = 0;
    enum ml_meaning meaning =
        item->kind == ML_EXPR_NAME ? ml_names_resolve(eval, item, &i) : ML_MEANS_NOTHING;
    if (item->kind != ML_EXPR_NAME)
        return ml_expr_fail(item, eval->err, ML_EINPUT,
                            "'%s' takes names of columns and groups, not '%s'", function, shown);
    if (meaning == ML_MEANS_PREDEFINED && i == ML_ALL_INPUTS)
        return ml_expr_fail(item, eval->err, ML_EINPUT, "'ALL_INPUTS' cannot be used in '%s'",
                            function);
    if (meaning == ML_MEANS_ENTRY && !eval->entries[i].is_group)
        return ml_expr_fail(item, eval->err, ML_EINPUT,
                            "'%s' takes names of columns and groups, but '%s' is an assignment",
                            function, shown);
    if (call->n == strlen("group_remove") && item == call->args && meaning == ML_MEANS_COLUMN)
        return ml_expr_fail(item, eval->err, ML_EINPUT,
                            "'group_remove' takes columns from a group, but '%s' is a column",
                            shown);
    return eval_name(eval, out, item);
}

/* The first value without the others. */
static bool remove_items(struct ml_eval *eval, const struct ml_expr *call,
                         const struct ml_value *values)
{
    begin_list(eval);
    for (size_t i = 0; i < values[0].n; i++)
        add_to_list(eval, values[0].nodes[i]);
    const struct ml_expr *item = call->args->next;
    for (size_t v = 1; v < call->n_args; v++, item = item->next) {
        for (size_t i = 0; i < values[v].n; i++) {
            size_t node = values[v].nodes[i];
            char shown[SHOWN_BYTES];
            if (eval->marks[node] != eval->stamp)
                return ml_expr_fail(item, eval->err, ML_EINPUT, "'%s' is not in the group",
                                    show_node(eval, node, shown));
            eval->marks[node] = 0;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < eval->n_list; i++)
        if (eval->marks[eval->list[i]] == eval->stamp)
            eval->list[kept++] = eval->list[i];
    eval->n_list = kept;
    return true;
}

bool ml_eval_group(struct ml_eval *eval, struct ml_value *out, const struct ml_expr *call)
{
    if (call->kind != ML_EXPR_CALL || !ml_names_is_group_function(call->text, call->n))
        return ml_expr_fail(call, eval->err, ML_EINPUT,
                            "a group is made by group(...) or group_remove(...)");
    bool is_remove = call->n == strlen("group_remove");
    if (call->n_args < (is_remove ? 2 : 1))
        return ml_expr_fail(call, eval->err, ML_EINPUT, "'%s' needs at least %s",
                            is_remove ? "group_remove" : "group",
                            is_remove ? "2 arguments" : "1 argument");
    struct ml_value *values = ml_arena_calloc(&eval->arena, call->n_args, sizeof(*values));
    const struct ml_expr *item = call->args;
    for (size_t i = 0; i < call->n_args; i++, item = item->next)
        if (!eval_item(eval, &values[i], item, call))
            return false;
    if (is_remove) {
        if (!remove_items(eval, call, values))
            return false;
    } else {
        begin_list(eval);
        for (size_t v = 0; v < call->n_args; v++)
            for (size_t i = 0; i < values[v].n; i++)
                add_to_list(eval, values[v].nodes[i]);
    }
    if (eval->n_list == 0)
        return ml_expr_fail(call, eval->err, ML_EINPUT, "the group is empty");
    *out = end_list(eval, true);
    return true;
}

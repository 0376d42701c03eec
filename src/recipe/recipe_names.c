#include "recipe/recipe_names.h"

#include <string.h>
#include <strings.h>

enum { SHOWN_BYTES = 200 };

static const char *const predefined[ML_N_PREDEFINED] = {
    [ML_NUMERIC] = "ALL_NUMERIC", [ML_CATEGORICAL] = "ALL_CATEGORICAL", [ML_BINARY] = "ALL_BINARY",
    [ML_TEXT] = "ALL_TEXT",       [ML_ALL_INPUTS] = "ALL_INPUTS",
};

static bool is(const char *known, const char *name, size_t n)
{
    return strlen(known) == n && memcmp(known, name, n) == 0;
}

static size_t find_predefined(const char *name, size_t n)
{
    size_t i = 0;
    while (i < ML_N_PREDEFINED && !is(predefined[i], name, n))
        i++;
    return i;
}

bool ml_names_is_group_function(const char *name, size_t n)
{
    return is("group", name, n) || is("group_remove", name, n);
}

enum ml_transform ml_names_transform(const char *name, size_t n)
{
    for (int i = ML_COLUMN + 1; i < ML_N_TRANSFORMS; i++)
        if (is(ml_functions[i].name, name, n))
            return (enum ml_transform)i;
    return ML_COLUMN;
}

bool ml_eval_is_reserved(const char *name, size_t n)
{
    return find_predefined(name, n) < ML_N_PREDEFINED || ml_names_is_group_function(name, n) ||
           ml_names_transform(name, n) != ML_COLUMN;
}

enum ml_meaning ml_names_resolve(const struct ml_eval *eval, const struct ml_expr *name,
                                 size_t *index)
{
    size_t group = find_predefined(name->text, name->n);
    uint32_t column = ml_dict_find(&eval->columns, name->text, name->n);
    if (group < ML_N_PREDEFINED && (!name->is_quoted || column == ML_DICT_NONE)) {
        *index = group;
        return ML_MEANS_PREDEFINED;
    }
    if (column != ML_DICT_NONE) {
        *index = column;
        return ML_MEANS_COLUMN;
    }
    *index = ml_dict_find(&eval->names, name->text, name->n);
    return *index != ML_DICT_NONE ? ML_MEANS_ENTRY : ML_MEANS_NOTHING;
}

/* A string of the dictionary that differs from the name in case only, or NULL. */
static const char *find_any_case(const struct ml_dict *dict, const struct ml_expr *name, size_t *n)
{
    for (uint32_t i = 0; i < dict->count; i++) {
        const char *s = ml_dict_get(dict, i, n);
        if (*n == name->n && strncasecmp(s, name->text, *n) == 0)
            return s;
    }
    return NULL;
}

static const char *find_alike(const struct ml_eval *eval, const struct ml_expr *name, size_t *n)
{
    *n = name->n;
    for (size_t i = 0; i < ML_N_PREDEFINED; i++)
        if (strlen(predefined[i]) == *n && strncasecmp(predefined[i], name->text, *n) == 0)
            return predefined[i];
    const char *alike = find_any_case(&eval->columns, name, n);
    return alike != NULL ? alike : find_any_case(&eval->names, name, n);
}

const char *ml_names_show(const struct ml_expr *expr, char *buf, size_t bytes)
{
    return ml_quote(buf, bytes, expr->text, expr->n);
}

bool ml_names_fail_unknown(const struct ml_eval *eval, const struct ml_expr *name)
{
    char shown[SHOWN_BYTES];
    char other[SHOWN_BYTES];
    ml_names_show(name, shown, sizeof(shown));
    if (!name->is_quoted && (ml_names_is_group_function(name->text, name->n) ||
                             ml_names_transform(name->text, name->n) != ML_COLUMN))
        return ml_expr_fail(name, eval->err, ML_EINPUT, "'%s' is a function and needs arguments",
                            shown);
    size_t n;
    const char *alike = find_alike(eval, name, &n);
    if (alike == NULL)
        return ml_expr_fail(name, eval->err, ML_EINPUT, "'%s' is no column, group or assignment",
                            shown);
    return ml_expr_fail(name, eval->err, ML_EINPUT,
                        "'%s' is no column, group or assignment; is '%s' meant?", shown,
                        ml_quote(other, sizeof(other), alike, n));
}

bool ml_names_fail_function(const struct ml_eval *eval, const struct ml_expr *call)
{
    char shown[SHOWN_BYTES];
    ml_names_show(call, shown, sizeof(shown));
    if (ml_names_is_group_function(call->text, call->n))
        return ml_expr_fail(call, eval->err, ML_EINPUT,
                            "'%s' can only begin an expression of 'groups'", shown);
    return ml_expr_fail(call, eval->err, ML_EINPUT,
                        "unknown function '%s'; known are lowercase, no_punct, ngram, osb, "
                        "quantile_bin, normalize, cartesian",
                        shown);
}

bool ml_names_fail_role(const struct ml_eval *eval, const struct ml_expr *name, size_t column)
{
    static const char *const roles[] = {
        [ML_ROLE_INPUT] = "an input",
        [ML_ROLE_TARGET] = "the target",
        [ML_ROLE_ROW_ID] = "the row id",
        [ML_ROLE_EXCLUDED] = "excluded by the schema",
    };
    char shown[SHOWN_BYTES];
    return ml_expr_fail(name, eval->err, ML_EINPUT, "column '%s' is %s and cannot be a feature",
                        ml_names_show(name, shown, sizeof(shown)),
                        roles[eval->maker.schema->columns[column].role]);
}

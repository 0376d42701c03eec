#include "base/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/dict.h"
#include "base/json_scan.h"

/*
 * struct ml_json is never defined: a pointer to one is a pointer to a cJSON node, which keeps
 * cJSON's header out of everybody else's sight.
 */
static const cJSON *node(const struct ml_json *value)
{
    return (const cJSON *)(const void *)value;
}

static const struct ml_json *value_of(const cJSON *item)
{
    return (const struct ml_json *)(const void *)item;
}

enum { FEW_MEMBERS = 32, TYPE_BITS = 0xff };

/* What cJSON_IsNumber and its like say, without a call into another library for each value. */
static inline bool has_type(const cJSON *item, int type)
{
    return (item->type & TYPE_BITS) == type;
}

/* The usual object is small enough to compare each name with those before it. */
static bool few_are_unique(const cJSON *object, const char **twice)
{
    for (const cJSON *m = object->child; m != NULL; m = m->next) {
        *twice = m->string;
        for (const cJSON *before = object->child; before != m; before = before->next)
            if (before->string[0] == m->string[0] && strcmp(before->string, m->string) == 0)
                return false;
    }
    return true;
}

static bool keys_are_unique(const cJSON *object, const char **twice)
{
    size_t n = 0;
    for (const cJSON *m = object->child; m != NULL && n <= FEW_MEMBERS; m = m->next)
        n++;
    if (n <= FEW_MEMBERS)
        return few_are_unique(object, twice);
    struct ml_dict seen = {0};
    bool ok = true;
    n = 0;
    for (const cJSON *m = object->child; m != NULL && ok; m = m->next) {
        ok = ml_dict_add(&seen, m->string, strlen(m->string)) == n++;
        *twice = m->string;
    }
    ml_dict_release(&seen);
    return ok;
}

/* Recursion is bounded by ML_JSON_MAX_DEPTH, which the scanner has enforced. */
static bool check_duplicates(const cJSON *item, const char **twice)
{
    if (has_type(item, cJSON_Object) && !keys_are_unique(item, twice))
        return false;
    for (const cJSON *child = item->child; child != NULL; child = child->next)
        if (child->child != NULL && !check_duplicates(child, twice))
            return false;
    return true;
}

static bool refuse_twice(const char *twice, const char *name, struct ml_error *err)
{
    char quoted[80];
    ml_quote(quoted, sizeof(quoted), twice, strlen(twice));
    return ml_fail(err, ML_EINPUT, "%s: '%s' appears twice in one object", name, quoted);
}

bool ml_json_parse(struct ml_json **out, const char *text, size_t n, const char *name,
                   struct ml_error *err)
{
    if (!ml_json_scan(text, n, name, NULL, err))
        return false;
    cJSON *root = cJSON_ParseWithLength(text, n);
    const char *twice = NULL;
    if (root == NULL)
        return ml_fail(err, ML_EINPUT, "%s: not readable as JSON", name);
    if (!check_duplicates(root, &twice)) {
        (void)refuse_twice(twice, name, err);
        cJSON_Delete(root);
        return false;
    }
    *out = (struct ml_json *)(void *)root;
    return true;
}

bool ml_json_parse_in(struct ml_arena *arena, struct ml_json **out, const char *text, size_t n,
                      const char *name, struct ml_error *err)
{
    struct ml_json_builder builder = {.arena = arena, .text = ml_arena_strndup(arena, text, n)};
    const char *twice = NULL;
    if (!ml_json_scan(builder.text, n, name, &builder, err))
        return false;
    if (builder.may_repeat && !check_duplicates(builder.root, &twice))
        return refuse_twice(twice, name, err);
    *out = (struct ml_json *)(void *)builder.root;
    return true;
}

void ml_json_free(struct ml_json *document)
{
    cJSON_Delete((cJSON *)(void *)document);
}

enum ml_json_type ml_json_type(const struct ml_json *value)
{
    switch (value != NULL ? node(value)->type & TYPE_BITS : cJSON_NULL) {
    case cJSON_False:
    case cJSON_True:
        return ML_JSON_BOOL;
    case cJSON_Number:
        return ML_JSON_NUMBER;
    case cJSON_String:
        return ML_JSON_STRING;
    case cJSON_Array:
        return ML_JSON_ARRAY;
    case cJSON_Object:
        return ML_JSON_OBJECT;
    default:
        return ML_JSON_NULL;
    }
}

const struct ml_json *ml_json_get(const struct ml_json *value, const char *name)
{
    if (value == NULL || !has_type(node(value), cJSON_Object))
        return NULL;
    return value_of(cJSON_GetObjectItemCaseSensitive(node(value), name));
}

const struct ml_json *ml_json_first(const struct ml_json *value)
{
    return value != NULL ? value_of(node(value)->child) : NULL;
}

const struct ml_json *ml_json_next(const struct ml_json *child)
{
    return value_of(node(child)->next);
}

size_t ml_json_count(const struct ml_json *value)
{
    size_t n = 0;
    for (const struct ml_json *v = ml_json_first(value); v != NULL; v = ml_json_next(v))
        n++;
    return n;
}

const char *ml_json_key(const struct ml_json *member)
{
    return node(member)->string;
}

const char *ml_json_string(const struct ml_json *value)
{
    return value != NULL && has_type(node(value), cJSON_String) ? node(value)->valuestring : NULL;
}

double ml_json_number(const struct ml_json *value)
{
    return value != NULL && has_type(node(value), cJSON_Number) ? node(value)->valuedouble : NAN;
}

bool ml_json_bool(const struct ml_json *value, bool fallback)
{
    return value != NULL && cJSON_IsBool(node(value)) ? cJSON_IsTrue(node(value)) : fallback;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool ml_json_bytes(const struct ml_json *value, struct ml_strbuf *buf)
{
    const char *s = ml_json_string(value);
    if (s != NULL) {
        ml_strbuf_adds(buf, s);
        return true;
    }
    s = ml_json_string(ml_json_get(value, "hex"));
    if (s == NULL || strlen(s) % 2 != 0)
        return false;
    for (; *s != '\0'; s += 2) {
        int high = hex_digit(s[0]);
        int low = hex_digit(s[1]);
        if (high < 0 || low < 0)
            return false;
        ml_strbuf_addc(buf, (char)(high * 16 + low));
    }
    return true;
}

double *ml_json_numbers(const struct ml_json *array, size_t *n)
{
    if (array == NULL || ml_json_type(array) != ML_JSON_ARRAY)
        return NULL;
    double *numbers = ml_xcalloc(ml_json_count(array), sizeof(*numbers));
    *n = 0;
    for (const struct ml_json *v = ml_json_first(array); v != NULL; v = ml_json_next(v)) {
        double x = ml_json_number(v);
        if (!isfinite(x)) {
            free(numbers);
            return NULL;
        }
        numbers[(*n)++] = x;
    }
    return numbers;
}

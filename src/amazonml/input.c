#include "amazonml/input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

const char *ml_aml_string(const struct ml_json *object, const char *name)
{
    return ml_json_string(ml_json_get(object, name));
}

static bool has_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *w = words; *w != '\0'; w += strspn(w, " ")) {
        size_t there = strcspn(w, " ");
        if (there == n && memcmp(w, word, n) == 0)
            return true;
        w += there;
    }
    return false;
}

static const char *const type_names[] = {
    [ML_AML_ID] = "a string",      [ML_AML_STRING] = "a string", [ML_AML_CHOICE] = "a string",
    [ML_AML_FLAG] = "a boolean",   [ML_AML_NUMBER] = "a number", [ML_AML_COUNT] = "a whole number",
    [ML_AML_OBJECT] = "an object", [ML_AML_LIST] = "a list",
};

static bool is_of_type(enum ml_aml_type type, const struct ml_json *value)
{
    switch (type) {
    case ML_AML_ID:
    case ML_AML_STRING:
    case ML_AML_CHOICE:
        return ml_json_type(value) == ML_JSON_STRING;
    case ML_AML_FLAG:
        return ml_json_type(value) == ML_JSON_BOOL;
    case ML_AML_NUMBER:
        return ml_json_type(value) == ML_JSON_NUMBER;
    case ML_AML_COUNT:
        return ml_json_number(value) == floor(ml_json_number(value));
    case ML_AML_OBJECT:
        return ml_json_type(value) == ML_JSON_OBJECT;
    case ML_AML_LIST:
        return ml_json_type(value) == ML_JSON_ARRAY;
    }
    return false;
}

static bool is_id(const char *s)
{
    size_t n = strlen(s);
    return n >= 1 && n <= 64 &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == n;
}

/* Of a number its value, of a string its characters, of a list its elements. */
static bool check_range(const struct ml_aml_member *m, const struct ml_json *value,
                        struct ml_aml_fault *fault)
{
    bool is_text = m->type == ML_AML_STRING;
    bool is_list = m->type == ML_AML_LIST;
    double size = is_text   ? (double)ml_utf8_count(ml_json_string(value))
                  : is_list ? (double)ml_json_count(value)
                            : ml_json_number(value);
    if (size >= m->low && size <= m->high)
        return true;
    if (is_text || is_list)
        return ml_aml_refuse(fault, ML_AML_INVALID_INPUT, "must have %.0f to %.0f %s", m->low,
                             m->high, is_text ? "characters" : "elements");
    return ml_aml_refuse(fault, ML_AML_INVALID_INPUT, "must be from %g to %g", m->low, m->high);
}

/* What is wrong with a value of the right type goes to fault->message, without the place. */
static bool check_value(const struct ml_aml_member *m, const struct ml_json *value,
                        struct ml_aml_fault *fault)
{
    switch (m->type) {
    case ML_AML_ID:
        return is_id(ml_json_string(value)) ||
               ml_aml_refuse(fault, ML_AML_INVALID_INPUT,
                             "must be 1 to 64 letters, digits, '_', '.' or '-'");
    case ML_AML_CHOICE:
        return has_word(m->choices, ml_json_string(value)) ||
               ml_aml_refuse(fault, ML_AML_INVALID_INPUT, "must be one of %s", m->choices);
    case ML_AML_STRING:
    case ML_AML_LIST:
    case ML_AML_NUMBER:
    case ML_AML_COUNT:
        return check_range(m, value, fault);
    case ML_AML_FLAG:
    case ML_AML_OBJECT:
        break;
    }
    return true;
}

bool ml_aml_check(const struct ml_json *object, const struct ml_aml_member *members,
                  const char *where, struct ml_aml_fault *fault)
{
    for (const struct ml_aml_member *m = members; m != NULL && m->name != NULL; m++) {
        const struct ml_json *value = ml_json_get(object, m->name);
        struct ml_aml_fault why;
        if (value == NULL || ml_json_type(value) == ML_JSON_NULL) {
            if (m->is_required)
                return ml_aml_refuse(fault, ML_AML_INVALID_INPUT, "%s%s: is missing", where,
                                     m->name);
            continue;
        }
        if (!is_of_type(m->type, value))
            return ml_aml_refuse(fault, ML_AML_SERIALIZATION, "%s%s: must be %s", where, m->name,
                                 type_names[m->type]);
        if (!check_value(m, value, &why))
            return ml_aml_refuse(fault, ML_AML_INVALID_INPUT, "%s%s: %.900s", where, m->name,
                                 why.message);
    }
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct ml_json *const *x = a;
    const struct ml_json *const *y = b;
    return strcmp(ml_json_key(*x), ml_json_key(*y));
}

static void write_object(struct ml_strbuf *buf, const struct ml_json *object)
{
    size_t n = 0;
    size_t room = ml_json_count(object) + 1;
    const struct ml_json **members = ml_xcalloc(room, sizeof(*members));
    for (const struct ml_json *m = ml_json_first(object); m != NULL; m = ml_json_next(m))
        if (ml_json_type(m) != ML_JSON_NULL)
            members[n++] = m;
    qsort(members, n, sizeof(*members), by_key);
    ml_strbuf_addc(buf, '{');
    for (size_t i = 0; i < n; i++) {
        ml_json_add_key(buf, ml_json_key(members[i]));
        ml_aml_write_value(buf, members[i]);
    }
    ml_strbuf_addc(buf, '}');
    free(members);
}

void ml_aml_write_value(struct ml_strbuf *buf, const struct ml_json *value)
{
    switch (ml_json_type(value)) {
    case ML_JSON_NULL:
        ml_strbuf_adds(buf, "null");
        break;
    case ML_JSON_BOOL:
        ml_strbuf_adds(buf, ml_json_bool(value, false) ? "true" : "false");
        break;
    case ML_JSON_NUMBER:
        ml_json_add_number(buf, ml_json_number(value));
        break;
    case ML_JSON_STRING:
        ml_json_adds(buf, ml_json_string(value));
        break;
    case ML_JSON_ARRAY:
        ml_strbuf_addc(buf, '[');
        for (const struct ml_json *v = ml_json_first(value); v != NULL; v = ml_json_next(v)) {
            if (v != ml_json_first(value))
                ml_strbuf_addc(buf, ',');
            ml_aml_write_value(buf, v);
        }
        ml_strbuf_addc(buf, ']');
        break;
    case ML_JSON_OBJECT:
        write_object(buf, value);
        break;
    }
}

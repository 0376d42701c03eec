/* Tags: up to 50 keys with a value on each entity. */
#include <string.h>

#include "amazonml/control.h"
#include "base/utf8.h"

enum { MAX_KEY = 128, MAX_VALUE = 256 };

/* The entity that ResourceType and ResourceId name. */
static struct ml_aml_entity *find_resource(struct ml_aml_op *op)
{
    const char *type = ml_aml_string(op->input, "ResourceType");
    const char *id = ml_aml_string(op->input, "ResourceId");
    struct ml_aml_entity *e = NULL;
    for (size_t k = 0; k < ML_AML_N_KINDS; k++)
        if (strcmp(type, ml_aml_kinds[k].type) == 0)
            e = ml_aml_records_find(op->control->records, (enum ml_aml_kind)k, id);
    if (e == NULL)
        ml_aml_refuse(op->fault, ML_AML_NOT_FOUND, "there is no %s '%s'", type, id);
    else if (e->status == ML_AML_DELETED) {
        ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT, "%s '%s' was deleted", type, id);
        return NULL;
    } else {
        ml_aml_keep(op, e);
    }
    return e;
}

static void reply(struct ml_aml_op *op)
{
    ml_strbuf_addc(op->out, '{');
    ml_json_key_string(op->out, "ResourceId", ml_aml_string(op->input, "ResourceId"));
    ml_json_key_string(op->out, "ResourceType", ml_aml_string(op->input, "ResourceType"));
}

static bool is_absent(const struct ml_json *value)
{
    return value == NULL || ml_json_type(value) == ML_JSON_NULL;
}

/* A value that is absent is empty. */
static bool check_tag(struct ml_aml_op *op, const struct ml_json *key_member,
                      const struct ml_json *value_member)
{
    const char *key = ml_json_string(key_member);
    const char *value = ml_json_string(value_member);
    if ((key == NULL && !is_absent(key_member)) || (value == NULL && !is_absent(value_member)))
        return ml_aml_refuse(op->fault, ML_AML_SERIALIZATION,
                             "Tags: a key and a value must be strings");
    size_t n = key != NULL ? ml_utf8_count(key) : 0;
    if (n == 0 || n > MAX_KEY || (value != NULL && ml_utf8_count(value) > MAX_VALUE))
        return ml_aml_refuse(op->fault, ML_AML_INVALID_TAG,
                             "Tags: a key has 1 to %d characters, a value up to %d", (int)MAX_KEY,
                             (int)MAX_VALUE);
    return strncmp(key, "aws:", 4) != 0 ||
           ml_aml_refuse(op->fault, ML_AML_INVALID_TAG, "Tags: keys of 'aws:' are reserved");
}

/* All or none: checked on a copy of the keys before anything is changed. */
static bool check_tags(struct ml_aml_op *op, const struct ml_json *tags,
                       const struct ml_aml_entity *e)
{
    struct ml_aml_entity *trial = ml_aml_entity_new(e->kind, e->id);
    bool ok = true;
    for (size_t i = 0; i < e->n_tags; i++)
        (void)ml_aml_tag_set(trial, e->tags[i].key, "");
    for (const struct ml_json *t = ml_json_first(tags); ok && t != NULL; t = ml_json_next(t)) {
        ok = ml_json_type(t) == ML_JSON_OBJECT ||
             ml_aml_refuse(op->fault, ML_AML_SERIALIZATION, "Tags: must be a list of objects");
        ok = ok && check_tag(op, ml_json_get(t, "Key"), ml_json_get(t, "Value"));
        if (ok && !ml_aml_tag_set(trial, ml_aml_string(t, "Key"), ""))
            ok = ml_aml_refuse(op->fault, ML_AML_TAG_LIMIT, "at most %d tags on one object",
                               (int)ML_AML_MAX_TAGS);
    }
    ml_aml_entity_free(trial);
    return ok;
}

bool ml_aml_add_tags(struct ml_aml_op *op)
{
    const struct ml_json *tags = ml_json_get(op->input, "Tags");
    struct ml_aml_entity *e = find_resource(op);
    if (e == NULL || !check_tags(op, tags, e))
        return false;
    for (const struct ml_json *t = ml_json_first(tags); t != NULL; t = ml_json_next(t)) {
        const char *value = ml_aml_string(t, "Value");
        (void)ml_aml_tag_set(e, ml_aml_string(t, "Key"), value != NULL ? value : "");
    }
    if (!ml_aml_save(op, e))
        return false;
    reply(op);
    ml_strbuf_addc(op->out, '}');
    return true;
}

bool ml_aml_delete_tags(struct ml_aml_op *op)
{
    const struct ml_json *keys = ml_json_get(op->input, "TagKeys");
    struct ml_aml_entity *e = find_resource(op);
    if (e == NULL)
        return false;
    for (const struct ml_json *k = ml_json_first(keys); k != NULL; k = ml_json_next(k))
        if (!check_tag(op, k, NULL))
            return false;
    for (const struct ml_json *k = ml_json_first(keys); k != NULL; k = ml_json_next(k))
        ml_aml_tag_remove(e, ml_json_string(k));
    if (!ml_aml_save(op, e))
        return false;
    reply(op);
    ml_strbuf_addc(op->out, '}');
    return true;
}

bool ml_aml_describe_tags(struct ml_aml_op *op)
{
    const struct ml_aml_entity *e = find_resource(op);
    if (e == NULL)
        return false;
    reply(op);
    ml_json_add_key(op->out, "Tags");
    ml_strbuf_addc(op->out, '[');
    for (size_t i = 0; i < e->n_tags; i++) {
        ml_json_add_comma(op->out);
        ml_strbuf_addc(op->out, '{');
        ml_json_key_string(op->out, "Key", e->tags[i].key);
        ml_json_key_string(op->out, "Value", e->tags[i].value);
        ml_strbuf_addc(op->out, '}');
    }
    ml_strbuf_adds(op->out, "]}");
    return true;
}

#include "amazonml/entity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "registry/ref.h"

struct ml_aml_entity *ml_aml_entity_new(enum ml_aml_kind kind, const char *id)
{
    struct ml_aml_entity *e = ml_xcalloc(1, sizeof(*e));
    e->kind = kind;
    snprintf(e->id, sizeof(e->id), "%s", id);
    for (size_t i = 0; i < ML_AML_N_NUMBERS; i++)
        e->number[i] = NAN;
    return e;
}

static void release(struct ml_aml_entity *e)
{
    for (size_t i = 0; i < ML_AML_N_TEXTS; i++)
        free(e->text[i]);
    for (size_t i = 0; i < e->n_tags; i++) {
        free(e->tags[i].key);
        free(e->tags[i].value);
    }
}

void ml_aml_entity_free(struct ml_aml_entity *e)
{
    if (e == NULL)
        return;
    release(e);
    free(e);
}

struct ml_aml_entity *ml_aml_entity_copy(const struct ml_aml_entity *from)
{
    struct ml_aml_entity *e = ml_aml_entity_new(from->kind, from->id);
    e->status = from->status;
    atomic_store(&e->endpoint, atomic_load(&from->endpoint));
    for (size_t i = 0; i < ML_AML_N_TEXTS; i++)
        ml_aml_set(e, (enum ml_aml_text)i, from->text[i]);
    memcpy(e->number, from->number, sizeof(e->number));
    for (size_t i = 0; i < from->n_tags; i++)
        (void)ml_aml_tag_set(e, from->tags[i].key, from->tags[i].value);
    return e;
}

void ml_aml_entity_restore(struct ml_aml_entity *e, struct ml_aml_entity *from)
{
    release(e);
    e->status = from->status;
    atomic_store(&e->endpoint, atomic_load(&from->endpoint));
    memcpy(e->text, from->text, sizeof(e->text));
    memcpy(e->number, from->number, sizeof(e->number));
    memcpy(e->tags, from->tags, sizeof(e->tags));
    e->n_tags = from->n_tags;
    memset(from->text, 0, sizeof(from->text));
    from->n_tags = 0;
}

void ml_aml_set(struct ml_aml_entity *e, enum ml_aml_text text, const char *value)
{
    char *copy = value != NULL ? ml_xstrdup(value) : NULL;
    free(e->text[text]);
    e->text[text] = copy;
}

bool ml_aml_has(const struct ml_aml_entity *e, enum ml_aml_number number)
{
    return !isnan(e->number[number]);
}

static size_t find_tag(const struct ml_aml_entity *e, const char *key)
{
    size_t i = 0;
    while (i < e->n_tags && strcmp(e->tags[i].key, key) != 0)
        i++;
    return i;
}

bool ml_aml_tag_set(struct ml_aml_entity *e, const char *key, const char *value)
{
    size_t i = find_tag(e, key);
    if (i == ML_AML_MAX_TAGS)
        return false;
    if (i == e->n_tags) {
        e->tags[e->n_tags++] = (struct ml_aml_tag){ml_xstrdup(key), ml_xstrdup(value)};
        return true;
    }
    char *copy = ml_xstrdup(value);
    free(e->tags[i].value);
    e->tags[i].value = copy;
    return true;
}

void ml_aml_tag_remove(struct ml_aml_entity *e, const char *key)
{
    size_t i = find_tag(e, key);
    if (i == e->n_tags)
        return;
    free(e->tags[i].key);
    free(e->tags[i].value);
    e->n_tags--;
    memmove(&e->tags[i], &e->tags[i + 1], (e->n_tags - i) * sizeof(e->tags[0]));
}

void ml_aml_registry_name(char name[ML_AML_ID_BYTES], const char *id)
{
    struct ml_error err;
    if (ml_ref_check_name(id, &err)) {
        snprintf(name, ML_AML_ID_BYTES, "%s", id);
        return;
    }
    char hex[ML_DIGEST_HEX];
    ml_digest_of(id, strlen(id), hex);
    snprintf(name, ML_AML_ID_BYTES, "ml-%.40s", hex);
}

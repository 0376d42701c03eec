/* The file of an entity. */
#include <math.h>
#include <string.h>

#include "amazonml/entity.h"

enum { FORMAT = 1 };

static const char *const kind_names[ML_AML_N_KINDS] = {
    [ML_AML_DATA_SOURCE] = "data_source",
    [ML_AML_MODEL] = "model",
    [ML_AML_EVALUATION] = "evaluation",
    [ML_AML_BATCH] = "batch_prediction",
};

static const char *const status_names[ML_AML_N_STATUSES] = {
    [ML_AML_PENDING] = "PENDING",     [ML_AML_INPROGRESS] = "INPROGRESS",
    [ML_AML_COMPLETED] = "COMPLETED", [ML_AML_FAILED] = "FAILED",
    [ML_AML_DELETED] = "DELETED",
};

static const char *const endpoint_names[ML_AML_N_ENDPOINTS] = {
    [ML_AML_ENDPOINT_NONE] = "NONE",
    [ML_AML_ENDPOINT_UPDATING] = "UPDATING",
    [ML_AML_ENDPOINT_READY] = "READY",
    [ML_AML_ENDPOINT_FAILED] = "FAILED",
};

static const char *const text_names[ML_AML_N_TEXTS] = {
    [ML_AML_NAME] = "name",
    [ML_AML_MESSAGE] = "message",
    [ML_AML_LOCATION] = "location",
    [ML_AML_SCHEMA] = "schema",
    [ML_AML_SCHEMA_LOCATION] = "schema_location",
    [ML_AML_REARRANGEMENT] = "rearrangement",
    [ML_AML_SOURCE_ID] = "data_source",
    [ML_AML_MODEL_ID] = "model",
    [ML_AML_TYPE] = "type",
    [ML_AML_PARAMETERS] = "parameters",
    [ML_AML_RECIPE] = "recipe",
    [ML_AML_RECIPE_LOCATION] = "recipe_location",
    [ML_AML_OUTPUT] = "output",
    [ML_AML_METRICS] = "metrics",
    [ML_AML_URL] = "url",
    [ML_AML_REQUEST] = "request",
};

static const char *const number_names[ML_AML_N_NUMBERS] = {
    [ML_AML_CREATED] = "created_ms",
    [ML_AML_UPDATED] = "updated_ms",
    [ML_AML_STARTED] = "started_ms",
    [ML_AML_FINISHED] = "finished_ms",
    [ML_AML_COMPUTE] = "compute_ms",
    [ML_AML_BYTES] = "bytes",
    [ML_AML_FILES] = "files",
    [ML_AML_STATISTICS] = "statistics",
    [ML_AML_THRESHOLD] = "threshold",
    [ML_AML_THRESHOLD_UPDATED] = "threshold_updated_ms",
    [ML_AML_ENDPOINT_CREATED] = "endpoint_created_ms",
    [ML_AML_VERSION] = "version",
    [ML_AML_RECORDS] = "records",
    [ML_AML_INVALID] = "invalid",
    [ML_AML_SEQUENCE] = "sequence",
};

const char *ml_aml_kind_name(enum ml_aml_kind kind)
{
    return kind_names[kind];
}

const char *ml_aml_status_name(enum ml_aml_status status)
{
    return status_names[status];
}

const char *ml_aml_endpoint_name(enum ml_aml_endpoint endpoint)
{
    return endpoint_names[endpoint];
}

void ml_aml_entity_write(struct ml_strbuf *buf, const struct ml_aml_entity *e)
{
    ml_strbuf_addc(buf, '{');
    ml_json_key_count(buf, "format", FORMAT);
    ml_json_key_string(buf, "kind", kind_names[e->kind]);
    ml_json_key_string(buf, "id", e->id);
    ml_json_key_string(buf, "status", status_names[e->status]);
    ml_json_key_string(buf, "endpoint", endpoint_names[atomic_load(&e->endpoint)]);
    for (size_t i = 0; i < ML_AML_N_TEXTS; i++)
        if (e->text[i] != NULL)
            ml_json_key_string(buf, text_names[i], e->text[i]);
    for (size_t i = 0; i < ML_AML_N_NUMBERS; i++)
        if (!isnan(e->number[i]))
            ml_json_key_number(buf, number_names[i], e->number[i]);
    ml_json_add_key(buf, "tags");
    ml_strbuf_addc(buf, '{');
    for (size_t i = 0; i < e->n_tags; i++)
        ml_json_key_string(buf, e->tags[i].key, e->tags[i].value);
    ml_strbuf_adds(buf, "}}\n");
}

/* Which of the names the member is; n: none of them. */
static size_t name_of(const struct ml_json *member, const char *const *names, size_t n)
{
    const char *s = ml_json_string(member);
    size_t i = 0;
    while (i < n && (s == NULL || strcmp(s, names[i]) != 0))
        i++;
    return i;
}

static bool read_tags(struct ml_aml_entity *e, const struct ml_json *tags)
{
    for (const struct ml_json *m = ml_json_first(tags); m != NULL; m = ml_json_next(m))
        if (ml_json_string(m) == NULL || !ml_aml_tag_set(e, ml_json_key(m), ml_json_string(m)))
            return false;
    return true;
}

static bool read_members(struct ml_aml_entity *e, const struct ml_json *root)
{
    size_t status = name_of(ml_json_get(root, "status"), status_names, ML_AML_N_STATUSES);
    size_t endpoint = name_of(ml_json_get(root, "endpoint"), endpoint_names, ML_AML_N_ENDPOINTS);
    if (status == ML_AML_N_STATUSES || endpoint == ML_AML_N_ENDPOINTS)
        return false;
    e->status = (enum ml_aml_status)status;
    atomic_store(&e->endpoint, (int)endpoint);
    for (size_t i = 0; i < ML_AML_N_TEXTS; i++)
        ml_aml_set(e, (enum ml_aml_text)i, ml_json_string(ml_json_get(root, text_names[i])));
    for (size_t i = 0; i < ML_AML_N_NUMBERS; i++)
        e->number[i] = ml_json_number(ml_json_get(root, number_names[i]));
    return ml_aml_has(e, ML_AML_CREATED) && ml_aml_has(e, ML_AML_SEQUENCE) &&
           e->text[ML_AML_REQUEST] != NULL && read_tags(e, ml_json_get(root, "tags"));
}

bool ml_aml_entity_read(struct ml_aml_entity **out, enum ml_aml_kind kind, const char *text,
                        size_t n, const char *name, struct ml_error *err)
{
    struct ml_json *root = NULL;
    if (!ml_json_parse(&root, text, n, name, err))
        return false;
    const char *id = ml_json_string(ml_json_get(root, "id"));
    bool ok = ml_json_number(ml_json_get(root, "format")) == FORMAT &&
              name_of(ml_json_get(root, "kind"), kind_names, ML_AML_N_KINDS) == kind &&
              id != NULL && id[0] != '\0' && strlen(id) < ML_AML_ID_BYTES;
    struct ml_aml_entity *e = ok ? ml_aml_entity_new(kind, id) : NULL;
    if (ok && !read_members(e, root)) {
        ml_aml_entity_free(e);
        ok = false;
    }
    ml_json_free(root);
    if (!ok)
        return ml_fail(err, ML_EINPUT, "%s: no %s of format %d", name, kind_names[kind], FORMAT);
    *out = e;
    return true;
}

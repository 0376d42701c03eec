/* What makes entities. Their work is queued; the answer does not wait for it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "amazonml/control.h"
#include "amazonml/parameters.h"
#include "base/digest.h"
#include "ml/registry.h"

static void digest_of(char hex[ML_DIGEST_HEX], const struct ml_json *input)
{
    struct ml_strbuf text = {0};
    ml_aml_write_value(&text, input);
    ml_digest_of(text.bytes, text.length, hex);
    ml_strbuf_release(&text);
}

void ml_aml_reply_id(struct ml_aml_op *op, const char *id)
{
    ml_strbuf_addc(op->out, '{');
    ml_json_key_string(op->out, ml_aml_kinds[op->kind].id, id);
    ml_strbuf_addc(op->out, '}');
}

/* A repetition of what made it is answered as the first was; *is_repeated says so. */
static bool check_new(struct ml_aml_op *op, bool *is_repeated)
{
    const char *id = ml_aml_string(op->input, ml_aml_kinds[op->kind].id);
    const struct ml_aml_entity *e = ml_aml_records_find(op->control->records, op->kind, id);
    const char *type = ml_aml_kinds[op->kind].type;
    char hex[ML_DIGEST_HEX];
    *is_repeated = false;
    if (e == NULL && op->control->n_waiting >= ML_AML_MAX_WAITING)
        return ml_aml_refuse(op->fault, ML_AML_LIMIT, "%d jobs are waiting already",
                             (int)ML_AML_MAX_WAITING);
    if (e == NULL)
        return true;
    if (e->status == ML_AML_DELETED)
        return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT,
                             "%s '%s' was deleted; an id is used once", type, id);
    digest_of(hex, op->input);
    *is_repeated = strcmp(hex, e->text[ML_AML_REQUEST]) == 0;
    return *is_repeated || ml_aml_refuse(op->fault, ML_AML_MISMATCH,
                                         "%s '%s' was created with other parameters", type, id);
}

static struct ml_aml_entity *begin(const struct ml_aml_op *op)
{
    char hex[ML_DIGEST_HEX];
    struct ml_aml_entity *e =
        ml_aml_entity_new(op->kind, ml_aml_string(op->input, ml_aml_kinds[op->kind].id));
    digest_of(hex, op->input);
    ml_aml_set(e, ML_AML_REQUEST, hex);
    ml_aml_set(e, ML_AML_NAME, ml_aml_string(op->input, ml_aml_kinds[op->kind].name));
    e->number[ML_AML_CREATED] = ml_aml_now(op->control);
    e->number[ML_AML_UPDATED] = e->number[ML_AML_CREATED];
    return e;
}

/* Tags of what it is made of go along, as many as there is room for. */
static void copy_tags(struct ml_aml_entity *to, const struct ml_aml_entity *from)
{
    for (size_t i = 0; from != NULL && i < from->n_tags; i++)
        (void)ml_aml_tag_set(to, from->tags[i].key, from->tags[i].value);
}

typedef bool (*fill_function)(struct ml_aml_op *op, struct ml_aml_entity *entity);

static bool create(struct ml_aml_op *op, fill_function fill)
{
    bool is_repeated;
    struct ml_error err;
    if (!check_new(op, &is_repeated))
        return false;
    if (is_repeated) {
        ml_aml_reply_id(op, ml_aml_string(op->input, ml_aml_kinds[op->kind].id));
        return true;
    }
    struct ml_aml_entity *e = begin(op);
    bool ok = fill(op, e);
    if (ok && !ml_aml_records_add(op->control->records, e, &err)) {
        bool is_limit = err.code == ML_ELIMIT;
        if (!is_limit)
            op->control->host.log_unsaved(op->control->host.ctx, e, &err);
        ok = is_limit ? ml_aml_refuse(op->fault, ML_AML_LIMIT, "%s", err.msg)
                      : ml_aml_refuse(op->fault, ML_AML_INTERNAL, "not saved: %s", err.msg);
    }
    if (!ok) {
        ml_aml_entity_free(e);
        return false;
    }
    ml_aml_wait(op->control, e);
    ml_aml_reply_id(op, e->id);
    return true;
}

/* Whether a location may be used; what is there is seen when the job runs. */
static bool check_location(const struct ml_aml_op *op, const char *member, const char *location,
                           bool must_exist)
{
    char *path = NULL;
    struct ml_error err;
    if (!op->control->host.locate(op->control->host.ctx, &path, location, must_exist, &err))
        return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT, "%s: %s", member, err.msg);
    free(path);
    return true;
}

/* Beside the data, where no schema is given: "banking.csv.schema", or "folder/.schema". */
static bool find_schema(struct ml_aml_op *op, struct ml_aml_entity *e)
{
    struct ml_strbuf beside = {0};
    const char *data = e->text[ML_AML_LOCATION];
    ml_strbuf_addf(&beside, "%s.schema", data);
    bool ok = check_location(op, "DataSpec.DataSchema is missing, and beside the data",
                             beside.bytes, true);
    if (ok)
        ml_aml_set(e, ML_AML_SCHEMA_LOCATION, beside.bytes);
    ml_strbuf_release(&beside);
    return ok;
}

static bool fill_data_source(struct ml_aml_op *op, struct ml_aml_entity *e)
{
    static const struct ml_aml_member spec_members[] = {
        {"DataLocationS3", ML_AML_STRING, true, 1, 2048, NULL},
        {"DataRearrangement", ML_AML_STRING, false, 0, 131071, NULL},
        {"DataSchema", ML_AML_STRING, false, 0, 131071, NULL},
        {"DataSchemaLocationS3", ML_AML_STRING, false, 1, 2048, NULL},
        {.name = NULL},
    };
    const struct ml_json *spec = ml_json_get(op->input, "DataSpec");
    if (!ml_aml_check(spec, spec_members, "DataSpec.", op->fault))
        return false;
    const char *schema = ml_aml_string(spec, "DataSchema");
    const char *schema_location = ml_aml_string(spec, "DataSchemaLocationS3");
    if (schema != NULL && schema[0] == '\0')
        schema = NULL;
    if (schema != NULL && schema_location != NULL)
        return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT,
                             "DataSpec: either DataSchema or DataSchemaLocationS3, not both");
    ml_aml_set(e, ML_AML_LOCATION, ml_aml_string(spec, "DataLocationS3"));
    ml_aml_set(e, ML_AML_REARRANGEMENT, ml_aml_string(spec, "DataRearrangement"));
    ml_aml_set(e, ML_AML_SCHEMA, schema);
    ml_aml_set(e, ML_AML_SCHEMA_LOCATION, schema_location);
    bool statistics = ml_json_bool(ml_json_get(op->input, "ComputeStatistics"), false);
    e->number[ML_AML_STATISTICS] = statistics ? 1.0 : 0.0;
    return check_location(op, "DataSpec.DataLocationS3", e->text[ML_AML_LOCATION], false) &&
           (schema_location == NULL ||
            check_location(op, "DataSpec.DataSchemaLocationS3", schema_location, false)) &&
           (schema != NULL || schema_location != NULL || find_schema(op, e));
}

bool ml_aml_create_data_source(struct ml_aml_op *op)
{
    return create(op, fill_data_source);
}

bool ml_aml_refuse_database(struct ml_aml_op *op)
{
    return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT,
                         "databases are not read here; export the rows to files and use "
                         "CreateDataSourceFromS3");
}

/* What an entity is made of must be there; whether it comes to be is for the job to wait for. */
static struct ml_aml_entity *find_part(struct ml_aml_op *op, enum ml_aml_kind kind,
                                       const char *member)
{
    const char *id = ml_aml_string(op->input, member);
    struct ml_aml_entity *e = ml_aml_records_find(op->control->records, kind, id);
    if (e != NULL && e->status != ML_AML_DELETED)
        return e;
    ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT, "%s: there is no %s '%s'", member,
                  ml_aml_kinds[kind].type, id);
    return NULL;
}

static bool use_source(struct ml_aml_op *op, struct ml_aml_entity *e, const char *member)
{
    const struct ml_aml_entity *source = find_part(op, ML_AML_DATA_SOURCE, member);
    if (source == NULL)
        return false;
    ml_aml_set(e, ML_AML_SOURCE_ID, source->id);
    ml_aml_set(e, ML_AML_LOCATION, source->text[ML_AML_LOCATION]);
    copy_tags(e, source);
    if (e->kind != ML_AML_MODEL || source->number[ML_AML_STATISTICS] == 1.0)
        return true;
    return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT,
                         "%s: data source '%s' was created without ComputeStatistics, which "
                         "training needs",
                         member, source->id);
}

static bool use_model(struct ml_aml_op *op, struct ml_aml_entity *e)
{
    const struct ml_aml_entity *model = find_part(op, ML_AML_MODEL, "MLModelId");
    if (model == NULL)
        return false;
    ml_aml_set(e, ML_AML_MODEL_ID, model->id);
    copy_tags(e, model);
    return true;
}

/* A model of that name that was not made here would get a version that it did not ask for. */
static bool check_name_is_free(struct ml_aml_op *op, const struct ml_aml_entity *e)
{
    char name[ML_AML_ID_BYTES];
    struct ml_version_info info;
    struct ml_error err;
    ml_aml_registry_name(name, e->id);
    if (!ml_registry_resolve(op->control->host.registry, name, &info, &err))
        return err.code == ML_ENOTFOUND || ml_aml_refuse_error(op->fault, &err);
    ml_version_info_release(&info);
    return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT,
                         "MLModelId: the registry has a model '%s' that was not made by Amazon "
                         "Machine Learning's API; choose another id",
                         name);
}

static bool fill_model(struct ml_aml_op *op, struct ml_aml_entity *e)
{
    const struct ml_json *parameters = ml_json_get(op->input, "Parameters");
    const char *recipe = ml_aml_string(op->input, "Recipe");
    const char *uri = ml_aml_string(op->input, "RecipeUri");
    bool has_uri = uri != NULL && uri[0] != '\0';
    struct ml_error err;
    if (recipe != NULL && recipe[0] != '\0' && has_uri)
        return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT,
                             "either Recipe or RecipeUri, not both");
    ml_aml_set(e, ML_AML_TYPE, ml_aml_string(op->input, "MLModelType"));
    ml_aml_set(e, ML_AML_RECIPE, recipe != NULL && recipe[0] != '\0' ? recipe : NULL);
    ml_aml_set(e, ML_AML_RECIPE_LOCATION, has_uri ? uri : NULL);
    if (parameters != NULL && ml_json_type(parameters) == ML_JSON_OBJECT) {
        struct ml_strbuf text = {0};
        if (!ml_parameters_check(parameters, &err))
            return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT, "Parameters: %s", err.msg);
        ml_aml_write_value(&text, parameters);
        ml_aml_set(e, ML_AML_PARAMETERS, text.bytes);
        ml_strbuf_release(&text);
    }
    return use_source(op, e, "TrainingDataSourceId") &&
           (!has_uri || check_location(op, "RecipeUri", uri, false)) && check_name_is_free(op, e);
}

bool ml_aml_create_model(struct ml_aml_op *op)
{
    return create(op, fill_model);
}

static bool fill_evaluation(struct ml_aml_op *op, struct ml_aml_entity *e)
{
    return use_model(op, e) && use_source(op, e, "EvaluationDataSourceId");
}

bool ml_aml_create_evaluation(struct ml_aml_op *op)
{
    return create(op, fill_evaluation);
}

/* Amazon's rule for what results are written under. */
static bool check_output(struct ml_aml_op *op, const char *uri)
{
    size_t n = strlen(uri);
    const char *scheme = strstr(uri, "://");
    const char *rest = scheme != NULL ? scheme + 3 : uri;
    if (uri[n - 1] != '/')
        return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT, "OutputUri: must end with '/'");
    if (rest[0] == '/' && scheme != NULL) /* "file:///…" */
        rest++;
    if (strpbrk(rest, ":") != NULL || strstr(rest, "//") != NULL || strstr(rest, "/./") != NULL ||
        strstr(rest, "/../") != NULL)
        return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT,
                             "OutputUri: must not hold ':', '//', '/./' or '/../'");
    char *path = NULL;
    struct ml_error err;
    if (!ml_aml_locate_output(op->control, &path, uri, &err))
        return ml_aml_refuse(op->fault, ML_AML_INVALID_INPUT, "OutputUri: %s", err.msg);
    free(path);
    return true;
}

static bool fill_batch(struct ml_aml_op *op, struct ml_aml_entity *e)
{
    const char *uri = ml_aml_string(op->input, "OutputUri");
    ml_aml_set(e, ML_AML_OUTPUT, uri);
    return use_model(op, e) && use_source(op, e, "BatchPredictionDataSourceId") &&
           check_output(op, uri);
}

bool ml_aml_create_batch(struct ml_aml_op *op)
{
    return create(op, fill_batch);
}

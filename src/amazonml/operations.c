/* The operations: which there are, what each is given, and one from its body to its answer. */
#include <stdio.h>
#include <string.h>

#include "amazonml/control.h"

enum { MAX_TEXT = 131071, MAX_NAME = 1024, MAX_URL = 2048, MAX_TOKEN = 32768 };

#define TYPES "BINARY MULTICLASS REGRESSION"
#define RESOURCES "BatchPrediction DataSource Evaluation MLModel"
#define TEXT_(name, high)                                                                          \
    {                                                                                              \
        name, ML_AML_STRING, false, 0, high, NULL                                                  \
    }
#define ID_(name)                                                                                  \
    {                                                                                              \
        name, ML_AML_ID, true, 0, 0, NULL                                                          \
    }
#define FLAG_(name)                                                                                \
    {                                                                                              \
        name, ML_AML_FLAG, false, 0, 0, NULL                                                       \
    }
#define OBJECT_(name, is_required)                                                                 \
    {                                                                                              \
        name, ML_AML_OBJECT, is_required, 0, 0, NULL                                               \
    }
#define COMPARATORS                                                                                \
    TEXT_("FilterVariable", 64), TEXT_("EQ", MAX_NAME), TEXT_("GT", MAX_NAME),                     \
        TEXT_("LT", MAX_NAME), TEXT_("GE", MAX_NAME), TEXT_("LE", MAX_NAME),                       \
        TEXT_("NE", MAX_NAME), TEXT_("Prefix", MAX_NAME), TEXT_("NextToken", MAX_TOKEN),           \
        {"SortOrder", ML_AML_CHOICE, false, 0, 0, "asc dsc"},                                      \
    {                                                                                              \
        "Limit", ML_AML_COUNT, false, 1, 100, NULL                                                 \
    }

static const struct ml_aml_member create_data_source[] = {ID_("DataSourceId"),
                                                          TEXT_("DataSourceName", MAX_NAME),
                                                          OBJECT_("DataSpec", true),
                                                          FLAG_("ComputeStatistics"),
                                                          {.name = NULL}};
static const struct ml_aml_member create_redshift[] = {
    ID_("DataSourceId"),
    OBJECT_("DataSpec", true),
    {"RoleARN", ML_AML_STRING, true, 1, 110, NULL},
    {.name = NULL}};
static const struct ml_aml_member create_rds[] = {ID_("DataSourceId"),
                                                  OBJECT_("RDSData", true),
                                                  {"RoleARN", ML_AML_STRING, true, 1, 110, NULL},
                                                  {.name = NULL}};
static const struct ml_aml_member create_model[] = {
    ID_("MLModelId"),
    TEXT_("MLModelName", MAX_NAME),
    {"MLModelType", ML_AML_CHOICE, true, 0, 0, TYPES},
    OBJECT_("Parameters", false),
    ID_("TrainingDataSourceId"),
    TEXT_("Recipe", MAX_TEXT),
    TEXT_("RecipeUri", MAX_URL),
    {.name = NULL}};
static const struct ml_aml_member create_evaluation[] = {ID_("EvaluationId"),
                                                         TEXT_("EvaluationName", MAX_NAME),
                                                         ID_("MLModelId"),
                                                         ID_("EvaluationDataSourceId"),
                                                         {.name = NULL}};
static const struct ml_aml_member create_batch[] = {
    ID_("BatchPredictionId"),
    TEXT_("BatchPredictionName", MAX_NAME),
    ID_("MLModelId"),
    ID_("BatchPredictionDataSourceId"),
    {"OutputUri", ML_AML_STRING, true, 1, MAX_URL, NULL},
    {.name = NULL}};
static const struct ml_aml_member get_members[] = {FLAG_("Verbose"), {.name = NULL}};
static const struct ml_aml_member describe_members[] = {COMPARATORS, {.name = NULL}};
static const struct ml_aml_member update_model[] = {
    ID_("MLModelId"),
    TEXT_("MLModelName", MAX_NAME),
    {"ScoreThreshold", ML_AML_NUMBER, false, 0, 1, NULL},
    {.name = NULL}};
static const struct ml_aml_member add_tags[] = {
    ID_("ResourceId"),
    {"ResourceType", ML_AML_CHOICE, true, 0, 0, RESOURCES},
    {"Tags", ML_AML_LIST, true, 0, 100, NULL},
    {.name = NULL}};
static const struct ml_aml_member delete_tags[] = {
    ID_("ResourceId"),
    {"ResourceType", ML_AML_CHOICE, true, 0, 0, RESOURCES},
    {"TagKeys", ML_AML_LIST, true, 0, 100, NULL},
    {.name = NULL}};
static const struct ml_aml_member describe_tags[] = {
    ID_("ResourceId"), {"ResourceType", ML_AML_CHOICE, true, 0, 0, RESOURCES}, {.name = NULL}};

const struct ml_aml_kind_names ml_aml_kinds[ML_AML_N_KINDS] = {
    [ML_AML_DATA_SOURCE] = {"DataSourceId", "DataSourceName", "DataSource"},
    [ML_AML_MODEL] = {"MLModelId", "MLModelName", "MLModel"},
    [ML_AML_EVALUATION] = {"EvaluationId", "EvaluationName", "Evaluation"},
    [ML_AML_BATCH] = {"BatchPredictionId", "BatchPredictionName", "BatchPrediction"},
};

static const struct operation {
    const char *name;
    enum ml_aml_kind kind;
    bool (*run)(struct ml_aml_op *op);
    const struct ml_aml_member *members;
    bool has_id;   /* the kind's id is required */
    bool has_name; /* and its new name */
} operations[] = {
    {"CreateDataSourceFromS3", ML_AML_DATA_SOURCE, ml_aml_create_data_source, create_data_source,
     true, false},
    {"CreateDataSourceFromRedshift", ML_AML_DATA_SOURCE, ml_aml_refuse_database, create_redshift,
     true, false},
    {"CreateDataSourceFromRDS", ML_AML_DATA_SOURCE, ml_aml_refuse_database, create_rds, true,
     false},
    {"CreateMLModel", ML_AML_MODEL, ml_aml_create_model, create_model, true, false},
    {"CreateEvaluation", ML_AML_EVALUATION, ml_aml_create_evaluation, create_evaluation, true,
     false},
    {"CreateBatchPrediction", ML_AML_BATCH, ml_aml_create_batch, create_batch, true, false},
    {"CreateRealtimeEndpoint", ML_AML_MODEL, ml_aml_create_endpoint, NULL, true, false},
    {"DeleteRealtimeEndpoint", ML_AML_MODEL, ml_aml_delete_endpoint, NULL, true, false},
    {"GetDataSource", ML_AML_DATA_SOURCE, ml_aml_get, get_members, true, false},
    {"GetMLModel", ML_AML_MODEL, ml_aml_get, get_members, true, false},
    {"GetEvaluation", ML_AML_EVALUATION, ml_aml_get, NULL, true, false},
    {"GetBatchPrediction", ML_AML_BATCH, ml_aml_get, NULL, true, false},
    {"DescribeDataSources", ML_AML_DATA_SOURCE, ml_aml_describe, describe_members, false, false},
    {"DescribeMLModels", ML_AML_MODEL, ml_aml_describe, describe_members, false, false},
    {"DescribeEvaluations", ML_AML_EVALUATION, ml_aml_describe, describe_members, false, false},
    {"DescribeBatchPredictions", ML_AML_BATCH, ml_aml_describe, describe_members, false, false},
    {"UpdateDataSource", ML_AML_DATA_SOURCE, ml_aml_update, NULL, true, true},
    {"UpdateMLModel", ML_AML_MODEL, ml_aml_update, update_model, true, false},
    {"UpdateEvaluation", ML_AML_EVALUATION, ml_aml_update, NULL, true, true},
    {"UpdateBatchPrediction", ML_AML_BATCH, ml_aml_update, NULL, true, true},
    {"DeleteDataSource", ML_AML_DATA_SOURCE, ml_aml_delete, NULL, true, false},
    {"DeleteMLModel", ML_AML_MODEL, ml_aml_delete, NULL, true, false},
    {"DeleteEvaluation", ML_AML_EVALUATION, ml_aml_delete, NULL, true, false},
    {"DeleteBatchPrediction", ML_AML_BATCH, ml_aml_delete, NULL, true, false},
    {"AddTags", ML_AML_N_KINDS, ml_aml_add_tags, add_tags, false, false},
    {"DeleteTags", ML_AML_N_KINDS, ml_aml_delete_tags, delete_tags, false, false},
    {"DescribeTags", ML_AML_N_KINDS, ml_aml_describe_tags, describe_tags, false, false},
};

static const struct operation *find_operation(const char *name)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    return NULL;
}

static bool check(const struct operation *o, const struct ml_json *input,
                  struct ml_aml_fault *fault)
{
    if (ml_json_type(input) != ML_JSON_OBJECT)
        return ml_aml_refuse(fault, ML_AML_SERIALIZATION, "the body must be a JSON object");
    if (o->has_id) {
        const struct ml_aml_member own[] = {
            ID_(ml_aml_kinds[o->kind].id),
            {ml_aml_kinds[o->kind].name, ML_AML_STRING, o->has_name, 0, MAX_NAME, NULL},
            {.name = NULL},
        };
        if (!ml_aml_check(input, own, "", fault))
            return false;
    }
    return ml_aml_check(input, o->members, "", fault);
}

static bool run(struct ml_amazonml *c, const struct operation *o, struct ml_aml_op *op)
{
    if (!check(o, op->input, op->fault))
        return false;
    pthread_mutex_lock(&c->lock);
    bool ok = o->run(op);
    pthread_mutex_unlock(&c->lock);
    if (op->cancel[0] != '\0')
        ml_aml_cancel(c, op->cancel);
    ml_aml_start(c);
    return ok;
}

void ml_amazonml_subject(char id[ML_AML_ID_BYTES], const struct ml_amazonml_call *call)
{
    const struct operation *o = find_operation(call->operation);
    struct ml_json *input = NULL;
    struct ml_error ignored;
    id[0] = '\0';
    if (o == NULL || !ml_json_parse(&input, call->body, call->body_bytes, "body", &ignored))
        return;
    const char *member = o->kind < ML_AML_N_KINDS ? ml_aml_kinds[o->kind].id : "ResourceId";
    const char *text = ml_json_string(ml_json_get(input, member));
    snprintf(id, ML_AML_ID_BYTES, "%s", text != NULL ? text : "");
    ml_json_free(input);
}

bool ml_amazonml_run(struct ml_amazonml *c, const struct ml_amazonml_call *call,
                     struct ml_strbuf *out, struct ml_aml_fault *fault)
{
    const struct operation *o = find_operation(call->operation);
    struct ml_json *input = NULL;
    struct ml_error err;
    if (o == NULL) {
        char quoted[80];
        ml_quote(quoted, sizeof(quoted), call->operation, strlen(call->operation));
        return ml_aml_refuse(fault, ML_AML_UNKNOWN_OPERATION,
                             "'%s' is no operation of Amazon Machine Learning", quoted);
    }
    if (!ml_json_parse(&input, call->body, call->body_bytes, "body", &err))
        return ml_aml_refuse(fault, ML_AML_SERIALIZATION, "%s", err.msg);
    struct ml_aml_op op = {c, o->kind, input, call->url, out, fault, "", NULL};
    bool ok = run(c, o, &op);
    ml_aml_entity_free(op.before);
    ml_json_free(input);
    return ok;
}

#include "../lib/amazonml.h"

static void a_data_source_is_created_at_once_and_completed_by_its_job(void **state)
{
    (void)state;
    (void)test_text("data/in/d.csv", "n,y\n1,0\n");
    assert_string_equal(aml_ok("CreateDataSourceFromS3",
                               "{'DataSourceId':'ds','DataSourceName':'Rows','ComputeStatistics':"
                               "true,'DataSpec':{'DataLocationS3':'s3://in/d.csv','DataSchema':"
                               "'{}','DataRearrangement':'{s}'}}"),
                        "{\"DataSourceId\":\"ds\"}");
    const char *task = aml_job("DataSource/ds")->task;
    assert_contains(task, "\"task\":\"data_source\",\"data\":\"/");
    assert_contains(task, "/data/in/d.csv\",\"location\":\"s3://in/d.csv\",\"schema\":\"{}\","
                          "\"rearrangement\":\"{s}\",\"statistics\":true}");
    assert_string_equal(aml_ok("GetDataSource", "{'DataSourceId':'ds'}"),
                        "{\"DataSourceId\":\"ds\",\"Status\":\"INPROGRESS\","
                        "\"DataLocationS3\":\"s3://in/d.csv\",\"DataRearrangement\":\"{s}\","
                        "\"Name\":\"Rows\",\"CreatedAt\":1486834110.483,"
                        "\"LastUpdatedAt\":1486834113.483,\"StartedAt\":1486834111.983,"
                        "\"ComputeStatistics\":true}");
    aml_end("DataSource/ds", "{\"bytes\":8,\"files\":1,\"rows\":1}");
    const char *got = aml_ok("GetDataSource", "{'DataSourceId':'ds','Verbose':true}");
    assert_contains(got, "\"Status\":\"COMPLETED\"");
    assert_contains(got, "\"FinishedAt\":1486834114.983,\"ComputeTime\":3000,"
                         "\"DataSizeInBytes\":8,\"NumberOfFiles\":1");
    assert_contains(got, "\"DataSourceSchema\":\"{}\"");
}

static void a_schema_may_lie_beside_the_data(void **state)
{
    (void)state;
    (void)test_text("data/in/d.csv", "n\n1\n");
    static const char bare[] = "{'DataSourceId':'b','DataSpec':{'DataLocationS3':'s3://in/d.csv'}}";
    aml_refused("CreateDataSourceFromS3", bare, "InvalidInputException", 400,
                "DataSpec.DataSchema is missing");
    (void)test_text("data/in/d.csv.schema", "{\"from\":\"file\"}");
    (void)test_text("data/in/.schema", "{\"of\":\"folder\"}");
    (void)aml_ok("CreateDataSourceFromS3", bare);
    assert_contains(aml_job("DataSource/b")->task, "\"schema\":\"{\\\"from\\\":\\\"file\\\"}\"");
    aml_end("DataSource/b", "{\"bytes\":1,\"files\":1}");
    (void)aml_ok("CreateDataSourceFromS3",
                 "{'DataSourceId':'f','DataSpec':{'DataLocationS3':'s3://in/'}}");
    assert_contains(aml_job("DataSource/f")->task, "\"schema\":\"{\\\"of\\\":\\\"folder\\\"}\"");
    aml_end("DataSource/f", "{\"bytes\":1,\"files\":1}");
    (void)aml_ok("CreateDataSourceFromS3",
                 "{'DataSourceId':'l','DataSpec':{'DataLocationS3':'s3://in/d.csv',"
                 "'DataSchemaLocationS3':'s3://in/none'}}");
    assert_contains(aml_ok("GetDataSource", "{'DataSourceId':'l'}"),
                    "\"Message\":\"'s3://in/none' does not exist\"");
}

static void databases_and_data_that_are_not_allowed_are_refused(void **state)
{
    (void)state;
    aml_refused("CreateDataSourceFromRedshift", "{'DataSourceId':'d','DataSpec':{},'RoleARN':'a'}",
                "InvalidInputException", 400, "CreateDataSourceFromS3");
    aml_refused("CreateDataSourceFromRDS", "{'DataSourceId':'d','RDSData':{},'RoleARN':'a'}",
                "InvalidInputException", 400, "CreateDataSourceFromS3");
    aml_refused("CreateDataSourceFromS3",
                "{'DataSourceId':'d','DataSpec':{'DataLocationS3':'s3://in/../x','DataSchema':"
                "'{}'}}",
                "InvalidInputException", 400, "DataSpec.DataLocationS3: 's3://in/../x' is outside");
    aml.has_no_data = true;
    aml_refused("CreateDataSourceFromS3", AML_SOURCE("d"), "InvalidInputException", 400,
                "amazonml.data");
}

static void members_are_checked_for_type_length_and_presence(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"GetDataSource", "{}", "InvalidInputException", "DataSourceId: is missing"},
        {"GetDataSource", "{'DataSourceId':null}", "InvalidInputException", "is missing"},
        {"GetDataSource", "{'DataSourceId':7}", "SerializationException", "must be a string"},
        {"GetDataSource", "{'DataSourceId':''}", "InvalidInputException", "1 to 64"},
        {"GetDataSource", "{'DataSourceId':'a/b'}", "InvalidInputException", "1 to 64"},
        {"GetDataSource", "{'DataSourceId':'a','Verbose':1}", "SerializationException", "boolean"},
        {"GetDataSource", "[]", "SerializationException", "must be a JSON object"},
        {"GetDataSource", "{", "SerializationException", "body:1"},
        {"CreateDataSourceFromS3", "{'DataSourceId':'a'}", "InvalidInputException",
         "DataSpec: is missing"},
        {"CreateDataSourceFromS3", "{'DataSourceId':'a','DataSpec':{}}", "InvalidInputException",
         "DataSpec.DataLocationS3: is missing"},
        {"CreateMLModel", "{'MLModelId':'a','MLModelType':'TREE','TrainingDataSourceId':'x'}",
         "InvalidInputException", "MLModelType: must be one of BINARY MULTICLASS REGRESSION"},
        {"UpdateMLModel", "{'MLModelId':'a','ScoreThreshold':1.5}", "InvalidInputException",
         "ScoreThreshold: must be from 0 to 1"},
        {"UpdateEvaluation", "{'EvaluationId':'a'}", "InvalidInputException",
         "EvaluationName: is missing"},
        {"DescribeMLModels", "{'Limit':101}", "InvalidInputException", "Limit: must be from 1"},
        {"DescribeMLModels", "{'Limit':1.5}", "SerializationException", "whole number"},
        {"DescribeMLModels", "{'SortOrder':'desc'}", "InvalidInputException", "one of asc dsc"},
        {"AddTags", "{'ResourceId':'a','ResourceType':'Batch','Tags':[]}", "InvalidInputException",
         "ResourceType: must be one of"},
        {"MakeCoffee", "{}", "UnknownOperationException", "no operation of Amazon"},
        {"Predict", "{}", "UnknownOperationException", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        aml_refused(cases[i][0], cases[i][1], cases[i][2], 400, cases[i][3]);
    char long_name[1200];
    memset(long_name, 'x', 1100);
    snprintf(long_name + 1100, 100, "'}");
    char body[1400];
    snprintf(body, sizeof(body), "{'DataSourceId':'a','DataSourceName':'%s", long_name);
    aml_refused("UpdateDataSource", body, "InvalidInputException", 400, "0 to 1024 characters");
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    static const char *const ids[][2] = {
        {"DataSource", "{'DataSourceId':'x','DataSourceName':'n'}"},
        {"MLModel", "{'MLModelId':'x','MLModelName':'n'}"},
        {"Evaluation", "{'EvaluationId':'x','EvaluationName':'n'}"},
        {"BatchPrediction", "{'BatchPredictionId':'x','BatchPredictionName':'n'}"},
    };
    static const char *const verbs[] = {"Get", "Update", "Delete"};
    char text[200];
    for (size_t i = 0; i < 4; i++) {
        for (size_t v = 0; v < 3; v++) {
            snprintf(text, sizeof(text), "%s%s", verbs[v], ids[i][0]);
            aml_refused(text, ids[i][1], "ResourceNotFoundException", 404, "there is no ");
        }
        snprintf(text, sizeof(text), "{'ResourceId':'x','ResourceType':'%s'}", ids[i][0]);
        aml_refused("DescribeTags", text, "ResourceNotFoundException", 404, "there is no ");
    }
    aml_refused("CreateRealtimeEndpoint", "{'MLModelId':'x'}", "ResourceNotFoundException", 404,
                "x");
    aml_refused("DeleteRealtimeEndpoint", "{'MLModelId':'x'}", "ResourceNotFoundException", 404,
                "x");
    aml_refused("CreateEvaluation",
                "{'EvaluationId':'e','MLModelId':'x','EvaluationDataSourceId':'y'}",
                "InvalidInputException", 400, "MLModelId: there is no MLModel 'x'");
}

static void a_creation_may_be_repeated_but_not_changed(void **state)
{
    (void)state;
    aml_have_source();
    size_t n_jobs = aml.n_jobs;
    assert_contains(aml_ok("CreateDataSourceFromS3",
                           "{'DataSpec':{'DataSchema':'{}','DataLocationS3':'s3://in/d.csv'},"
                           "'ComputeStatistics':true,'DataSourceId':'ds','DataSourceName':null}"),
                    "\"ds\"");
    assert_int_equal(aml.n_jobs, n_jobs);
    aml_refused("CreateDataSourceFromS3",
                "{'DataSourceId':'ds','DataSpec':{'DataLocationS3':'s3://in/d.csv',"
                "'DataSchema':'{}'}}",
                "IdempotentParameterMismatchException", 400, "DataSource 'ds' was created with");
    (void)aml_ok("DeleteDataSource", "{'DataSourceId':'ds'}");
    aml_refused("CreateDataSourceFromS3", AML_SOURCE("ds"), "InvalidInputException", 400,
                "an id is used once");
}

static void a_model_tells_what_it_was_made_of(void **state)
{
    (void)state;
    aml_have_source();
    assert_string_equal(
        aml_ok("CreateMLModel",
               "{'MLModelId':'ml','MLModelType':'BINARY','TrainingDataSourceId':'ds',"
               "'Parameters':{'sgd.maxPasses':'20','sgd.l1RegularizationAmount':'1e-4'},"
               "'Recipe':'{r}'}"),
        "{\"MLModelId\":\"ml\"}");
    const char *task = aml_job("MLModel/ml")->task;
    assert_contains(task, "\"task\":\"model\",\"data\":\"");
    assert_contains(task, "/models\",\"name\":\"ml\",\"recipe\":\"{r}\",\"type\":\"BINARY\","
                          "\"parameters\":{\"sgd.l1RegularizationAmount\":\"1e-4\","
                          "\"sgd.maxPasses\":\"20\"}}");
    aml_publish("ml");
    aml_end("MLModel/ml",
            "{\"version\":1,\"bytes\":5000,\"recipe\":\"{whole}\",\"threshold\":0.5}");
    const char *got = aml_ok("GetMLModel", "{'MLModelId':'ml','Verbose':true}");
    assert_contains(got, "\"Status\":\"COMPLETED\",\"TrainingDataSourceId\":\"ds\","
                         "\"InputDataLocationS3\":\"s3://in/d.csv\",\"MLModelType\":\"BINARY\"");
    assert_contains(got, "\"SizeInBytes\":5000,\"ScoreThreshold\":0.5,\"Recipe\":\"{whole}\","
                         "\"EndpointInfo\":{\"PeakRequestsPerSecond\":0,"
                         "\"EndpointStatus\":\"NONE\"}");
    assert_contains(got, "{\"sgd.maxPasses\":\"20\",\"algorithm\":\"sgd\","
                         "\"sgd.l2RegularizationAmount\":\"0.0\",\"sgd.shuffleType\":\"auto\","
                         "\"sgd.maxMLModelSizeInBytes\":\"104857600\","
                         "\"sgd.l1RegularizationAmount\":\"1e-4\"},\"Schema\":\"{}\"}");
    assert_null(strstr(aml_ok("GetMLModel", "{'MLModelId':'ml'}"), "Schema"));
}

static void a_model_needs_statistics_sound_parameters_and_a_free_name(void **state)
{
    (void)state;
    aml_have_source();
    (void)aml_ok("CreateDataSourceFromS3",
                 "{'DataSourceId':'bare','DataSpec':{'DataLocationS3':'s3://in/d.csv',"
                 "'DataSchema':'{}'}}");
    aml_refused("CreateMLModel",
                "{'MLModelId':'m','MLModelType':'BINARY','TrainingDataSourceId':'bare'}",
                "InvalidInputException", 400, "without ComputeStatistics");
    aml_refused("CreateMLModel",
                "{'MLModelId':'m','MLModelType':'BINARY','TrainingDataSourceId':'ds',"
                "'Parameters':{'sgd.maxPasses':'0'}}",
                "InvalidInputException", 400, "sgd.maxPasses");
    aml_refused("CreateMLModel",
                "{'MLModelId':'m','MLModelType':'BINARY','TrainingDataSourceId':'ds',"
                "'Recipe':'{}','RecipeUri':'s3://in/r'}",
                "InvalidInputException", 400, "not both");
    aml_publish("m");
    aml_refused("CreateMLModel",
                "{'MLModelId':'m','MLModelType':'BINARY','TrainingDataSourceId':'ds'}",
                "InvalidInputException", 400, "registry has a model 'm'");
    assert_null(aml_call("GetMLModel", "{'MLModelId':'m'}"));
}

static void an_evaluation_gives_amazons_one_figure(void **state)
{
    (void)state;
    aml_have_model();
    (void)aml_ok("CreateEvaluation", "{'EvaluationId':'ev','EvaluationName':'E','MLModelId':'ml',"
                                     "'EvaluationDataSourceId':'ds'}");
    const char *task = aml_job("Evaluation/ev")->task;
    assert_contains(task, "\"task\":\"evaluation\"");
    assert_contains(task, "\"model\":\"ml@1\"");
    aml_end("Evaluation/ev", "{\"metrics\":{\"BinaryAUC\":\"0.92\"},\"report\":{}}");
    assert_contains(aml_ok("GetEvaluation", "{'EvaluationId':'ev'}"),
                    "\"PerformanceMetrics\":{\"Properties\":{\"BinaryAUC\":\"0.92\"}}");
    assert_contains(aml_ok("UpdateEvaluation", "{'EvaluationId':'ev','EvaluationName':'F'}"),
                    "{\"EvaluationId\":\"ev\"}");
    assert_contains(aml_ok("GetEvaluation", "{'EvaluationId':'ev'}"), "\"Name\":\"F\"");
    (void)aml_ok("DeleteEvaluation", "{'EvaluationId':'ev'}");
    assert_contains(aml_ok("GetEvaluation", "{'EvaluationId':'ev'}"), "\"Status\":\"DELETED\"");
}

#define BATCH(id, uri)                                                                             \
    "{'BatchPredictionId':'" id "','MLModelId':'ml','BatchPredictionDataSourceId':'ds',"           \
    "'OutputUri':'" uri "'}"

static void a_batch_counts_its_records(void **state)
{
    (void)state;
    aml_have_model();
    aml_refused("CreateBatchPrediction", BATCH("bp", "s3://out/x"), "InvalidInputException", 400,
                "must end with '/'");
    aml_refused("CreateBatchPrediction", BATCH("bp", "s3://out//x/"), "InvalidInputException", 400,
                "must not hold");
    (void)aml_ok("CreateBatchPrediction", BATCH("bp", "s3://out/x/"));
    assert_contains(aml_job("BatchPrediction/bp")->task, "\"model\":\"ml@1\",\"id\":\"bp\",");
    assert_contains(aml_job("BatchPrediction/bp")->task,
                    "/data/out/x/\",\"output\":\"s3://out/x/\"}");
    aml_end("BatchPrediction/bp", "{\"records\":10,\"invalid\":1}");
    const char *got = aml_ok("GetBatchPrediction", "{'BatchPredictionId':'bp'}");
    assert_contains(got, "\"OutputUri\":\"s3://out/x/\"");
    assert_contains(got, "\"TotalRecordCount\":10,\"InvalidRecordCount\":1");
    (void)aml_ok("UpdateBatchPrediction", "{'BatchPredictionId':'bp','BatchPredictionName':'N'}");
    (void)aml_ok("DeleteBatchPrediction", "{'BatchPredictionId':'bp'}");
}

static void the_threshold_is_set_in_the_registry(void **state)
{
    (void)state;
    struct ml_version_info info;
    struct ml_error err;
    aml_have_model();
    (void)aml_ok("UpdateMLModel", "{'MLModelId':'ml','MLModelName':'N','ScoreThreshold':0.77}");
    must(ml_registry_resolve(aml.registry, "ml", &info, &err));
    assert_true(info.has_threshold && info.threshold == 0.77);
    ml_version_info_release(&info);
    const char *got = aml_ok("GetMLModel", "{'MLModelId':'ml'}");
    assert_contains(got, "\"ScoreThreshold\":0.77,\"ScoreThresholdLastUpdatedAt\":14868341");
    assert_contains(got, "\"Name\":\"N\"");
    (void)aml_ok("CreateMLModel",
                 "{'MLModelId':'late','MLModelType':'BINARY','TrainingDataSourceId':'ds'}");
    aml_refused("UpdateMLModel", "{'MLModelId':'late','ScoreThreshold':0.5}",
                "InvalidInputException", 400, "INPROGRESS, not COMPLETED");
    (void)aml_ok("UpdateMLModel", "{'MLModelId':'late','MLModelName':'x'}");
    (void)aml_ok("UpdateDataSource", "{'DataSourceId':'ds','DataSourceName':''}");
    assert_contains(aml_ok("GetDataSource", "{'DataSourceId':'ds'}"), "\"Name\":\"\"");
}

static void an_endpoint_comes_and_goes(void **state)
{
    (void)state;
    char name[ML_AML_ID_BYTES];
    aml_have_model();
    assert_int_equal(ml_amazonml_look_up(aml.control, "ml", name), ML_AMAZONML_UNMOUNTED);
    assert_int_equal(ml_amazonml_look_up(aml.control, "x", name), ML_AMAZONML_UNKNOWN);
    aml.refuses_mounts = true;
    aml_refused("CreateRealtimeEndpoint", "{'MLModelId':'ml'}", "InvalidInputException", 400,
                "the name is taken");
    assert_contains(aml_ok("GetMLModel", "{'MLModelId':'ml'}"), "\"EndpointStatus\":\"FAILED\"");
    aml.refuses_mounts = false;
    const char *made = aml_ok("CreateRealtimeEndpoint", "{'MLModelId':'ml'}");
    assert_contains(made, "{\"MLModelId\":\"ml\",\"RealtimeEndpointInfo\":"
                          "{\"PeakRequestsPerSecond\":200,\"CreatedAt\":14868341");
    assert_contains(made, "\"EndpointUrl\":\"http://here:8080/\",\"EndpointStatus\":\"READY\"}}");
    assert_int_equal(ml_amazonml_look_up(aml.control, "ml", name), ML_AMAZONML_MOUNTED);
    assert_string_equal(name, "ml");
    (void)aml_ok("CreateRealtimeEndpoint", "{'MLModelId':'ml'}");
    (void)aml_ok("UpdateMLModel", "{'MLModelId':'ml','ScoreThreshold':0.6}");
    aml_refused("DeleteMLModel", "{'MLModelId':'ml'}", "InvalidInputException", 400,
                "delete that first");
    assert_contains(aml_ok("DeleteRealtimeEndpoint", "{'MLModelId':'ml'}"),
                    "{\"MLModelId\":\"ml\",\"RealtimeEndpointInfo\":{\"PeakRequestsPerSecond\":0,"
                    "\"EndpointStatus\":\"NONE\"}}");
    aml_refused("DeleteRealtimeEndpoint", "{'MLModelId':'ml'}", "ResourceNotFoundException", 404,
                "no real-time endpoint");
    assert_string_equal(aml.events.bytes, "mount ml@1;refresh all;unmount ml;");
    assert_int_equal(ml_amazonml_look_up(aml.control, "ml", name), ML_AMAZONML_UNMOUNTED);
}

static void a_deleted_model_leaves_the_registry_and_stays_visible(void **state)
{
    (void)state;
    struct ml_version_info info;
    struct ml_error err;
    aml_have_model();
    aml_publish("ml");
    assert_string_equal(aml_ok("DeleteMLModel", "{'MLModelId':'ml'}"), "{\"MLModelId\":\"ml\"}");
    (void)aml_ok("DeleteMLModel", "{'MLModelId':'ml'}");
    assert_false(ml_registry_resolve(aml.registry, "ml@1", &info, &err));
    must(ml_registry_resolve(aml.registry, "ml@2", &info, &err)); /* somebody else's */
    ml_version_info_release(&info);
    assert_contains(aml_ok("GetMLModel", "{'MLModelId':'ml'}"), "\"Status\":\"DELETED\"");
    assert_contains(aml_ok("DescribeMLModels", "{}"), "\"Status\":\"DELETED\"");
    aml_refused("UpdateMLModel", "{'MLModelId':'ml','MLModelName':'x'}", "InvalidInputException",
                400, "was deleted");
    aml_refused("CreateRealtimeEndpoint", "{'MLModelId':'ml'}", "InvalidInputException", 400,
                "was deleted");
}

static void tags_are_kept_limited_and_handed_on(void **state)
{
    (void)state;
    aml_have_source();
    assert_string_equal(aml_ok("AddTags", "{'ResourceId':'ds','ResourceType':'DataSource','Tags':"
                                          "[{'Key':'a','Value':'1'},{'Key':'b'}]}"),
                        "{\"ResourceId\":\"ds\",\"ResourceType\":\"DataSource\"}");
    (void)aml_ok("AddTags", "{'ResourceId':'ds','ResourceType':'DataSource','Tags':"
                            "[{'Key':'a','Value':'2'}]}");
    assert_contains(aml_ok("DescribeTags", "{'ResourceId':'ds','ResourceType':'DataSource'}"),
                    "\"Tags\":[{\"Key\":\"a\",\"Value\":\"2\"},{\"Key\":\"b\",\"Value\":\"\"}]}");
    (void)aml_ok("CreateMLModel",
                 "{'MLModelId':'ml','MLModelType':'BINARY','TrainingDataSourceId':'ds'}");
    (void)aml_ok("DeleteTags", "{'ResourceId':'ds','ResourceType':'DataSource','TagKeys':['a','z']"
                               "}");
    assert_contains(aml_ok("DescribeTags", "{'ResourceId':'ds','ResourceType':'DataSource'}"),
                    "\"Tags\":[{\"Key\":\"b\",\"Value\":\"\"}]");
    assert_contains(aml_ok("DescribeTags", "{'ResourceId':'ml','ResourceType':'MLModel'}"),
                    "{\"Key\":\"a\",\"Value\":\"2\"}");
    aml_refused("AddTags",
                "{'ResourceId':'ds','ResourceType':'DataSource','Tags':"
                "[{'Key':'c'},{'Key':'aws:x'}]}",
                "InvalidTagException", 400, "reserved");
    aml_refused("AddTags", "{'ResourceId':'ds','ResourceType':'DataSource','Tags':[7]}",
                "SerializationException", 400, "objects");
    aml_refused("AddTags",
                "{'ResourceId':'ds','ResourceType':'DataSource','Tags':[{'Key':'n','Value':7}]}",
                "SerializationException", 400, "must be strings");
    aml_refused("AddTags", "{'ResourceId':'ds','ResourceType':'DataSource','Tags':[{'Value':'v'}]}",
                "InvalidTagException", 400, "a key has 1 to 128 characters");
    aml_refused("DeleteTags", "{'ResourceId':'ds','ResourceType':'DataSource','TagKeys':[7]}",
                "SerializationException", 400, "must be strings");
    struct ml_strbuf many = {0};
    ml_strbuf_adds(&many, "{'ResourceId':'ds','ResourceType':'DataSource','Tags':[{'Key':'k'}");
    for (size_t i = 0; i < 49; i++)
        ml_strbuf_addf(&many, ",{'Key':'k%zu'}", i);
    ml_strbuf_adds(&many, "]}");
    aml_refused("AddTags", many.bytes, "TagLimitExceededException", 400, "at most 50");
    ml_strbuf_release(&many);
    assert_null(
        strstr(aml_ok("DescribeTags", "{'ResourceId':'ds','ResourceType':'DataSource'}"), "\"k\""));
}

#define T(name) cmocka_unit_test_setup_teardown(name, aml_setup, aml_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_data_source_is_created_at_once_and_completed_by_its_job),
        T(a_schema_may_lie_beside_the_data),
        T(databases_and_data_that_are_not_allowed_are_refused),
        T(members_are_checked_for_type_length_and_presence),
        T(what_is_not_there_is_not_found),
        T(a_creation_may_be_repeated_but_not_changed),
        T(a_model_tells_what_it_was_made_of),
        T(a_model_needs_statistics_sound_parameters_and_a_free_name),
        T(an_evaluation_gives_amazons_one_figure),
        T(a_batch_counts_its_records),
        T(the_threshold_is_set_in_the_registry),
        T(an_endpoint_comes_and_goes),
        T(a_deleted_model_leaves_the_registry_and_stays_visible),
        T(tags_are_kept_limited_and_handed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

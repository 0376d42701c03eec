#include "../lib/amazonml.h"

#include <math.h>

#define MODEL(id, source)                                                                          \
    "{'MLModelId':'" id "','MLModelType':'BINARY','TrainingDataSourceId':'" source "'}"
#define EVALUATION(id, model, source)                                                              \
    "{'EvaluationId':'" id "','MLModelId':'" model "','EvaluationDataSourceId':'" source "'}"
#define RESULT "{\"bytes\":8,\"files\":1}"
#define MODEL_RESULT "{\"version\":1,\"bytes\":5,\"recipe\":\"{}\",\"threshold\":0.5}"

static int with_data(void **state)
{
    (void)aml_setup(state);
    (void)test_text("data/in/d.csv", "n,y\n1,0\n");
    return 0;
}

static void has_status(const char *operation, const char *input, const char *status)
{
    char text[60];
    snprintf(text, sizeof(text), "\"Status\":\"%s\"", status);
    assert_contains(aml_ok(operation, input), text);
}

static void what_is_made_of_something_waits_for_it(void **state)
{
    (void)state;
    aml.n_slots = 4;
    aml_reopen();
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("ds"));
    (void)aml_ok("CreateMLModel", MODEL("ml", "ds"));
    (void)aml_ok("CreateEvaluation", EVALUATION("ev", "ml", "ds"));
    assert_int_equal(aml.n_jobs, 1);
    const char *got = aml_ok("GetMLModel", "{'MLModelId':'ml'}");
    assert_contains(got, "\"Status\":\"PENDING\"");
    assert_null(strstr(got, "StartedAt"));
    assert_null(strstr(got, "FinishedAt"));
    aml_end("DataSource/ds", RESULT);
    assert_int_equal(aml.n_jobs, 2);
    has_status("GetMLModel", "{'MLModelId':'ml'}", "INPROGRESS");
    has_status("GetEvaluation", "{'EvaluationId':'ev'}", "PENDING");
    aml_end("MLModel/ml", MODEL_RESULT);
    assert_int_equal(aml.n_jobs, 3);
    aml_end("Evaluation/ev", "{\"metrics\":{\"BinaryAUC\":\"1\"}}");
    has_status("GetEvaluation", "{'EvaluationId':'ev'}", "COMPLETED");
}

static void no_more_jobs_run_than_there_are_slots(void **state)
{
    (void)state;
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("a"));
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("b"));
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("c"));
    assert_int_equal(aml.n_jobs, 1);
    has_status("GetDataSource", "{'DataSourceId':'b'}", "PENDING");
    aml_end("DataSource/a", RESULT);
    assert_int_equal(aml.n_jobs, 2);
    aml_end("DataSource/b", RESULT);
    assert_int_equal(aml.n_jobs, 3);
}

static void a_failure_fails_what_waits_for_it(void **state)
{
    (void)state;
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("ds"));
    (void)aml_ok("CreateMLModel", MODEL("ml", "ds"));
    (void)aml_ok("CreateEvaluation", EVALUATION("ev", "ml", "ds"));
    aml_end("DataSource/ds", "{\"error\":\"d.csv:2: too few fields\"}");
    const char *got = aml_ok("GetDataSource", "{'DataSourceId':'ds'}");
    assert_contains(got, "\"Status\":\"FAILED\"");
    assert_contains(got, "\"Message\":\"d.csv:2: too few fields\"");
    assert_contains(got, "\"FinishedAt\":");
    assert_null(strstr(got, "ComputeTime"));
    got = aml_ok("GetMLModel", "{'MLModelId':'ml'}");
    assert_contains(got, "\"Status\":\"FAILED\"");
    assert_contains(got, "\"Message\":\"DataSource 'ds' has failed\"");
    assert_null(strstr(got, "StartedAt"));
    assert_contains(aml_ok("GetEvaluation", "{'EvaluationId':'ev'}"),
                    "\"Message\":\"DataSource 'ds' has failed\"");
    assert_string_equal(aml.log.bytes, "data_source ds FAILED d.csv:2: too few fields;"
                                       "model ml FAILED DataSource 'ds' has failed;"
                                       "evaluation ev FAILED DataSource 'ds' has failed;");
    aml_refused("CreateRealtimeEndpoint", "{'MLModelId':'ml'}", "InvalidInputException", 400,
                "FAILED, not COMPLETED");
    (void)aml_ok("CreateMLModel", MODEL("late", "ds"));
    has_status("GetMLModel", "{'MLModelId':'late'}", "FAILED");
}

static void a_job_that_dies_or_talks_nonsense_fails(void **state)
{
    (void)state;
    static const char *const results[] = {NULL, "", "[]", "{\"metrics\":7}", "{\"metrics\":"};
    aml_have_model();
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        char text[200];
        char job[40];
        snprintf(text, sizeof(text),
                 "{'EvaluationId':'e%zu','MLModelId':'ml','EvaluationDataSourceId':'ds'}", i);
        snprintf(job, sizeof(job), "Evaluation/e%zu", i);
        (void)aml_ok("CreateEvaluation", text);
        aml_end(job, results[i]);
        has_status("GetEvaluation", text, "FAILED");
    }
    assert_contains(aml_ok("GetEvaluation", "{'EvaluationId':'e0'}"), "killed by signal 9");
    (void)aml_ok("CreateMLModel", MODEL("m2", "ds"));
    aml_end("MLModel/m2", "{\"version\":0}");
    has_status("GetMLModel", "{'MLModelId':'m2'}", "FAILED");
    aml.refuses_jobs = true;
    (void)aml_ok("CreateMLModel", MODEL("m3", "ds"));
    assert_contains(aml_ok("GetMLModel", "{'MLModelId':'m3'}"), "could not be queued");
}

static void deleting_ends_the_job_and_frees_its_slot(void **state)
{
    (void)state;
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("a"));
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("b"));
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("c"));
    struct aml_job late = *aml_job("DataSource/a");
    (void)aml_ok("DeleteDataSource", "{'DataSourceId':'b'}"); /* waits */
    (void)aml_ok("DeleteDataSource", "{'DataSourceId':'a'}"); /* runs */
    assert_string_equal(aml.events.bytes, "cancel DataSource/a;");
    assert_int_equal(aml.n_jobs, 2);
    assert_non_null(aml_job("DataSource/c"));
    late.done(late.ctx, "DataSource/a", RESULT, strlen(RESULT), NULL); /* crossed the deletion */
    has_status("GetDataSource", "{'DataSourceId':'a'}", "DELETED");
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("d"));
    assert_int_equal(aml.n_jobs, 2); /* c has the slot */
    aml_end("DataSource/c", RESULT);
    assert_non_null(aml_job("DataSource/d"));
}

static void what_waits_for_something_deleted_fails(void **state)
{
    (void)state;
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("ds"));
    (void)aml_ok("CreateMLModel", MODEL("ml", "ds"));
    (void)aml_ok("DeleteDataSource", "{'DataSourceId':'ds'}");
    assert_contains(aml_ok("GetMLModel", "{'MLModelId':'ml'}"), "DataSource 'ds' was deleted");
}

static void a_model_that_was_published_while_it_was_deleted_is_removed(void **state)
{
    (void)state;
    struct ml_version_info info;
    struct ml_error err;
    aml_have_source();
    (void)aml_ok("CreateMLModel", MODEL("ml", "ds"));
    struct aml_job late = *aml_job("MLModel/ml");
    aml_publish("ml");
    (void)aml_ok("DeleteMLModel", "{'MLModelId':'ml'}");
    late.done(late.ctx, "MLModel/ml", MODEL_RESULT, strlen(MODEL_RESULT), NULL);
    assert_false(ml_registry_resolve(aml.registry, "ml@1", &info, &err));
}

/* The child had published, and was killed before it could say so. */
static void a_model_that_was_published_and_never_reported_is_removed(void **state)
{
    (void)state;
    struct ml_version_info info;
    struct ml_error err;
    aml_have_source();
    (void)aml_ok("CreateMLModel", MODEL("ml", "ds"));
    aml_publish("ml");
    (void)aml_ok("DeleteMLModel", "{'MLModelId':'ml'}");
    assert_contains(aml.events.bytes, "cancel MLModel/ml;");
    assert_false(ml_registry_resolve(aml.registry, "ml", &info, &err));
}

static void models_here_are_known_by_their_names_in_the_registry(void **state)
{
    (void)state;
    struct ml_amazonml *reader;
    struct ml_error err;
    char name[ML_AML_ID_BYTES];
    aml_have_source();
    (void)aml_ok("CreateMLModel", MODEL("ml", "ds"));
    (void)aml_ok("CreateMLModel", MODEL("-odd", "ds"));
    ml_aml_registry_name(name, "-odd");
    must(ml_amazonml_read(&reader, test_path("state/amazonml"), &err)); /* beside a daemon */
    assert_true(ml_amazonml_owns(reader, "ml") && ml_amazonml_owns(aml.control, "ml"));
    assert_true(ml_amazonml_owns(reader, name) && ml_amazonml_owns(aml.control, name));
    assert_false(ml_amazonml_owns(reader, "ds") || ml_amazonml_owns(aml.control, "other"));
    ml_amazonml_close(reader);
    must(ml_amazonml_read(&reader, test_path("none"), &err));
    assert_false(ml_amazonml_owns(reader, "ml"));
    assert_int_not_equal(access(test_path("none"), F_OK), 0);
    ml_amazonml_close(reader);
}

static void a_restart_forgets_nothing_and_begins_jobs_anew(void **state)
{
    (void)state;
    aml_have_model();
    (void)aml_ok("CreateRealtimeEndpoint", "{'MLModelId':'ml'}");
    (void)aml_ok("AddTags", "{'ResourceId':'ml','ResourceType':'MLModel','Tags':[{'Key':'\xc3\xa4',"
                            "'Value':'1'}]}");
    (void)aml_ok("CreateEvaluation", EVALUATION("ev", "ml", "ds"));
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("next"));
    (void)aml_ok("CreateMLModel", MODEL("m2", "next"));
    char *before = strdup(aml_ok("GetMLModel", "{'MLModelId':'ml','Verbose':true}"));
    has_status("GetEvaluation", "{'EvaluationId':'ev'}", "INPROGRESS");
    aml_reopen();
    assert_string_equal(aml_ok("GetMLModel", "{'MLModelId':'ml','Verbose':true}"), before);
    free(before);
    assert_contains(aml_ok("DescribeTags", "{'ResourceId':'ml','ResourceType':'MLModel'}"),
                    "\"Key\":\"\xc3\xa4\"");
    char name[ML_AML_ID_BYTES];
    assert_int_equal(ml_amazonml_look_up(aml.control, "ml", name), ML_AMAZONML_MOUNTED);
    assert_int_equal(aml.n_jobs, 1);
    aml_end("DataSource/next", RESULT);
    aml_end("MLModel/m2", MODEL_RESULT);
    aml_end("Evaluation/ev", "{\"metrics\":{}}");
    has_status("GetEvaluation", "{'EvaluationId':'ev'}", "COMPLETED");
}

static void what_is_killed_with_the_daemon_begins_anew(void **state)
{
    (void)state;
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("a"));
    (void)aml_ok("CreateDataSourceFromS3", AML_SOURCE("b"));
    ml_amazonml_stop(aml.control);
    aml_end("DataSource/a", NULL);
    assert_int_equal(aml.n_jobs, 1);
    aml_reopen();
    aml_end("DataSource/a", RESULT);
    aml_end("DataSource/b", RESULT);
    has_status("GetDataSource", "{'DataSourceId':'b'}", "COMPLETED");
}

static void a_training_that_begins_anew_leaves_no_version_of_before(void **state)
{
    (void)state;
    struct ml_version_info info;
    struct ml_error err;
    aml_have_source();
    (void)aml_ok("CreateMLModel", MODEL("new", "ds"));
    aml_publish("new"); /* and the daemon ends before it learns of it */
    ml_amazonml_stop(aml.control);
    aml_reopen();
    assert_false(ml_registry_resolve(aml.registry, "new", &info, &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
    aml_publish("new");
    aml_end("MLModel/new", "{\"version\":2,\"bytes\":1,\"recipe\":\"{r}\",\"threshold\":0.5}");
    (void)aml_ok("DeleteMLModel", "{'MLModelId':'new'}");
    assert_false(ml_registry_resolve(aml.registry, "new", &info, &err));
}

static void an_endpoint_half_made_is_made_at_the_next_start(void **state)
{
    (void)state;
    aml_have_model();
    (void)aml_ok("CreateRealtimeEndpoint", "{'MLModelId':'ml'}");
    const char *path = test_path("state/amazonml/models/ml.json");
    struct ml_strbuf text = test_read(path);
    char *ready = strstr(text.bytes, "\"READY\"");
    assert_non_null(ready);
    struct ml_strbuf changed = {0};
    ml_strbuf_add(&changed, text.bytes, (size_t)(ready - text.bytes));
    ml_strbuf_adds(&changed, "\"UPDATING\"");
    ml_strbuf_adds(&changed, ready + strlen("\"READY\""));
    (void)test_write("state/amazonml/models/ml.json", changed.bytes, changed.length);
    ml_strbuf_release(&text);
    ml_strbuf_release(&changed);
    ml_strbuf_clear(&aml.events);
    aml_reopen();
    assert_string_equal(aml.events.bytes, "mount ml@1;");
    assert_contains(aml_ok("GetMLModel", "{'MLModelId':'ml'}"), "\"EndpointStatus\":\"READY\"");
}

static void too_many_waiting_jobs_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1001; i++) {
        char text[200];
        snprintf(text, sizeof(text),
                 "{'DataSourceId':'d%zu','DataSpec':{'DataLocationS3':'s3://in/d.csv',"
                 "'DataSchema':'{}'}}",
                 i);
        (void)aml_ok("CreateDataSourceFromS3", text);
    }
    aml_refused("CreateDataSourceFromS3", AML_SOURCE("more"), "LimitExceededException", 417,
                "1000 jobs are waiting");
    (void)aml_ok("CreateDataSourceFromS3",
                 "{'DataSourceId':'d7','DataSpec':{'DataLocationS3':'s3://in/d.csv',"
                 "'DataSchema':'{}'}}");
}

#define T(name) cmocka_unit_test_setup_teardown(name, with_data, aml_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_made_of_something_waits_for_it),
        T(no_more_jobs_run_than_there_are_slots),
        T(a_failure_fails_what_waits_for_it),
        T(a_job_that_dies_or_talks_nonsense_fails),
        T(deleting_ends_the_job_and_frees_its_slot),
        T(what_waits_for_something_deleted_fails),
        T(a_model_that_was_published_while_it_was_deleted_is_removed),
        T(a_model_that_was_published_and_never_reported_is_removed),
        T(models_here_are_known_by_their_names_in_the_registry),
        T(a_restart_forgets_nothing_and_begins_jobs_anew),
        T(what_is_killed_with_the_daemon_begins_anew),
        T(a_training_that_begins_anew_leaves_no_version_of_before),
        T(an_endpoint_half_made_is_made_at_the_next_start),
        T(too_many_waiting_jobs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

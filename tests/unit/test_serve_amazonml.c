#include "../lib/modelling.h"

#include <semaphore.h>

#include "base/file.h"
#include "ml/registry.h"
#include "serve/handlers.h"

#define ADMIN "Bearer admin-admin-admin-admin"
#define PREDICT "Bearer predict-predict-predict"
#define TARGET "AmazonML_20141212."

static struct ml_config config;
static struct ml_server server;
static struct ml_exchange x;
static sem_t finished;
static const char *target;

static void publish(void)
{
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_error err;
    struct ml_registry *registry = NULL;
    struct ml_model *model = NULL;
    struct ml_strbuf csv = model_csv(200, 1, model_binary_labels, 2);
    struct ml_schema *schema = model_schema("BINARY");
    size_t version;
    must(ml_train(&model, test_write("train.csv", csv.bytes, csv.length), schema, &options,
                  &test_quiet, &summary, NULL, &err));
    must(ml_registry_open(&registry, config.models, &err));
    must(ml_registry_publish(registry, "m", model, &version, &err));
    ml_registry_close(registry);
    ml_model_free(model);
    ml_schema_free(schema);
    ml_strbuf_release(&csv);
}

static int start(void **state)
{
    (void)state;
    char text[2048];
    struct ml_error err;
    const char *tokens = test_text("tokens", "admin admin-admin-admin-admin\n"
                                             "predict predict-predict-predict\n");
    assert_int_equal(mkdir(test_path("data"), 0777), 0);
    assert_int_equal(mkdir(test_path("data/in"), 0777), 0);
    (void)test_text("data/in/d.csv", "n,y\n1,0\n");
    snprintf(text, sizeof(text),
             "{\"models\":\"%s/models\",\"state\":\"%s/state\",\"log\":{\"format\":\"json\"},"
             "\"tokens\":\"%s\",\"amazonml\":{\"data\":\"%s/data\"}}",
             test_dir(), test_dir(), tokens, test_dir());
    ml_config_init(&config);
    must(ml_config_load(&config, test_text("mlserved.json", text), &err));
    publish();
    must(ml_server_open(&server, &config, &err));
    server.log.fd = open(test_path("log"), O_WRONLY | O_CREAT | O_APPEND, 0666);
    sem_init(&finished, 0, 0);
    x.request.spool.fd = -1;
    x.reply.file_fd = -1;
    return 0;
}

static int end(void **state)
{
    ml_exchange_reset(&x);
    ml_arena_release(&x.arena);
    ml_strbuf_release(&x.request.body);
    close(server.log.fd);
    ml_server_close(&server);
    ml_config_release(&config);
    sem_destroy(&finished);
    return test_teardown(state);
}

static void suspend(struct ml_exchange *exchange)
{
    (void)exchange;
}

static void resume(struct ml_exchange *exchange)
{
    (void)exchange;
    sem_post(&finished);
}

static const char *query(void *transport, const char *name)
{
    (void)transport;
    (void)name;
    return NULL;
}

static const char *header(void *transport, const char *name)
{
    (void)transport;
    return strcmp(name, "X-Amz-Target") == 0 ? target : strcmp(name, "Host") == 0 ? "h:1" : NULL;
}

/* Single quotes in the body stand for double ones. */
static const char *call(const char *operation, const char *authorization, const char *body)
{
    ml_exchange_reset(&x);
    target = operation;
    x.server = &server;
    x.traffic = &server.metrics.other;
    x.suspend = suspend;
    x.resume = resume;
    x.request.query = query;
    x.request.header = header;
    x.request.method = ML_POST;
    x.request.path = "/";
    x.request.content_type = "application/x-amz-json-1.1";
    x.request.authorization = authorization;
    x.request.n_authorization = authorization != NULL;
    x.request.has_body = true;
    ml_route_admit(&x);
    if (x.reply.status == 0) {
        for (const char *s = body; *s != '\0'; s++)
            ml_strbuf_addc(&x.request.body, *s == '\'' ? '"' : *s);
        ml_route_run(&x);
        if (x.deferred)
            sem_wait(&finished);
    }
    if (x.counted)
        atomic_fetch_sub(&server.metrics.in_flight, 1);
    return x.reply.body.bytes != NULL ? x.reply.body.bytes : "";
}

static void replied(const char *reply, int status, const char *part)
{
    if (x.reply.status != status)
        fail_msg("%d, not %d: %s", x.reply.status, status, reply);
    assert_contains(reply, part);
}

static const char *reply_header(const char *name)
{
    for (size_t i = 0; i < x.reply.n_headers; i++)
        if (strcmp(x.reply.headers[i].name, name) == 0)
            return x.reply.headers[i].value;
    return "";
}

#define RECORD(id) "{'MLModelId':'" id "','Record':{'n':'1'},'PredictEndpoint':'http://h:1/'}"

static void any_endpoint_of_ours_predicts(void **state)
{
    (void)state;
    const char *reply = call(TARGET "Predict", PREDICT, RECORD("m"));
    replied(reply, 200, "{\"Prediction\":{\"predictedLabel\":\"");
    assert_contains(reply, "\"details\":{\"PredictiveModelType\":\"BINARY\"");
    assert_int_equal(strlen(reply_header("x-amzn-RequestId")), 36);
    assert_string_equal(reply_header("X-Variant"), "main");
    assert_string_equal(x.reply.content_type, "application/x-amz-json-1.1");
    replied(call(TARGET "Predict", PREDICT, RECORD("none")), 404, "ResourceNotFoundException");
    assert_string_equal(reply_header("x-amzn-ErrorType"), "ResourceNotFoundException");
    replied(call(TARGET "Predict", PREDICT, "{"), 400, "SerializationException");
    replied(call(TARGET "Predict", PREDICT,
                 "{'MLModelId':'m','Record':{'n':'x'},'PredictEndpoint':'p'}"),
            400, "{\"__type\":\"InvalidInputException\",\"message\":\"column 'n': not a number");
}

static void each_operation_asks_for_its_own_scope(void **state)
{
    (void)state;
    replied(call(TARGET "DescribeMLModels", ADMIN, "{}"), 200, "{\"Results\":[]}");
    replied(call(TARGET "DescribeMLModels", PREDICT, "{}"), 400, "AccessDeniedException");
    replied(call(TARGET "DescribeMLModels", NULL, "{}"), 401, "MissingAuthenticationToken");
    assert_int_equal(strlen(reply_header("x-amzn-RequestId")), 36);
    replied(call(TARGET "Predict", ADMIN, RECORD("m")), 200, "Prediction");
}

static void refusals_of_the_control_plane_keep_their_names(void **state)
{
    (void)state;
    replied(call(TARGET "GetMLModel", ADMIN, "{'MLModelId':'x'}"), 404,
            "{\"__type\":\"ResourceNotFoundException\",\"message\":\"there is no MLModel 'x'\"}");
    assert_string_equal(reply_header("x-amzn-ErrorType"), "ResourceNotFoundException");
    assert_int_equal(strlen(reply_header("x-amzn-RequestId")), 36);
    replied(call(TARGET "MakeCoffee", ADMIN, "{}"), 400, "UnknownOperationException");
    assert_contains(x.reply.body.bytes, "'MakeCoffee' is no operation of Amazon Machine Learning");
    replied(call("AmazonML_20991231.GetMLModel", ADMIN, "{}"), 400, "UnknownOperationException");
    assert_contains(x.reply.body.bytes, "'AmazonML_20991231.GetMLModel' is an operation of no ");
    config.protocols.on[ML_PROTOCOL_AMAZONML] = false;
    replied(call(TARGET "GetMLModel", ADMIN, "{}"), 400, "'protocols.amazonml' is off");
    config.protocols.on[ML_PROTOCOL_AMAZONML] = true;
    replied(call("SageMaker.ListModels", ADMIN, "{}"), 400,
            "'ListModels' of SageMaker is not supported; known are DescribeEndpoint, ");
    replied(call(TARGET "CreateDataSourceFromS3", ADMIN,
                 "{'DataSourceId':'d','DataSpec':{'DataLocationS3':'/etc/passwd',"
                 "'DataSchema':'{}'}}"),
            400, "InvalidInputException");
}

static void publish_as(const char *name)
{
    struct ml_error err;
    struct ml_model *model = NULL;
    size_t version;
    must(ml_registry_load(&model, server.registry, "m", &err));
    must(ml_registry_publish(server.registry, name, model, &version, &err));
    ml_model_free(model);
}

static bool is_endpoint(const char *name)
{
    struct ml_endpoint *e = ml_hosts_find(server.hosts, name);
    ml_endpoint_unref(e);
    return e != NULL;
}

/* As a start, a check (-n), or a start with the protocol off. */
static void reopen(bool check_only, bool is_on)
{
    struct ml_error err;
    int log = server.log.fd;
    ml_server_close(&server);
    config.protocols.on[ML_PROTOCOL_AMAZONML] = is_on;
    must(check_only ? ml_server_open_to_check(&server, &config, &err)
                    : ml_server_open(&server, &config, &err));
    config.protocols.on[ML_PROTOCOL_AMAZONML] = true;
    server.log.fd = log;
}

/* The record is what a finished CreateMLModel leaves; the version what its job has published. */
static void a_model_made_here_is_no_endpoint_by_itself(void **state)
{
    (void)state;
    static const char record[] = "state/amazonml/models/nightly.json";
    static const char text[] =
        "{\"format\":1,\"kind\":\"model\",\"id\":\"nightly\",\"status\":\"COMPLETED\",\"type\":"
        "\"BINARY\",\"version\":1,"
        "\"sequence\":1,\"endpoint\":\"NONE\",\"created_ms\":1,\"request\":\"r\"}\n";
    size_t n_failed;
    publish_as("nightly");
    ml_hosts_refresh(server.hosts, &n_failed);
    assert_true(is_endpoint("nightly")); /* as long as it is a model like others */
    (void)test_text(record, text);
    for (size_t i = 0; i < 4; i++) {
        reopen(i == 1, i != 2);
        assert_false(is_endpoint("nightly"));
        ml_hosts_refresh(server.hosts, &n_failed);
        assert_false(is_endpoint("nightly"));
        assert_true(is_endpoint("m"));
        struct ml_endpoint *only = ml_hosts_default(server.hosts);
        assert_non_null(only);
        ml_endpoint_unref(only);
    }
    replied(call(TARGET "Predict", PREDICT, RECORD("nightly")), 400, "PredictorNotMounted");
    replied(call(TARGET "CreateRealtimeEndpoint", ADMIN, "{'MLModelId':'nightly'}"), 200, "READY");
    replied(call(TARGET "Predict", PREDICT, RECORD("nightly")), 200, "Prediction");
    reopen(false, true);
    replied(call(TARGET "Predict", PREDICT, RECORD("nightly")), 200, "Prediction");
    replied(call(TARGET "DeleteRealtimeEndpoint", ADMIN, "{'MLModelId':'nightly'}"), 200, "NONE");
    assert_false(is_endpoint("nightly"));
    reopen(false, true);
    assert_false(is_endpoint("nightly"));
    replied(call(TARGET "Predict", PREDICT, RECORD("nightly")), 400, "PredictorNotMounted");
}

static void a_folder_of_data_that_is_missing_is_told(void **state)
{
    (void)state;
    struct ml_server other;
    struct ml_error err;
    char *data = config.amazonml_data;
    config.amazonml_data = (char *)(uintptr_t)test_path("no/such");
    assert_false(ml_server_open_to_check(&other, &config, &err));
    assert_contains(err.msg, "'amazonml.data': there is no folder '");
    config.protocols.on[ML_PROTOCOL_AMAZONML] = false;
    must(ml_server_open_to_check(&other, &config, &err));
    ml_server_close(&other);
    config.protocols.on[ML_PROTOCOL_AMAZONML] = true;
    config.amazonml_data = data;
    must(ml_server_open_to_check(&other, &config, &err));
    ml_server_close(&other);
}

/* The child is this program, whose main says that the job failed. */
static void a_job_runs_in_a_child(void **state)
{
    (void)state;
    replied(call(TARGET "CreateDataSourceFromS3", ADMIN,
                 "{'DataSourceId':'ds','DataSpec':{'DataLocationS3':'s3://in/d.csv',"
                 "'DataSchema':'{}'}}"),
            200, "{\"DataSourceId\":\"ds\"}");
    const char *reply = "";
    for (size_t i = 0; i < 2000 && strstr(reply, "\"FAILED\"") == NULL; i++) {
        struct timespec pause = {0, 5000000};
        nanosleep(&pause, NULL);
        reply = call(TARGET "GetDataSource", ADMIN, "{'DataSourceId':'ds'}");
    }
    assert_contains(reply, "\"Status\":\"FAILED\"");
    assert_contains(reply, "\"Message\":\"said the child\"");
    struct ml_error err;
    struct ml_strbuf text = {0};
    must(ml_file_read_all(&text, test_path("log"), 1 << 20, &err));
    assert_contains(text.bytes, "\"operation\":\"CreateDataSourceFromS3\",\"id\":\"ds\"");
    assert_contains(text.bytes, "\"level\":\"warning\",\"msg\":\"Amazon ML's job has ended\","
                                "\"kind\":\"data_source\",\"id\":\"ds\",\"status\":\"FAILED\","
                                "\"seconds\":\"0.");
    assert_contains(text.bytes, ",\"message\":\"said the child\"}");
    ml_strbuf_release(&text);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_endpoint_of_ours_predicts),
        cmocka_unit_test(each_operation_asks_for_its_own_scope),
        cmocka_unit_test(refusals_of_the_control_plane_keep_their_names),
        cmocka_unit_test(a_model_made_here_is_no_endpoint_by_itself),
        cmocka_unit_test(a_folder_of_data_that_is_missing_is_told),
        cmocka_unit_test(a_job_runs_in_a_child),
    };
    if (argc == 2 && strcmp(argv[1], "--run-task") == 0) {
        puts("{\"error\":\"said the child\"}");
        return 0;
    }
    return cmocka_run_group_tests(tests, start, end);
}

#include "../lib/modelling.h"

#include <semaphore.h>

#include "ml/registry.h"
#include "serve/handlers.h"

static struct ml_config config;
static struct ml_server server;
static struct ml_exchange x;
static sem_t finished;
static const char *parameters[5]; /* name, value, …: of the query */

static void publish(void)
{
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_error err;
    struct ml_registry *registry = NULL;
    struct ml_model *model = NULL;
    struct ml_strbuf csv = model_csv(200, 1, model_binary_labels, 2);
    struct ml_schema *schema = model_schema("BINARY");
    const char *path = test_write("train.csv", csv.bytes, csv.length);
    must(ml_train(&model, path, schema, &options, &test_quiet, &summary, NULL, &err));
    must(ml_registry_open(&registry, config.models, &err));
    for (size_t i = 0; i < 2; i++) {
        size_t version;
        must(ml_registry_publish(registry, "m", model, &version, &err));
    }
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
    snprintf(text, sizeof(text),
             "{\"models\":\"%s/models\",\"state\":\"%s/state\",\"log\":{\"format\":\"json\"},"
             "\"endpoints\":{\"e\":{\"variants\":[{\"name\":\"A\",\"model\":\"m@1\"}]},"
             "\"broken\":{\"variants\":[{\"name\":\"A\",\"model\":\"none\"}]}}}",
             test_dir(), test_dir());
    ml_config_init(&config);
    must(ml_config_load(&config, test_text("mlserved.json", text), &err));
    publish();
    must(ml_server_open(&server, &config, &err));
    server.log.fd = open("/dev/null", O_WRONLY);
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
    for (size_t i = 0; parameters[i] != NULL; i += 2)
        if (strcmp(parameters[i], name) == 0)
            return parameters[i + 1];
    return NULL;
}

/* As the transport does it: admitted, the body, run, and waited for when deferred. */
static const char *send_as(enum ml_method method, const char *path, const char *type,
                           const char *accept, const char *body)
{
    ml_exchange_reset(&x);
    x.server = &server;
    x.traffic = &server.metrics.other;
    x.suspend = suspend;
    x.resume = resume;
    x.request.query = query;
    x.request.method = method;
    x.request.path = path;
    x.request.content_type = type;
    x.request.accept = accept;
    x.request.has_body = body[0] != '\0';
    ml_route_admit(&x);
    if (x.reply.status == 0) {
        ml_strbuf_adds(&x.request.body, body);
        ml_route_run(&x);
        if (x.deferred)
            sem_wait(&finished);
    }
    if (x.counted)
        atomic_fetch_sub(&server.metrics.in_flight, 1);
    return x.reply.static_body != NULL  ? x.reply.static_body
           : x.reply.body.bytes != NULL ? x.reply.body.bytes
                                        : "";
}

static const char *send_json(enum ml_method method, const char *path, const char *body)
{
    return send_as(method, path, "application/json", NULL, body);
}

static const char *get(const char *path)
{
    return send_as(ML_GET, path, NULL, NULL, "");
}

static void assert_replied(const char *reply, int status, const char *part)
{
    if (x.reply.status != status)
        fail_msg("%d, not %d: %s", x.reply.status, status, reply);
    assert_contains(reply, part);
}

/* The value of a string member in the reply. */
static void copy_member(char to[64], const char *reply, const char *name)
{
    char key[40];
    snprintf(key, sizeof(key), "\"%s\":\"", name);
    const char *s = strstr(reply, key);
    assert_non_null(s);
    s += strlen(key);
    size_t n = strcspn(s, "\"");
    assert_true(n < 64);
    memcpy(to, s, n);
    to[n] = '\0';
}

static void health_is_always_well(void **state)
{
    (void)state;
    assert_string_equal(get("/healthz"), "{\"status\":\"ok\"}\n");
    assert_int_equal(x.reply.status, 200);
}

static void readiness_says_why_not(void **state)
{
    (void)state;
    assert_replied(get("/readyz"), 503,
                   "{\"ready\":false,\"reason\":\"a model is not loaded\","
                   "\"endpoints\":{\"broken\":false,\"e\":true}}\n");
    atomic_store(&server.draining, true);
    assert_replied(get("/readyz"), 503, "\"reason\":\"draining\"");
    atomic_store(&server.draining, false);
}

static void a_record_is_answered_with_its_variant(void **state)
{
    (void)state;
    const char *reply =
        send_json(ML_POST, "/v1/endpoints/e/predict", "{\"record\":{\"n\":1},\"key\":\"k\"}");
    assert_replied(reply, 200,
                   "{\"endpoint\":\"e\",\"variant\":\"A\",\"model\":\"m\",\"version\":1,");
    assert_contains(reply, "\"assignment\":\"key\"");
    assert_contains(reply, "\"threshold\":0.5}\n");
    assert_string_equal(x.log_endpoint, "e");
    assert_string_equal(x.log_variant, "A");
    char id[64];
    copy_member(id, reply, "inference_id");
    assert_int_equal(strlen(id), 26);
}

static void a_table_is_answered_with_a_table_unless_json_is_wanted(void **state)
{
    (void)state;
    parameters[0] = "threshold";
    parameters[1] = "1";
    const char *reply =
        send_as(ML_POST, "/v1/endpoints/e/predict", "text/csv", NULL, "id,n\nr1,1\n");
    assert_replied(reply, 200, "tag,bestAnswer,score\nr1,0,");
    assert_string_equal(x.reply.content_type, "text/csv; charset=utf-8");
    reply = send_as(ML_POST, "/v1/endpoints/e/predict", NULL, "application/json", "n\n1\n");
    assert_replied(reply, 200, "{\"endpoint\":\"e\",\"predictions\":[{\"variant\":\"A\"");
    parameters[1] = "1.5";
    reply = send_as(ML_POST, "/v1/endpoints/e/predict", "text/csv", NULL, "n\n1\n");
    assert_replied(reply, 400, "'threshold' must be a number from 0 to 1");
    parameters[0] = NULL;
}

static void bad_predictions_are_refused_by_code(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *body;
        int status;
        const char *part;
    } cases[] = {
        {"nowhere", "{}", 404, "\"code\":\"unknown_endpoint\",\"message\":\"no endpoint is named"},
        {"broken", "{\"record\":{}}", 503, "\"code\":\"not_loaded\""},
        {"e", "", 400, "\"code\":\"invalid_json\""},
        {"e", "{}", 400, "\"code\":\"invalid_request\""},
        {"e", "{\"record\":{\"n\":\"abc\"}}", 400,
         "{\"error\":{\"code\":\"invalid_record\",\"message\":\"column 'n': not a number: 'abc'\","
         "\"column\":\"n\"}}\n"},
        {"e", "{\"record\":{},\"variant\":\"Z\"}", 400,
         "\"message\":\"endpoint 'e' has no variant 'Z'\",\"column\":\"variant\""},
        {"e", "{\"record\":{\"zzz\":1},\"strict\":true}", 400, "column 'zzz' is unknown"},
        {"e", "{\"records\":[{\"n\":1},{\"n\":\"x\"}]}", 400, "record 2: column 'n'"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char path[80];
        snprintf(path, sizeof(path), "/v1/endpoints/%s/predict", cases[i].path);
        assert_replied(send_json(ML_POST, path, cases[i].body), cases[i].status, cases[i].part);
    }
    assert_replied(send_as(ML_POST, "/v1/endpoints/e/predict", "application/x-ndjson", NULL, "{}"),
                   415, "NDJSON goes to /batch");
    assert_replied(send_json(ML_POST, "/predict", "{\"record\":{}}"), 400,
                   "with one of: broken, e");
}

static const char *outcome(const char *id, const char *rest)
{
    char body[300];
    snprintf(body, sizeof(body), "{\"inference_id\":\"%s\",%s}", id, rest);
    return send_json(ML_POST, "/v1/endpoints/e/outcomes", body);
}

static void an_outcome_is_recorded_once(void **state)
{
    (void)state;
    char id[64];
    copy_member(id, send_json(ML_POST, "/v1/endpoints/e/predict", "{\"record\":{\"n\":1}}"),
                "inference_id");
    assert_replied(outcome(id, "\"label\":true"), 201,
                   "\"status\":\"recorded\",\"variant\":\"A\"}\n");
    assert_replied(outcome(id, "\"label\":\"yes\""), 200, "\"status\":\"unchanged\"");
    assert_replied(outcome(id, "\"label\":0"), 409, "\"code\":\"conflicting_outcome\"");
    assert_replied(outcome(id, "\"reward\":1"), 409, "\"code\":\"conflicting_outcome\"");
    assert_replied(outcome("01ARZ3NDEKTSV4RRFFQ69G5FAV", "\"label\":1"), 404,
                   "endpoint 'e' has logged no prediction '01ARZ3NDEKTSV4RRFFQ69G5FAV'");
    copy_member(id, send_json(ML_POST, "/v1/endpoints/e/predict", "{\"record\":{\"n\":1}}"),
                "inference_id");
    assert_replied(outcome(id, "\"label\":\"maybe\""), 400, "'maybe' is no label of the model");
    assert_replied(get("/v1/endpoints/e/experiment"), 200, "\"endpoint\":\"e\"");
    assert_replied(get("/v1/endpoints/broken/experiment"), 404, "\"code\":\"no_experiment\"");
}

static void malformed_outcomes_are_refused_by_member(void **state)
{
    (void)state;
    assert_replied(outcome(" a", "\"label\":1"), 400, "1 to 72 printable ASCII characters");
    assert_replied(outcome("", "\"label\":1"), 400, "'inference_id' must be 1 to 72");
    assert_replied(outcome("a", "\"label\":1,\"reward\":1"), 400,
                   "'label' or 'reward' is needed, and not both");
    assert_replied(outcome("a", "\"reward\":1e13"), 400, "'reward' must be a number from -1e12");
    assert_replied(outcome("a", "\"label\":null"), 400, "'label' must be a label of the model");
    assert_replied(outcome("a", "\"value\":1"), 400, "known are inference_id, label, reward");
    assert_replied(send_json(ML_POST, "/v1/endpoints/e/outcomes", "[]"), 400,
                   "the body must be an object");
    assert_replied(send_json(ML_POST, "/v1/endpoints/e/outcomes", "{\"label\":1}"), 400,
                   "'inference_id' is missing");
}

static void endpoints_come_change_and_go(void **state)
{
    (void)state;
    static const char path[] = "/v1/endpoints/new";
    static const char body[] = "{\"variants\":[{\"name\":\"A\",\"model\":\"m@1\"}]}";
    assert_replied(send_json(ML_PATCH, path, "{}"), 404, "no endpoint is named 'new'");
    assert_replied(send_json(ML_PUT, path, body), 201, "{\"name\":\"new\",\"ready\":true,");
    assert_replied(send_json(ML_PUT, path, body), 200, "\"version\":1");
    assert_replied(send_json(ML_PATCH, path, "{\"variants\":{\"A\":{\"model\":\"m\"}}}"), 200,
                   "\"version\":2");
    assert_replied(send_json(ML_PATCH, path, "{\"coverage\":2}"), 400,
                   "\"code\":\"invalid_endpoint\",\"message\":\"coverage: must be a number from 0 "
                   "to 1\",\"column\":\"coverage\"");
    assert_replied(send_json(ML_PATCH, path, "{\"variants\":{\"A\":{\"model\":\"m@9\"}}}"), 400,
                   "\"code\":\"unknown_model\",\"message\":\"variant 'A': ");
    assert_replied(send_json(ML_PUT, path, "{"), 400, "\"code\":\"invalid_json\"");
    assert_replied(get(path), 200, "\"version\":2");
    assert_replied(get("/v1/endpoints"), 200, "{\"name\":\"new\"");
    assert_replied(send_as(ML_DELETE, path, NULL, NULL, ""), 204, "");
    assert_replied(get(path), 404, "\"code\":\"unknown_endpoint\"");
    assert_replied(send_as(ML_DELETE, path, NULL, NULL, ""), 404, "no endpoint is named 'new'");
}

static void models_are_listed_and_shown(void **state)
{
    (void)state;
    assert_replied(get("/v1/models"), 200, "{\"models\":[{\"model\":\"m\",\"version\":1,");
    assert_replied(get("/v1/models/m"), 200, "{\"versions\":[{\"model\":\"m\",\"version\":1,");
    assert_replied(get("/v1/models/m/2"), 200, "{\"model\":\"m\",\"version\":2,\"threshold\":0.5,");
    assert_replied(get("/v1/models/m/9"), 404, "\"code\":\"unknown_model\"");
    assert_replied(get("/v1/models/none"), 404, "\"code\":\"unknown_model\"");
}

static void a_reload_tells_what_is_wrong(void **state)
{
    (void)state;
    assert_replied(send_json(ML_POST, "/v1/reload", "{}"), 200,
                   "\"failed\":[{\"endpoint\":\"broken\",\"problem\":\"");
}

static void counters_and_the_description_are_served(void **state)
{
    (void)state;
    const char *text = get("/metrics");
    assert_replied(text, 200, "mlserved_model_info{endpoint=\"e\",variant=\"A\",model=\"m\"");
    assert_contains(text, "mlserved_endpoint_ready{endpoint=\"broken\"} 0\n");
    assert_contains(text, "mlserved_ready 0\n");
    assert_string_equal(x.reply.content_type, "text/plain; version=0.0.4; charset=utf-8");
    get("/openapi.json");
    assert_true(x.reply.static_bytes > 1000);
    assert_memory_equal(x.reply.static_body, "{\"openapi\":", 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(health_is_always_well),
        cmocka_unit_test(readiness_says_why_not),
        cmocka_unit_test(a_record_is_answered_with_its_variant),
        cmocka_unit_test(a_table_is_answered_with_a_table_unless_json_is_wanted),
        cmocka_unit_test(bad_predictions_are_refused_by_code),
        cmocka_unit_test(an_outcome_is_recorded_once),
        cmocka_unit_test(malformed_outcomes_are_refused_by_member),
        cmocka_unit_test(endpoints_come_change_and_go),
        cmocka_unit_test(models_are_listed_and_shown),
        cmocka_unit_test(a_reload_tells_what_is_wrong),
        cmocka_unit_test(counters_and_the_description_are_served),
    };
    return cmocka_run_group_tests(tests, start, end);
}

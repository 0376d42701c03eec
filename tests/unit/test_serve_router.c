#include "../lib/testing.h"

#include "protocol/body_kind.h"
#include "serve/handlers.h"

#define PREDICT_TOKEN "predict-token-0001"
#define ADMIN_TOKEN "admin-token-000001"

/* As much of a server as routing sees. */
static struct ml_config config;
static struct ml_server server;
static struct ml_exchange x;

static int start(void **state)
{
    (void)state;
    struct ml_error err;
    ml_config_init(&config);
    config.limits.body_bytes = 100;
    config.limits.batch_bytes = 1000;
    config.limits.requests = 2;
    memset(&server, 0, sizeof(server));
    server.config = &config;
    ml_metrics_init(&server.metrics);
    must(ml_auth_open(&server.auth, NULL, &err));
    memset(&x, 0, sizeof(x));
    x.request.spool.fd = -1;
    x.reply.file_fd = -1;
    return 0;
}

static int end(void **state)
{
    (void)state;
    ml_exchange_reset(&x);
    ml_arena_release(&x.arena);
    ml_strbuf_release(&x.request.body);
    ml_auth_close(server.auth);
    ml_metrics_release(&server.metrics);
    ml_config_release(&config);
    return 0;
}

static void ask_for_tokens(void)
{
    struct ml_error err;
    ml_auth_close(server.auth);
    must(ml_auth_open(&server.auth,
                      test_text("tokens", "predict " PREDICT_TOKEN "\nadmin " ADMIN_TOKEN "\n"),
                      &err));
}

static void admit(enum ml_method method, const char *path)
{
    ml_exchange_reset(&x);
    x.server = &server;
    x.request.method = method;
    x.request.path = path;
    ml_route_admit(&x);
}

static void admit_with(enum ml_method method, const char *path, const char *authorization)
{
    ml_exchange_reset(&x);
    x.server = &server;
    x.request.method = method;
    x.request.path = path;
    x.request.authorization = authorization;
    x.request.n_authorization = authorization != NULL;
    ml_route_admit(&x);
}

static void admit_length(enum ml_method method, const char *path, uint64_t length)
{
    ml_exchange_reset(&x);
    x.server = &server;
    x.request.method = method;
    x.request.path = path;
    x.request.has_length = true;
    x.request.length = length;
    ml_route_admit(&x);
}

static void assert_header(const char *name, const char *value)
{
    for (size_t i = 0; i < x.reply.n_headers; i++)
        if (strcmp(x.reply.headers[i].name, name) == 0) {
            assert_string_equal(x.reply.headers[i].value, value);
            return;
        }
    fail_msg("no header %s", name);
}

static void assert_refused(int status, const char *code, const char *message)
{
    char body[400];
    snprintf(body, sizeof(body), "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}\n", code,
             message);
    assert_null(x.route);
    assert_int_equal(x.reply.status, status);
    assert_string_equal(x.reply.content_type, "application/json");
    assert_string_equal(x.reply.body.bytes, body);
    assert_string_equal(x.reason, code);
}

static void paths_find_their_handlers(void **state)
{
    (void)state;
    static const struct {
        enum ml_method method;
        const char *path;
        void (*handle)(struct ml_exchange *x);
    } cases[] = {
        {ML_POST, "/predict", ml_handle_predict_default},
        {ML_POST, "/v1/endpoints/a/predict", ml_handle_predict},
        {ML_POST, "/v1/endpoints/a/batch", ml_handle_batch},
        {ML_POST, "/v1/endpoints/a/outcomes", ml_handle_outcome},
        {ML_GET, "/v1/endpoints/a/experiment", ml_handle_experiment},
        {ML_GET, "/v1/endpoints", ml_handle_endpoints},
        {ML_DELETE, "/v1/endpoints/a", ml_handle_delete_endpoint},
        {ML_PATCH, "/v1/endpoints/a", ml_handle_patch_endpoint},
        {ML_HEAD, "/healthz", ml_handle_health},
        {ML_GET, "http://host:80/healthz", ml_handle_health},
        {ML_GET, "HTTPS://host/v1/models", ml_handle_models},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        config.limits.requests = 100;
        admit(cases[i].method, cases[i].path);
        assert_int_equal(x.reply.status, 0);
        assert_true(x.route->handle == cases[i].handle);
    }
}

static void variable_segments_are_decoded(void **state)
{
    (void)state;
    admit(ML_GET, "/v1/models/b%61nking/%33");
    assert_true(x.route->handle == ml_handle_model_version);
    assert_string_equal(x.request.args[0], "banking");
    assert_string_equal(x.request.args[1], "3");
}

static void what_is_no_path_of_ours_is_not_found(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "*",
        "/healthz/",
        "//healthz",
        "/Healthz",
        "healthz",
        "/v1/endpoints/",
        "/v1/endpoints//predict",
        "/v1/endpoints/a%2fb",
        "/v1/endpoints/%2e%2e",
        "/v1/endpoints/a/predict/b",
        "/v1/endpoints/%zz",
        "/v1/%65ndpoints",
        "ftp://host/healthz",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        admit(ML_GET, bad[i]);
        assert_refused(404, "not_found", "nothing is at this path");
    }
}

static void a_name_that_is_none_is_refused_in_its_routes_words(void **state)
{
    (void)state;
    static const char *const bad[] = {"/endpoints/a..b/invocations", "/endpoints//invocations",
                                      "/endpoints/%zz/invocations"};
    for (size_t i = 0; i < 3; i++) {
        admit(ML_POST, bad[i]);
        assert_int_equal(x.reply.status, 400);
        assert_string_equal(x.reply.body.bytes, "{\"Message\":\"nothing is at this path\"}\n");
        assert_header("x-amzn-ErrorType", "ValidationError");
    }
}

/* Without routes of their own these would all be refused in our own words. */
static void what_is_no_path_is_refused_in_the_nearest_words(void **state)
{
    (void)state;
    static const struct {
        enum ml_method method;
        const char *path;
        int status;
        const char *start;
    } cases[] = {
        {ML_POST, "/endpoints/a/invocation", 400, "{\"Message\":\"nothing is at this path\"}"},
        {ML_GET, "/endpoints/a/invocations", 405, "{\"Message\":\"this path knows POST\"}"},
        {ML_GET, "/v2/nowhere", 404, "{\"error\":\"nothing is at this path\"}"},
        {ML_POST, "/v2/models/a..b/infer", 404, "{\"error\":\"nothing is at this path\"}"},
        {ML_DELETE, "/v2", 405, "{\"error\":\"this path knows GET, HEAD\"}"},
        {ML_GET, "/v1/models/a:predict", 405, "{\"error\":\"this path knows POST\"}"},
        {ML_POST, "/v1/models/a:explain", 404, "{\"error\":\"nothing is at this path\"}"},
        {ML_POST, "/v1/models/a/versions/1:x", 404, "{\"error\":\"nothing is at this path\"}"},
        {ML_POST, "/v1/models/a/2", 405, "{\"error\":{\"code\":\"method_not_allowed\""},
        {ML_GET, "/v2x", 404, "{\"error\":{\"code\":\"not_found\""},
        {ML_GET, "", 404, "{\"error\":{\"code\":\"not_found\""},
        {ML_GET, "/", 405, "{\"error\":{\"code\":\"method_not_allowed\""},
        {ML_GET, "//", 404, "{\"error\":{\"code\":\"not_found\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        admit(cases[i].method, cases[i].path);
        assert_int_equal(x.reply.status, cases[i].status);
        assert_memory_equal(x.reply.body.bytes, cases[i].start, strlen(cases[i].start));
    }
    admit_length(ML_POST, "/v2/models/a/infer", 5000);
    assert_string_equal(x.reply.body.bytes,
                        "{\"error\":\"the body is longer than 100 bytes (limits.body_bytes)\"}\n");
    config.protocols.on[ML_PROTOCOL_OIP] = false;
    admit(ML_GET, "/v2/nowhere");
    assert_refused(404, "not_found", "nothing is at this path");
}

static void a_path_tells_its_methods(void **state)
{
    (void)state;
    admit(ML_POST, "/v1/endpoints/a");
    assert_refused(405, "method_not_allowed", "this path knows GET, HEAD, PUT, PATCH, DELETE");
    assert_header("Allow", "GET, HEAD, PUT, PATCH, DELETE");
    admit(ML_HEAD, "/predict");
    assert_refused(405, "method_not_allowed", "this path knows POST");
    admit(ML_OTHER_METHOD, "/healthz");
    assert_refused(405, "method_not_allowed", "this path knows GET, HEAD");
}

static void a_name_is_decoded_or_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",       "%",   "%4",    "a%4", "%4g", "%00",
                                      "a%00b",  "%0a", "a%20b", "%2f", "a/b", "%2e%2e",
                                      "%c3%bc", "..",  "%%41",  "a%",  "a+b"};
    char name[ML_MAX_ARG_BYTES];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(ml_route_decode_name(name, bad[i], strlen(bad[i])));
    assert_true(ml_route_decode_name(name, "%41%7a.b", 8));
    assert_string_equal(name, "Az.b");
    char text[200];
    memset(text, 'a', sizeof(text));
    assert_true(ml_route_decode_name(name, text, 64));
    assert_int_equal(strlen(name), 64);
    assert_false(ml_route_decode_name(name, text, 65));
    for (size_t i = 0; i < 65; i++)
        memcpy(text + 3 * i, "%61", 3);
    assert_true(ml_route_decode_name(name, text, 3 * 64));
    assert_false(ml_route_decode_name(name, text, 3 * 65));
    assert_true(ml_route_decode_name(name, "%61%61", 3)); /* the segment ends there */
    assert_string_equal(name, "a");
}

static void a_body_is_what_its_type_says(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        enum ml_body_kind kind;
    } cases[] = {
        {NULL, ML_BODY_UNKNOWN},
        {"", ML_BODY_UNKNOWN},
        {"application/json", ML_BODY_JSON},
        {"Application/JSON; charset=utf-8", ML_BODY_JSON},
        {"text/csv;header=present", ML_BODY_CSV},
        {"application/x-ndjson", ML_BODY_NDJSON},
        {"application/x-www-form-urlencoded", ML_BODY_UNKNOWN},
        {"application/jsonx", ML_BODY_UNSUPPORTED},
        {"application/xml", ML_BODY_UNSUPPORTED},
        {"json", ML_BODY_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(ml_body_kind_of_type(cases[i].type), cases[i].kind);
}

static void a_body_without_a_type_is_known_by_its_first_byte(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum ml_body_kind kind;
    } cases[] = {
        {"", ML_BODY_JSON},
        {" \r\n\t", ML_BODY_JSON},
        {"\n {\"a\":1}", ML_BODY_JSON},
        {"[1]", ML_BODY_JSON},
        {"a,b\n", ML_BODY_CSV},
        {"\"{\"", ML_BODY_CSV},
        {" 1,2\n", ML_BODY_CSV},
        {"\xef\xbb\xbf{}", ML_BODY_JSON},
        {"\xef\xbb\xbf"
         "a,b",
         ML_BODY_CSV},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(ml_body_kind(x.request.content_type, cases[i].body, strlen(cases[i].body)),
                         cases[i].kind);
    assert_int_equal(ml_body_kind(x.request.content_type, "\0{", 2), ML_BODY_CSV);
    x.request.content_type = "text/csv";
    assert_int_equal(ml_body_kind(x.request.content_type, "{}", 2), ML_BODY_CSV);
}

static void other_types_are_refused_where_a_body_counts(void **state)
{
    (void)state;
    ml_exchange_reset(&x);
    x.server = &server;
    x.request.method = ML_POST;
    x.request.path = "/predict";
    x.request.content_type = "application/xml";
    ml_route_admit(&x);
    assert_refused(415, "unsupported_media_type",
                   "bodies are application/json, text/csv or application/x-ndjson");
    ml_exchange_reset(&x);
    x.server = &server;
    x.request.path = "/healthz";
    x.request.content_type = "application/xml";
    ml_route_admit(&x);
    assert_non_null(x.route);
}

static void bodies_have_a_limit_and_batches_another(void **state)
{
    (void)state;
    config.limits.requests = 100;
    admit_length(ML_POST, "/predict", 100);
    assert_non_null(x.route);
    assert_int_equal(ml_route_body_limit(&x), 100);
    admit_length(ML_POST, "/predict", 101);
    assert_refused(413, "body_too_large", "the body is longer than 100 bytes (limits.body_bytes)");
    assert_true(x.reply.close);
    admit_length(ML_POST, "/v1/endpoints/a/batch", 1000);
    assert_non_null(x.route);
    assert_int_equal(ml_route_body_limit(&x), 1000);
    admit_length(ML_POST, "/v1/endpoints/a/batch", 1001);
    assert_int_equal(x.reply.status, 413);
    admit_length(ML_GET, "/nowhere", UINT64_MAX);
    assert_int_equal(x.reply.status, 413);
    assert_int_equal(ml_counted(&server.metrics.rejected[ML_REJECT_TOO_LARGE]), 3);
}

static void sagemakers_clients_may_send_6_mb(void **state)
{
    (void)state;
    static const char *const paths[] = {"/invocations", "/endpoints/a/invocations",
                                        "/models/a/invoke"};
    config.limits.requests = 100;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        config.limits.body_bytes = 100;
        admit_length(ML_POST, paths[i], 6291456);
        assert_non_null(x.route);
        assert_int_equal(ml_route_body_limit(&x), 6291456);
        admit_length(ML_POST, paths[i], 6291457);
        assert_null(x.route);
        assert_contains(x.reply.body.bytes,
                        "the body is longer than 6291456 bytes (limits.body_bytes)");
        config.limits.body_bytes = 7000000;
        admit_length(ML_POST, paths[i], 7000000);
        assert_non_null(x.route);
        config.limits.body_bytes = 100;
    }
}

static void no_more_are_admitted_than_allowed(void **state)
{
    (void)state;
    admit(ML_POST, "/predict");
    assert_true(x.counted);
    admit(ML_POST, "/predict");
    assert_non_null(x.route);
    admit(ML_POST, "/predict");
    assert_refused(503, "overloaded", "too many requests are being answered");
    assert_header("Retry-After", "1");
    assert_true(x.counted); /* whoever counted takes it back */
    assert_int_equal(server.metrics.in_flight, 3);
    admit(ML_GET, "/healthz");
    assert_non_null(x.route);
    assert_false(x.counted);
    atomic_fetch_sub(&server.metrics.in_flight, 2);
    admit(ML_POST, "/predict");
    assert_non_null(x.route);
    assert_int_equal(ml_counted(&server.metrics.rejected[ML_REJECT_OVERLOAD]), 1);
}

static void tokens_are_asked_for_before_anything_is_said(void **state)
{
    (void)state;
    ask_for_tokens();
    admit_with(ML_POST, "/predict", NULL);
    assert_refused(401, "unauthorized", "a bearer token is needed");
    assert_header("WWW-Authenticate", "Bearer");
    admit_with(ML_POST, "/predict", "Bearer of-nobody-at-all");
    assert_refused(401, "unauthorized", "the Authorization is no bearer token that is known here");
    admit_with(ML_POST, "/predict", "AWS4-HMAC-SHA256 Credential=A/20261125/r/s/aws4_request");
    assert_refused(401, "unauthorized", "AWS signatures are not accepted here: configure 'sigv4'");
    admit_with(ML_GET, "/v1/endpoints", "Bearer " PREDICT_TOKEN);
    assert_refused(403, "forbidden", "this token does not open this");
    assert_false(x.counted);
    assert_int_equal(ml_counted(&server.metrics.rejected[ML_REJECT_AUTH]), 4);
}

static void tokens_open_what_is_theirs(void **state)
{
    (void)state;
    ask_for_tokens();
    static const struct {
        enum ml_method method;
        const char *path;
        const char *authorization;
    } cases[] = {
        {ML_POST, "/predict", "Bearer " PREDICT_TOKEN},
        {ML_POST, "/predict", "Bearer " ADMIN_TOKEN},
        {ML_GET, "/v1/endpoints", "Bearer " ADMIN_TOKEN},
        {ML_GET, "/metrics", "Bearer " PREDICT_TOKEN},
        {ML_GET, "/healthz", NULL},
        {ML_GET, "/readyz", "Basic nonsense"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        admit_with(cases[i].method, cases[i].path, cases[i].authorization);
        assert_non_null(x.route);
    }
    ml_exchange_reset(&x);
    x.server = &server;
    x.request.method = ML_POST;
    x.request.path = "/predict";
    x.request.authorization = "Bearer " PREDICT_TOKEN;
    x.request.n_authorization = 2;
    ml_route_admit(&x);
    assert_int_equal(x.reply.status, 401);
}

static void terse_errors_repeat_nothing(void **state)
{
    (void)state;
    config.terse_errors = true;
    admit(ML_GET, "/nowhere");
    assert_refused(404, "not_found", "not found");
    admit_length(ML_POST, "/predict", 101);
    assert_refused(413, "body_too_large", "too large");
    ml_reply_error(&x, 400, "bad", "column", "%s", "a value");
    assert_refused(400, "bad", "the request is not acceptable");
    ml_reply_error(&x, 500, "bad", NULL, "%s", "a value");
    assert_refused(500, "bad", "the request could not be served");
}

#define test(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(paths_find_their_handlers),
        test(variable_segments_are_decoded),
        test(what_is_no_path_of_ours_is_not_found),
        test(a_name_that_is_none_is_refused_in_its_routes_words),
        test(what_is_no_path_is_refused_in_the_nearest_words),
        test(a_path_tells_its_methods),
        test(a_name_is_decoded_or_refused),
        test(a_body_is_what_its_type_says),
        test(a_body_without_a_type_is_known_by_its_first_byte),
        test(other_types_are_refused_where_a_body_counts),
        test(bodies_have_a_limit_and_batches_another),
        test(sagemakers_clients_may_send_6_mb),
        test(no_more_are_admitted_than_allowed),
        test(tokens_are_asked_for_before_anything_is_said),
        test(tokens_open_what_is_theirs),
        test(terse_errors_repeat_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

#include "../lib/testing.h"

#include "serve/config.h"

static void load(struct ml_config *c, const char *text)
{
    struct ml_error err;
    ml_config_init(c);
    must(ml_config_load(c, test_text("mlserved.json", text), &err));
}

static void assert_refused(const char *text, const char *message)
{
    struct ml_config c;
    struct ml_error err = {0};
    ml_config_init(&c);
    if (ml_config_load(&c, test_text("mlserved.json", text), &err))
        fail_msg("%s was taken", text);
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, "mlserved.json");
    assert_contains(err.msg, message);
    ml_config_release(&c);
}

static void every_kind_of_key_is_read(void **state)
{
    (void)state;
    struct ml_config c;
    load(&c, "{\"listen\":\"[::1]:0\",\"models\":\"m\",\"state\":\"s\",\"default_endpoint\":\"e\","
             "\"tokens\":\"t\",\"tls\":{\"certificate\":\"c.pem\",\"key\":\"k.pem\"},"
             "\"log\":{\"format\":\"json\",\"requests\":true},"
             "\"predictions\":{\"log\":false,\"queue\":256,\"max_bytes\":0},"
             "\"drain_seconds\":0.5,\"follow_seconds\":0,\"threads\":3,\"terse_errors\":true,"
             "\"endpoints\":{\"a\":{}},\"hosts\":[\"x.example\"],"
             "\"limits\":{\"rows\":7,\"idle_seconds\":0.1,\"batch_jobs\":16}}");
    assert_string_equal(c.listen, "[::1]:0");
    assert_string_equal(c.models, "m");
    assert_string_equal(c.state, "s");
    assert_string_equal(c.default_endpoint, "e");
    assert_string_equal(c.tokens, "t");
    assert_string_equal(c.tls_certificate, "c.pem");
    assert_string_equal(c.tls_key, "k.pem");
    assert_string_equal(c.log_format, "json");
    assert_true(c.log_requests);
    assert_false(c.log_predictions);
    assert_int_equal(c.log_queue, 256);
    assert_int_equal(c.log_bytes, 0);
    assert_true(c.drain_seconds == 0.5);
    assert_true(c.follow_seconds == 0.0);
    assert_int_equal(c.threads, 3);
    assert_true(c.terse_errors);
    assert_non_null(ml_json_get(c.endpoints, "a"));
    assert_string_equal(ml_json_string(ml_json_first(c.hosts)), "x.example");
    assert_int_equal(c.limits.rows, 7);
    assert_true(c.limits.idle_seconds == 0.1);
    assert_int_equal(c.limits.batch_jobs, 16);
    assert_int_equal(c.limits.batch_queue, 16); /* untouched beside its neighbours */
    ml_config_release(&c);
}

static void unknown_keys_are_refused_by_name(void **state)
{
    (void)state;
    assert_refused("{\"Listen\":\":80\"}", "unknown key 'Listen'");
    assert_refused("{\"limits\":{\"row\":1}}", "unknown key 'limits.row'");
    assert_refused("{\"protocols\":{\"v2\":true}}",
                   "unknown key 'protocols.v2'; known are sagemaker, amazonml, oip, v1, mlflow");
    assert_refused("{\"rows\":1}", "unknown key 'rows'");
    assert_refused("{\"log\":{\"listen\":\":80\"}}", "unknown key 'log.listen'");
    assert_refused("{\"\":1}", "unknown key ''");
}

static void wrong_types_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"{\"listen\":8080}", "'listen' must be a string"},
        {"{\"models\":\"\"}", "'models' must be a string"},
        {"{\"state\":null}", "'state' must be a string"},
        {"{\"terse_errors\":1}", "'terse_errors' must be true or false"},
        {"{\"predictions\":{\"log\":\"yes\"}}", "'predictions.log' must be true or false"},
        {"{\"threads\":\"4\"}", "'threads' must be a whole number from 0 to 64"},
        {"{\"drain_seconds\":null}", "'drain_seconds' must be a number from 0 to 3600"},
        {"{\"endpoints\":[]}", "'endpoints' must be an object"},
        {"{\"hosts\":\"a\"}", "'hosts' must be an array"},
        {"{\"hosts\":[\"a\",1]}", "'hosts' must hold strings"},
        {"{\"limits\":5}", "'limits' must be an object"},
        {"{\"tls\":null}", "'tls' must be an object"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(cases[i].text, cases[i].message);
}

static void limits_are_inclusive(void **state)
{
    (void)state;
    struct ml_config c;
    load(&c, "{\"limits\":{\"rows\":1000000,\"requests\":1,\"header_seconds\":0.1,"
             "\"batch_bytes\":10000000000000}}");
    assert_int_equal(c.limits.rows, 1000000);
    assert_int_equal(c.limits.requests, 1);
    assert_true(c.limits.header_seconds == 0.1);
    assert_int_equal(c.limits.batch_bytes, 10000000000000u);
    ml_config_release(&c);
    assert_refused("{\"limits\":{\"rows\":1000001}}",
                   "'limits.rows' must be a whole number from 1 to 1000000");
    assert_refused("{\"limits\":{\"requests\":0}}", "'limits.requests' must be a whole number");
    assert_refused("{\"limits\":{\"header_seconds\":0.09}}",
                   "'limits.header_seconds' must be a number from 0.1 to 3600");
    assert_refused("{\"threads\":-1}", "'threads' must be a whole number from 0 to 64");
    assert_refused("{\"threads\":1.5}", "'threads' must be a whole number from 0 to 64");
    assert_refused("{\"predictions\":{\"queue\":255}}",
                   "'predictions.queue' must be a whole number from 256 to 10000000");
}

static void tls_needs_both_files(void **state)
{
    (void)state;
    assert_refused("{\"tls\":{\"key\":\"k\"}}", "'tls' needs both 'certificate' and 'key'");
    assert_refused("{\"tls\":{\"certificate\":\"c\"}}", "'tls' needs both 'certificate' and 'key'");
}

static void values_from_a_list_are_checked(void **state)
{
    (void)state;
    assert_refused("{\"log\":{\"format\":\"xml\"}}", "'log.format' must be \"logfmt\" or \"json\"");
    assert_refused("{\"listen\":\"8080\"}", "'listen' must be ADDRESS:PORT, not '8080'");
}

static void what_is_no_json_object_is_refused(void **state)
{
    (void)state;
    assert_refused("", "mlserved.json:1:1: ");
    assert_refused("[]", "not a JSON object");
    assert_refused("{\"threads\":1,}", "mlserved.json:1:");
    assert_refused("{\"threads\":1,\"threads\":2}", "threads");
    assert_refused("{\"threads\":1} {}", "mlserved.json:1:");
    struct ml_config c;
    struct ml_error err;
    ml_config_init(&c);
    assert_false(ml_config_load(&c, test_path("nowhere.json"), &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
    assert_contains(err.msg, "nowhere.json");
    ml_config_release(&c);
}

static void a_released_configuration_is_empty(void **state)
{
    (void)state;
    struct ml_config c;
    load(&c, "{\"models\":\"m\",\"endpoints\":{}}");
    ml_config_release(&c);
    assert_null(c.listen);
    assert_null(c.document);
    assert_null(c.endpoints);
    ml_config_release(&c);
}

static void listen_is_split_at_its_last_colon(void **state)
{
    (void)state;
    static const struct {
        const char *listen;
        const char *host;
        unsigned port;
    } cases[] = {
        {"127.0.0.1:8080", "127.0.0.1", 8080},
        {"[::1]:0", "::1", 0},
        {":65535", "", 65535},
        {"localhost:00080", "localhost", 80},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char host[64] = "?";
        unsigned port = 1;
        struct ml_error err;
        must(ml_config_split_listen(cases[i].listen, host, &port, &err));
        assert_string_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
}

static void a_listen_without_a_port_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",      "localhost", "localhost:",
        ":",     ":65536",    ":-1",
        ":+1",   ":1e3",      ":0x50",
        ": 80",  ":80 ",      "a:8a",
        "[::1]", ":1.5",      "a234567890123456789012345678901234567890123456789012345678901234:1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char host[64] = "?";
        unsigned port = 1;
        struct ml_error err = {0};
        if (ml_config_split_listen(bad[i], host, &port, &err))
            fail_msg("'%s' was taken", bad[i]);
        assert_contains(err.msg, "'listen' must be ADDRESS:PORT, not '");
        assert_string_equal(host, "?");
        assert_int_equal(port, 1);
    }
}

static void only_this_machine_reaches_loopback(void **state)
{
    (void)state;
    assert_true(ml_config_is_loopback("127.0.0.1"));
    assert_true(ml_config_is_loopback("127.1.2.3"));
    assert_true(ml_config_is_loopback("::1"));
    assert_true(ml_config_is_loopback("localhost"));
    assert_false(ml_config_is_loopback(""));
    assert_false(ml_config_is_loopback("0.0.0.0"));
    assert_false(ml_config_is_loopback("::"));
    assert_false(ml_config_is_loopback("12.7.0.1"));
    assert_false(ml_config_is_loopback("localhost.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_key_is_read),
        cmocka_unit_test(unknown_keys_are_refused_by_name),
        cmocka_unit_test(wrong_types_are_refused_by_name),
        cmocka_unit_test(limits_are_inclusive),
        cmocka_unit_test(tls_needs_both_files),
        cmocka_unit_test(values_from_a_list_are_checked),
        cmocka_unit_test(what_is_no_json_object_is_refused),
        cmocka_unit_test(a_released_configuration_is_empty),
        cmocka_unit_test(listen_is_split_at_its_last_colon),
        cmocka_unit_test(a_listen_without_a_port_is_refused),
        cmocka_unit_test(only_this_machine_reaches_loopback),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

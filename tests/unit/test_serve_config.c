#include "../lib/testing.h"

#include "serve/config.h"

static void absent_keys_have_their_defaults(void **state)
{
    (void)state;
    struct ml_config c;
    struct ml_error err;
    ml_config_init(&c);
    must(ml_config_load(&c, test_text("c.json", "{\"limits\":{\"rows\":5},\"threads\":2}"), &err));
    assert_int_equal(c.limits.rows, 5);
    assert_int_equal(c.threads, 2);
    assert_int_equal(c.limits.body_bytes, 1024 * 1024);
    assert_string_equal(c.listen, "127.0.0.1:8080");
    assert_true(c.log_predictions && !c.terse_errors && c.endpoints == NULL && c.tokens == NULL &&
                c.sigv4 == NULL);
    ml_config_release(&c);
}

static void every_kind_of_key_is_read(void **state)
{
    (void)state;
    struct ml_config c;
    struct ml_error err;
    ml_config_init(&c);
    must(ml_config_load(&c,
                        test_text("c.json", "{\"listen\":\"[::1]:0\",\"terse_errors\":true,"
                                            "\"log\":{\"format\":\"json\"},\"drain_seconds\":0.5,"
                                            "\"hosts\":[\"a\"],\"endpoints\":{}}"),
                        &err));
    assert_string_equal(c.listen, "[::1]:0");
    assert_string_equal(c.log_format, "json");
    assert_true(c.terse_errors && c.drain_seconds == 0.5 && c.hosts != NULL && c.endpoints != NULL);
    ml_config_release(&c);
}

static void what_is_wrong_is_told_by_its_key(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } bad[] = {
        {"[]", "not a JSON object"},
        {"{\"listn\":1}", "listn"},
        {"{\"limits\":{\"body\":1}}", "body"},
        {"{\"limits\":7}", "limits"},
        {"{\"threads\":1.5}", "threads"},
        {"{\"threads\":65}", "threads"},
        {"{\"threads\":\"2\"}", "threads"},
        {"{\"terse_errors\":1}", "terse_errors"},
        {"{\"drain_seconds\":-1}", "drain_seconds"},
        {"{\"limits\":{\"header_seconds\":0}}", "header_seconds"},
        {"{\"log\":{\"format\":\"xml\"}}", "format"},
        {"{\"tls\":{\"key\":\"k.pem\"}}", "certificate"},
        {"{\"hosts\":[1]}", "hosts"},
        {"{\"hosts\":\"a\"}", "hosts"},
        {"{\"endpoints\":[]}", "endpoints"},
        {"{\"threads\":1,\"threads\":2}", "twice"},
        {"{\"listen\":\"nowhere\"}", "listen"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_config c;
        struct ml_error err;
        ml_config_init(&c);
        if (ml_config_load(&c, test_text("c.json", bad[i].text), &err))
            fail_msg("taken: %s", bad[i].text);
        assert_contains(err.msg, bad[i].message);
        assert_contains(err.msg, "c.json");
        ml_config_release(&c);
    }
}

static void addresses_are_taken_apart(void **state)
{
    (void)state;
    char host[64];
    unsigned port;
    struct ml_error err;
    must(ml_config_split_listen("127.0.0.1:8080", host, &port, &err));
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(port, 8080);
    must(ml_config_split_listen("[::1]:0", host, &port, &err));
    assert_string_equal(host, "::1");
    assert_int_equal(port, 0);
    must(ml_config_split_listen(":65535", host, &port, &err));
    assert_string_equal(host, "");
    static const char *const bad[] = {"", "127.0.0.1", "a:65536", "a:x", "a:", "a:-1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (ml_config_split_listen(bad[i], host, &port, &err))
            fail_msg("taken: %s", bad[i]);
    assert_true(ml_config_is_loopback("127.0.0.1") && ml_config_is_loopback("::1"));
    assert_true(ml_config_is_loopback("localhost"));
    assert_false(ml_config_is_loopback("") || ml_config_is_loopback("0.0.0.0") ||
                 ml_config_is_loopback("127.example.org") || ml_config_is_loopback("192.0.2.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_keys_have_their_defaults),
        cmocka_unit_test(every_kind_of_key_is_read),
        cmocka_unit_test(what_is_wrong_is_told_by_its_key),
        cmocka_unit_test(addresses_are_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

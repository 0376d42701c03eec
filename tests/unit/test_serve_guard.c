#include "../lib/testing.h"

#include "serve/guard.h"

struct field {
    const char *name;
    const char *value;
};

static struct ml_guard_verdict judge(const struct field *fields, const char *method,
                                     const char *target, const char *version)
{
    struct ml_guard g = {0};
    for (; fields->name != NULL; fields++)
        ml_guard_field(&g, fields->name, strlen(fields->name), fields->value,
                       strlen(fields->value));
    return ml_guard_judge(&g, method, target, version);
}

#define JUDGE(...)                                                                                 \
    judge((const struct field[]){{"Host", "a"}, __VA_ARGS__, {NULL, NULL}}, "POST", "/p",          \
          "HTTP/1.1")                                                                              \
        .status

static void what_everybody_sends_passes(void **state)
{
    (void)state;
    assert_int_equal(JUDGE({"Content-Length", "12"}, {"Accept", "*/*"}, {"X", "\t caf\xe9 "}), 0);
    assert_int_equal(JUDGE({"transfer-encoding", "CHUNKED"}), 0);
    static const struct field none[] = {{NULL, NULL}};
    assert_int_equal(judge(none, "GET", "/", "HTTP/1.0").status, 0);
    static const struct field v6[] = {{"Host", "[::1]:8080"}, {NULL, NULL}};
    assert_int_equal(judge(v6, "GET", "/a?b=%2f", "HTTP/1.1").status, 0);
}

static void two_readings_of_the_framing_are_refused(void **state)
{
    (void)state;
    assert_int_equal(JUDGE({"Content-Length", "1"}, {"Content-Length", "1"}), 400);
    assert_int_equal(JUDGE({"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}), 400);
    assert_int_equal(JUDGE({"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}),
                     400);
    static const char *const lengths[] = {"", "+1", "-1", "1 ", "0x1", "1,1", "1e2"};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        assert_int_equal(JUDGE({"Content-Length", lengths[i]}), 400);
    static const char *const codings[] = {"identity", "gzip, chunked",    "chunked ",
                                          "xchunked", "chunked, chunked", ""};
    for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++)
        assert_int_equal(JUDGE({"Transfer-Encoding", codings[i]}), 501);
}

/* A folded field's second line comes as a part of its name. */
static void folded_framing_is_refused(void **state)
{
    (void)state;
    assert_int_equal(JUDGE({"Transfer-Encodingchunked", ""}), 400);
    assert_int_equal(JUDGE({"content-length5", ""}), 400);
}

static void a_length_beyond_64_bits_stays_beyond(void **state)
{
    (void)state;
    struct ml_guard g = {0};
    static const char huge[] = "99999999999999999999999999";
    ml_guard_field(&g, "Content-Length", 14, huge, strlen(huge));
    assert_true(g.length == UINT64_MAX && !g.bad_length);
}

static void one_host_is_needed(void **state)
{
    (void)state;
    static const struct field none[] = {{NULL, NULL}};
    assert_int_equal(judge(none, "GET", "/", "HTTP/1.1").status, 400);
    assert_int_equal(JUDGE({"host", "b"}), 400);
    static const char *const bad[] = {"a b", "a/b", "a@b", "a\"", "a?b"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct field one[] = {{"Host", bad[i]}, {NULL, NULL}};
        assert_int_equal(judge(one, "GET", "/", "HTTP/1.1").status, 400);
    }
}

static void malformed_heads_are_refused(void **state)
{
    (void)state;
    assert_int_equal(JUDGE({"a b", "x"}), 400);
    assert_int_equal(JUDGE({"", "x"}), 400);
    assert_int_equal(JUDGE({"x", "a\x01"}), 400);
    assert_int_equal(JUDGE({"x", "a\x7f"}), 400);
    static const struct field host[] = {{"Host", "a"}, {NULL, NULL}};
    assert_int_equal(judge(host, "G T", "/", "HTTP/1.1").status, 400);
    assert_int_equal(judge(host, "GET", "", "HTTP/1.1").status, 400);
    assert_int_equal(judge(host, "GET", "/a b", "HTTP/1.1").status, 400);
    assert_int_equal(judge(host, "GET", "/", "HTTP/2.0").status, 505);
}

static void there_is_a_limit_to_headers(void **state)
{
    (void)state;
    struct ml_guard g = {0};
    ml_guard_field(&g, "Host", 4, "a", 1);
    for (int i = 1; i < ML_MAX_HEADER_FIELDS; i++)
        ml_guard_field(&g, "x", 1, "", 0);
    assert_int_equal(ml_guard_judge(&g, "GET", "/", "HTTP/1.1").status, 0);
    ml_guard_field(&g, "x", 1, "", 0);
    assert_int_equal(ml_guard_judge(&g, "GET", "/", "HTTP/1.1").status, 431);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_everybody_sends_passes),
        cmocka_unit_test(two_readings_of_the_framing_are_refused),
        cmocka_unit_test(folded_framing_is_refused),
        cmocka_unit_test(a_length_beyond_64_bits_stays_beyond),
        cmocka_unit_test(one_host_is_needed),
        cmocka_unit_test(malformed_heads_are_refused),
        cmocka_unit_test(there_is_a_limit_to_headers),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

#include "../lib/testing.h"

#include "serve/guard.h"

static void add(struct ml_guard *g, const char *name, const char *value)
{
    ml_guard_field(g, name, strlen(name), value, strlen(value));
}

static struct ml_guard with_host(void)
{
    struct ml_guard g = {0};
    add(&g, "Host", "localhost:8080");
    return g;
}

static struct ml_guard_verdict judge(const struct ml_guard *g)
{
    return ml_guard_judge(g, "POST", "/predict", "HTTP/1.1");
}

static void assert_refused(struct ml_guard_verdict v, int status, const char *code,
                           const char *message)
{
    assert_int_equal(v.status, status);
    assert_string_equal(v.code, code);
    assert_string_equal(v.message, message);
}

/* The verdict on one field beside a Host. */
static struct ml_guard_verdict judge_field(const char *name, const char *value)
{
    struct ml_guard g = with_host();
    add(&g, name, value);
    return judge(&g);
}

static void ordinary_requests_pass(void **state)
{
    (void)state;
    struct ml_guard g = with_host();
    assert_int_equal(judge(&g).status, 0);
    add(&g, "Content-Length", "17");
    add(&g, "X-Note", "a\tb \xc3\xbc");
    assert_int_equal(judge(&g).status, 0);
    assert_true(g.length == 17);
    assert_int_equal(judge_field("Transfer-Encoding", "Chunked").status, 0);
    assert_int_equal(judge_field("X-Empty", "").status, 0);
}

static void two_lengths_are_refused_even_when_equal(void **state)
{
    (void)state;
    struct ml_guard g = with_host();
    add(&g, "Content-Length", "5");
    add(&g, "content-length", "5");
    assert_refused(judge(&g), 400, "bad_framing", "more than one Content-Length");
}

static void a_length_is_decimal_digits_alone(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "+5", "-5", "5 ", " 5", "0x5", "5,5", "5.0", "1e3"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(judge_field("Content-Length", bad[i]), 400, "bad_framing",
                       "Content-Length is not a number");
}

static void a_bad_length_is_not_forgotten(void **state)
{
    (void)state;
    struct ml_guard g = with_host();
    add(&g, "Content-Length", "x");
    assert_true(g.bad_length);
    add(&g, "X-Other", "5");
    assert_int_equal(judge(&g).status, 400);
}

static void a_length_beyond_64_bits_stays_the_largest(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t length;
    } cases[] = {
        {"0", 0},
        {"007", 7},
        {"18446744073709551614", UINT64_MAX - 1},
        {"18446744073709551615", UINT64_MAX},
        {"18446744073709551616", UINT64_MAX},
        {"36893488147419103232", UINT64_MAX},
        {"99999999999999999999999999999999999999", UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_guard g = with_host();
        add(&g, "Content-Length", cases[i].text);
        assert_true(g.length == cases[i].length);
        assert_false(g.bad_length);
    }
}

static void a_length_and_a_coding_together_are_refused(void **state)
{
    (void)state;
    struct ml_guard g = with_host();
    add(&g, "Transfer-Encoding", "chunked");
    add(&g, "Content-Length", "5");
    assert_refused(judge(&g), 400, "bad_framing", "both Content-Length and Transfer-Encoding");
}

static void only_chunked_once_is_a_known_coding(void **state)
{
    (void)state;
    static const char *const bad[] = {"gzip",     "chunked, gzip",    "gzip, chunked",
                                      "xchunked", "chunked, chunked", "chunked ",
                                      "",         "identity"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(judge_field("Transfer-Encoding", bad[i]), 501, "unsupported_encoding",
                       "the only transfer coding known is 'chunked'");
    struct ml_guard g = with_host();
    add(&g, "Transfer-Encoding", "gzip");
    add(&g, "Transfer-Encoding", "chunked");
    assert_refused(judge(&g), 400, "bad_framing", "more than one Transfer-Encoding");
}

static void chunks_need_http_1_1(void **state)
{
    (void)state;
    struct ml_guard g = with_host();
    add(&g, "Transfer-Encoding", "chunked");
    assert_refused(ml_guard_judge(&g, "POST", "/", "HTTP/1.0"), 400, "bad_framing",
                   "Transfer-Encoding needs HTTP/1.1");
}

static void exactly_one_host_is_needed(void **state)
{
    (void)state;
    static const char message[] = "exactly one valid Host is needed";
    struct ml_guard none = {0};
    assert_refused(judge(&none), 400, "bad_request", message);
    assert_int_equal(ml_guard_judge(&none, "GET", "/", "HTTP/1.0").status, 0);
    assert_refused(judge_field("HOST", "localhost"), 400, "bad_request", message);
}

static void a_host_holds_no_userinfo_path_or_blank(void **state)
{
    (void)state;
    static const char *const bad[] = {"a@b", "a/b", "a b", "a\"b", "\xc3\xbc", "a\\b", "a?b"};
    static const char *const good[] = {"", "a.example", "[::1]:80", "127.0.0.1:1", "a_b-c~d"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_guard g = {0};
        add(&g, "Host", bad[i]);
        assert_int_equal(judge(&g).status, 400);
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct ml_guard g = {0};
        add(&g, "Host", good[i]);
        assert_int_equal(judge(&g).status, 0);
    }
    struct ml_guard g = {0};
    ml_guard_field(&g, "Host", 4, "a\0b", 3);
    assert_int_equal(judge(&g).status, 400);
}

static void names_are_tokens(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "X Y", "X\t", "X:", "X(", "X\x7f", "\xc3\xbc", "X\x01"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(judge_field(bad[i], "v"), 400, "bad_request", "malformed header field");
    assert_int_equal(judge_field("!#$%&'*+-.^_`|~9Az", "v").status, 0);
}

static void values_hold_no_control_characters(void **state)
{
    (void)state;
    static const char *const bad[] = {"a\nb", "a\rb", "\x01", "\x7f", "a\x1b[0m"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(judge_field("X-Note", bad[i]), 400, "bad_request", "malformed header field");
    struct ml_guard g = with_host();
    ml_guard_field(&g, "X-Note", 6, "a\0b", 3);
    assert_int_equal(judge(&g).status, 400);
}

/* As libmicrohttpd hands over a field that was folded onto a second line. */
static void folded_framing_fields_are_refused(void **state)
{
    (void)state;
    assert_int_equal(judge_field("Transfer-Encodingchunked", "").status, 400);
    assert_int_equal(judge_field("content-length5", "").status, 400);
    assert_int_equal(judge_field("Content-Language", "en").status, 0);
}

static void too_many_or_too_long_fields_are_refused(void **state)
{
    (void)state;
    static const char message[] = "more than 16 KB or 100 header fields";
    struct ml_guard g = with_host();
    for (int i = 1; i < ML_MAX_HEADER_FIELDS; i++)
        add(&g, "X", "y");
    assert_int_equal(judge(&g).status, 0);
    add(&g, "X", "y");
    assert_refused(judge(&g), 431, "headers_too_large", message);

    static char long_value[ML_MAX_HEADER_BYTES];
    memset(long_value, 'a', sizeof(long_value));
    g = with_host();
    size_t room = ML_MAX_HEADER_BYTES - g.bytes - strlen("X") - 4;
    ml_guard_field(&g, "X", 1, long_value, room);
    assert_int_equal(judge(&g).status, 0);
    g = with_host();
    ml_guard_field(&g, "X", 1, long_value, room + 1);
    assert_refused(judge(&g), 431, "headers_too_large", message);
}

static void other_versions_of_http_are_not_spoken(void **state)
{
    (void)state;
    static const char *const bad[] = {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "http/1.1", "", "HTTP/1"};
    struct ml_guard g = with_host();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(ml_guard_judge(&g, "GET", "/", bad[i]), 505, "unsupported_version",
                       "only HTTP/1.0 and HTTP/1.1 are spoken here");
}

static void malformed_request_lines_are_refused(void **state)
{
    (void)state;
    struct ml_guard g = with_host();
    assert_refused(ml_guard_judge(&g, "GE T", "/", "HTTP/1.1"), 400, "bad_request",
                   "malformed method");
    assert_refused(ml_guard_judge(&g, "", "/", "HTTP/1.1"), 400, "bad_request", "malformed method");
    static const char *const targets[] = {"", "/a b", "/a\tb", "/\x01", "/\x7f", "/a\r"};
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        assert_refused(ml_guard_judge(&g, "GET", targets[i], "HTTP/1.1"), 400, "bad_request",
                       "malformed request target");
    assert_int_equal(ml_guard_judge(&g, "PURGE", "/%00?a=b#c", "HTTP/1.1").status, 0);
}

static void credentials_are_counted(void **state)
{
    (void)state;
    struct ml_guard g = with_host();
    add(&g, "authorization", "Bearer a");
    add(&g, "Authorization", "Bearer b");
    assert_int_equal(g.n_authorization, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_requests_pass),
        cmocka_unit_test(two_lengths_are_refused_even_when_equal),
        cmocka_unit_test(a_length_is_decimal_digits_alone),
        cmocka_unit_test(a_bad_length_is_not_forgotten),
        cmocka_unit_test(a_length_beyond_64_bits_stays_the_largest),
        cmocka_unit_test(a_length_and_a_coding_together_are_refused),
        cmocka_unit_test(only_chunked_once_is_a_known_coding),
        cmocka_unit_test(chunks_need_http_1_1),
        cmocka_unit_test(exactly_one_host_is_needed),
        cmocka_unit_test(a_host_holds_no_userinfo_path_or_blank),
        cmocka_unit_test(names_are_tokens),
        cmocka_unit_test(values_hold_no_control_characters),
        cmocka_unit_test(folded_framing_fields_are_refused),
        cmocka_unit_test(too_many_or_too_long_fields_are_refused),
        cmocka_unit_test(other_versions_of_http_are_not_spoken),
        cmocka_unit_test(malformed_request_lines_are_refused),
        cmocka_unit_test(credentials_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

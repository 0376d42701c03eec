#include "../lib/testing.h"

#include <strings.h>

#include "serve/exchange.h"
#include "serve/sigv4.h"
#include "serve/sigv4_canonical.h"
#include "serve/sigv4_keys.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" /* AWS's documentation's example */

enum { MAX_FIELDS = 16, BOTH = ML_SCOPE_PREDICT | ML_SCOPE_ADMIN };

/* 2026-11-25T18:15:00Z, by Python's calendar.timegm. */
static const int64_t now_s = 1795630500;

struct signed_request {
    const char *name;
    const char *authorization;
    const char *body;
    struct ml_sigv4_request request;
    struct ml_sigv4_field fields[MAX_FIELDS];
    int64_t now_s;
    const char *secret;
    struct ml_sigv4_fault fault;
};

static char *golden; /* cut into lines and words; freed by the group's teardown */
static char *golden_at;

static void read_golden(void)
{
    struct ml_strbuf text = {0};
    struct ml_error err;
    free(golden);
    must(ml_file_read_all(&text, "tests/golden/sigv4/requests.txt", 1 << 20, &err));
    golden = golden_at = ml_strbuf_take(&text);
}

static int end(void **state)
{
    free(golden);
    return test_teardown(state);
}

static char *next_line(void)
{
    char *line = golden_at;
    char *stop = strchr(line, '\n');
    if (stop == NULL)
        return NULL;
    *stop = '\0';
    golden_at = stop + 1;
    return line;
}

static void take_field(struct signed_request *r, char *line)
{
    char *colon = strchr(line, ':');
    *colon = '\0';
    if (strcmp(line, "Authorization") == 0)
        r->authorization = colon + 2;
    assert_true(r->request.n_fields < MAX_FIELDS);
    r->fields[r->request.n_fields++] = (struct ml_sigv4_field){line, colon + 2};
}

static bool next_request(struct signed_request *r)
{
    char *line;
    *r = (struct signed_request){.now_s = now_s, .secret = SECRET};
    while ((line = next_line()) != NULL && line[0] != '\0') {
        char *value = strchr(line, ' ') + 1;
        if (strncmp(line, "case ", 5) == 0)
            r->name = value;
        else if (strncmp(line, "method ", 7) == 0)
            r->request.method = value;
        else if (strncmp(line, "path ", 5) == 0)
            r->request.path = value;
        else if (strncmp(line, "query ", 6) == 0)
            r->request.query = value;
        else if (strncmp(line, "body ", 5) == 0)
            r->body = value;
        else
            take_field(r, value);
    }
    r->request.fields = r->fields;
    return r->name != NULL;
}

static void find_request(struct signed_request *r, const char *name)
{
    read_golden();
    while (next_request(r))
        if (strcmp(r->name, name) == 0)
            return;
    fail_msg("no request '%s'", name);
}

static const char **value_of(struct signed_request *r, const char *name)
{
    for (size_t i = 0; i < r->request.n_fields; i++)
        if (strcasecmp(r->fields[i].name, name) == 0)
            return &r->fields[i].value;
    fail_msg("no field '%s'", name);
    return NULL;
}

static bool verify(struct signed_request *r)
{
    struct ml_sigv4_claim claim;
    char body[ML_DIGEST_HEX];
    r->fault = (struct ml_sigv4_fault){0};
    ml_digest_of(r->body, strlen(r->body), body);
    return ml_sigv4_read(&claim, r->authorization, &r->request, r->now_s, &r->fault) &&
           ml_sigv4_verify(&claim, &r->request, r->secret, body, &r->fault);
}

static void assert_fault(struct signed_request *r, int status, const char *code,
                         const char *message)
{
    assert_false(verify(r));
    assert_int_equal(r->fault.status, status);
    assert_string_equal(r->fault.code, code);
    assert_contains(r->fault.message, message);
    assert_null(strstr(r->fault.message, r->secret));
}

static void hmac_is_that_of_rfc_4231(void **state)
{
    (void)state;
    uint8_t mac[ML_DIGEST_BYTES];
    char hex[ML_DIGEST_HEX];
    static const char question[] = "what do ya want for nothing?";
    ml_hmac_of(mac, "Jefe", 4, question, sizeof(question) - 1);
    ml_digest_hex(hex, mac);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void what_botocore_signs_is_accepted(void **state)
{
    (void)state;
    struct signed_request r;
    size_t n = 0;
    for (read_golden(); next_request(&r); n++)
        if (!verify(&r))
            fail_msg("%s: %s", r.name, r.fault.message);
    assert_int_equal(n, 18);
}

static void a_change_of_any_part_is_refused(void **state)
{
    (void)state;
    static const char wanted[] = "the signature does not match the request: ";
    struct signed_request r;
    find_request(&r, "a query that is out of order");
    assert_true(verify(&r));
    struct signed_request good = r;
    r.request.method = "POST";
    assert_fault(&r, 403, "signature_mismatch", wanted);
    r = good;
    r.request.path = "/X";
    assert_fault(&r, 403, "signature_mismatch", "GET /X, headers host;x-amz-date");
    r = good;
    r.request.query = "b=2&a=1&a=0&a-b=3&A=4&a%20=6";
    assert_fault(&r, 403, "signature_mismatch", wanted);
    r.request.query = "";
    assert_fault(&r, 403, "signature_mismatch", wanted);
    r = good;
    r.body = "x";
    assert_fault(&r, 403, "signature_mismatch", wanted);
    r = good;
    r.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEz";
    assert_fault(&r, 403, "signature_mismatch", "Is it the right secret");
    r = good;
    r.request.fields = r.fields;
    *value_of(&r, "host") = "ml.example.com";
    assert_fault(&r, 403, "signature_mismatch", wanted);
    r = good;
    r.request.fields = r.fields;
    *value_of(&r, "x-amz-date") = "20261125T181501Z";
    assert_fault(&r, 403, "signature_mismatch", wanted);
}

static void a_query_in_another_order_is_the_same(void **state)
{
    (void)state;
    struct signed_request r;
    find_request(&r, "a query that is out of order");
    r.request.query = "a=0&a%20=5&A=4&a=1&a-b=3&b=2";
    assert_true(verify(&r));
}

static void a_plus_and_an_escaped_plus_are_two_things(void **state)
{
    (void)state;
    struct signed_request r;
    find_request(&r, "a query that is signed as sent");
    assert_true(verify(&r));
    r.request.query = "when=18:15&tags=a,b%2Bc&path=/d";
    assert_fault(&r, 403, "signature_mismatch", "does not match");
}

static void a_clock_may_be_five_minutes_off(void **state)
{
    (void)state;
    struct signed_request r;
    find_request(&r, "a plain GET");
    r.now_s = now_s + ML_SIGV4_WINDOW_SECONDS;
    assert_true(verify(&r));
    r.now_s++;
    assert_fault(&r, 403, "signature_expired", "Signature expired: 20261125T181500Z");
    r.now_s = now_s - ML_SIGV4_WINDOW_SECONDS;
    assert_true(verify(&r));
    r.now_s--;
    assert_fault(&r, 403, "signature_expired", "Signature not yet current: 20261125T181500Z");
}

static void the_digest_in_a_field_must_be_the_bodys(void **state)
{
    (void)state;
    struct signed_request r;
    find_request(&r, "the digest in a field");
    r.body = "The quick brown fox jumps over the lazy dog";
    assert_fault(&r, 403, "signature_mismatch", "is not the SHA-256 of the body");
    static const char *const bad[] = {"UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "",
                                      "EF537F25C895BFA782526529A9B63D97AA631564D5D789C2B765448C8635"
                                      "FB6C"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        *value_of(&r, "x-amz-content-sha256") = bad[i];
        assert_fault(&r, 400, "incomplete_signature", "unsigned and streamed payloads");
    }
}

static void what_is_no_authorization_of_ours_is_told_why(void **state)
{
    (void)state;
    static const char sig[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const struct {
        const char *format; /* %s: sig */
        const char *message;
    } bad[] = {
        {"AWS4-ECDSA-P256-SHA256 Credential=%s", "the only algorithm"},
        {"AWS4-HMAC-SHA256", "has no Credential"},
        {"AWS4-HMAC-SHA256,Credential=%s", "the only algorithm"},
        {"AWS4-HMAC-SHA256 Credential=A/20261125/r/s/aws4_request, Signature=%s",
         "has no SignedHeaders"},
        {"AWS4-HMAC-SHA256 Credential=A/20261125/r/s/aws4_request, SignedHeaders=host;x-amz-date",
         "has no Signature"},
        {"AWS4-HMAC-SHA256 Signature=%s, Signature=x", "once each"},
        {"AWS4-HMAC-SHA256 Signature=%s, Colour=red", "nothing else"},
        {"AWS4-HMAC-SHA256 Signature=%s0", "64 hexadecimal"},
        {"AWS4-HMAC-SHA256 Signature=", "64 hexadecimal"},
        {"AWS4-HMAC-SHA256 Credential=A/20261125/r/s", "Credential is not"},
        {"AWS4-HMAC-SHA256 Credential=A/20261125/r/s/aws3_request", "Credential is not"},
        {"AWS4-HMAC-SHA256 Credential=A/2026112/r/s/aws4_request", "Credential is not"},
        {"AWS4-HMAC-SHA256 Credential=/20261125/r/s/aws4_request", "Credential is not"},
        {"AWS4-HMAC-SHA256 Credential=A/20261125//s/aws4_request", "Credential is not"},
        {"AWS4-HMAC-SHA256 Credential=A/B/20261125/r/s/aws4_request", "Credential is not"},
        {"AWS4-HMAC-SHA256 SignedHeaders=", "SignedHeaders are not"},
        {"AWS4-HMAC-SHA256 SignedHeaders=x-amz-date;host", "SignedHeaders are not"},
        {"AWS4-HMAC-SHA256 SignedHeaders=host;host", "SignedHeaders are not"},
        {"AWS4-HMAC-SHA256 SignedHeaders=Host;x-amz-date", "SignedHeaders are not"},
        {"AWS4-HMAC-SHA256 SignedHeaders=host;", "SignedHeaders are not"},
        {"AWS4-HMAC-SHA256 SignedHeaders=;host", "SignedHeaders are not"},
        {"AWS4-HMAC-SHA256 Credential=A/20261125/r/s/aws4_request SignedHeaders=x-amz-date "
         "Signature=%s",
         "'host' must be among"},
        {"AWS4-HMAC-SHA256 Credential=A/20261125/r/s/aws4_request SignedHeaders=host Signature=%s",
         "'X-Amz-Date' is in the request and not among"},
        {"AWS4-HMAC-SHA256 Credential=A/20261125/r/s/aws4_request "
         "SignedHeaders=host;x-amz-date;x-y Signature=%s",
         "'x-y' is among the SignedHeaders and not"},
    };
    struct signed_request r;
    find_request(&r, "a plain GET");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_strbuf text = {0};
        const char *at = strstr(bad[i].format, "%s");
        size_t n = at != NULL ? (size_t)(at - bad[i].format) : strlen(bad[i].format);
        ml_strbuf_add(&text, bad[i].format, n);
        ml_strbuf_adds(&text, at != NULL ? sig : "");
        ml_strbuf_adds(&text, at != NULL ? at + 2 : "");
        r.authorization = text.bytes;
        assert_fault(&r, 400, "incomplete_signature", bad[i].message);
        ml_strbuf_release(&text);
    }
    assert_true(ml_sigv4_is_meant("AWS4-HMAC-SHA256 x"));
    assert_false(ml_sigv4_is_meant("Bearer x") || ml_sigv4_is_meant("") || ml_sigv4_is_meant(NULL));
}

static void the_time_is_needed_once_and_in_its_form(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "20261125T181500",
        "2026-11-25T18:15:00Z",
        "20261125T181500z",
        "20261125 181500Z",
        "20261325T181500Z",
        "20260025T181500Z",
        "20261100T181500Z",
        "20261125T241500Z",
        "20261125T186000Z",
        "20261125T18150xZ",
    };
    struct signed_request r;
    find_request(&r, "a plain GET");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        *value_of(&r, "x-amz-date") = bad[i];
        assert_fault(&r, 400, "incomplete_signature", "one X-Amz-Date like");
    }
    *value_of(&r, "x-amz-date") = "20261126T001500Z";
    assert_fault(&r, 403, "signature_mismatch", "the date in Credential");
    *value_of(&r, "x-amz-date") = "20261125T181500Z";
    r.fields[r.request.n_fields++] = (struct ml_sigv4_field){"X-Amz-Date", "20261125T181500Z"};
    assert_fault(&r, 400, "incomplete_signature", "one X-Amz-Date like");
}

static void a_field_beyond_ours_need_not_be_signed(void **state)
{
    (void)state;
    struct signed_request r;
    find_request(&r, "a plain GET");
    r.fields[r.request.n_fields++] = (struct ml_sigv4_field){"X-Amzn-Trace-Id", "Root=1"};
    r.fields[r.request.n_fields++] = (struct ml_sigv4_field){"User-Agent", "curl"};
    assert_true(verify(&r));
    r.fields[r.request.n_fields++] = (struct ml_sigv4_field){"X-AMZ-Security-Token", "t"};
    assert_fault(&r, 400, "incomplete_signature", "'X-AMZ-Security-Token' is in the request");
}

static struct ml_sigv4_keys *open_keys(const char *text)
{
    struct ml_sigv4_keys *keys = NULL;
    struct ml_error err;
    must(ml_sigv4_keys_open(&keys, test_text("keys", text), &err));
    return keys;
}

static void a_key_opens_what_its_role_says_also_after_a_reload(void **state)
{
    (void)state;
    struct ml_error err;
    char secret[ML_MAX_KEY_SECRET_BYTES + 1];
    struct ml_sigv4_keys *keys =
        open_keys("# keys\npredict AKIDREADER " SECRET "\r\nadmin\tAKID-2 \t other/secret+0001 \n");
    assert_int_equal(ml_sigv4_keys_find(keys, "AKIDREADER", secret), ML_SCOPE_PREDICT);
    assert_string_equal(secret, SECRET);
    assert_int_equal(ml_sigv4_keys_find(keys, "AKID-2", secret), BOTH);
    assert_string_equal(secret, "other/secret+0001");
    assert_int_equal(ml_sigv4_keys_find(keys, "akid-2", NULL), 0);
    assert_int_equal(ml_sigv4_keys_find(keys, "", NULL), 0);
    test_text("keys", "admin AKIDREADER short\n");
    assert_false(ml_sigv4_keys_reload(keys, &err));
    assert_int_equal(ml_sigv4_keys_find(keys, "AKIDREADER", NULL), ML_SCOPE_PREDICT);
    test_text("keys", "admin AKIDREADER " SECRET "\n");
    must(ml_sigv4_keys_reload(keys, &err));
    assert_int_equal(ml_sigv4_keys_find(keys, "AKIDREADER", NULL), BOTH);
    assert_int_equal(ml_sigv4_keys_find(keys, "AKID-2", NULL), 0);
    ml_sigv4_keys_close(keys);
    ml_sigv4_keys_close(NULL);
}

static void lines_that_are_no_key_are_refused_by_number_and_not_repeated(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "root AKID secret-secret-secret",
        "admin AKID",
        "admin",
        "admin AKID secret-15-bytes",
        "admin A/D secret-secret-secret",
        "admin AK secret-secret-secret",
        "admin AKID secret-secret secret-",
        "admin AKID secret-secret-\xc3\xbc\x80",
        "admin secret-secret-secret",
        "admin AKID \"secret-secret\"-\x01",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_sigv4_keys *keys = NULL;
        struct ml_error err = {0};
        char text[200];
        snprintf(text, sizeof(text), "# first\n%s\n", bad[i]);
        assert_false(ml_sigv4_keys_open(&keys, test_text("keys", text), &err));
        assert_int_equal(err.code, ML_EINPUT);
        assert_contains(err.msg, "keys:2: not 'predict KEY-ID SECRET' or 'admin KEY-ID SECRET'");
        assert_null(strstr(err.msg, "secret"));
    }
    struct ml_sigv4_keys *keys = NULL;
    struct ml_error err = {0};
    const char *twice = "admin AKID " SECRET "\npredict AKID " SECRET "\n";
    assert_false(ml_sigv4_keys_open(&keys, test_text("keys", twice), &err));
    assert_contains(err.msg, "keys:2: a key id that was there before");
    assert_false(ml_sigv4_keys_open(&keys, test_text("keys", "# none\n"), &err));
    assert_contains(err.msg, "keys: no key in it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_is_that_of_rfc_4231),
        cmocka_unit_test(what_botocore_signs_is_accepted),
        cmocka_unit_test(a_change_of_any_part_is_refused),
        cmocka_unit_test(a_query_in_another_order_is_the_same),
        cmocka_unit_test(a_plus_and_an_escaped_plus_are_two_things),
        cmocka_unit_test(a_clock_may_be_five_minutes_off),
        cmocka_unit_test(the_digest_in_a_field_must_be_the_bodys),
        cmocka_unit_test(what_is_no_authorization_of_ours_is_told_why),
        cmocka_unit_test(the_time_is_needed_once_and_in_its_form),
        cmocka_unit_test(a_field_beyond_ours_need_not_be_signed),
        cmocka_unit_test(a_key_opens_what_its_role_says_also_after_a_reload),
        cmocka_unit_test(lines_that_are_no_key_are_refused_by_number_and_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}

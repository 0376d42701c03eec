#include "../lib/testing.h"

#include "serve/auth.h"
#include "serve/exchange.h"

#define PREDICT_TOKEN "predict-token-0001"
#define ADMIN_TOKEN "admin-token-000001"

enum { BOTH = ML_SCOPE_PREDICT | ML_SCOPE_ADMIN };

static struct ml_auth *open_text(const char *text)
{
    struct ml_auth *auth = NULL;
    struct ml_error err;
    must(ml_auth_open(&auth, test_text("tokens", text), &err));
    return auth;
}

static void assert_refused(const char *text, enum ml_err code, const char *message)
{
    struct ml_auth *auth = NULL;
    struct ml_error err = {0};
    assert_false(ml_auth_open(&auth, test_text("tokens", text), &err));
    assert_null(auth);
    assert_int_equal(err.code, code);
    assert_contains(err.msg, message);
}

static void without_a_file_everybody_may_do_everything(void **state)
{
    (void)state;
    struct ml_auth *auth = NULL;
    struct ml_error err;
    must(ml_auth_open(&auth, NULL, &err));
    assert_true(ml_auth_is_open(auth));
    assert_int_equal(ml_auth_scopes(auth, NULL), BOTH);
    must(ml_auth_reload(auth, &err));
    ml_auth_close(auth);
    ml_auth_close(NULL);
}

static void a_token_opens_what_its_role_says(void **state)
{
    (void)state;
    struct ml_auth *auth =
        open_text("# who may what\n\npredict " PREDICT_TOKEN "\r\nadmin \t " ADMIN_TOKEN "  ");
    assert_false(ml_auth_is_open(auth));
    assert_int_equal(ml_auth_scopes(auth, "Bearer " PREDICT_TOKEN), ML_SCOPE_PREDICT);
    assert_int_equal(ml_auth_scopes(auth, "bEARER " ADMIN_TOKEN), BOTH);
    ml_auth_close(auth);
}

static void what_is_no_known_bearer_token_opens_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "Bearer",
        "Bearer ",
        "Basic " PREDICT_TOKEN,
        PREDICT_TOKEN,
        "Bearer x" PREDICT_TOKEN,
        "Bearer predict " PREDICT_TOKEN,
        "Bearer predict-token-0002",
        "Bearer predict-token-000",
        "Bearer " PREDICT_TOKEN "x",
        "Bearer " PREDICT_TOKEN " ",
        "Bearer  " PREDICT_TOKEN,
        "Bearer PREDICT-TOKEN-0001",
        "Bearer\t" PREDICT_TOKEN,
    };
    struct ml_auth *auth = open_text("predict " PREDICT_TOKEN "\n");
    assert_int_equal(ml_auth_scopes(auth, NULL), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ml_auth_scopes(auth, bad[i]), 0);
    ml_auth_close(auth);
}

static void a_token_named_in_both_roles_opens_both(void **state)
{
    (void)state;
    struct ml_auth *auth = open_text("predict " ADMIN_TOKEN "\nadmin " ADMIN_TOKEN "\n");
    assert_int_equal(ml_auth_scopes(auth, "Bearer " ADMIN_TOKEN), BOTH);
    ml_auth_close(auth);
}

static void lines_that_are_no_token_are_refused_by_number_and_not_repeated(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "root secret-secret-secret",  "admin",
        "admin secret-15-bytes",      "Admin secret-secret-secret",
        "admin secret-secret secret", "admin secret-secret-\xc3\xbc\x80",
        "adminsecret-secret-secret",  " admin secret-secret-secret",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[200];
        struct ml_auth *auth = NULL;
        struct ml_error err = {0};
        snprintf(text, sizeof(text), "# first\nadmin %s\n%s\n", ADMIN_TOKEN, bad[i]);
        assert_false(ml_auth_open(&auth, test_text("tokens", text), &err));
        assert_int_equal(err.code, ML_EINPUT);
        assert_contains(err.msg, "tokens:3: not 'predict TOKEN' or 'admin TOKEN' with 16 to 512");
        assert_null(strstr(err.msg, "secret"));
    }
}

static void tokens_have_16_to_512_characters(void **state)
{
    (void)state;
    static char line[600];
    static char header[600];
    char token[514];
    memset(token, 't', sizeof(token));
    token[512] = '\0';
    snprintf(line, sizeof(line), "predict %s\n", token);
    snprintf(header, sizeof(header), "Bearer %s", token);
    struct ml_auth *auth = open_text(line);
    assert_int_equal(ml_auth_scopes(auth, header), ML_SCOPE_PREDICT);
    ml_auth_close(auth);
    token[512] = 't';
    token[513] = '\0';
    snprintf(line, sizeof(line), "predict %s\n", token);
    assert_refused(line, ML_EINPUT, "tokens:1: not 'predict TOKEN'");
    auth = open_text("predict sixteen-bytes-16\n");
    assert_int_equal(ml_auth_scopes(auth, "Bearer sixteen-bytes-16"), ML_SCOPE_PREDICT);
    ml_auth_close(auth);
}

static void a_file_without_tokens_is_refused(void **state)
{
    (void)state;
    assert_refused("", ML_EINPUT, "tokens: no token in it");
    assert_refused("# nobody\n\n   \n", ML_EINPUT, "tokens: no token in it");
    struct ml_auth *auth = NULL;
    struct ml_error err;
    assert_false(ml_auth_open(&auth, test_path("nowhere"), &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
    assert_contains(err.msg, "nowhere");
}

static void the_thousand_and_first_token_is_refused(void **state)
{
    (void)state;
    struct ml_strbuf text = {0};
    for (int i = 0; i < ML_MAX_TOKENS; i++)
        ml_strbuf_addf(&text, "predict token-of-somebody-%d\n", i);
    struct ml_auth *auth = open_text(text.bytes);
    assert_int_equal(ml_auth_scopes(auth, "Bearer token-of-somebody-999"), ML_SCOPE_PREDICT);
    ml_auth_close(auth);
    ml_strbuf_adds(&text, "predict token-of-somebody-else\n");
    assert_refused(text.bytes, ML_ELIMIT, "tokens:1001: more than 1000 tokens");
    ml_strbuf_release(&text);
}

static void a_reload_takes_over_the_new_tokens_alone(void **state)
{
    (void)state;
    struct ml_error err;
    struct ml_auth *auth = open_text("predict " PREDICT_TOKEN "\n");
    test_text("tokens", "admin " ADMIN_TOKEN "\n");
    assert_int_equal(ml_auth_scopes(auth, "Bearer " ADMIN_TOKEN), 0);
    must(ml_auth_reload(auth, &err));
    assert_int_equal(ml_auth_scopes(auth, "Bearer " ADMIN_TOKEN), BOTH);
    assert_int_equal(ml_auth_scopes(auth, "Bearer " PREDICT_TOKEN), 0);
    ml_auth_close(auth);
}

static void a_reload_that_fails_leaves_the_old_tokens(void **state)
{
    (void)state;
    struct ml_error err;
    struct ml_auth *auth = open_text("predict " PREDICT_TOKEN "\n");
    test_text("tokens", "admin short\n");
    assert_false(ml_auth_reload(auth, &err));
    assert_contains(err.msg, "tokens:1: ");
    assert_int_equal(remove(test_path("tokens")), 0);
    assert_false(ml_auth_reload(auth, &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
    assert_int_equal(ml_auth_scopes(auth, "Bearer " PREDICT_TOKEN), ML_SCOPE_PREDICT);
    ml_auth_close(auth);
}

static void *ask(void *ctx)
{
    size_t n_known = 0;
    for (int i = 0; i < 2000; i++)
        n_known += ml_auth_scopes(ctx, "Bearer " PREDICT_TOKEN) == ML_SCOPE_PREDICT;
    return n_known == 2000 ? ctx : NULL;
}

static void a_token_stays_known_while_the_file_is_read_again(void **state)
{
    (void)state;
    struct ml_error err;
    pthread_t threads[4];
    struct ml_auth *auth = open_text("predict " PREDICT_TOKEN "\n");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, auth), 0);
    for (int i = 0; i < 50; i++)
        must(ml_auth_reload(auth, &err));
    for (size_t i = 0; i < 4; i++) {
        void *ok;
        pthread_join(threads[i], &ok);
        assert_non_null(ok);
    }
    ml_auth_close(auth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file_everybody_may_do_everything),
        cmocka_unit_test(a_token_opens_what_its_role_says),
        cmocka_unit_test(what_is_no_known_bearer_token_opens_nothing),
        cmocka_unit_test(a_token_named_in_both_roles_opens_both),
        cmocka_unit_test(lines_that_are_no_token_are_refused_by_number_and_not_repeated),
        cmocka_unit_test(tokens_have_16_to_512_characters),
        cmocka_unit_test(a_file_without_tokens_is_refused),
        cmocka_unit_test(the_thousand_and_first_token_is_refused),
        cmocka_unit_test(a_reload_takes_over_the_new_tokens_alone),
        cmocka_unit_test(a_reload_that_fails_leaves_the_old_tokens),
        cmocka_unit_test(a_token_stays_known_while_the_file_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

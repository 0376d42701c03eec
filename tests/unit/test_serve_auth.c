#include "../lib/testing.h"

#include "serve/auth.h"
#include "serve/exchange.h"

#define READER "predict-token-0123456789"
#define KEEPER "admin-token-0123456789"

static struct ml_auth *opened(const char *text)
{
    struct ml_auth *auth = NULL;
    struct ml_error err;
    must(ml_auth_open(&auth, test_text("tokens", text), &err));
    return auth;
}

static void tokens_open_their_scopes(void **state)
{
    (void)state;
    struct ml_auth *a = opened("# role token\n\npredict " READER "\nadmin \t  " KEEPER " \r\n");
    assert_false(ml_auth_is_open(a));
    assert_int_equal(ml_auth_scopes(a, "Bearer " READER), ML_SCOPE_PREDICT);
    assert_int_equal(ml_auth_scopes(a, "bearer " KEEPER), ML_SCOPE_PREDICT | ML_SCOPE_ADMIN);
    static const char *const damaged[] = {"",
                                          "Bearer",
                                          "Bearer ",
                                          READER,
                                          "Basic " READER,
                                          "Bearer  " READER,
                                          "Bearer x" READER,
                                          "Bearer " READER "x",
                                          "Bearer predict " READER};
    assert_int_equal(ml_auth_scopes(a, NULL), 0);
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++)
        assert_int_equal(ml_auth_scopes(a, damaged[i]), 0);
    ml_auth_close(a);
}

static void without_a_file_everything_is_open(void **state)
{
    (void)state;
    struct ml_auth *a = NULL;
    struct ml_error err;
    must(ml_auth_open(&a, NULL, &err));
    assert_true(ml_auth_is_open(a));
    assert_int_equal(ml_auth_scopes(a, NULL), ML_SCOPE_PREDICT | ML_SCOPE_ADMIN);
    must(ml_auth_reload(a, &err));
    ml_auth_close(a);
}

static void a_malformed_file_is_refused_without_its_secrets(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "# only a comment\n",
        "predict short\n",
        "root " READER "\n",
        "predict" READER "\n",
        "admin with blanks inside 0123456789\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_auth *a = NULL;
        struct ml_error err;
        assert_false(ml_auth_open(&a, test_text("tokens", bad[i]), &err));
        assert_contains(err.msg, "tokens");
        assert_null(strstr(err.msg, "0123456789"));
    }
}

static void a_failed_reload_keeps_the_old_tokens(void **state)
{
    (void)state;
    struct ml_error err;
    struct ml_auth *a = opened("predict " READER "\n");
    test_text("tokens", "nonsense\n");
    assert_false(ml_auth_reload(a, &err));
    assert_contains(err.msg, "tokens:1:");
    assert_int_equal(ml_auth_scopes(a, "Bearer " READER), ML_SCOPE_PREDICT);
    test_text("tokens", "admin " KEEPER "\n");
    must(ml_auth_reload(a, &err));
    assert_int_equal(ml_auth_scopes(a, "Bearer " READER), 0);
    assert_int_equal(ml_auth_scopes(a, "Bearer " KEEPER), ML_SCOPE_PREDICT | ML_SCOPE_ADMIN);
    ml_auth_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_open_their_scopes),
        cmocka_unit_test(without_a_file_everything_is_open),
        cmocka_unit_test(a_malformed_file_is_refused_without_its_secrets),
        cmocka_unit_test(a_failed_reload_keeps_the_old_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

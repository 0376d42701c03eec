#include "../lib/testing.h"

#include <math.h>

#include "serve/endpoint_spec.h"

static bool reads(struct ml_endpoint_spec *out, const char *text,
                  const struct ml_endpoint_spec *base, struct ml_error *err)
{
    struct ml_json *json = NULL;
    if (!ml_json_parse(&json, text, strlen(text), "test", err))
        fail_msg("%s", err->msg);
    bool ok = ml_spec_read(out, "e", json, base, err);
    ml_json_free(json);
    return ok;
}

static void a_definition_is_read_with_its_defaults(void **state)
{
    (void)state;
    struct ml_endpoint_spec s;
    struct ml_error err;
    must(reads(&s,
               "{\"variants\":[{\"name\":\"A\",\"model\":\"m@champion\"},"
               "{\"name\":\"B\",\"model\":\"m@3\",\"weight\":0,\"threshold\":0.4}],"
               "\"shadows\":[{\"name\":\"S\",\"model\":\"m@4\"}],\"key\":\"customer_id\"}",
               NULL, &err));
    assert_int_equal(s.n_variants, 3);
    assert_int_equal(s.n_assigned, 2);
    assert_string_equal(s.variants[0].model, "m@champion");
    assert_true(s.variants[0].weight == 1.0 && s.variants[1].weight == 0.0);
    assert_true(isnan(s.variants[0].threshold) && s.variants[1].threshold == 0.4);
    assert_true(s.variants[2].is_shadow && s.coverage == 1.0 && isnan(s.threshold) && s.log);
    assert_string_equal(s.key, "customer_id");
}

static void a_patch_changes_what_it_names(void **state)
{
    (void)state;
    struct ml_endpoint_spec base;
    struct ml_endpoint_spec s;
    struct ml_error err;
    must(reads(&base,
               "{\"variants\":[{\"name\":\"A\",\"model\":\"m\"},{\"name\":\"B\",\"model\":\"n\"}],"
               "\"threshold\":0.3,\"coverage\":0.5}",
               NULL, &err));
    must(reads(&s, "{\"variants\":{\"B\":{\"weight\":0.25}},\"threshold\":null}", &base, &err));
    assert_true(s.variants[1].weight == 0.25 && s.variants[0].weight == 1.0);
    assert_string_equal(s.variants[1].model, "n");
    assert_true(isnan(s.threshold) && s.coverage == 0.5);
    must(reads(&s, "{\"variants\":[{\"name\":\"C\",\"model\":\"o\"}]}", &base, &err));
    assert_int_equal(s.n_variants, 1);
    assert_true(s.threshold == 0.3);
    assert_false(reads(&s, "{\"variants\":{\"Z\":{\"weight\":1}}}", &base, &err));
    assert_contains(err.msg, "Z");
}

static void what_is_wrong_is_told_by_its_field(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } bad[] = {
        {"{}", "variants"},
        {"[]", "object"},
        {"{\"variants\":[]}", "variants"},
        {"{\"variants\":[{\"name\":\"A\"}]}", "variants[0].model"},
        {"{\"variants\":[{\"model\":\"m\"}]}", "variants[0].name"},
        {"{\"variants\":[{\"name\":\"../A\",\"model\":\"m\"}]}", "variants[0].name"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"../m\"}]}", "variants[0].model"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\",\"weight\":-1}]}", "variants[0].weight"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\",\"weight\":\"1\"}]}",
         "variants[0].weight"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\",\"weight\":0}]}", "weight"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\"},{\"name\":\"A\",\"model\":\"n\"}]}", "A"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\",\"wieght\":1}]}", "wieght"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\"}],\"threshold\":1.5}", "threshold"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\"}],\"coverage\":2}", "coverage"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\"}],\"metric\":\"f1\"}", "metric"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\"}],\"goal\":\"up\"}", "goal"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\"}],\"log\":1}", "log"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\"}],\"keys\":\"x\"}", "keys"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_endpoint_spec s;
        struct ml_error err = {0};
        if (reads(&s, bad[i].text, NULL, &err))
            fail_msg("taken: %s", bad[i].text);
        assert_contains(err.msg, bad[i].message);
    }
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    struct ml_endpoint_spec s;
    struct ml_endpoint_spec again;
    struct ml_error err;
    struct ml_strbuf b = {0};
    must(reads(
        &s,
        "{\"variants\":[{\"name\":\"A\",\"model\":\"m\",\"weight\":0.1,\"threshold\":0.7}],"
        "\"shadows\":[{\"name\":\"S\",\"model\":\"m@4\"}],\"threshold\":0.3,\"key\":\"\\\"k\\\"\","
        "\"coverage\":0.25,\"metric\":\"accuracy\",\"goal\":\"lower\",\"log\":false}",
        NULL, &err));
    ml_strbuf_addc(&b, '{');
    ml_spec_write(&b, &s);
    ml_strbuf_addc(&b, '}');
    must(reads(&again, b.bytes, NULL, &err));
    assert_int_equal(again.n_variants, 2);
    assert_true(again.variants[0].weight == 0.1 && again.variants[0].threshold == 0.7);
    assert_true(again.threshold == 0.3 && again.coverage == 0.25 && again.lower_is_better);
    assert_true(again.metric == ML_SPEC_METRIC_ACCURACY && !again.log);
    assert_string_equal(again.key, "\"k\"");
    ml_strbuf_release(&b);
}

static void names_follow_the_rule(void **state)
{
    (void)state;
    static const char *const good[] = {"A", "0", "a.b-c_d", "x.y.z"};
    static const char *const bad[] = {"", ".a", "-a", "a..b", "a/b", "a b", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(ml_spec_is_name(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(ml_spec_is_name(bad[i], strlen(bad[i])));
    char longest[66];
    memset(longest, 'a', sizeof(longest));
    assert_true(ml_spec_is_name(longest, 64));
    assert_false(ml_spec_is_name(longest, 65));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_definition_is_read_with_its_defaults),
        cmocka_unit_test(a_patch_changes_what_it_names),
        cmocka_unit_test(what_is_wrong_is_told_by_its_field),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(names_follow_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

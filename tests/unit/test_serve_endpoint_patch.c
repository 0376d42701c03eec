#include "../lib/testing.h"

#include <math.h>

#include "serve/endpoint_spec.h"

#define TWO                                                                                        \
    "{\"variants\":[{\"name\":\"A\",\"model\":\"banking@champion\",\"weight\":0.9,"                \
    "\"threshold\":0.4},{\"name\":\"B\",\"model\":\"banking@2\",\"weight\":0.1}],"                 \
    "\"shadows\":[{\"name\":\"S\",\"model\":\"other\"}],\"threshold\":0.35,"                       \
    "\"key\":\"customer_id\",\"coverage\":0.5,\"metric\":\"accuracy\",\"goal\":\"lower\","         \
    "\"log\":false}"

static bool read_over(struct ml_endpoint_spec *out, const char *text,
                      const struct ml_endpoint_spec *base, struct ml_error *err)
{
    struct ml_json *json = NULL;
    if (!ml_json_parse(&json, text, strlen(text), "definition", err))
        fail_msg("%s: %s", text, err->msg);
    bool ok = ml_spec_read(out, "offer", json, base, err);
    ml_json_free(json);
    return ok;
}

static struct ml_endpoint_spec take(const char *text, const struct ml_endpoint_spec *base)
{
    struct ml_endpoint_spec spec;
    struct ml_error err;
    if (!read_over(&spec, text, base, &err))
        fail_msg("%s: %s", text, err.msg);
    return spec;
}

/* What fails leaves the spec as it was. */
static void assert_refused(const char *text, const struct ml_endpoint_spec *base,
                           const char *message)
{
    struct ml_endpoint_spec spec;
    struct ml_endpoint_spec before;
    struct ml_error err = {0};
    memset(&spec, 0x5a, sizeof(spec));
    memset(&before, 0x5a, sizeof(before));
    if (read_over(&spec, text, base, &err))
        fail_msg("%s was taken", text);
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, message);
    assert_memory_equal(&spec, &before, sizeof(spec));
}

static void assert_writes(const struct ml_endpoint_spec *spec, const char *text)
{
    struct ml_strbuf buf = {0};
    ml_strbuf_addc(&buf, '{');
    ml_spec_write(&buf, spec);
    ml_strbuf_addc(&buf, '}');
    assert_string_equal(buf.bytes, text);
    ml_strbuf_release(&buf);
}

static void what_is_not_said_has_a_default(void **state)
{
    (void)state;
    struct ml_endpoint_spec s = take("{\"variants\":[{\"name\":\"A\",\"model\":\"m\"}]}", NULL);
    assert_true(s.variants[0].weight == 1.0);
    assert_true(isnan(s.threshold));
    assert_string_equal(s.key, "");
    assert_true(s.coverage == 1.0);
    assert_int_equal(s.metric, ML_SPEC_METRIC_AUTO);
    assert_false(s.lower_is_better);
    assert_true(s.log);
}

static void a_model_alone_is_an_endpoint_with_one_variant(void **state)
{
    (void)state;
    struct ml_endpoint_spec s;
    ml_spec_of_model(&s, "banking");
    assert_string_equal(s.name, "banking");
    assert_int_equal(s.n_variants, 1);
    assert_writes(&s, "{\"variants\":[{\"name\":\"main\",\"model\":\"banking\",\"weight\":1}],"
                      "\"coverage\":1,\"goal\":\"higher\",\"log\":true}");
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct ml_endpoint_spec s = take(TWO, NULL);
    assert_writes(&s, TWO);
}

static void shadows_stand_behind_variants_in_any_order(void **state)
{
    (void)state;
    struct ml_endpoint_spec s = take("{\"shadows\":[{\"name\":\"S\",\"model\":\"m\"}],"
                                     "\"variants\":[{\"name\":\"A\",\"model\":\"m\"},"
                                     "{\"name\":\"B\",\"model\":\"m\"}]}",
                                     NULL);
    assert_string_equal(s.variants[0].name, "A");
    assert_string_equal(s.variants[1].name, "B");
    assert_string_equal(s.variants[2].name, "S");
    assert_int_equal(s.n_assigned, 2);
}

static void wrong_variants_are_refused_by_place(void **state)
{
    (void)state;
#define V(members) "{\"variants\":[{\"name\":\"A\",\"model\":\"m\"},{" members "}]}"
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {V("\"name\":\"B\""), "variants[1].model: is missing"},
        {V("\"model\":\"m\""), "variants[1].name: is missing"},
        {V("\"name\":\"../x\",\"model\":\"m\""), "variants[1].name: must be 1 to 64 letters"},
        {V("\"name\":5,\"model\":\"m\""), "variants[1].name: must be 1 to 64 letters"},
        {V("\"name\":\"B\",\"model\":5"), "variants[1].model: must be a string like"},
        {V("\"name\":\"B\",\"model\":\"m@\""), "variants[1].model: "},
        {V("\"name\":\"B\",\"model\":\"../m\""), "variants[1].model: "},
        {V("\"name\":\"B\",\"weight\":-0.1"), "variants[1].weight: must be a number of 0 or more"},
        {V("\"name\":\"B\",\"weight\":1e13"), "variants[1].weight: must be a number of 0 or more"},
        {V("\"name\":\"B\",\"weight\":null"), "variants[1].weight: must be a number of 0 or more"},
        {V("\"name\":\"B\",\"threshold\":1.1"), "variants[1].threshold: must be a number from 0"},
        {V("\"name\":\"B\",\"share\":1"), "variants[1].share: unknown member"},
        {V("\"name\":\"A\",\"model\":\"n\""), "variants: 'A' appears twice"},
        {"{\"variants\":[5]}", "variants[0]: must be an object"},
        {"{\"variants\":{\"A\":{}}}", "variants: must be an array of objects"},
        {"{\"variants\":[]}", "variants: at least one is needed"},
        {"{}", "variants: at least one is needed"},
        {"[]", "an endpoint's definition must be an object"},
        {"{\"shadows\":[{\"name\":\"S\",\"model\":\"m\"}]}", "variants: at least one is needed"},
        {"{\"shadows\":[{\"name\":\"S\",\"model\":\"m\",\"weight\":1}]}",
         "shadows[0].weight: unknown member"},
        {"{\"variants\":[{\"name\":\"A\",\"model\":\"m\",\"weight\":0}]}",
         "variants: all weights are 0"},
    };
#undef V
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(cases[i].text, NULL, cases[i].message);
}

static void wrong_settings_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"{\"threshold\":-0.1}", "threshold: must be a number from 0 to 1"},
        {"{\"threshold\":\"0.5\"}", "threshold: must be a number from 0 to 1"},
        {"{\"coverage\":1.5}", "coverage: must be a number from 0 to 1"},
        {"{\"coverage\":null}", "coverage: must be a number from 0 to 1"},
        {"{\"metric\":\"auc\"}", "metric: must be \"positive\" or \"accuracy\""},
        {"{\"goal\":1}", "goal: must be \"higher\" or \"lower\""},
        {"{\"log\":\"no\"}", "log: must be true or false"},
        {"{\"key\":5}", "key: must be the name of a record's field"},
        {"{\"name\":\"x\"}", "name: unknown member"},
        {"{\"a\\nb\":1}", "a\\x0ab: unknown member"},
    };
    struct ml_endpoint_spec base = take(TWO, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(cases[i].text, &base, cases[i].message);
}

static void sixteen_variants_and_shadows_are_the_most(void **state)
{
    (void)state;
    struct ml_strbuf text = {0};
    ml_strbuf_adds(&text, "{\"variants\":[");
    for (int i = 0; i < ML_MAX_VARIANTS; i++)
        ml_strbuf_addf(&text, "%s{\"name\":\"v%d\",\"model\":\"m\"}", i > 0 ? "," : "", i);
    ml_strbuf_adds(&text, "]}");
    struct ml_endpoint_spec s = take(text.bytes, NULL);
    assert_int_equal(s.n_assigned, ML_MAX_VARIANTS);
    ml_strbuf_release(&text);
    assert_refused("{\"shadows\":[{\"name\":\"S\",\"model\":\"m\"}]}", &s,
                   "shadows: more than 16 variants and shadows");
}

static void a_patch_keeps_what_it_does_not_name(void **state)
{
    (void)state;
    struct ml_endpoint_spec base = take(TWO, NULL);
    struct ml_endpoint_spec same = take("{}", &base);
    assert_writes(&same, TWO);
    struct ml_endpoint_spec s = take("{\"coverage\":1,\"threshold\":null,\"key\":null}", &base);
    assert_true(s.coverage == 1.0);
    assert_true(isnan(s.threshold));
    assert_string_equal(s.key, "");
    assert_int_equal(s.n_variants, 3);
    assert_int_equal(s.metric, ML_SPEC_METRIC_ACCURACY);
}

static void a_patch_changes_variants_by_name(void **state)
{
    (void)state;
    struct ml_endpoint_spec base = take(TWO, NULL);
    struct ml_endpoint_spec s = take("{\"variants\":{\"B\":{\"weight\":0.5,\"threshold\":0.2},"
                                     "\"A\":{\"threshold\":null}},\"shadows\":{\"S\":{\"model\":"
                                     "\"new@3\"}}}",
                                     &base);
    assert_true(s.variants[0].weight == 0.9);
    assert_true(isnan(s.variants[0].threshold));
    assert_true(s.variants[1].weight == 0.5);
    assert_true(s.variants[1].threshold == 0.2);
    assert_string_equal(s.variants[1].model, "banking@2");
    assert_string_equal(s.variants[2].model, "new@3");
    assert_refused("{\"variants\":{\"S\":{}}}", &base,
                   "variants.S: the endpoint has no such variant; a new one needs PUT, or an array "
                   "as 'variants'");
    assert_refused(
        "{\"shadows\":{\"A\":{}}}", &base,
        "shadows.A: the endpoint has no such variant; a new one needs PUT, or an array as "
        "'shadows'");
    assert_refused("{\"variants\":{\"B\":{\"weight\":-1}}}", &base, "variants.B.weight: must be");
    assert_refused("{\"variants\":{\"B\":{\"name\":\"A\"}}}", &base, "variants: 'A' appears twice");
    assert_refused("{\"variants\":{\"A\":{\"weight\":0},\"B\":{\"weight\":0}}}", &base,
                   "variants: all weights are 0");
}

static void an_array_in_a_patch_replaces_its_kind_alone(void **state)
{
    (void)state;
    struct ml_endpoint_spec base = take(TWO, NULL);
    struct ml_endpoint_spec s =
        take("{\"variants\":[{\"name\":\"C\",\"model\":\"m\"}],\"shadows\":[]}", &base);
    assert_int_equal(s.n_variants, 1);
    assert_string_equal(s.variants[0].name, "C");
    s = take("{\"variants\":[{\"name\":\"C\",\"model\":\"m\"}]}", &base);
    assert_int_equal(s.n_variants, 2);
    assert_int_equal(s.n_assigned, 1);
    assert_string_equal(s.variants[1].name, "S");
    assert_true(s.coverage == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_has_a_default),
        cmocka_unit_test(a_model_alone_is_an_endpoint_with_one_variant),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(shadows_stand_behind_variants_in_any_order),
        cmocka_unit_test(wrong_variants_are_refused_by_place),
        cmocka_unit_test(wrong_settings_are_refused_by_name),
        cmocka_unit_test(sixteen_variants_and_shadows_are_the_most),
        cmocka_unit_test(a_patch_keeps_what_it_does_not_name),
        cmocka_unit_test(a_patch_changes_variants_by_name),
        cmocka_unit_test(an_array_in_a_patch_replaces_its_kind_alone),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

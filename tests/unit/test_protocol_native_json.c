#include "../lib/testing.h"

#include <math.h>

#include "protocol/native.h"

static struct ml_arena arena;

static bool reads(struct ml_call *out, const char *body, struct ml_call_fault *fault)
{
    return ml_native_read_json(out, &arena, body, strlen(body), 3, fault);
}

static struct ml_call call_of(const char *body)
{
    struct ml_call call;
    struct ml_call_fault fault;
    if (!reads(&call, body, &fault))
        fail_msg("%s: %s", body, fault.err.msg);
    return call;
}

static void one_record_is_read_with_its_types(void **state)
{
    (void)state;
    struct ml_call c = call_of("{\"record\":{\"age\":33,\"job\":\"x\",\"on\":true,\"off\":false,"
                               "\"gone\":null,\"tiny\":\"5e-324\"}}");
    assert_true(!c.is_list && c.n_records == 1 && c.records[0].place == 0);
    const struct ml_call_cell *v = c.records[0].cells;
    assert_int_equal(c.records[0].n_cells, 6);
    assert_true(v[0].is_number && v[0].number == 33.0);
    assert_string_equal(v[0].name, "age");
    assert_string_equal(v[1].text, "x");
    assert_true(!v[2].is_number && !v[3].is_number && v[4].text_bytes == 0);
    assert_string_equal(v[5].text, "5e-324");
    assert_true(isnan(c.threshold) && c.key == NULL && c.variant == NULL && !c.explain &&
                !c.strict);
}

static void options_are_read(void **state)
{
    (void)state;
    struct ml_call c = call_of("{\"records\":[{},{}],\"threshold\":0.25,\"variant\":\"B\","
                               "\"explain\":true,\"strict\":true,\"key\":\"k\"}");
    assert_true(c.is_list && c.n_records == 2 && c.records[1].place == 2);
    assert_true(c.threshold == 0.25 && c.explain && c.strict && c.key_bytes == 1);
    assert_string_equal(c.variant, "B");
    assert_string_equal(call_of("{\"record\":{},\"key\":42}").key, "42");
    assert_null(call_of("{\"record\":{},\"key\":\"\"}").key);
    assert_null(call_of("{\"record\":{},\"key\":null}").key);
    assert_int_equal(call_of("{\"records\":[]}").n_records, 0);
}

static void what_is_wrong_has_a_code_and_a_field(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *code;
        const char *field;
    } bad[] = {
        {"", "invalid_json", NULL},
        {"{\"record\":{}", "invalid_json", NULL},
        {"{\"record\":{\"a\":NaN}}", "invalid_json", NULL},
        {"{\"record\":{\"a\":1e400}}", "invalid_json", NULL},
        {"{\"record\":{\"a\":1,\"a\":2}}", "invalid_json", NULL},
        {"[]", "invalid_request", NULL},
        {"{}", "invalid_request", NULL},
        {"{\"record\":{},\"records\":[]}", "invalid_request", NULL},
        {"{\"records\":{}}", "invalid_request", "records"},
        {"{\"record\":[]}", "invalid_record", NULL},
        {"{\"records\":[{},[]]}", "invalid_record", NULL},
        {"{\"record\":{\"a\":[1]}}", "invalid_record", "a"},
        {"{\"record\":{\"a\":{}}}", "invalid_record", "a"},
        {"{\"record\":{},\"threshold\":1.5}", "invalid_request", "threshold"},
        {"{\"record\":{},\"threshold\":\"0.5\"}", "invalid_request", "threshold"},
        {"{\"record\":{},\"variant\":1}", "invalid_request", "variant"},
        {"{\"record\":{},\"explain\":1}", "invalid_request", "explain"},
        {"{\"record\":{},\"key\":[]}", "invalid_request", "key"},
        {"{\"record\":{},\"recrod\":{}}", "unknown_field", "recrod"},
        {"{\"records\":[{},{},{},{}]}", "too_many_rows", "records"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_call call;
        struct ml_call_fault fault = {0};
        if (reads(&call, bad[i].body, &fault))
            fail_msg("taken: %s", bad[i].body);
        if (strcmp(fault.code, bad[i].code) != 0)
            fail_msg("%s: %s, wanted %s", bad[i].body, fault.code, bad[i].code);
        if (bad[i].field != NULL)
            assert_string_equal(fault.field, bad[i].field);
        assert_true(fault.err.msg[0] != '\0');
    }
}

static int end(void **state)
{
    ml_arena_release(&arena);
    return test_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_record_is_read_with_its_types),
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(what_is_wrong_has_a_code_and_a_field),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}

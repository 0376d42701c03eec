#include "../lib/wiring.h"

#include "protocol/native.h"

static int start(void **state)
{
    wire_start(state);
    ml_model_set_name(wire_binary, "banking", 7);
    return 0;
}

static const double two[] = {0.75, 0.25};
static const double three[] = {0.125, 0.5, 0.375};

static struct ml_call_answer plain(void)
{
    return (struct ml_call_answer){.model = wire_binary, .probability = two, .threshold = 0.5};
}

/* What was written must be what is wanted, and JSON. */
static void assert_written(struct ml_strbuf *out, const char *want)
{
    struct ml_json *json = NULL;
    struct ml_error err;
    assert_string_equal(out->bytes, want);
    must(ml_json_parse(&json, out->bytes, out->length, "answer", &err));
    ml_json_free(json);
    ml_strbuf_release(out);
}

static void one_answer_is_one_object(void **state)
{
    (void)state;
    struct ml_strbuf out = {0};
    struct ml_call_answer a = plain();
    a.variant = "A";
    a.inference_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    a.assignment = "key";
    ml_native_write_json(&out, "offer", &a, 1, false);
    assert_written(&out, "{\"endpoint\":\"offer\",\"variant\":\"A\",\"model\":\"banking\","
                         "\"version\":7,\"inference_id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\","
                         "\"assignment\":\"key\",\"label\":\"0\",\"score\":0.25,"
                         "\"threshold\":0.5}\n");
}

static void what_is_not_known_is_left_out(void **state)
{
    (void)state;
    struct ml_strbuf out = {0};
    struct ml_call_answer a = plain();
    ml_native_write_json(&out, "e", &a, 1, false);
    assert_written(&out, "{\"endpoint\":\"e\",\"label\":\"0\",\"score\":0.25,\"threshold\":0.5}\n");
}

static void a_list_is_answered_by_a_list_even_of_one_or_none(void **state)
{
    (void)state;
    struct ml_strbuf out = {0};
    struct ml_call_answer a[] = {plain(), plain()};
    a[1].label = 1;
    a[1].threshold = 0.2;
    ml_native_write_json(&out, "e", a, 2, true);
    assert_written(&out, "{\"endpoint\":\"e\",\"predictions\":["
                         "{\"label\":\"0\",\"score\":0.25,\"threshold\":0.5},\n"
                         "{\"label\":\"1\",\"score\":0.25,\"threshold\":0.2}]}\n");
    ml_native_write_json(&out, "e", a, 1, true);
    assert_written(&out, "{\"endpoint\":\"e\",\"predictions\":["
                         "{\"label\":\"0\",\"score\":0.25,\"threshold\":0.5}]}\n");
    ml_native_write_json(&out, "e", a, 0, true);
    assert_written(&out, "{\"endpoint\":\"e\",\"predictions\":[]}\n");
}

static void one_among_many_classes_has_all_scores_and_no_threshold(void **state)
{
    (void)state;
    struct ml_strbuf out = {0};
    struct ml_call_answer a = {.model = wire_multiclass, .probability = three, .label = 1};
    ml_native_write_json(&out, "e", &a, 1, false);
    assert_written(&out, "{\"endpoint\":\"e\",\"label\":\"mid,dle\",\"score\":0.5,\"scores\":"
                         "{\"low\":0.125,\"mid,dle\":0.5,\"\xc3\xbc"
                         "ber\":0.375}}\n");
}

static void an_explanation_names_the_inputs(void **state)
{
    (void)state;
    struct ml_strbuf out = {0};
    const double columns[] = {9, 0.5, 0, -0.25, 1, 9}; /* id and target are no inputs */
    const struct ml_call_explanation e = {1.5, 0.25, columns, 1};
    struct ml_call_answer a = plain();
    a.explanations = &e;
    ml_native_write_json(&out, "e", &a, 1, false);
    assert_written(&out, "{\"endpoint\":\"e\",\"label\":\"0\",\"score\":0.25,\"threshold\":0.5,"
                         "\"explanation\":{\"margin\":1.5,\"bias\":0.25,\"contributions\":"
                         "{\"n\":0.5,\"b\":0,\"c\":-0.25,\"t\":1}}}\n");
}

static void a_regression_answers_a_value_and_its_parts(void **state)
{
    (void)state;
    static const double value = -12.5;
    double columns[] = {0, 1.25, -0.5, 0.5, 0, 0};
    const struct ml_call_explanation e = {-12.5, -13.75, columns, 1};
    struct ml_strbuf out = {0};
    struct ml_call_answer a = {.model = wire_regression, .probability = &value, .threshold = 0.5};
    ml_native_write_json(&out, "e", &a, 1, false);
    assert_written(&out, "{\"endpoint\":\"e\",\"value\":-12.5}\n");
    a.explanations = &e;
    out = (struct ml_strbuf){0};
    ml_native_write_json(&out, "e", &a, 1, false);
    assert_written(&out, "{\"endpoint\":\"e\",\"value\":-12.5,\"explanation\":{\"bias\":-13.75,"
                         "\"contributions\":{\"n\":1.25,\"b\":-0.5,\"c\":0.5,\"t\":0}}}\n");
}

static void each_class_has_an_explanation_of_its_own(void **state)
{
    (void)state;
    struct ml_strbuf out = {0};
    double columns[6 * 3];
    struct ml_call_explanation e[3];
    for (size_t i = 0; i < 18; i++)
        columns[i] = (double)i;
    for (size_t k = 0; k < 3; k++)
        e[k] = (struct ml_call_explanation){(double)k, 0.5, columns + k, 3};
    struct ml_call_answer a = {.model = wire_multiclass, .probability = three, .explanations = e};
    ml_native_write_answer(&out, &a);
    assert_contains(out.bytes, "\"explanation\":{\"low\":{\"margin\":0,\"bias\":0.5,"
                               "\"contributions\":{\"n\":3,\"b\":6,\"c\":9,\"t\":12}},"
                               "\"mid,dle\":{\"margin\":1,\"bias\":0.5,"
                               "\"contributions\":{\"n\":4,\"b\":7,\"c\":10,\"t\":13}},");
    ml_strbuf_release(&out);
}

static void numbers_are_written_so_that_they_read_back(void **state)
{
    (void)state;
    struct ml_strbuf out = {0};
    const double p[] = {1.0 - 0.1 - 0.2, 0.1 + 0.2};
    struct ml_call_answer a = plain();
    a.probability = p;
    ml_native_write_answer(&out, &a);
    assert_contains(out.bytes, "\"score\":0.30000000000000004,");
    ml_strbuf_release(&out);
}

static bool read_record(struct ml_call_record *out, const char *line, struct ml_call_fault *fault)
{
    return ml_native_read_record(out, &wire_arena, line, strlen(line), fault);
}

static void a_line_is_one_record(void **state)
{
    (void)state;
    struct ml_call_record record = {0};
    struct ml_call_fault fault = {0};
    assert_true(read_record(&record, " {\"n\":-0.5e1,\"c\":\"r\\u0065d\",\"b\":true} ", &fault));
    assert_int_equal(record.n_cells, 3);
    assert_true(record.cells[0].is_number && record.cells[0].number == -5.0);
    assert_string_equal(record.cells[1].text, "red");
    assert_int_equal(record.cells[1].text_bytes, 3);
    assert_string_equal(record.cells[2].text, "true");
    assert_true(read_record(&record, "{}", &fault));
    assert_int_equal(record.n_cells, 0);
}

static void a_line_that_is_no_record_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *code;
        const char *message;
    } cases[] = {
        {"", "invalid_json", "body:1:1: "},
        {"{\"a\":1} {\"a\":2}", "invalid_json", "body:1:9: "},
        {"{\"a\":\"\\u0000\"}", "invalid_json", "body:1:"},
        {"{\"a\":\"\xff\"}", "invalid_json", "body:1:"},
        {"{\"a\":01}", "invalid_json", "body:1:"},
        {"5", "invalid_record", "a record must be an object"},
        {"[{}]", "invalid_record", "a record must be an object"},
        {"{\"a\\n\":{}}", "invalid_record",
         "column 'a\\x0a': a value must be a string, number, boolean or null"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_call_record record;
        struct ml_call_fault fault = {0};
        if (read_record(&record, cases[i].line, &fault))
            fail_msg("%s was taken", cases[i].line);
        assert_string_equal(fault.code, cases[i].code);
        assert_contains(fault.err.msg, cases[i].message);
        assert_int_equal(fault.err.code, ML_EINPUT);
    }
}

static void messages_name_the_record_and_the_member(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *message;
    } cases[] = {
        {"[]", "the body must be an object with \"record\" or \"records\""},
        {"{\"key\":1}", "the body needs either \"record\" or \"records\""},
        {"{\"records\":5}", "'records' must be an array of objects"},
        {"{\"records\":[{},{\"n\":[]}]}", "record 2: column 'n': a value must be"},
        {"{\"records\":[{},{},{}]}", "3 records in one call; at most 2 are allowed"},
        {"{\"record\":{},\"threshold\":null}", "'threshold' must be a number from 0 to 1"},
        {"{\"record\":{},\"strict\":\"yes\"}", "'strict' must be true or false"},
        {"{\"record\":{},\"variant\":null}", "'variant' must be a string"},
        {"{\"record\":{},\"key\":true}", "'key' must be a string or a number"},
        {"{\"record\":{},\"x\\ty\":1}", "unknown member 'x\\x09y'; known are record, records,"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_call call = {.n_records = 99};
        struct ml_call_fault fault = {0};
        assert_false(ml_native_read_json(&call, &wire_arena, cases[i].body, strlen(cases[i].body),
                                         2, &fault));
        assert_contains(fault.err.msg, cases[i].message);
        assert_int_equal(call.n_records, 99); /* left alone */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_answer_is_one_object),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(a_list_is_answered_by_a_list_even_of_one_or_none),
        cmocka_unit_test(one_among_many_classes_has_all_scores_and_no_threshold),
        cmocka_unit_test(an_explanation_names_the_inputs),
        cmocka_unit_test(a_regression_answers_a_value_and_its_parts),
        cmocka_unit_test(each_class_has_an_explanation_of_its_own),
        cmocka_unit_test(numbers_are_written_so_that_they_read_back),
        cmocka_unit_test(a_line_is_one_record),
        cmocka_unit_test(a_line_that_is_no_record_is_refused),
        cmocka_unit_test(messages_name_the_record_and_the_member),
    };
    return cmocka_run_group_tests(tests, start, wire_end);
}

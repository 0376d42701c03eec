#include "../lib/wiring.h"

#include "protocol/mlflow.h"

#define JSON "application/json"

static const struct ml_protocol *const protocol = &ml_mlflow_protocol;

static void each_form_gives_the_same_records(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "{\"dataframe_split\":{\"columns\":[\"n\",\"c\"],\"data\":[[1.5,\"red\"],[2,null]]}}",
        "{\"dataframe_split\":{\"index\":[7,8],\"columns\":[\"n\",\"c\"],"
        "\"data\":[[1.5,\"red\"],[2,null]]}}",
        "{\"dataframe_records\":[{\"n\":1.5,\"c\":\"red\"},{\"n\":2,\"c\":null}]}",
        "{\"instances\":[{\"n\":1.5,\"c\":\"red\"},{\"n\":2,\"c\":null}]}",
        "{\"inputs\":[{\"n\":1.5,\"c\":\"red\"},{\"n\":2,\"c\":null}]}",
        "{\"inputs\":{\"n\":[1.5,2],\"c\":[\"red\",null]}}",
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        wire_must_read(protocol, JSON, forms[i]);
        assert_true(wire_call.is_list && wire_call.is_together && wire_call.n_records == 2);
        assert_string_equal(wire_cells(0), "n=1.5;c=\"red\";");
        assert_string_equal(wire_cells(1), "n=2;c=\"\";");
        assert_int_equal(wire_call.records[1].place, 2);
    }
}

static void csv_has_a_header(void **state)
{
    (void)state;
    static const char *const types[] = {"text/csv", "application/csv", "text/csv; charset=utf-8",
                                        NULL};
    for (size_t i = 0; i < 4; i++) {
        wire_must_read(protocol, types[i], "c,n,more\nred,1.5,x\n,2,\n");
        assert_int_equal(wire_call.n_records, 2);
        assert_string_equal(wire_cells(0), "c=\"red\";n=\"1.5\";more=\"x\";");
    }
    wire_must_refuse(protocol, "text/csv", "1,2,3\n", 0, "line 1: it must name the columns");
    wire_must_refuse(protocol, "text/csv", "n,c\n1\n", 0, "line 2: 1 field, expected 2");
    wire_must_refuse(protocol, "text/csv", "", 0, "body");
    wire_must_refuse(protocol, "text/xml", "<a/>", 415, "application/json or text/csv");
}

static void arrays_are_in_the_schemas_order(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "{\"instances\":[[1,true,\"red\",\"good\"]]}",
        "{\"inputs\":[[1,true,\"red\",\"good\"]]}",
        "{\"dataframe_split\":{\"data\":[[1,true,\"red\",\"good\"]]}}",
    };
    for (size_t i = 0; i < 3; i++) {
        wire_must_read(protocol, JSON, forms[i]);
        assert_string_equal(wire_cells(0), "n=1;b=\"true\";c=\"red\";t=\"good\";");
    }
}

static void params_are_options(void **state)
{
    (void)state;
    wire_must_read(protocol, JSON,
                   "{\"params\":{\"threshold\":0.25,\"key\":42,\"variant\":\"B\",\"explain\":true,"
                   "\"strict\":true,\"temperature\":[1]},\"instances\":[],\"more\":1}");
    assert_true(wire_call.threshold == 0.25 && wire_call.explain && wire_call.strict);
    assert_string_equal(wire_call.key, "42");
    assert_string_equal(wire_call.variant, "B");
    wire_must_read(protocol, JSON, "{\"params\":null,\"instances\":[]}");
    wire_must_refuse(protocol, JSON, "{\"params\":[],\"instances\":[]}", 0, "'params' must be");
    wire_must_refuse(protocol, JSON, "{\"params\":{\"threshold\":2},\"instances\":[]}", 0,
                     "params: 'threshold' must be a number from 0 to 1");
    wire_must_refuse(protocol, JSON, "{\"params\":{\"predict_method\":\"x\"},\"instances\":[]}", 0,
                     "params: 'predict_method' must be \"predict\" or \"predict_proba\"");
}

static void exactly_one_form_is_needed(void **state)
{
    (void)state;
    static const char *const bad[] = {"{}", "[]", "5", "{\"columns\":[],\"data\":[]}",
                                      "{\"instances\":[],\"inputs\":[]}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        wire_must_refuse(protocol, JSON, bad[i], 0, "exactly one of dataframe_split");
}

static void bad_forms_are_refused_with_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *message;
    } bad[] = {
        {"", "body:1:1: invalid JSON"},
        {"{\"instances\":{}}", "'instances' must be an array"},
        {"{\"instances\":[1]}", "record 1: a record must be an object"},
        {"{\"instances\":[{},[1]]}", "record 2: 1 values without names"},
        {"{\"dataframe_records\":{\"n\":[1]}}", "'dataframe_records' must be an array"},
        {"{\"dataframe_records\":[{\"n\":[1]}]}", "record 1: column 'n': a value must be"},
        {"{\"inputs\":\"x\"}", "'inputs' must be an array of records or an object of columns"},
        {"{\"inputs\":{\"n\":1}}", "inputs: column 'n' must be an array of values"},
        {"{\"inputs\":{\"n\":[1,2],\"c\":[\"a\"]}}",
         "inputs: column 'c' has 1 value, but the first column has 2"},
        {"{\"inputs\":{\"n\":[1,[2]]}}", "record 2: column 'n': a value must be"},
        {"{\"dataframe_split\":[]}", "'dataframe_split' must be an object with"},
        {"{\"dataframe_split\":{\"columns\":[\"n\"]}}", "'dataframe_split' must be an object with"},
        {"{\"dataframe_split\":{\"columns\":{},\"data\":[]}}", "'columns' must be an array"},
        {"{\"dataframe_split\":{\"columns\":[0],\"data\":[]}}", "'columns' must hold strings"},
        {"{\"dataframe_split\":{\"columns\":[\"n\",\"n\"],\"data\":[]}}", "has a name twice"},
        {"{\"dataframe_split\":{\"columns\":[\"n\"],\"data\":[[1],[1,2]]}}",
         "record 2: must be an array of 1 values"},
        {"{\"dataframe_split\":{\"columns\":[\"n\"],\"data\":[{}]}}", "record 1: must be an array"},
        {"{\"inputs\":{\"n\":[1,2,3,4]}}", "4 records in one call; at most 3"},
        {"{\"instances\":[{},{},{},{}]}", "4 records in one call; at most 3"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        wire_must_refuse(protocol, JSON, bad[i].body, 0, bad[i].message);
}

static void labels_or_probabilities_or_values_are_the_predictions(void **state)
{
    (void)state;
    struct ml_call_answer a = wire_answer(wire_binary);
    struct ml_call_answer m = wire_answer(wire_multiclass);
    struct ml_call_answer r = wire_answer(wire_regression);
    wire_must_read(protocol, JSON, "{\"instances\":[]}");
    wire_assert_written(protocol, &a, 2, JSON, "{\"predictions\":[0,0]}\n");
    wire_assert_written(protocol, &m, 1, JSON, "{\"predictions\":[\"mid,dle\"]}\n");
    wire_assert_written(protocol, &r, 1, JSON, "{\"predictions\":[-12.5]}\n");
    wire_assert_written(protocol, &a, 0, JSON, "{\"predictions\":[]}\n");
    wire_must_read(protocol, JSON,
                   "{\"instances\":[],\"params\":{\"predict_method\":\"predict_proba\"}}");
    wire_assert_written(protocol, &a, 2, JSON, "{\"predictions\":[[0.75,0.25],[0.75,0.25]]}\n");
    wire_assert_written(protocol, &m, 1, JSON, "{\"predictions\":[[0.125,0.5,0.375]]}\n");
    wire_request.model = wire_regression;
    wire_must_refuse(protocol, JSON,
                     "{\"instances\":[],\"params\":{\"predict_method\":\"predict_proba\"}}", 0,
                     "a regression has no probabilities");
}

static void explanations_stand_beside_the_predictions(void **state)
{
    (void)state;
    const double columns[] = {9, 0.5, 0, -0.25, 1, 9};
    const struct ml_call_explanation e = {1.5, 0.25, columns, 1};
    struct ml_call_answer a = wire_answer(wire_binary);
    a.explanations = &e;
    wire_must_read(protocol, JSON, "{\"instances\":[],\"params\":{\"explain\":true}}");
    wire_assert_written(protocol, &a, 1, JSON,
                        "{\"predictions\":[0],\"explanations\":[{\"margin\":1.5,\"bias\":0.25,"
                        "\"contributions\":{\"n\":0.5,\"b\":0,\"c\":-0.25,\"t\":1}}]}\n");
}

static void errors_have_mlflows_shape(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *code;
    } cases[] = {{400, "BAD_REQUEST"},           {413, "BAD_REQUEST"},
                 {401, "UNAUTHENTICATED"},       {403, "PERMISSION_DENIED"},
                 {409, "RESOURCE_CONFLICT"},     {404, "RESOURCE_DOES_NOT_EXIST"},
                 {500, "INTERNAL_ERROR"},        {503, "TEMPORARILY_UNAVAILABLE"},
                 {429, "REQUEST_LIMIT_EXCEEDED"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_strbuf body = {0};
        struct ml_wire_reply reply = {.status = cases[i].status, .body = &body};
        const struct ml_wire_fault fault = {cases[i].status, "x", "age", "what \"is\" wrong"};
        char want[128];
        snprintf(want, sizeof(want),
                 "{\"error_code\":\"%s\",\"message\":\"what \\\"is\\\" wrong\"}\n", cases[i].code);
        protocol->refuse(&reply, &fault);
        assert_string_equal(body.bytes, want);
        assert_int_equal(reply.status, cases[i].status);
        assert_string_equal(reply.content_type, JSON);
        ml_strbuf_release(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_form_gives_the_same_records, wire_reset),
        cmocka_unit_test_setup(csv_has_a_header, wire_reset),
        cmocka_unit_test_setup(arrays_are_in_the_schemas_order, wire_reset),
        cmocka_unit_test_setup(params_are_options, wire_reset),
        cmocka_unit_test_setup(exactly_one_form_is_needed, wire_reset),
        cmocka_unit_test_setup(bad_forms_are_refused_with_the_place, wire_reset),
        cmocka_unit_test_setup(labels_or_probabilities_or_values_are_the_predictions, wire_reset),
        cmocka_unit_test_setup(explanations_stand_beside_the_predictions, wire_reset),
        cmocka_unit_test_setup(errors_have_mlflows_shape, wire_reset),
    };
    return cmocka_run_group_tests(tests, wire_start, wire_end);
}

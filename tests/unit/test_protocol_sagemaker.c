#include "../lib/wiring.h"

#include "protocol/sagemaker.h"

#define JSON "application/json"
#define LINES "application/jsonlines"
#define CSV "text/csv"

static const struct ml_protocol *const protocol = &ml_sagemaker_protocol;
static const char red[] = "n=1.5;b=\"1\";c=\"red\";t=\"good\";";

static void each_shape_of_an_instance_is_the_same_record(void **state)
{
    (void)state;
    static const char *const shapes[] = {
        "{\"features\":[1.5,\"1\",\"red\",\"good\"]}",
        "{\"data\":{\"features\":{\"values\":[1.5,\"1\",\"red\",\"good\"]}}}",
        "{\"data\":{\"features\":{\"values\":[1.5,\"1\",\"red\",\"good\"],\"shape\":[4]}}}",
        "{\"data\":{\"features\":{\"keys\":[3,0,1,2],\"shape\":[4],"
        "\"values\":[\"good\",1.5,\"1\",\"red\"]}}}",
    };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        char body[512];
        snprintf(body, sizeof(body), "{\"instances\":[%s,%s]}", shapes[i], shapes[0]);
        wire_must_read(protocol, JSON, body);
        assert_true(wire_call.is_list && wire_call.is_together && wire_call.n_records == 2);
        assert_string_equal(wire_cells(0), red);
        assert_string_equal(wire_cells(1), red);
        assert_int_equal(wire_call.records[1].place, 2);
        wire_must_read(protocol, JSON, shapes[i]); /* one alone */
        assert_string_equal(wire_cells(0), red);
        snprintf(body, sizeof(body), "%s\r\n\n%s\n", shapes[0], shapes[i]);
        wire_must_read(protocol, LINES, body);
        assert_int_equal(wire_call.n_records, 2);
        assert_string_equal(wire_cells(1), red);
        assert_int_equal(wire_call.records[1].place, 3); /* the line */
    }
}

static void what_sparse_features_leave_out_is_zero_or_missing(void **state)
{
    (void)state;
    wire_must_read(protocol, JSON,
                   "{\"data\":{\"features\":{\"keys\":[],\"shape\":[5],\"values\":[]}}}");
    assert_string_equal(wire_cells(0), "id=\"\";n=0;b=0;c=\"\";t=\"\";");
    wire_must_read(protocol, JSON,
                   "{\"data\":{\"features\":{\"keys\":[2],\"shape\":[4],\"values\":[null]}}}");
    assert_string_equal(wire_cells(0), "n=0;b=0;c=\"\";t=\"\";");
}

static void positions_are_inputs_or_all_but_the_target_or_all(void **state)
{
    (void)state;
    wire_must_read(protocol, JSON, "{\"instances\":[{\"features\":[\"r1\",2,true,null,\"x\"]}]}");
    assert_string_equal(wire_cells(0), "id=\"r1\";n=2;b=\"true\";c=\"\";t=\"x\";");
    wire_must_read(protocol, JSON,
                   "{\"instances\":[{\"features\":[\"r1\",\"2\",1,\"a\",\"x\",0]}]}");
    assert_string_equal(wire_cells(0), "id=\"r1\";n=\"2\";b=1;c=\"a\";t=\"x\";y=0;");
}

static void csv_has_no_header_unless_most_fields_are_columns(void **state)
{
    (void)state;
    wire_must_read(protocol, CSV, "1.5,1,red,good\n,,,\n");
    assert_int_equal(wire_call.n_records, 2);
    assert_string_equal(wire_cells(0), "n=\"1.5\";b=\"1\";c=\"red\";t=\"good\";");
    assert_int_equal(wire_call.records[1].place, 2);
    wire_must_read(protocol, CSV, "r1,1.5,1,red,\"go,od\"");
    assert_string_equal(wire_cells(0), "id=\"r1\";n=\"1.5\";b=\"1\";c=\"red\";t=\"go,od\";");
    wire_must_read(protocol, CSV, "t,n\ngood,2\n");
    assert_int_equal(wire_call.n_records, 1);
    assert_string_equal(wire_cells(0), "t=\"good\";n=\"2\";");
    wire_must_read(protocol, CSV, "n,b,more\n2,1,3\n");
    assert_int_equal(wire_call.n_records, 1);
    assert_string_equal(wire_cells(0), "n=\"2\";b=\"1\";more=\"3\";");
    wire_must_read(protocol, CSV, "1,b,t,x\n"); /* a record: two of four are no columns */
    assert_string_equal(wire_cells(0), "n=\"1\";b=\"b\";c=\"t\";t=\"x\";");
    wire_must_refuse(
        protocol, CSV, "n,b,red,x\n", 0,
        "line 1: it is taken for a record, since only 2 of its 4 fields name columns of "
        "the model: 'red' names none");
    wire_must_refuse(
        protocol, CSV, "n,colour,kind\n1,2,3\n", 0,
        "line 1: it is taken for a record, since only 1 of its 3 fields names columns of "
        "the model: 'colour' names none");
    wire_must_refuse(protocol, CSV, "1,2,3\n", 0,
                     "line 1: 3 values without names, but the model has 4 input columns");
    wire_must_refuse(protocol, CSV, "1,1,a,b\n1,1,a\n", 0, "line 2: 3 fields, expected 4");
}

static void the_body_says_what_its_type_does_not(void **state)
{
    (void)state;
    static const char *const vague[] = {NULL, "application/octet-stream", "text/plain", ""};
    for (size_t i = 0; i < sizeof(vague) / sizeof(vague[0]); i++) {
        wire_must_read(protocol, vague[i], "1.5,1,red,good\n");
        assert_true(wire_call.is_csv);
        wire_must_read(protocol, vague[i], "{\"features\":[1.5,1,\"red\",\"good\"]}\n");
        assert_int_equal(wire_call.n_records, 1);
        wire_must_read(protocol, vague[i],
                       "{\"features\":[1,1,\"a\",\"b\"]}\n{\"features\":[2,1,\"a\",\"b\"]}");
        assert_int_equal(wire_call.n_records, 2);
    }
    wire_must_read(protocol, "text/x-odd", " {\"features\":[1.5,1,\"red\",\"good\"]}");
    wire_must_read(protocol, "text/csv; label_size=0", "1.5,1,red,good");
    wire_must_refuse(protocol, "text/libsvm", "1 1:1.5", 415, "bodies are text/csv");
    wire_must_refuse(protocol, "application/x-recordio-protobuf", "\x0a\x23", 415, "bodies are");
}

static void instances_are_named_columns_or_plain_values_too(void **state)
{
    (void)state;
    wire_must_read(protocol, JSON,
                   "{\"instances\":[{\"c\":\"red\",\"more\":1},[2,1,\"a\",\"b\"]]}");
    assert_int_equal(wire_call.n_records, 2);
    assert_string_equal(wire_cells(0), "c=\"red\";more=1;");
    assert_string_equal(wire_cells(1), "n=2;b=1;c=\"a\";t=\"b\";");
    wire_must_read(protocol, LINES, "{\"n\":1.5}\n[2,1,\"a\",\"b\"]\n");
    assert_string_equal(wire_cells(0), "n=1.5;");
}

static void bad_bodies_are_refused_with_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *message;
    } bad[] = {
        {"{", "body:1:2: invalid JSON"},
        {"[]", "the body must be an object with \"instances\""},
        {"{}", "the body must be an object with \"instances\""},
        {"{\"instances\":{}}", "'instances' must be an array"},
        {"{\"instances\":[{}]}", "record 1: an instance must be {\"features\":["},
        {"{\"instances\":[[1]]}", "record 1: 1 values without names"},
        {"{\"instances\":[5]}", "record 1: an instance must be"},
        {"{\"instances\":[{\"other\":1}]}", "record 1: an instance must be"},
        {"{\"instances\":[{\"n\":[1]}]}", "record 1: column 'n': a value must"},
        {"{\"instances\":[{\"features\":{}}]}", "record 1: a record must be an array of values"},
        {"{\"features\":[1]}", "1 values without names, but the model has 4 input columns"},
        {"{\"instances\":[{\"features\":[1,1,[],\"x\"]}]}", "record 1: column 'c': a value must"},
        {"{\"data\":{\"features\":{}}}", "'data.features' needs 'values'"},
        {"{\"data\":{\"features\":{\"values\":[1,1,\"a\",\"b\"],\"shape\":[5]}}}",
         "'shape' is not"},
        {"{\"data\":{\"features\":{\"keys\":[0],\"values\":[]}}}", "arrays of the same length"},
        {"{\"data\":{\"features\":{\"keys\":[0],\"values\":[1]}}}", "'shape' must be an array"},
        {"{\"data\":{\"features\":{\"keys\":[],\"values\":[],\"shape\":[1e9]}}}",
         "'shape' must be"},
        {"{\"data\":{\"features\":{\"keys\":[],\"values\":[],\"shape\":[3]}}}", "3 values without"},
        {"{\"data\":{\"features\":{\"keys\":[4],\"values\":[1],\"shape\":[4]}}}",
         "below the shape"},
        {"{\"data\":{\"features\":{\"keys\":[0.5],\"values\":[1],\"shape\":[4]}}}",
         "whole numbers"},
        {"{\"data\":{\"features\":{\"keys\":[-1],\"values\":[1],\"shape\":[4]}}}", "whole numbers"},
        {"{\"data\":{\"features\":{\"keys\":[1,1],\"values\":[1,1],\"shape\":[4]}}}",
         "key 1 appears"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        wire_must_refuse(protocol, JSON, bad[i].body, 0, bad[i].message);
    wire_must_refuse(protocol, LINES, "{\"features\":[1,1,\"a\",\"b\"]}\n\n{\"features\":[]}", 0,
                     "line 3: 0 values without names");
    wire_must_refuse(protocol, LINES, "{\"features\":[1,1,\"a\",\"b\"]}\n{]", 0,
                     "line 2: body:1:2: invalid JSON");
    wire_must_refuse(protocol, JSON, "{\"instances\":[{},{},{},{}]}", 0, "4 records in one call");
    assert_int_equal(wire_fault.err.code, ML_ELIMIT);
}

static void linear_learners_shape_is_the_answer(void **state)
{
    (void)state;
    struct ml_call_answer a = wire_answer(wire_binary);
    struct ml_call_answer m = wire_answer(wire_multiclass);
    struct ml_call_answer r = wire_answer(wire_regression);
    wire_must_read(protocol, JSON, "{\"features\":[1,1,\"a\",\"b\"]}");
    wire_assert_written(protocol, &a, 2, JSON,
                        "{\"predictions\":[{\"score\":0.25,\"predicted_label\":0},"
                        "{\"score\":0.25,\"predicted_label\":0}]}\n");
    wire_assert_written(protocol, &m, 1, JSON,
                        "{\"predictions\":[{\"score\":[0.125,0.5,0.375],"
                        "\"predicted_label\":\"mid,dle\"}]}\n");
    wire_assert_written(protocol, &r, 1, JSON, "{\"predictions\":[{\"score\":-12.5}]}\n");
    wire_assert_written(protocol, &r, 0, JSON, "{\"predictions\":[]}\n");
    wire_must_read(protocol, LINES, "{\"features\":[1,1,\"a\",\"b\"]}");
    wire_assert_written(protocol, &a, 2, LINES,
                        "{\"score\":0.25,\"predicted_label\":0}\n"
                        "{\"score\":0.25,\"predicted_label\":0}\n");
    wire_must_read(protocol, CSV, "1,1,a,b");
    wire_assert_written(protocol, &a, 2, "text/csv; charset=utf-8", "0.25\n0.25\n");
    wire_assert_written(protocol, &m, 1, "text/csv; charset=utf-8", "0.125,0.5,0.375\n");
    wire_assert_written(protocol, &r, 1, "text/csv; charset=utf-8", "-12.5\n");
}

static const char *type_for(const char *accept, const char *preset)
{
    struct ml_strbuf body = {0};
    struct ml_wire_reply reply = {.status = 200, .body = &body};
    wire_settings.sagemaker_accept = preset;
    wire_request.accept = accept;
    if (!wire_reads(protocol, JSON, "{\"instances\":[]}"))
        return wire_fault.status == 406 ? "406" : "other";
    assert_true(protocol->write(&reply, &wire_arena, &wire_request, &wire_call, NULL, &wire_fault));
    ml_strbuf_release(&body);
    return reply.content_type;
}

static void accept_names_the_type_of_the_answer(void **state)
{
    (void)state;
    assert_string_equal(type_for(NULL, NULL), JSON);
    assert_string_equal(type_for("", NULL), JSON);
    assert_string_equal(type_for("*/*", NULL), JSON);
    assert_string_equal(type_for("*/*", "text/csv"), "text/csv; charset=utf-8");
    assert_string_equal(type_for(NULL, LINES), LINES);
    assert_string_equal(type_for("application/json", LINES), JSON);
    assert_string_equal(type_for("Text/CSV;q=0.5", NULL), "text/csv; charset=utf-8");
    assert_string_equal(type_for("image/png, application/jsonlines", NULL), LINES);
    assert_string_equal(type_for("image/png;q=1,*/*;q=0.1", NULL), JSON);
    assert_string_equal(type_for("application/json;verbose=true", NULL), JSON);
    assert_string_equal(type_for("application/x-recordio-protobuf", NULL), "406");
    assert_string_equal(type_for("text/csvx", NULL), "406");
    assert_string_equal(type_for("image/*", NULL), "406");
    assert_string_equal(type_for("text", NULL), "406");
    assert_string_equal(type_for("image/png, Application/*", NULL),
                        type_for("application/json", NULL));
    assert_string_equal(type_for("text/*;q=0.1", NULL), type_for("text/csv", NULL));
    assert_true(ml_sagemaker_wants_csv("application/json, text/csv"));
    assert_false(ml_sagemaker_wants_csv("*/*") || ml_sagemaker_wants_csv(NULL));
}

static void keys_select_what_is_answered(void **state)
{
    (void)state;
    struct ml_call_answer a = wire_answer(wire_binary);
    struct ml_call_answer m = wire_answer(wire_multiclass);
    wire_settings.sagemaker_output = "Predicted_Label, probabilities,labels";
    wire_must_read(protocol, JSON, "{\"features\":[1,1,\"a\",\"b\"]}");
    wire_assert_written(protocol, &a, 1, JSON,
                        "{\"predictions\":[{\"predicted_label\":0,\"probabilities\":[0.75,0.25],"
                        "\"labels\":[0,1]}]}\n");
    wire_must_read(protocol, CSV, "1,1,a,b");
    wire_assert_written(protocol, &a, 1, "text/csv; charset=utf-8",
                        "0,\"[0.75, 0.25]\",\"[0, 1]\"\n");
    wire_assert_written(protocol, &m, 1, "text/csv; charset=utf-8",
                        "\"mid,dle\",\"[0.125, 0.5, 0.375]\","
                        "\"[\"\"low\"\", \"\"mid,dle\"\", \"\"\xc3\xbc"
                        "ber\"\"]\"\n");
    wire_settings.sagemaker_output = "probability,raw_score,raw_scores";
    wire_must_read(protocol, LINES, "{\"features\":[1,1,\"a\",\"b\"]}");
    wire_assert_written(protocol, &m, 1, LINES,
                        "{\"probability\":0.5,\"raw_score\":0.5,"
                        "\"raw_scores\":[0.125,0.5,0.375]}\n");
    wire_assert_written(protocol, &a, 1, LINES,
                        "{\"probability\":0.25,\"raw_score\":0.25,\"raw_scores\":[0.75,0.25]}\n");
    wire_settings.sagemaker_output = "score";
    wire_must_read(protocol, JSON, "{\"features\":[1,1,\"a\",\"b\"]}");
    wire_assert_written(protocol, &a, 1, JSON, "{\"predictions\":[{\"score\":0.25}]}\n");
    wire_must_read(protocol, CSV, "1,1,a,b");
    wire_assert_written(protocol, &m, 1, "text/csv; charset=utf-8", "0.125,0.5,0.375\n");
}

static void keys_that_the_model_has_not_are_refused_before_it_scores(void **state)
{
    (void)state;
    struct ml_call_answer r = wire_answer(wire_regression);
    wire_settings.sagemaker_output = "predicted_score";
    wire_must_refuse(protocol, CSV, "1,1,a,b", 400,
                     "'predicted_score' of sagemaker.output is for regressions");
    wire_request.model = wire_regression;
    wire_must_read(protocol, JSON, "{\"features\":[1,1,\"a\",\"b\"]}");
    wire_assert_written(protocol, &r, 1, JSON, "{\"predictions\":[{\"predicted_score\":-12.5}]}\n");
    wire_settings.sagemaker_output = "probabilities";
    wire_must_refuse(protocol, CSV, "1,1,a,b", 400,
                     "'probabilities' of sagemaker.output is for models with labels");
}

static void an_empty_body_is_answered_by_no_content(void **state)
{
    (void)state;
    struct ml_strbuf body = {0};
    struct ml_wire_reply reply = {.status = 200, .body = &body};
    wire_must_read(protocol, CSV, "");
    assert_int_equal(wire_call.n_records, 0);
    assert_true(protocol->write(&reply, &wire_arena, &wire_request, &wire_call, NULL, &wire_fault));
    assert_int_equal(reply.status, 204);
    assert_true(reply.content_type == NULL && body.length == 0);
}

static void settings_are_checked(void **state)
{
    (void)state;
    struct ml_error err;
    static const struct {
        const char *accept;
        const char *output;
        const char *message; /* NULL: fine */
    } cases[] = {
        {NULL, NULL, NULL},
        {"application/jsonlines", "labels,raw_scores", NULL},
        {"*/*", "score", NULL},
        {"image/png", NULL, "'sagemaker.accept' must be text/csv"},
        {NULL, "probabilites", "'sagemaker.output': unknown key 'probabilites'; known are"},
        {NULL, "labels,", "unknown key ''"},
        {NULL, "labels,Labels", "'Labels' is named twice"},
        {NULL, "labels,score", "'score' cannot be combined"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wire_settings.sagemaker_accept = cases[i].accept;
        wire_settings.sagemaker_output = cases[i].output;
        assert_int_equal(ml_sagemaker_check(&wire_settings, &err), cases[i].message == NULL);
        if (cases[i].message != NULL)
            assert_contains(err.msg, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_shape_of_an_instance_is_the_same_record, wire_reset),
        cmocka_unit_test_setup(what_sparse_features_leave_out_is_zero_or_missing, wire_reset),
        cmocka_unit_test_setup(positions_are_inputs_or_all_but_the_target_or_all, wire_reset),
        cmocka_unit_test_setup(csv_has_no_header_unless_most_fields_are_columns, wire_reset),
        cmocka_unit_test_setup(the_body_says_what_its_type_does_not, wire_reset),
        cmocka_unit_test_setup(instances_are_named_columns_or_plain_values_too, wire_reset),
        cmocka_unit_test_setup(bad_bodies_are_refused_with_the_place, wire_reset),
        cmocka_unit_test_setup(linear_learners_shape_is_the_answer, wire_reset),
        cmocka_unit_test_setup(accept_names_the_type_of_the_answer, wire_reset),
        cmocka_unit_test_setup(keys_select_what_is_answered, wire_reset),
        cmocka_unit_test_setup(keys_that_the_model_has_not_are_refused_before_it_scores,
                               wire_reset),
        cmocka_unit_test_setup(an_empty_body_is_answered_by_no_content, wire_reset),
        cmocka_unit_test_setup(settings_are_checked, wire_reset),
    };
    return cmocka_run_group_tests(tests, wire_start, wire_end);
}

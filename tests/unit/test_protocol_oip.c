#include "../lib/wiring.h"

#include "protocol/oip.h"

static int start(void **state)
{
    wire_start(state);
    ml_model_set_name(wire_binary, "banking", 7);
    ml_model_set_name(wire_multiclass, "classes", 3);
    ml_model_set_name(wire_regression, "price", 1);
    return 0;
}

static bool reads_for(struct ml_call *call, const struct ml_model *model, const char *body,
                      struct ml_call_fault *fault)
{
    wire_request = (struct ml_wire_request){
        .body = body,
        .body_bytes = strlen(body),
        .endpoint = "offer",
        .model = model,
        .max_rows = 3,
    };
    *call = (struct ml_call){.threshold = NAN};
    *fault = (struct ml_call_fault){0};
    return ml_oip_protocol.read(call, &wire_arena, &wire_request, fault);
}

static struct ml_call call_of(const struct ml_model *model, const char *body)
{
    struct ml_call call;
    struct ml_call_fault fault;
    if (!reads_for(&call, model, body, &fault))
        fail_msg("%s: %s", body, fault.err.msg);
    return call;
}

static void assert_number(const struct ml_call_cell *cell, const char *name, double x)
{
    assert_string_equal(cell->name, name);
    assert_int_equal(cell->name_bytes, strlen(name));
    assert_true(cell->is_number && cell->number == x);
}

static void assert_text(const struct ml_call_cell *cell, const char *name, const char *text)
{
    assert_string_equal(cell->name, name);
    assert_true(!cell->is_number && cell->text_bytes == strlen(text));
    assert_string_equal(cell->text, text);
}

static void named_inputs_are_columns(void **state)
{
    (void)state;
    struct ml_call c =
        call_of(wire_binary,
                "{\"inputs\":["
                "{\"name\":\"n\",\"datatype\":\"FP64\",\"shape\":[2],\"data\":[0.1,null]},"
                "{\"name\":\"c\",\"datatype\":\"BYTES\",\"shape\":[2,1],\"data\":[\"red\",null]},"
                "{\"name\":\"b\",\"datatype\":\"BOOL\",\"shape\":[2,1],\"data\":[[true],[false]]},"
                "{\"name\":\"zip\",\"datatype\":\"INT64\",\"shape\":[2],\"data\":[-5,6]}]}");
    assert_true(c.n_records == 2 && c.is_list && c.is_together && c.records[1].place == 2);
    assert_int_equal(c.records[0].n_cells, 4);
    assert_number(&c.records[0].cells[0], "n", 0.1);
    assert_text(&c.records[1].cells[0], "n", "");
    assert_text(&c.records[0].cells[1], "c", "red");
    assert_text(&c.records[1].cells[1], "c", "");
    assert_text(&c.records[0].cells[2], "b", "true");
    assert_text(&c.records[1].cells[2], "b", "false");
    assert_number(&c.records[1].cells[3], "zip", 6);
}

static void one_input_with_a_columns_name_is_that_column(void **state)
{
    (void)state;
    struct ml_call c = call_of(wire_binary, "{\"inputs\":[{\"name\":\"n\",\"datatype\":\"UINT8\","
                                            "\"shape\":[3],\"data\":[0,1,255]}]}");
    assert_int_equal(c.n_records, 3);
    assert_int_equal(c.records[2].n_cells, 1);
    assert_number(&c.records[2].cells[0], "n", 255);
}

static void any_other_single_input_is_a_matrix_flat_or_nested(void **state)
{
    (void)state;
    static const char *const data[] = {
        "[\"1\",\"yes\",\"red\",\"good\",null,\"no\",\"\",\"bad\"]",
        "[[\"1\",\"yes\",\"red\",\"good\"],[null,\"no\",\"\",\"bad\"]]",
    };
    for (size_t i = 0; i < 2; i++) {
        char body[300];
        snprintf(body, sizeof(body),
                 "{\"inputs\":[{\"name\":\"input__0\",\"datatype\":\"BYTES\",\"shape\":[2,4],"
                 "\"data\":%s}]}",
                 data[i]);
        struct ml_call c = call_of(wire_binary, body);
        assert_int_equal(c.n_records, 2);
        assert_int_equal(c.records[1].n_cells, 4);
        assert_text(&c.records[0].cells[0], "n", "1");
        assert_text(&c.records[0].cells[3], "t", "good");
        assert_text(&c.records[1].cells[0], "n", "");
        assert_text(&c.records[1].cells[1], "b", "no");
        assert_text(&c.records[1].cells[3], "t", "bad");
    }
}

static void a_matrix_may_have_the_other_columns_too(void **state)
{
    (void)state;
    struct ml_call c =
        call_of(wire_binary, "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,5],"
                             "\"data\":[7,0.5,1,2,3]}]}");
    assert_number(&c.records[0].cells[0], "id", 7);
    assert_number(&c.records[0].cells[1], "n", 0.5);
}

static void options_stand_in_parameters(void **state)
{
    (void)state;
    struct ml_call c = call_of(
        wire_binary,
        "{\"id\":\"42\",\"parameters\":{\"threshold\":0.25,\"key\":7,\"variant\":\"B\","
        "\"explain\":true,\"strict\":true,\"content_type\":\"pd\",\"binary_data_output\":false},"
        "\"inputs\":[{\"name\":\"n\",\"datatype\":\"FP64\",\"shape\":[0],\"data\":[]}],"
        "\"other\":1}");
    assert_true(c.threshold == 0.25 && c.explain && c.strict && c.n_records == 0);
    assert_string_equal(c.key, "7");
    assert_string_equal(c.variant, "B");
}

static void a_variant_other_than_the_pinned_one_is_refused(void **state)
{
    (void)state;
    struct ml_call call = {.variant = "A"};
    struct ml_call_fault fault = {0};
    const char *body = "{\"parameters\":{\"variant\":\"B\"},\"inputs\":[]}";
    wire_request =
        (struct ml_wire_request){.body = body, .body_bytes = strlen(body), .model = wire_binary};
    assert_false(ml_oip_protocol.read(&call, &wire_arena, &wire_request, &fault));
    assert_string_equal(fault.err.msg, "'variant' is another one than the address names: 'A'");
}

#define ONE(name, type, shape, data)                                                               \
    "{\"inputs\":[{\"name\":\"" name "\",\"datatype\":\"" type "\",\"shape\":" shape               \
    ",\"data\":" data "}]}"
#define WITH(member) "{" member "," ONE_INPUT "}"
#define ONE_INPUT "\"inputs\":[{\"name\":\"n\",\"datatype\":\"FP64\",\"shape\":[1],\"data\":[1]}]"

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *message; /* or what it contains */
    } bad[] = {
        {"", "unexpected end"},
        {"[]", "the body must be an object"},
        {ONE("n", "FP64", "[1]", "[NaN]"), "NaN and Infinity are no JSON"},
        {ONE("n", "FP64", "[1]", "[-Infinity]"), "NaN and Infinity are no JSON"},
        {"{\"x\":\"NaN\"", "body:1:"},
        {"{}", "the request needs \"inputs\""},
        {"{\"inputs\":{}}", "the request needs \"inputs\""},
        {"{\"inputs\":[]}", "the request needs \"inputs\""},
        {"{\"inputs\":[1]}", "input 1: it must be an object with a \"name\""},
        {"{\"inputs\":[{\"name\":\"n\"}]}", "input 'n': it needs a \"datatype\""},
        {ONE("c", "STRING", "[1]", "[\"a\"]"),
         "input 'c': datatype 'STRING' is none of BOOL, UINT8"},
        {ONE("n", "fp64", "[1]", "[1]"), "datatype 'fp64' is none of"},
        {"{\"inputs\":[{\"name\":\"n\",\"datatype\":\"FP64\",\"data\":[1]}]}",
         "input 'n': it needs a \"shape\""},
        {ONE("n", "FP64", "[]", "[]"), "it needs a \"shape\""},
        {ONE("n", "FP64", "[-1]", "[]"), "it needs a \"shape\""},
        {ONE("n", "FP64", "[1.5]", "[1]"), "it needs a \"shape\""},
        {ONE("n", "FP64", "[1e300]", "[1]"), "it needs a \"shape\""},
        {ONE("n", "FP64", "[\"1\"]", "[1]"), "it needs a \"shape\""},
        {ONE("n", "FP64", "[1,1,1]", "[1]"), "it needs a \"shape\""},
        {ONE("n", "FP64", "[1]", "1"), "input 'n': it needs \"data\": a list"},
        {ONE("n", "FP64", "[2]", "[1]"), "input 'n': shape [2] needs 2 values, but it has 1"},
        {ONE("n", "FP64", "[1000000000]", "[1]"), "needs 1000000000 values, but it has 1"},
        {ONE("n", "FP64", "[1,1]", "[1,2]"), "shape [1,1] needs 1 values, but it has 2"},
        {ONE("n", "FP64", "[1]", "[[1]]"), "its data is nested, but its shape has one"},
        {ONE("n", "FP64", "[2,1]", "[[1]]"), "shape [2,1] needs 2 rows, but it has 1"},
        {ONE("x", "FP64", "[2,4]", "[[1,2,3,4],[1,2,3]]"),
         "input 'x': row 2: shape [2,4] needs 4 values a row, but it has 3"},
        {ONE("x", "FP64", "[2,4]", "[[1,2,3,4],5]"), "row 2: its data is nested, but this row"},
        {ONE("n", "FP64", "[2,1]", "[1,[2]]"), "input 'n': row 2: a list is no FP64"},
        {ONE("n", "FP64", "[2]", "[1,\"a\"]"),
         "input 'n': row 2: 'a' is no FP64: expected a number in its range, or null"},
        {ONE("n", "FP64", "[1]", "[true]"), "row 1: true is no FP64"},
        {ONE("n", "FP16", "[1]", "[70000]"), "70000 is no FP16"},
        {ONE("n", "FP32", "[1]", "[1e39]"), "1e+39 is no FP32"},
        {ONE("n", "INT32", "[1]", "[1.5]"), "row 1: 1.5 is no INT32: expected a whole number"},
        {ONE("n", "UINT8", "[1]", "[300]"), "300 is no UINT8"},
        {ONE("n", "UINT64", "[1]", "[-1]"), "-1 is no UINT64"},
        {ONE("n", "INT8", "[1]", "[-129]"), "-129 is no INT8"},
        {ONE("n", "INT64", "[1]", "[null]"), "null is no INT64"},
        {ONE("b", "BOOL", "[1]", "[null]"), "null is no BOOL: expected true or false"},
        {ONE("b", "BOOL", "[1]", "[1]"), "1 is no BOOL"},
        {ONE("c", "BYTES", "[1]", "[1]"), "1 is no BYTES: expected a string"},
        {ONE("c", "BYTES", "[1]", "[{}]"), "an object is no BYTES"},
        {ONE("x", "FP64", "[2,4]", "[1,2,3,4,5,6,\"a\",8]"), "input 'x': row 2: value 3: 'a'"},
        {ONE("n", "FP64", "[1,2]", "[1,2]"),
         "input 'n': a column has shape [n] or [n,1], not [1,2]"},
        {ONE("x", "FP64", "[1,2]", "[1,2]"), "input 'x': 2 values without names"},
        {ONE("m", "FP64", "[2]", "[1,2]"), "input 'm': no column of the model has this name"},
        {ONE("n", "FP64", "[4]", "[1,2,3,4]"), "4 records in one call; at most 3"},
        {"{\"inputs\":[{\"name\":\"n\",\"datatype\":\"FP64\",\"shape\":[2],\"data\":[1,2]},"
         "{\"name\":\"c\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"a\"]}]}",
         "input 'c': it has 1 rows, but input 'n' has 2"},
        {"{\"inputs\":[{\"name\":\"n\",\"datatype\":\"FP64\",\"shape\":[1],\"data\":[1]},"
         "{\"name\":\"c\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"a\"]},"
         "{\"name\":\"n\",\"datatype\":\"FP64\",\"shape\":[1],\"data\":[1]}]}",
         "input 'n': it is there twice"},
        {"{\"inputs\":[{\"name\":\"n\",\"datatype\":\"FP64\",\"shape\":[1],"
         "\"parameters\":{\"binary_data_size\":8}}]}",
         "input 'n': binary tensors are not supported"},
        {"{\"inputs\":[{\"name\":\"c\",\"datatype\":\"BYTES\",\"shape\":[1],"
         "\"parameters\":{\"content_type\":\"base64\"},\"data\":[\"YQ==\"]}]}",
         "content_type 'base64' is not supported"},
        {WITH("\"id\":42"), "\"id\" must be a string"},
        {WITH("\"parameters\":[]"), "\"parameters\" must be an object"},
        {WITH("\"parameters\":{\"threshold\":2}"), "'threshold' must be a number"},
        {WITH("\"parameters\":{\"binary_data_output\":true}"), "'binary_data_output' must be"},
        {WITH("\"outputs\":{}"), "\"outputs\" must be a list"},
        {WITH("\"outputs\":[1]"), "must be an object with a \"name\""},
        {WITH("\"outputs\":[{\"name\":\"transform\"}]"),
         "output 'transform' is none of predict, predict_proba, contributions"},
        {WITH("\"outputs\":[{\"name\":\"predict\"},{\"name\":\"predict\"}]"),
         "output 'predict' is asked for twice"},
        {WITH("\"outputs\":[{\"name\":\"predict\",\"parameters\":{\"binary_data\":true}}]"),
         "'binary_data' must be false"},
        {WITH("\"outputs\":[{\"name\":\"predict\",\"parameters\":{\"classification\":0.5}}]"),
         "'classification' must be a whole number from 1"},
        {WITH("\"outputs\":[{\"name\":\"contributions\",\"parameters\":{\"classification\":1}}]"),
         "'classification' is for labels"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_call call;
        struct ml_call_fault fault;
        if (reads_for(&call, wire_binary, bad[i].body, &fault))
            fail_msg("taken: %s", bad[i].body);
        assert_non_null(fault.code);
        if (strstr(fault.err.msg, bad[i].message) == NULL)
            fail_msg("%s: %s", bad[i].body, fault.err.msg);
    }
}

static void a_regression_has_no_probabilities(void **state)
{
    (void)state;
    struct ml_call call;
    struct ml_call_fault fault;
    assert_false(reads_for(&call, wire_regression,
                           WITH("\"outputs\":[{\"name\":\"predict_proba\"}]"), &fault));
    assert_contains(fault.err.msg, "'price' is a regression");
    assert_false(reads_for(
        &call, wire_regression,
        WITH("\"outputs\":[{\"name\":\"predict\",\"parameters\":{\"classification\":1}}]"),
        &fault));
}

static void whole_numbers_reach_to_the_ends_of_their_types(void **state)
{
    (void)state;
    assert_number(
        call_of(wire_binary, ONE("n", "INT64", "[1]", "[-9223372036854775808]")).records[0].cells,
        "n", -0x1p63);
    call_of(wire_binary, ONE("n", "UINT64", "[1]", "[18446744073709551615]"));
    call_of(wire_binary, ONE("n", "INT8", "[2]", "[-128,127]"));
    call_of(wire_binary, ONE("n", "INT32", "[2]", "[-2147483648,2147483647]"));
    call_of(wire_binary, ONE("n", "INT16", "[1]", "[1e2]"));
    call_of(wire_binary, ONE("n", "UINT16", "[1]", "[65535]"));
    call_of(wire_binary, ONE("n", "UINT32", "[1]", "[4294967295]"));
    /* No rounding to single precision. */
    assert_number(call_of(wire_binary, ONE("n", "FP32", "[1]", "[0.1]")).records[0].cells, "n",
                  0.1);
}

/* ---- answers ------------------------------------------------------------------------------- */

static const double two[] = {0.75, 0.25};
static const double three[] = {0.375, 0.25, 0.375};

static struct ml_call_answer answer_of(const struct ml_model *model, const double *p, size_t label)
{
    return (struct ml_call_answer){.model = model,
                                   .variant = "A",
                                   .inference_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
                                   .probability = p,
                                   .label = label,
                                   .threshold = 0.5};
}

/* body is read for as many answers, and what is written must be what is wanted, and JSON. */
static void assert_written(const char *body, const struct ml_call_answer *answers, const char *want)
{
    struct ml_call call = call_of(answers->model, body);
    struct ml_call_fault fault = {0};
    struct ml_strbuf out = {0};
    struct ml_wire_reply reply = {.status = 200, .body = &out};
    struct ml_json *json = NULL;
    struct ml_error err;
    if (!ml_oip_protocol.write(&reply, &wire_arena, &wire_request, &call, answers, &fault))
        fail_msg("%s", fault.err.msg);
    assert_string_equal(out.bytes, want);
    assert_string_equal(reply.content_type, "application/json");
    must(ml_json_parse(&json, out.bytes, out.length, "answer", &err));
    ml_json_free(json);
    ml_strbuf_release(&out);
}

#define SAID(version, more)                                                                        \
    "{\"model_name\":\"offer\",\"model_version\":\"" version "\","                                 \
    "\"id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"parameters\":{\"variant\":\"A\","                     \
    "\"inference_id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"" more "},\"outputs\":["

static void labels_are_bytes(void **state)
{
    (void)state;
    struct ml_call_answer a[] = {answer_of(wire_binary, two, 0), answer_of(wire_binary, two, 1)};
    assert_written(ONE("n", "FP64", "[2]", "[1,2]"), a,
                   SAID("7", ",\"threshold\":0.5") "{\"name\":\"predict\","
                                                   "\"datatype\":\"BYTES\",\"shape\":[2],"
                                                   "\"parameters\":{\"content_type\":\"str\"},"
                                                   "\"data\":[\"0\",\"1\"]}]}\n");
}

static void probabilities_are_in_the_order_of_the_labels(void **state)
{
    (void)state;
    struct ml_call_answer a = answer_of(wire_multiclass, three, 2);
    assert_written(WITH("\"id\":\"x\",\"outputs\":[{\"name\":\"predict_proba\"},"
                        "{\"name\":\"predict\"}]"),
                   &a,
                   "{\"model_name\":\"offer\",\"model_version\":\"3\",\"id\":\"x\","
                   "\"parameters\":{\"variant\":\"A\","
                   "\"inference_id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"},\"outputs\":["
                   "{\"name\":\"predict_proba\",\"datatype\":\"FP64\",\"shape\":[1,3],"
                   "\"data\":[0.375,0.25,0.375]},"
                   "{\"name\":\"predict\",\"datatype\":\"BYTES\",\"shape\":[1],"
                   "\"parameters\":{\"content_type\":\"str\"},\"data\":[\"\xc3\xbc"
                   "ber\"]}]}\n");
}

static void the_likeliest_labels_come_first_and_equals_in_their_order(void **state)
{
    (void)state;
    struct ml_call_answer a = answer_of(wire_multiclass, three, 2);
    static const char *const wanted[] = {
        "\"shape\":[1,2],\"parameters\":{\"content_type\":\"str\"},"
        "\"data\":[\"0.375:0:low\",\"0.375:2:\xc3\xbc"
        "ber\"]}]}\n",
        "\"shape\":[1,3],\"parameters\":{\"content_type\":\"str\"},"
        "\"data\":[\"0.375:0:low\",\"0.375:2:\xc3\xbc"
        "ber\",\"0.25:1:mid,dle\"]}]}\n",
    };
    for (size_t i = 0; i < 2; i++) {
        char body[300];
        char want[500];
        snprintf(body, sizeof(body),
                 WITH("\"outputs\":[{\"name\":\"predict_proba\",\"parameters\":{"
                      "\"classification\":%s}}]"),
                 i == 0 ? "2" : "1e300");
        snprintf(want, sizeof(want), "%s%s",
                 SAID("3", "") "{\"name\":\"predict_proba\",\"datatype\":\"BYTES\",", wanted[i]);
        assert_written(body, &a, want);
    }
}

static void a_regression_answers_values(void **state)
{
    (void)state;
    static const double value[] = {-2.5};
    struct ml_call_answer a = answer_of(wire_regression, value, 0);
    assert_written("{" ONE_INPUT "}", &a,
                   SAID("1", "") "{\"name\":\"predict\",\"datatype\":\"FP64\","
                                 "\"shape\":[1],\"data\":[-2.5]}]}\n");
}

static void contributions_begin_with_the_bias(void **state)
{
    (void)state;
    static const double parts[] = {0, 0.5, -0.25, 0, 2, 0}; /* id n b c t y */
    struct ml_call_explanation e = {.margin = 2.5, .bias = 0.25, .columns = parts, .stride = 1};
    struct ml_call_answer a = answer_of(wire_binary, two, 0);
    a.explanations = &e;
    assert_written(WITH("\"outputs\":[{\"name\":\"contributions\"}]"), &a,
                   SAID("7", ",\"threshold\":0.5") "{\"name\":\"contributions\","
                                                   "\"datatype\":\"FP64\",\"shape\":[1,5],\"data\":"
                                                   "[0.25,0.5,-0.25,0,2]}]}\n");
}

static void contributions_are_told_for_each_of_many_labels(void **state)
{
    (void)state;
    static const double parts[18] = {[3] = 1, [4] = 2, [5] = 3};
    struct ml_call_explanation e[3];
    for (size_t i = 0; i < 3; i++)
        e[i] = (struct ml_call_explanation){.bias = 9, .columns = parts + i, .stride = 3};
    struct ml_call_answer a = answer_of(wire_multiclass, three, 0);
    a.explanations = e;
    struct ml_call call = call_of(wire_multiclass, WITH("\"parameters\":{\"explain\":true}"));
    struct ml_call_fault fault = {0};
    struct ml_strbuf out = {0};
    struct ml_wire_reply reply = {.status = 200, .body = &out};
    assert_true(ml_oip_protocol.write(&reply, &wire_arena, &wire_request, &call, &a, &fault));
    assert_contains(out.bytes, "\"name\":\"predict\"");
    assert_contains(out.bytes, "\"shape\":[1,3,5],\"data\":[9,1,0,0,0,9,2,0,0,0,9,3,0,0,0]}");
    ml_strbuf_release(&out);
}

static void no_rows_have_no_variant(void **state)
{
    (void)state;
    struct ml_call_answer none = answer_of(wire_binary, two, 0);
    assert_written(ONE("n", "FP64", "[0]", "[]"), &none,
                   "{\"model_name\":\"offer\",\"model_version\":\"7\",\"outputs\":["
                   "{\"name\":\"predict\",\"datatype\":\"BYTES\",\"shape\":[0],"
                   "\"parameters\":{\"content_type\":\"str\"},\"data\":[]}]}\n");
}

static void a_variant_without_labels_refuses_probabilities(void **state)
{
    (void)state;
    static const double value[] = {1};
    struct ml_call call = call_of(wire_binary, WITH("\"outputs\":[{\"name\":\"predict_proba\"}]"));
    struct ml_call_answer a = answer_of(wire_regression, value, 0);
    struct ml_call_fault fault = {0};
    struct ml_strbuf out = {0};
    struct ml_wire_reply reply = {.status = 200, .body = &out};
    assert_false(ml_oip_protocol.write(&reply, &wire_arena, &wire_request, &call, &a, &fault));
    assert_contains(fault.err.msg, "'price' is a regression");
    ml_strbuf_release(&out);
}

static void a_refusal_is_an_error(void **state)
{
    (void)state;
    struct ml_strbuf out = {0};
    struct ml_wire_reply reply = {.status = 404, .body = &out};
    ml_oip_protocol.refuse(&reply, &(struct ml_wire_fault){404, "x", "f", "no \"x\""});
    assert_string_equal(out.bytes, "{\"error\":\"no \\\"x\\\"\"}\n");
    assert_int_equal(reply.status, 404);
    ml_strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_inputs_are_columns),
        cmocka_unit_test(one_input_with_a_columns_name_is_that_column),
        cmocka_unit_test(any_other_single_input_is_a_matrix_flat_or_nested),
        cmocka_unit_test(a_matrix_may_have_the_other_columns_too),
        cmocka_unit_test(options_stand_in_parameters),
        cmocka_unit_test(a_variant_other_than_the_pinned_one_is_refused),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(a_regression_has_no_probabilities),
        cmocka_unit_test(whole_numbers_reach_to_the_ends_of_their_types),
        cmocka_unit_test(labels_are_bytes),
        cmocka_unit_test(probabilities_are_in_the_order_of_the_labels),
        cmocka_unit_test(the_likeliest_labels_come_first_and_equals_in_their_order),
        cmocka_unit_test(a_regression_answers_values),
        cmocka_unit_test(contributions_begin_with_the_bias),
        cmocka_unit_test(contributions_are_told_for_each_of_many_labels),
        cmocka_unit_test(no_rows_have_no_variant),
        cmocka_unit_test(a_variant_without_labels_refuses_probabilities),
        cmocka_unit_test(a_refusal_is_an_error),
    };
    return cmocka_run_group_tests(tests, start, wire_end);
}

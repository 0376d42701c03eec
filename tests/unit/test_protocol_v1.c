#include "../lib/wiring.h"

#include "protocol/v1.h"

static struct ml_schema *schema;
static struct ml_model *numbered; /* labels 1 and 2.5 */

static int start(void **state)
{
    static const char *const plain_numbers[] = {"1", "2.5"};
    wire_start(state);
    ml_model_set_name(wire_regression, "price", 1);
    schema = model_schema("CATEGORICAL");
    numbered = wire_train(schema, plain_numbers, 2);
    return 0;
}

static int end(void **state)
{
    ml_model_free(numbered);
    ml_schema_free(schema);
    return wire_end(state);
}

static bool reads(struct ml_call *call, const struct ml_protocol *protocol,
                  const struct ml_model *model, const char *body, struct ml_call_fault *fault)
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
    return protocol->read(call, &wire_arena, &wire_request, fault);
}

static struct ml_call call_of(const struct ml_protocol *protocol, const struct ml_model *model,
                              const char *body)
{
    struct ml_call call;
    struct ml_call_fault fault;
    if (!reads(&call, protocol, model, body, &fault))
        fail_msg("%s: %s", body, fault.err.msg);
    return call;
}

/* "name=value name=value", of one record. */
static void assert_record(const struct ml_call_record *r, const char *want)
{
    struct ml_strbuf text = {0};
    for (size_t i = 0; i < r->n_cells; i++) {
        const struct ml_call_cell *c = &r->cells[i];
        ml_strbuf_addf(&text, "%s%s=", i > 0 ? " " : "", c->name);
        if (c->is_number)
            ml_strbuf_add_double(&text, c->number);
        else
            ml_strbuf_adds(&text, c->text);
    }
    assert_string_equal(text.bytes != NULL ? text.bytes : "", want);
    ml_strbuf_release(&text);
}

static void instances_are_records_by_name(void **state)
{
    (void)state;
    struct ml_call c = call_of(&ml_v1_protocol, wire_binary,
                               "{\"signature_name\":\"x\",\"instances\":[{\"n\":1.5,\"c\":\"red\"},"
                               "{\"n\":[2],\"c\":[null]},{}],\"parameters\":{\"threshold\":0.25,"
                               "\"key\":\"k\",\"variant\":\"B\",\"strict\":true}}");
    assert_true(c.n_records == 3 && c.is_list && c.is_together && c.records[2].place == 3);
    assert_record(&c.records[0], "n=1.5 c=red");
    assert_record(&c.records[1], "n=2 c=");
    assert_record(&c.records[2], "");
    assert_true(c.threshold == 0.25 && c.strict && c.key_bytes == 1);
    assert_string_equal(c.variant, "B");
}

static void instances_are_records_by_position(void **state)
{
    (void)state;
    struct ml_call c = call_of(&ml_v1_protocol, wire_binary,
                               "{\"instances\":[[1.5,true,\"red\",\"good\"],"
                               "[\"r7\",null,false,\"\",\"bad\"]]}");
    assert_record(&c.records[0], "n=1.5 b=true c=red t=good");
    assert_record(&c.records[1], "id=r7 n= b=false c= t=bad");
}

static void inputs_are_columns_or_rows(void **state)
{
    (void)state;
    struct ml_call c =
        call_of(&ml_v1_protocol, wire_binary,
                "{\"inputs\":{\"n\":[1.5,[null]],\"c\":[[\"red\"],\"\"],\"zip\":[1,2]}}");
    assert_int_equal(c.n_records, 2);
    assert_record(&c.records[0], "n=1.5 c=red zip=1");
    assert_record(&c.records[1], "n= c= zip=2");
    c = call_of(&ml_v1_protocol, wire_binary, "{\"inputs\":[[1,2,3,4]]}");
    assert_record(&c.records[0], "n=1 b=2 c=3 t=4");
    assert_int_equal(call_of(&ml_v1_protocol, wire_binary, "{\"inputs\":{\"n\":[]}}").n_records, 0);
}

static void a_context_is_what_examples_have_not_themselves(void **state)
{
    (void)state;
    struct ml_call c = call_of(&ml_v1_classify_protocol, wire_binary,
                               "{\"context\":{\"c\":\"red\",\"n\":[7]},\"examples\":["
                               "{\"n\":1},{},{\"c\":null,\"b\":\"yes\"}]}");
    assert_true(c.is_together);
    assert_record(&c.records[0], "n=1 c=red");
    assert_record(&c.records[1], "c=red n=7");
    assert_record(&c.records[2], "c= b=yes n=7");
}

static void assert_refused(const struct ml_protocol *protocol, const struct ml_model *model,
                           const char *body, const char *message)
{
    struct ml_call call;
    struct ml_call_fault fault;
    if (reads(&call, protocol, model, body, &fault))
        fail_msg("taken: %s", body);
    assert_non_null(fault.code);
    if (strstr(fault.err.msg, message) == NULL)
        fail_msg("%s: %s", body, fault.err.msg);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *message; /* or what it contains */
    } bad[] = {
        {"", "unexpected end"},
        {"[]", "the body must be an object"},
        {"{\"instances\":[{\"n\":NaN}]}", "NaN and Infinity are no JSON"},
        {"{}", "either \"instances\" or \"inputs\""},
        {"{\"instances\":[],\"inputs\":[]}", "either \"instances\" or \"inputs\""},
        {"{\"instances\":{}}", "\"instances\" must be a list"},
        {"{\"inputs\":1}", "\"inputs\" must be a list"},
        {"{\"inputs\":{}}", "\"inputs\" has no columns"},
        {"{\"inputs\":{\"n\":1}}", "input 'n': a column must be a list"},
        {"{\"inputs\":{\"n\":[1,2],\"c\":[\"a\"]}}", "input 'c' has 1 values, but input 'n' has 2"},
        {"{\"inputs\":{\"n\":[1,[2,3]]}}", "record 2: column 'n': a value must be"},
        {"{\"instances\":[1]}", "record 1: 1 values without names"},
        {"{\"instances\":[{},[1,2]]}", "record 2: 2 values without names"},
        {"{\"instances\":[{\"n\":{\"b64\":\"\"}}]}", "record 1: column 'n': a value must be"},
        {"{\"instances\":[{},{},{},{}]}", "4 records in one call; at most 3"},
        {"{\"inputs\":{\"n\":[1,2,3,4]}}", "4 records in one call; at most 3"},
        {"{\"instances\":[],\"parameters\":1}", "\"parameters\" must be an object"},
        {"{\"instances\":[],\"parameters\":{\"threshold\":\"x\"}}", "'threshold' must be"},
        {"{\"instances\":[],\"parameters\":{\"explain\":true}}", "'explain' has no place"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(&ml_v1_protocol, wire_binary, bad[i].body, bad[i].message);
}

static void what_is_wrong_with_examples_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *message;
    } bad[] = {
        {"{}", "the body needs \"examples\""},
        {"{\"examples\":{}}", "the body needs \"examples\""},
        {"{\"examples\":[{},[1]]}", "record 2: an example must be an object"},
        {"{\"examples\":[],\"context\":[]}", "\"context\" must be an object"},
        {"{\"examples\":[{}],\"context\":{\"n\":[1,2]}}", "record 1: column 'n': a value must"},
        {"{\"examples\":[{},{},{},{}]}", "4 records in one call; at most 3"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(&ml_v1_classify_protocol, wire_binary, bad[i].body, bad[i].message);
    assert_refused(&ml_v1_classify_protocol, wire_regression, "{\"examples\":[]}",
                   "'price' is a regression; use ':predict'");
}

static void a_large_context_for_many_examples_is_refused(void **state)
{
    (void)state;
    struct ml_strbuf body = {0};
    struct ml_call call;
    struct ml_call_fault fault;
    ml_strbuf_adds(&body, "{\"context\":{\"a\":0");
    for (size_t i = 0; i < 400000; i++)
        ml_strbuf_addf(&body, ",\"%zu\":0", i);
    ml_strbuf_adds(&body, "},\"examples\":[{},{},{}]}");
    struct ml_arena large = {0};
    wire_request = (struct ml_wire_request){
        .body = body.bytes, .body_bytes = body.length, .model = wire_binary, .max_rows = 3};
    call = (struct ml_call){.threshold = NAN};
    assert_false(ml_v1_classify_protocol.read(&call, &large, &wire_request, &fault));
    assert_contains(fault.err.msg, "3 examples with a context of 400001 values are too many");
    ml_arena_release(&large);
    ml_strbuf_release(&body);
}

/* ---- answers ------------------------------------------------------------------------------- */

static const double two[] = {0.75, 0.25};
static const double three[] = {0.125, 0.5, 0.375};

static void assert_written(const struct ml_protocol *protocol, const struct ml_model *model,
                           const double *p, const char *body, const char *want)
{
    struct ml_call call = call_of(protocol, model, body);
    struct ml_call_answer answers[] = {
        {.model = model, .probability = p, .label = 0},
        {.model = model, .probability = p, .label = 1},
    };
    struct ml_call_fault fault = {0};
    struct ml_strbuf out = {0};
    struct ml_wire_reply reply = {.status = 200, .body = &out};
    struct ml_json *json = NULL;
    struct ml_error err;
    if (!protocol->write(&reply, &wire_arena, &wire_request, &call, answers, &fault))
        fail_msg("%s", fault.err.msg);
    assert_string_equal(out.bytes, want);
    assert_string_equal(reply.content_type, "application/json");
    must(ml_json_parse(&json, out.bytes, out.length, "answer", &err));
    ml_json_free(json);
    ml_strbuf_release(&out);
}

static void predictions_are_labels_numbers_where_all_are(void **state)
{
    (void)state;
    const char *body = "{\"instances\":[{},{}]}";
    assert_written(&ml_v1_protocol, wire_binary, two, body, "{\"predictions\":[0,1]}\n");
    assert_written(&ml_v1_protocol, numbered, two, body, "{\"predictions\":[1,2.5]}\n");
    assert_written(&ml_v1_protocol, wire_multiclass, three, body,
                   "{\"predictions\":[\"low\",\"mid,dle\"]}\n");
    assert_written(&ml_v1_protocol, wire_binary, two, "{\"instances\":[]}",
                   "{\"predictions\":[]}\n");
}

static void a_regression_answers_values_as_outputs_for_inputs(void **state)
{
    (void)state;
    static const double value[] = {-2.5};
    assert_written(&ml_v1_protocol, wire_regression, value, "{\"inputs\":{\"n\":[1,2]}}",
                   "{\"outputs\":[-2.5,-2.5]}\n");
}

static void classes_are_pairs_in_the_order_of_the_labels(void **state)
{
    (void)state;
    assert_written(&ml_v1_classify_protocol, wire_multiclass, three, "{\"examples\":[{},{}]}",
                   "{\"result\":[[[\"low\",0.125],[\"mid,dle\",0.5],[\"\xc3\xbc"
                   "ber\",0.375]],[[\"low\",0.125],[\"mid,dle\",0.5],[\"\xc3\xbc"
                   "ber\",0.375]]]}\n");
    assert_written(&ml_v1_classify_protocol, wire_binary, two, "{\"examples\":[]}",
                   "{\"result\":[]}\n");
}

static void a_variant_without_labels_refuses_to_classify(void **state)
{
    (void)state;
    struct ml_call call = call_of(&ml_v1_classify_protocol, wire_binary, "{\"examples\":[{}]}");
    struct ml_call_answer a = {.model = wire_regression, .probability = two};
    struct ml_call_fault fault = {0};
    struct ml_strbuf out = {0};
    struct ml_wire_reply reply = {.status = 200, .body = &out};
    assert_false(
        ml_v1_classify_protocol.write(&reply, &wire_arena, &wire_request, &call, &a, &fault));
    assert_contains(fault.err.msg, "'price' is a regression");
    ml_strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instances_are_records_by_name),
        cmocka_unit_test(instances_are_records_by_position),
        cmocka_unit_test(inputs_are_columns_or_rows),
        cmocka_unit_test(a_context_is_what_examples_have_not_themselves),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(what_is_wrong_with_examples_is_told),
        cmocka_unit_test(a_large_context_for_many_examples_is_refused),
        cmocka_unit_test(predictions_are_labels_numbers_where_all_are),
        cmocka_unit_test(a_regression_answers_values_as_outputs_for_inputs),
        cmocka_unit_test(classes_are_pairs_in_the_order_of_the_labels),
        cmocka_unit_test(a_variant_without_labels_refuses_to_classify),
    };
    return cmocka_run_group_tests(tests, start, end);
}

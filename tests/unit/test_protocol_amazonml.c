#include "../lib/wiring.h"

#include "protocol/amazonml.h"

static struct ml_strbuf body;

static int end(void **state)
{
    ml_strbuf_release(&body);
    return wire_end(state);
}

/* Single quotes stand for double ones. */
static bool reads(const char *text)
{
    struct ml_wire_request q = {.model = wire_binary, .max_rows = 10};
    ml_strbuf_clear(&body);
    for (; *text != '\0'; text++)
        ml_strbuf_addc(&body, *text == '\'' ? '"' : *text);
    q.body = body.bytes;
    q.body_bytes = body.length;
    ml_arena_reset(&wire_arena);
    wire_call = (struct ml_call){.threshold = NAN};
    wire_fault = (struct ml_call_fault){0};
    return ml_amazonml_protocol.read(&wire_call, &wire_arena, &q, &wire_fault);
}

static void a_record_is_read_without_its_target(void **state)
{
    (void)state;
    assert_true(reads("{'MLModelId':'m','Record':{'n':'12.5','y':'1','new':'x'},"
                      "'PredictEndpoint':'http://here'}"));
    assert_int_equal(wire_call.n_records, 1);
    assert_false(wire_call.is_list);
    assert_int_equal(wire_call.records[0].n_cells, 2);
    assert_string_equal(wire_call.records[0].cells[0].name, "n");
    assert_string_equal(wire_call.records[0].cells[0].text, "12.5");
    assert_string_equal(wire_call.records[0].cells[1].name, "new");
    assert_true(reads("{'MLModelId':'m','Record':{},'PredictEndpoint':''}"));
    assert_int_equal(wire_call.records[0].n_cells, 0);
}

static void a_body_that_was_parsed_is_not_parsed_again(void **state)
{
    (void)state;
    static const char text[] = "{\"MLModelId\":\"m\",\"Record\":{\"n\":\"1\"},"
                               "\"PredictEndpoint\":\"p\"}";
    struct ml_json *root = NULL;
    const char *id = NULL;
    struct ml_wire_request q = {.model = wire_binary, .body = "nonsense", .body_bytes = 8};
    ml_arena_reset(&wire_arena);
    assert_true(ml_amazonml_parse(&root, &id, &wire_arena, text, sizeof(text) - 1, &wire_fault));
    assert_string_equal(id, "m");
    wire_call = (struct ml_call){.threshold = NAN, .wire = root};
    assert_true(ml_amazonml_protocol.read(&wire_call, &wire_arena, &q, &wire_fault));
    assert_string_equal(wire_call.records[0].cells[0].text, "1");
}

static void what_is_no_call_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{", "body"},
        {"[]", "must be a JSON object"},
        {"{}", "MLModelId"},
        {"{'MLModelId':7}", "MLModelId"},
        {"{'MLModelId':''}", "MLModelId"},
        {"{'MLModelId':'12345678901234567890123456789012345678901234567890123456789012345'}",
         "MLModelId"},
        {"{'MLModelId':'m'}", "Record"},
        {"{'MLModelId':'m','Record':[],'PredictEndpoint':'x'}", "Record"},
        {"{'MLModelId':'m','Record':{'n':['x']},'PredictEndpoint':'x'}", "column 'n'"},
        {"{'MLModelId':'m','Record':{'n':'1'}}", "PredictEndpoint"},
        {"{'MLModelId':'m','Record':{'n':'1'},'PredictEndpoint':null}", "PredictEndpoint"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_false(reads(cases[i][0]));
        assert_contains(wire_fault.err.msg, cases[i][1]);
    }
}

static const char *written(struct ml_model *model, const double *probability, size_t label)
{
    struct ml_call_answer answer = {
        .model = model, .probability = probability, .label = label, .threshold = 0.5};
    struct ml_wire_reply reply = {.status = 200, .body = &body};
    struct ml_wire_request q = {.model = model};
    ml_strbuf_clear(&body);
    assert_true(
        ml_amazonml_protocol.write(&reply, &wire_arena, &q, &wire_call, &answer, &wire_fault));
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.content_type, "application/x-amz-json-1.1");
    return body.bytes;
}

static void the_score_of_a_binary_answer_is_that_of_1_whatever_the_label(void **state)
{
    (void)state;
    static const double low[] = {0.9375, 0.0625};
    assert_string_equal(written(wire_binary, low, 0),
                        "{\"Prediction\":{\"predictedLabel\":\"0\",\"predictedScores\":"
                        "{\"0\":0.0625},\"details\":{\"PredictiveModelType\":\"BINARY\","
                        "\"Algorithm\":\"SGD\"}}}");
    assert_contains(written(wire_binary, low, 1), "\"predictedLabel\":\"1\",\"predictedScores\":"
                                                  "{\"1\":0.0625}");
}

static void all_classes_and_values_are_told(void **state)
{
    (void)state;
    static const double three[] = {0.125, 0.5, 0.375};
    static const double value[] = {-15.25};
    const char *text = written(wire_multiclass, three, 1);
    assert_contains(text, "\"predictedLabel\":\"mid,dle\",\"predictedScores\":{\"low\":0.125,"
                          "\"mid,dle\":0.5,\"\xc3\xbc"
                          "ber\":0.375},\"details\":{\"PredictiveModelType\":\"MULTICLASS\"");
    assert_string_equal(written(wire_regression, value, 0),
                        "{\"Prediction\":{\"predictedValue\":-15.25,\"details\":"
                        "{\"PredictiveModelType\":\"REGRESSION\",\"Algorithm\":\"SGD\"}}}");
}

static void refusals_are_amazons(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *code;
        int sent;
        const char *type;
    } cases[] = {
        {400, "invalid_json", 400, "SerializationException"},
        {400, "invalid_record", 400, "InvalidInputException"},
        {404, "unknown_endpoint", 404, "ResourceNotFoundException"},
        {400, "predictor_not_mounted", 400, "PredictorNotMountedException"},
        {403, "forbidden", 400, "AccessDeniedException"},
        {401, "unauthorized", 400, "MissingAuthenticationTokenException"},
        {429, "too_many", 417, "LimitExceededException"},
        {500, "internal", 500, "InternalServerException"},
        {503, "overloaded", 503, "ServiceUnavailableException"},
        {417, "LimitExceededException", 417, "LimitExceededException"},
        {400, "TagLimitExceededException", 400, "TagLimitExceededException"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_wire_fault why = {cases[i].status, cases[i].code, NULL, "say \"why\""};
        struct ml_wire_reply reply = {.status = cases[i].status, .body = &body};
        char expected[200];
        ml_strbuf_clear(&body);
        ml_amazonml_protocol.refuse(&reply, &why);
        snprintf(expected, sizeof(expected), "{\"__type\":\"%s\",\"message\":\"say \\\"why\\\"\"}",
                 cases[i].type);
        assert_string_equal(body.bytes, expected);
        assert_int_equal(reply.status, cases[i].sent);
        assert_string_equal(reply.error_type, cases[i].type);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_read_without_its_target),
        cmocka_unit_test(a_body_that_was_parsed_is_not_parsed_again),
        cmocka_unit_test(what_is_no_call_is_refused),
        cmocka_unit_test(the_score_of_a_binary_answer_is_that_of_1_whatever_the_label),
        cmocka_unit_test(all_classes_and_values_are_told),
        cmocka_unit_test(refusals_are_amazons),
    };
    return cmocka_run_group_tests(tests, wire_start, end);
}

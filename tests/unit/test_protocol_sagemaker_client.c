#include "../lib/testing.h"

#include "protocol/sagemaker_client.h"

static struct ml_strbuf body;
static struct ml_wire_reply reply;

static void refuse(int status, const char *code, const char *message)
{
    struct ml_wire_fault fault = {status, code, "age", message};
    ml_strbuf_clear(&body);
    reply = (struct ml_wire_reply){.status = status, .body = &body};
    ml_sagemaker_client_protocol.refuse(&reply, &fault);
    assert_string_equal(reply.content_type, "application/json");
}

static void assert_typed(int status, const char *type)
{
    assert_int_equal(reply.status, status);
    assert_string_equal(reply.error_type, type);
}

static void what_sagemaker_refuses_is_typed(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *code;
        int wanted;
        const char *type;
    } cases[] = {
        {404, "not_found", 400, "ValidationError"},
        {404, "unknown_endpoint", 400, "ValidationError"},
        {400, "unknown_variant", 400, "ValidationError"},
        {400, "bad_request", 400, "ValidationError"},
        {413, "body_too_large", 400, "ValidationError"},
        {401, "unauthorized", 401, "AccessDeniedException"},
        {403, "invalid_signature", 403, "AccessDeniedException"},
        {403, "forbidden", 403, "AccessDeniedException"},
        {503, "not_loaded", 429, "ModelNotReadyException"},
        {503, "overloaded", 503, "ServiceUnavailable"},
        {405, "method_not_allowed", 405, "ValidationError"},
        {400, "bad_framing", 400, "ValidationError"},
        {400, "incomplete_signature", 400, "IncompleteSignatureException"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        refuse(cases[i].status, cases[i].code, "say \"why\"");
        assert_typed(cases[i].wanted, cases[i].type);
        assert_string_equal(body.bytes, "{\"Message\":\"say \\\"why\\\"\"}\n");
    }
}

static void what_the_model_refuses_is_wrapped(void **state)
{
    (void)state;
    refuse(400, "invalid_record", "row 3, column 'age': not a \"number\"");
    assert_typed(424, "ModelError");
    assert_string_equal(
        body.bytes,
        "{\"ErrorCode\":\"CLIENT_ERROR_FROM_MODEL\",\"LogStreamArn\":\"\",\"Message\":\"Received "
        "client error (400) from primary with message \\\"row 3, column 'age': not a "
        "\\\"number\\\"\\\"\",\"OriginalMessage\":\"row 3, column 'age': not a "
        "\\\"number\\\"\",\"OriginalStatusCode\":400}\n");
    refuse(415, "unsupported_media_type", "no");
    assert_typed(424, "ModelError");
    assert_contains(body.bytes, "\"OriginalStatusCode\":415}");
    refuse(500, "internal", "oh");
    assert_typed(424, "ModelError");
    assert_contains(body.bytes, "\"ErrorCode\":\"SERVER_ERROR_FROM_MODEL\"");
    assert_contains(body.bytes, "Received server error (500) from primary");
}

static void headers_have_lengths_and_letters(void **state)
{
    (void)state;
    char text[1026] = "";
    assert_true(ml_sagemaker_is_inference_id(NULL));
    assert_true(ml_sagemaker_is_inference_id("a b~"));
    assert_false(ml_sagemaker_is_inference_id(""));
    assert_false(ml_sagemaker_is_inference_id(" a"));
    assert_false(ml_sagemaker_is_inference_id("a\x7f"));
    assert_false(ml_sagemaker_is_inference_id("caf\xc3\xa9"));
    memset(text, 'x', 64);
    assert_true(ml_sagemaker_is_inference_id(text));
    text[64] = 'x';
    assert_false(ml_sagemaker_is_inference_id(text));
    memset(text, ' ', 1024);
    assert_true(ml_sagemaker_is_attributes(text));
    text[1024] = ' ';
    assert_false(ml_sagemaker_is_attributes(text));
    assert_true(ml_sagemaker_is_attributes(""));
    assert_false(ml_sagemaker_is_attributes("a\tb"));
    assert_true(ml_sagemaker_is_session("NEW_SESSION"));
    assert_false(ml_sagemaker_is_session(""));
    assert_false(ml_sagemaker_is_session("a b"));
    memset(text, 'x', 257);
    text[257] = '\0';
    assert_false(ml_sagemaker_is_session(text));
    text[256] = '\0';
    assert_true(ml_sagemaker_is_session(text));
}

static int end(void **state)
{
    ml_strbuf_release(&body);
    return test_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_sagemaker_refuses_is_typed),
        cmocka_unit_test(what_the_model_refuses_is_wrapped),
        cmocka_unit_test(headers_have_lengths_and_letters),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}

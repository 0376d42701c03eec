#include "../lib/wiring.h"

#include "protocol/invocations.h"
#include "protocol/mlflow.h"
#include "protocol/sagemaker.h"

#define JSON "application/json"

static const struct ml_protocol *const protocol = &ml_invocations_protocol;

enum { SAGEMAKER, MLFLOW, NATIVE };

/* What is on; whose the body was. */
enum { BOTH, ONLY_SAGEMAKER, ONLY_MLFLOW };

static const struct ml_protocol *const protocols[] = {&ml_sagemaker_protocol, &ml_mlflow_protocol,
                                                      &ml_native_protocol};

static bool reads_as(int on, const char *accept, const char *type, const char *body)
{
    wire_settings.on[ML_PROTOCOL_SAGEMAKER] = on != ONLY_MLFLOW;
    wire_settings.on[ML_PROTOCOL_MLFLOW] = on != ONLY_SAGEMAKER;
    wire_request.accept = accept;
    return wire_reads(protocol, type, body);
}

static void the_body_decides(void **state)
{
    (void)state;
    static const struct {
        int on;
        const char *accept;
        const char *type;
        const char *body;
        int whose;
    } cases[] = {
        {BOTH, NULL, JSON, "{\"dataframe_split\":{\"columns\":[],\"data\":[]}}", MLFLOW},
        {BOTH, NULL, JSON, "{\"dataframe_records\":[{\"n\":1}]}", MLFLOW},
        {BOTH, NULL, JSON, "{\"inputs\":{\"n\":[1]}}", MLFLOW},
        {BOTH, NULL, JSON, "{\"instances\":[{\"n\":1}]}", MLFLOW},
        {BOTH, NULL, JSON, "{\"instances\":[[1,1,\"a\",\"b\"]]}", MLFLOW},
        {BOTH, NULL, JSON, "{\"instances\":[]}", MLFLOW},
        {BOTH, NULL, JSON, "{\"instances\":[{\"features\":5}]}", MLFLOW}, /* a column's value */
        {BOTH, NULL, JSON, "{\"instances\":[{\"features\":[1,1,\"a\",\"b\"]}]}", SAGEMAKER},
        {BOTH, NULL, NULL,
         "{\"instances\":[{\"data\":{\"features\":{\"values\":[1,1,\"a\",\"b\"]}}}]}", SAGEMAKER},
        {BOTH, NULL, JSON, "{\"features\":[1,1,\"a\",\"b\"]}", SAGEMAKER},
        {BOTH, NULL, JSON, "{\"record\":{\"n\":1}}", NATIVE},
        {BOTH, NULL, JSON, "{\"records\":[{\"n\":1}]}", NATIVE},
        {BOTH, NULL, "text/csv", "n,c\n1,red\n", MLFLOW},
        {BOTH, "*/*", "application/csv", "n,c\n1,red\n", MLFLOW},
        {BOTH, "text/csv", "text/csv", "n,c\n1,red\n", SAGEMAKER},
        {BOTH, NULL, "text/csv", "1,1,red,good\n", SAGEMAKER},
        {BOTH, NULL, NULL, "1,1,red,good\n", SAGEMAKER},
        {BOTH, NULL, "application/jsonlines", "{\"features\":[1,1,\"a\",\"b\"]}", SAGEMAKER},
        {BOTH, NULL, "text/csv", "", SAGEMAKER},
        {ONLY_MLFLOW, "text/csv", "text/csv", "n,more\n1,x\n", MLFLOW},
        {ONLY_MLFLOW, NULL, JSON, "{\"instances\":[{\"features\":3}]}", MLFLOW},
        {ONLY_MLFLOW, NULL, JSON, "{\"record\":{}}", NATIVE},
        {ONLY_SAGEMAKER, NULL, "text/csv", "n,c\n1,red\n", SAGEMAKER},
        {ONLY_SAGEMAKER, NULL, JSON, "{\"instances\":[]}", SAGEMAKER},
        {ONLY_SAGEMAKER, NULL, JSON, "{\"records\":[]}", NATIVE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!reads_as(cases[i].on, cases[i].accept, cases[i].type, cases[i].body))
            fail_msg("%s: %s", cases[i].body, wire_fault.err.msg);
        if (ml_invocations_chosen(&wire_call) != protocols[cases[i].whose])
            fail_msg("%s: not %d's", cases[i].body, cases[i].whose);
        assert_int_equal(wire_call.is_together, cases[i].whose != NATIVE);
    }
}

static void what_is_refused_is_somebodys_too(void **state)
{
    (void)state;
    static const struct {
        int on;
        const char *accept;
        const char *type;
        const char *body;
        int whose;
        int status;
        const char *message;
    } cases[] = {
        {BOTH, NULL, JSON, "{", SAGEMAKER, 0, "invalid JSON"},
        {BOTH, NULL, JSON, "[]", SAGEMAKER, 0, "an object with \"instances\""},
        {BOTH, NULL, JSON, "{\"inputs\":5}", MLFLOW, 0, "'inputs' must be"},
        {BOTH, NULL, JSON, "{\"instances\":5}", MLFLOW, 0, "'instances' must be"},
        {BOTH, NULL, JSON, "{\"records\":5}", NATIVE, 0, "'records' must be"},
        {BOTH, NULL, "text/csv", "n,c\n1\n", MLFLOW, 0, "line 2: 1 field, expected 2"},
        {BOTH, "text/csv", "text/csv", "n,c\n1\n", SAGEMAKER, 0, "line 2: 1 field, expected 2"},
        {BOTH, NULL, "text/csv", "1,2\n", SAGEMAKER, 0, "line 1: 2 values without names"},
        {BOTH, "image/png", "text/csv", "1,1,a,b\n", SAGEMAKER, 406, "answers are text/csv"},
        {BOTH, NULL, "text/libsvm", "1 1:1\n", SAGEMAKER, 415, "bodies are text/csv"},
        {ONLY_MLFLOW, NULL, JSON, "{", MLFLOW, 0, "invalid JSON"},
        {ONLY_MLFLOW, NULL, JSON, "[]", MLFLOW, 0, "exactly one of"},
        {ONLY_MLFLOW, NULL, JSON, "{\"instances\":[{\"features\":[1]}]}", MLFLOW, 0,
         "record 1: column 'features': a value must be"},
        {ONLY_MLFLOW, NULL, "text/csv", "1,2,x,z\n", MLFLOW, 0, "line 1: it must name the columns"},
        {ONLY_MLFLOW, NULL, "text/csv", "", MLFLOW, 0, "body"},
        {ONLY_SAGEMAKER, NULL, JSON, "{\"inputs\":[]}", SAGEMAKER, 0, "an object with"},
        {ONLY_SAGEMAKER, NULL, JSON, "{\"instances\":[5]}", SAGEMAKER, 0, "an instance must be"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (reads_as(cases[i].on, cases[i].accept, cases[i].type, cases[i].body))
            fail_msg("taken: %s", cases[i].body);
        assert_contains(wire_fault.err.msg, cases[i].message);
        assert_int_equal(wire_fault.status, cases[i].status);
        if (ml_invocations_chosen(&wire_call) != protocols[cases[i].whose])
            fail_msg("%s: not %d's", cases[i].body, cases[i].whose);
    }
}

static void each_is_answered_in_its_own_shape(void **state)
{
    (void)state;
    struct ml_call_answer a = wire_answer(wire_binary);
    assert_true(reads_as(BOTH, NULL, JSON, "{\"features\":[1,1,\"a\",\"b\"]}"));
    wire_assert_written(protocol, &a, 1, JSON,
                        "{\"predictions\":[{\"score\":0.25,\"predicted_label\":0}]}\n");
    assert_true(reads_as(BOTH, NULL, JSON,
                         "{\"instances\":[{}],\"params\":{\"predict_method\":\"predict_proba\"}}"));
    wire_assert_written(protocol, &a, 1, JSON, "{\"predictions\":[[0.75,0.25]]}\n");
    assert_true(reads_as(BOTH, NULL, JSON, "{\"record\":{}}"));
    wire_assert_written(protocol, &a, 1, JSON,
                        "{\"endpoint\":\"e\",\"label\":\"0\",\"score\":0.25,\"threshold\":0.5}\n");
    assert_true(reads_as(BOTH, NULL, "text/csv", "n,c\n1,red\n"));
    wire_assert_written(protocol, &a, 1, JSON, "{\"predictions\":[0]}\n");
    assert_true(reads_as(BOTH, "text/csv", "text/csv", "n,c\n1,red\n"));
    wire_assert_written(protocol, &a, 1, "text/csv; charset=utf-8", "0.25\n");
}

static void sagemakers_clients_are_answered_in_sagemakers_shape(void **state)
{
    (void)state;
    static const char scores[] = "{\"predictions\":[{\"score\":0.25,\"predicted_label\":0}]}\n";
    static const struct {
        int on;
        const char *type;
        const char *body;
        const char *reply;
    } cases[] = {
        {BOTH, "text/csv", "n,c\n1,red\n", "0.25\n"},
        {BOTH, JSON, "{\"instances\":[{\"n\":1}]}", scores},
        {BOTH, JSON, "{\"instances\":[[1,1,\"a\",\"b\"]]}", scores},
        {ONLY_MLFLOW, JSON, "{\"instances\":[{\"n\":1}]}", scores},
        {BOTH, JSON, "{\"dataframe_records\":[{\"n\":1}]}", "{\"predictions\":[0]}\n"},
        {BOTH, JSON, "{\"inputs\":{\"n\":[1]}}", "{\"predictions\":[0]}\n"},
        {BOTH, JSON, "{\"record\":{}}",
         "{\"endpoint\":\"e\",\"label\":\"0\",\"score\":0.25,\"threshold\":0.5}\n"},
    };
    struct ml_call_answer a = wire_answer(wire_binary);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wire_settings.on[ML_PROTOCOL_SAGEMAKER] = cases[i].on != ONLY_MLFLOW;
        wire_settings.on[ML_PROTOCOL_MLFLOW] = cases[i].on != ONLY_SAGEMAKER;
        wire_must_read(&ml_invoked_protocol, cases[i].type, cases[i].body);
        wire_assert_written(&ml_invoked_protocol, &a, 1,
                            cases[i].reply[0] == '{' ? JSON : "text/csv; charset=utf-8",
                            cases[i].reply);
    }
    wire_settings.on[ML_PROTOCOL_MLFLOW] = false;
    wire_must_refuse(&ml_invoked_protocol, JSON, "{\"inputs\":{\"n\":[1]}}", 0,
                     "an object with \"instances\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_body_decides, wire_reset),
        cmocka_unit_test_setup(what_is_refused_is_somebodys_too, wire_reset),
        cmocka_unit_test_setup(sagemakers_clients_are_answered_in_sagemakers_shape, wire_reset),
        cmocka_unit_test_setup(each_is_answered_in_its_own_shape, wire_reset),
    };
    return cmocka_run_group_tests(tests, wire_start, wire_end);
}

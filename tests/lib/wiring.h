/* A foreign protocol without a daemon: three small models, bodies read, answers written. */
#ifndef TESTS_LIB_WIRING_H
#define TESTS_LIB_WIRING_H

#include "modelling.h"

#include <math.h>

#include "base/json.h"
#include "protocol/protocol.h"

static struct ml_schema *wire_schemas[3];
static struct ml_model *wire_binary;     /* labels "0" and "1" */
static struct ml_model *wire_multiclass; /* labels low, mid,dle, über */
static struct ml_model *wire_regression;
static struct ml_arena wire_arena;
static struct ml_protocol_settings wire_settings;
static struct ml_wire_request wire_request;
static struct ml_call wire_call;
static struct ml_call_fault wire_fault;

static inline struct ml_model *wire_train(struct ml_schema *schema, const char *const *labels,
                                          size_t n)
{
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_error err;
    struct ml_model *model = NULL;
    struct ml_strbuf csv = model_csv(200, 1, labels, n);
    must(ml_train(&model, test_write("train.csv", csv.bytes, csv.length), schema, &options,
                  &test_quiet, &summary, NULL, &err));
    ml_strbuf_release(&csv);
    return model;
}

static inline int wire_start(void **state)
{
    (void)state;
    static const char *const numbers[] = {"-1.5", "2", "7e3"};
    wire_schemas[0] = model_schema("BINARY");
    wire_schemas[1] = model_schema("CATEGORICAL");
    wire_schemas[2] = model_schema("NUMERIC");
    wire_binary = wire_train(wire_schemas[0], model_binary_labels, 2);
    wire_multiclass = wire_train(wire_schemas[1], model_class_labels, 3);
    wire_regression = wire_train(wire_schemas[2], numbers, 3);
    return 0;
}

static inline int wire_end(void **state)
{
    ml_model_free(wire_binary);
    ml_model_free(wire_multiclass);
    ml_model_free(wire_regression);
    for (size_t i = 0; i < 3; i++)
        ml_schema_free(wire_schemas[i]);
    ml_arena_release(&wire_arena);
    return test_teardown(state);
}

/* Settings of a daemon without a configuration; before each test. */
static inline int wire_reset(void **state)
{
    (void)state;
    wire_settings = (struct ml_protocol_settings){.on = {true, true, true, true, true}};
    wire_request = (struct ml_wire_request){
        .endpoint = "e", .model = wire_binary, .settings = &wire_settings, .max_rows = 3};
    return 0;
}

/* Reads a body of that type (or NULL) into wire_call. */
static inline bool wire_reads(const struct ml_protocol *protocol, const char *type,
                              const char *body)
{
    wire_request.content_type = type;
    wire_request.body = body;
    wire_request.body_bytes = strlen(body);
    wire_call = (struct ml_call){.threshold = NAN};
    wire_fault = (struct ml_call_fault){.code = NULL};
    return protocol->read(&wire_call, &wire_arena, &wire_request, &wire_fault);
}

static inline void wire_must_read(const struct ml_protocol *protocol, const char *type,
                                  const char *body)
{
    if (!wire_reads(protocol, type, body))
        fail_msg("%s: %s", body, wire_fault.err.msg);
}

static inline void wire_must_refuse(const struct ml_protocol *protocol, const char *type,
                                    const char *body, int status, const char *message)
{
    if (wire_reads(protocol, type, body))
        fail_msg("taken: %s", body);
    assert_non_null(wire_fault.code);
    assert_contains(wire_fault.err.msg, message);
    if (wire_fault.status != status)
        fail_msg("%s: status %d", body, wire_fault.status);
}

/* The cells of a record as "name=value;…", values that came as text in quotes; in the arena. */
static inline const char *wire_cells(size_t i)
{
    struct ml_strbuf text = {0};
    const struct ml_call_record *r = &wire_call.records[i];
    for (size_t k = 0; k < r->n_cells; k++) {
        ml_strbuf_addf(&text, "%s=", r->cells[k].name);
        assert_int_equal(r->cells[k].name_bytes, strlen(r->cells[k].name));
        if (r->cells[k].is_number)
            ml_strbuf_add_double(&text, r->cells[k].number);
        else
            ml_json_adds(&text, r->cells[k].text);
        ml_strbuf_addc(&text, ';');
    }
    const char *copy = ml_arena_strndup(&wire_arena, text.bytes != NULL ? text.bytes : "",
                                        text.length);
    ml_strbuf_release(&text);
    return copy;
}

/* Writes n equal answers to the call that was read last; the body must be `want`. */
static inline void wire_assert_written(const struct ml_protocol *protocol,
                                       const struct ml_call_answer *answer, size_t n,
                                       const char *type, const char *want)
{
    struct ml_strbuf body = {0};
    struct ml_wire_reply reply = {.status = 200, .body = &body};
    struct ml_call_answer answers[3] = {*answer, *answer, *answer};
    wire_call.n_records = n;
    if (!protocol->write(&reply, &wire_arena, &wire_request, &wire_call, answers, &wire_fault))
        fail_msg("not written: %s", wire_fault.err.msg);
    assert_string_equal(reply.content_type, type);
    assert_string_equal(body.bytes, want);
    if (strcmp(type, "application/json") == 0) {
        struct ml_json *json = NULL;
        struct ml_error err;
        must(ml_json_parse(&json, body.bytes, body.length, "reply", &err));
        ml_json_free(json);
    }
    ml_strbuf_release(&body);
}

static const double wire_two[] = {0.75, 0.25};
static const double wire_three[] = {0.125, 0.5, 0.375};
static const double wire_value[] = {-12.5};

static inline struct ml_call_answer wire_answer(const struct ml_model *model)
{
    struct ml_call_answer a = {.model = model, .probability = wire_two, .threshold = 0.5};
    if (model == wire_multiclass) {
        a.probability = wire_three;
        a.label = 1;
    }
    if (model == wire_regression)
        a.probability = wire_value;
    return a;
}

#endif

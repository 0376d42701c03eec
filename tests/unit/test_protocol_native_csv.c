#include "../lib/modelling.h"

#include <math.h>

#include "protocol/native.h"

enum { MAX_ROWS = 3 };

static struct ml_schema *schema;
static struct ml_model *binary;
static struct ml_arena arena;

static int start(void **state)
{
    (void)state;
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_error err;
    struct ml_strbuf csv = model_csv(200, 1, model_binary_labels, 2);
    schema = model_schema("BINARY");
    must(ml_train(&binary, test_write("train.csv", csv.bytes, csv.length), schema, &options,
                  &test_quiet, &summary, NULL, &err));
    ml_strbuf_release(&csv);
    return 0;
}

static int end(void **state)
{
    ml_model_free(binary);
    ml_schema_free(schema);
    ml_arena_release(&arena);
    return test_teardown(state);
}

static bool read_bytes(struct ml_call *call, const char *body, size_t n, const struct ml_schema *s,
                       struct ml_call_fault *fault)
{
    *call = (struct ml_call){.threshold = 0.25, .strict = true};
    return ml_native_read_csv(call, &arena, body, n, s, MAX_ROWS, fault);
}

static struct ml_call take(const char *body, const struct ml_schema *s)
{
    struct ml_call call;
    struct ml_call_fault fault = {0};
    if (!read_bytes(&call, body, strlen(body), s, &fault))
        fail_msg("'%s': %s", body, fault.err.msg);
    return call;
}

static void assert_cell(const struct ml_call *call, size_t record, size_t cell, const char *name,
                        const char *text)
{
    const struct ml_call_cell *c = &call->records[record].cells[cell];
    assert_string_equal(c->name, name);
    assert_int_equal(c->name_bytes, strlen(name));
    assert_string_equal(c->text, text);
    assert_int_equal(c->text_bytes, strlen(text));
    assert_false(c->is_number);
}

static void assert_refused(const char *body, const struct ml_schema *s, const char *code,
                           const char *message)
{
    struct ml_call call;
    struct ml_call_fault fault = {.field = "none"};
    if (read_bytes(&call, body, strlen(body), s, &fault))
        fail_msg("'%s' was taken", body);
    assert_string_equal(fault.code, code);
    assert_contains(fault.err.msg, message);
    assert_null(fault.field);
}

static void the_first_line_names_the_columns(void **state)
{
    (void)state;
    struct ml_call call = take("c,n\nred,1.5\n\"b,lue\",\n", schema);
    assert_int_equal(call.n_records, 2);
    assert_int_equal(call.records[0].n_cells, 2);
    assert_cell(&call, 0, 0, "c", "red");
    assert_cell(&call, 0, 1, "n", "1.5");
    assert_cell(&call, 1, 0, "c", "b,lue");
    assert_cell(&call, 1, 1, "n", "");
}

static void a_body_is_a_list_and_its_options_stay(void **state)
{
    (void)state;
    struct ml_call call = take("n\n1\n", schema);
    assert_true(call.is_csv);
    assert_true(call.is_list);
    assert_true(call.threshold == 0.25);
    assert_true(call.strict);
    assert_int_equal(take("n\n", schema).n_records, 0);
}

static void records_know_their_line(void **state)
{
    (void)state;
    struct ml_call call = take("n,t\r\n1,\"two\nlines\"\r\n2,\"so \"\"said\"\"\"\r\n3,x", schema);
    assert_int_equal(call.n_records, 3);
    assert_int_equal(call.records[0].place, 2);
    assert_int_equal(call.records[1].place, 4);
    assert_int_equal(call.records[2].place, 5);
    assert_cell(&call, 0, 1, "t", "two\nlines");
    assert_cell(&call, 1, 1, "t", "so \"said\"");
    assert_cell(&call, 2, 1, "t", "x");
    call = take("t\n6\" pipe\n", schema);
    assert_cell(&call, 0, 0, "t", "6\" pipe");
}

static void columns_may_be_unknown_but_not_all_of_them(void **state)
{
    (void)state;
    struct ml_call call = take("zzz,n\n1,2\n", schema);
    assert_cell(&call, 0, 0, "zzz", "1");
    assert_refused("zzz,N\n1,2\n", schema, "invalid_record",
                   "line 1: it must name the columns, but no field of it is a column of the model: "
                   "the first is 'zzz'");
    assert_refused("\n", schema, "invalid_record", "line 1");
}

static void a_name_appears_once(void **state)
{
    (void)state;
    assert_refused("n,c,n\n1,2,3\n", schema, "invalid_record",
                   "line 1: a column name appears twice");
}

static void a_record_has_as_many_fields_as_the_first_line(void **state)
{
    (void)state;
    assert_refused("n,c\n1,a\n1\n", schema, "invalid_record", "line 3: 1 field, expected 2");
    assert_refused("n,c\n1,a,b\n", schema, "invalid_record", "line 2: 3 fields, expected 2");
    assert_refused("n,c\n1,a\n\n1,a\n", schema, "invalid_record", "line 3: 1 field, expected 2");
}

static void malformed_text_is_refused_by_line(void **state)
{
    (void)state;
    assert_refused("", schema, "invalid_record", "body: ");
    assert_refused("n,c\n1,\"open\n", schema, "invalid_record",
                   "line 2: a quote is opened and not closed");
    assert_refused("n,c\n1,\"re\"d\n", schema, "invalid_record",
                   "line 2: field 2: text behind the closing quote");
    assert_refused("n,\"c\n1,2\n", schema, "invalid_record", "quote");
    struct ml_call call;
    struct ml_call_fault fault = {0};
    static const char nul[] = "n,c\n1,a\n1,\0b\n";
    assert_false(read_bytes(&call, nul, sizeof(nul) - 1, schema, &fault));
    assert_contains(fault.err.msg, "line 3: NUL byte");
    static const char utf16[] = "\xff\xfen\0,\0c\0\n\0";
    assert_false(read_bytes(&call, utf16, sizeof(utf16) - 1, schema, &fault));
    assert_contains(fault.err.msg, "UTF-16");
}

static void there_is_a_limit_to_rows(void **state)
{
    (void)state;
    assert_int_equal(take("n\n1\n2\n3\n", schema).n_records, MAX_ROWS);
    assert_refused("n\n1\n2\n3\n4\n", schema, "too_many_rows",
                   "more than 3 rows in one call (limits.rows); a batch has no such limit");
}

static void a_record_of_100_kb_is_too_long(void **state)
{
    (void)state;
    struct ml_strbuf body = {0};
    ml_strbuf_adds(&body, "t\n");
    for (int i = 0; i < 30000; i++)
        ml_strbuf_adds(&body, "word");
    assert_refused(body.bytes, schema, "invalid_record",
                   "line 2: the record is longer than 100 KB");
    ml_strbuf_release(&body);
}

static void without_a_header_columns_go_by_position(void **state)
{
    (void)state;
    struct ml_schema *s = test_schema(
        "{\"targetAttributeName\":\"y\",\"dataFileContainsHeader\":false,\"attributes\":["
        "{\"attributeName\":\"a\",\"attributeType\":\"NUMERIC\"},"
        "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"},"
        "{\"attributeName\":\"b\",\"attributeType\":\"NUMERIC\"}]}");
    struct ml_call call = take("1,0,2\n", s);
    assert_cell(&call, 0, 1, "y", "0");
    assert_cell(&call, 0, 2, "b", "2");
    assert_int_equal(call.records[0].place, 1);
    call = take("1,2\n3,4\n", s); /* without the target */
    assert_int_equal(call.n_records, 2);
    assert_cell(&call, 0, 0, "a", "1");
    assert_cell(&call, 0, 1, "b", "2");
    assert_refused("1\n", s, "invalid_record", "line 1: 1 fields, but the schema has 3 columns");
    assert_refused("1,2,3,4\n", s, "invalid_record", "line 1: 4 fields");
    ml_schema_free(s);
}

static struct ml_call_answer answer(const struct ml_call *call, size_t i, const double *p)
{
    return (struct ml_call_answer){
        .model = binary,
        .probability = p,
        .label = p[1] > 0.5,
        .threshold = 0.5,
        .record = &call->records[i],
    };
}

static void answers_stand_in_the_columns_of_amazon_ml(void **state)
{
    (void)state;
    const double p[2][2] = {{0.75, 0.25}, {0.1, 0.9}};
    struct ml_strbuf out = {0};
    struct ml_call call = take("n\n1\n2\n", schema);
    struct ml_call_answer answers[] = {answer(&call, 0, p[0]), answer(&call, 1, p[1])};
    ml_native_write_csv(&out, answers, 2);
    assert_string_equal(out.bytes, "bestAnswer,score\n0,0.25\n1,0.9\n");
    ml_strbuf_clear(&out);
    call = take("y,n,id\n1,1,\"r,1\"\n,2,r2\n", schema);
    answers[0] = answer(&call, 0, p[0]);
    answers[1] = answer(&call, 1, p[1]);
    ml_native_write_csv(&out, answers, 2);
    assert_string_equal(out.bytes, "tag,trueLabel,bestAnswer,score\n\"r,1\",1,0,0.25\nr2,,1,0.9\n");
    ml_strbuf_release(&out);
}

static void an_answer_goes_by_the_calls_threshold(void **state)
{
    (void)state;
    const double p[2] = {0.75, 0.25};
    struct ml_strbuf out = {0};
    struct ml_call call = take("n\n1\n", schema);
    struct ml_call_answer a = answer(&call, 0, p);
    a.threshold = 0.2;
    ml_native_write_csv(&out, &a, 1);
    assert_string_equal(out.bytes, "bestAnswer,score\n1,0.25\n");
    ml_strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_names_the_columns),
        cmocka_unit_test(a_body_is_a_list_and_its_options_stay),
        cmocka_unit_test(records_know_their_line),
        cmocka_unit_test(columns_may_be_unknown_but_not_all_of_them),
        cmocka_unit_test(a_name_appears_once),
        cmocka_unit_test(a_record_has_as_many_fields_as_the_first_line),
        cmocka_unit_test(malformed_text_is_refused_by_line),
        cmocka_unit_test(there_is_a_limit_to_rows),
        cmocka_unit_test(a_record_of_100_kb_is_too_long),
        cmocka_unit_test(without_a_header_columns_go_by_position),
        cmocka_unit_test(answers_stand_in_the_columns_of_amazon_ml),
        cmocka_unit_test(an_answer_goes_by_the_calls_threshold),
    };
    return cmocka_run_group_tests(tests, start, end);
}

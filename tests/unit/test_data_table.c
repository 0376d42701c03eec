#include "../lib/testing.h"

#include "data/table.h"

static const char schema_json[] =
    "{\"version\":\"1.0\",\"rowId\":\"id\",\"targetAttributeName\":\"y\",\"dataFormat\":\"CSV\","
    "\"dataFileContainsHeader\":true,\"attributes\":["
    "{\"attributeName\":\"id\",\"attributeType\":\"CATEGORICAL\"},"
    "{\"attributeName\":\"a\",\"attributeType\":\"NUMERIC\"},"
    "{\"attributeName\":\"b\",\"attributeType\":\"CATEGORICAL\"},"
    "{\"attributeName\":\"x\",\"attributeType\":\"TEXT\"},"
    "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"}],"
    "\"excludedAttributeNames\":[\"x\"]}";

static const struct ml_csv_options defaults = ML_CSV_OPTIONS_INIT;

static struct ml_schema *schema;

static int make_schema(void **state)
{
    (void)state;
    schema = test_schema(schema_json);
    return 0;
}

static int free_schema(void **state)
{
    ml_schema_free(schema);
    return test_teardown(state);
}

static bool opens(struct ml_table *t, const char *text, const struct ml_csv_options *options,
                  enum ml_match match, struct ml_error *err)
{
    return ml_table_open(t, test_text("table.csv", text), schema, options, match, false, err);
}

static void assert_refused(const char *text, const struct ml_csv_options *options,
                           enum ml_match match, const char *message)
{
    struct ml_table t = {0};
    struct ml_error err = {0};
    if (opens(&t, text, options, match, &err))
        fail_msg("taken: %s", text);
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, message);
    assert_contains(err.msg, "table.csv:1: ");
    assert_null(t.source);
}

static void assert_columns(const struct ml_table *t, const long *columns, size_t n)
{
    assert_int_equal(t->n_fields, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(t->column_of[i], columns[i]);
}

static void training_needs_the_same_names_in_the_same_order(void **state)
{
    (void)state;
    struct ml_table t;
    struct ml_error err;
    must(opens(&t, "id,a,b,x,y\n", &defaults, ML_MATCH_EXACT, &err));
    assert_columns(&t, (const long[]){0, 1, 2, 3, 4}, 5);
    assert_true(t.has_target && t.has_row_id);
    ml_table_close(&t);
    assert_refused("id,b,a,x,y\n", &defaults, ML_MATCH_EXACT,
                   "column 2 is 'b', but the schema has 'a' there");
    assert_refused("id,a,b,x\n", &defaults, ML_MATCH_EXACT,
                   "column 'y' of the schema is not in the data");
    assert_refused("id,a,b,x,y,z\n", &defaults, ML_MATCH_EXACT, "6 columns, but the schema has 5");
    assert_refused("id,A,b,x,y\n", &defaults, ML_MATCH_EXACT, "column 2 is 'A'");
    assert_refused("id, a,b,x,y\n", &defaults, ML_MATCH_EXACT, "column 2 is ' a'");
    assert_refused("id,\"a\"b,c\n", &defaults, ML_MATCH_EXACT,
                   "field 2: text behind the closing quote");
    assert_refused("\"id,a,b\n", &defaults, ML_MATCH_EXACT, "closing quote");
}

static void scoring_takes_columns_in_any_order_and_ignores_more(void **state)
{
    (void)state;
    struct ml_table t;
    struct ml_error err;
    must(opens(&t, "b,zzz,a,y\n", &defaults, ML_MATCH_NAMES, &err));
    assert_columns(&t, (const long[]){2, -1, 1, 4}, 4);
    assert_true(t.has_target);
    assert_false(t.has_row_id);
    assert_int_equal(t.n_ignored, 1);
    ml_table_close(&t);
    must(opens(&t, "id,\"b\",a\n", &defaults, ML_MATCH_NAMES, &err));
    assert_columns(&t, (const long[]){0, 2, 1}, 3);
    assert_false(t.has_target);
    assert_true(t.has_row_id);
    assert_int_equal(t.n_ignored, 0);
    ml_table_close(&t);
    assert_refused("id,a,y\n", &defaults, ML_MATCH_NAMES,
                   "column 'b', which the model needs, is not in the data");
    assert_refused("a,b,a\n", &defaults, ML_MATCH_NAMES, "column 'a' appears twice");
    assert_refused("a,b,id,id\n", &defaults, ML_MATCH_NAMES, "column 'id' appears twice");
}

static void without_a_header_columns_go_by_position(void **state)
{
    (void)state;
    struct ml_csv_options bare = defaults;
    bare.header = ML_HEADER_NO;
    struct ml_table t;
    struct ml_error err;
    must(opens(&t, "1,2,3,4,5\n", &bare, ML_MATCH_EXACT, &err));
    assert_columns(&t, (const long[]){0, 1, 2, 3, 4}, 5);
    struct ml_block block = {0};
    must(ml_source_next(t.source, &block, &err));
    assert_int_equal(block.n_spans, 1);
    ml_block_release(&block);
    ml_table_close(&t);
    must(opens(&t, "1,2,3,4\n", &bare, ML_MATCH_NAMES, &err));
    assert_columns(&t, (const long[]){0, 1, 2, 3}, 4);
    assert_false(t.has_target);
    ml_table_close(&t);
    must(opens(&t, "1,2,3,4,5\n", &bare, ML_MATCH_NAMES, &err));
    assert_true(t.has_target);
    ml_table_close(&t);
    assert_refused("1,2,3,4\n", &bare, ML_MATCH_EXACT, "4 fields, but the schema has 5 columns");
    assert_refused("1,2,3\n", &bare, ML_MATCH_NAMES, "3 fields, but the schema has 5 columns");
    assert_refused("1,2,3,4,5,6\n", &bare, ML_MATCH_NAMES, "6 fields");
}

static void a_missing_target_in_the_middle_shifts_what_follows(void **state)
{
    (void)state;
    struct ml_schema *middle =
        test_schema("{\"targetAttributeName\":\"y\",\"attributes\":["
                    "{\"attributeName\":\"a\",\"attributeType\":\"NUMERIC\"},"
                    "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"},"
                    "{\"attributeName\":\"b\",\"attributeType\":\"NUMERIC\"}]}");
    struct ml_table t;
    struct ml_error err;
    must(ml_table_open(&t, test_text("m.csv", "1,2\n"), middle, &defaults, ML_MATCH_NAMES, false,
                       &err));
    assert_columns(&t, (const long[]){0, 2}, 2);
    ml_table_close(&t);
    ml_schema_free(middle);
}

static void another_delimiter_can_be_asked_for(void **state)
{
    (void)state;
    struct ml_csv_options semicolon = defaults;
    semicolon.delimiter = ';';
    struct ml_table t;
    struct ml_error err;
    must(opens(&t, "id;a;b;x;y\n", &semicolon, ML_MATCH_EXACT, &err));
    ml_table_close(&t);
    assert_refused("id,a,b,x,y\n", &semicolon, ML_MATCH_EXACT, "column 1 is 'id,a,b,x,y'");
}

static void what_is_wrong_with_a_record_is_told_with_its_line(void **state)
{
    (void)state;
    struct ml_strbuf b = {0};
    ml_strbuf_adds(&b, "id,a,b,x,y\n1,2,3,4\n\"1\n2\",2,3,4,5\n1,\"2\"3,3,4,5\n1,2,\"3\n1,");
    ml_strbuf_add(&b, "\0,3,4,5\n\n1\n", 11);
    for (int i = 0; i <= ML_MAX_RECORD_BYTES; i++)
        ml_strbuf_addc(&b, 'x');
    ml_strbuf_adds(&b, "\n1,2,3,4,5\n");
    struct ml_table t;
    struct ml_error err;
    must(ml_table_open(&t, test_write("bad.csv", b.bytes, b.length), schema, &defaults,
                       ML_MATCH_EXACT, false, &err));
    static const char *const want[] = {
        "bad.csv:2: 4 fields, expected 5",
        NULL,
        "bad.csv:5: field 2: text behind the closing quote",
        "bad.csv:6: a quote is opened and not closed",
        "bad.csv:7: NUL byte",
        "bad.csv:8: 1 field, expected 5",
        "bad.csv:9: 1 field, expected 5",
        "bad.csv:10: the record is longer than 100 KB",
        NULL,
    };
    struct ml_splitter *splitter = ml_splitter_new(',');
    struct ml_block block = {0};
    size_t row = 0;
    for (;;) {
        must(ml_source_next(t.source, &block, &err));
        if (block.n_spans == 0)
            break;
        for (size_t i = 0; i < block.n_spans; i++, row++) {
            const struct ml_field *fields;
            assert_true(row < 9);
            bool ok = ml_table_split(&t, splitter, &block, i, &fields, &err);
            if (ok != (want[row] == NULL))
                fail_msg("row %zu: %s", row, ok ? "taken" : err.msg);
            if (!ok)
                assert_contains(err.msg, want[row]);
        }
    }
    assert_int_equal(row, 9);
    ml_splitter_free(splitter);
    ml_block_release(&block);
    ml_table_close(&t);
    ml_strbuf_release(&b);
}

static void more_columns_than_the_limit_are_refused(void **state)
{
    (void)state;
    struct ml_strbuf b = {0};
    for (int i = 0; i < ML_MAX_COLUMNS; i++)
        ml_strbuf_adds(&b, "c,");
    ml_strbuf_adds(&b, "c\n");
    struct ml_table t;
    struct ml_error err = {0};
    assert_false(opens(&t, b.bytes, &defaults, ML_MATCH_EXACT, &err));
    assert_int_equal(err.code, ML_ELIMIT);
    assert_contains(err.msg, "4097 columns; at most 4096");
    ml_strbuf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_needs_the_same_names_in_the_same_order),
        cmocka_unit_test(scoring_takes_columns_in_any_order_and_ignores_more),
        cmocka_unit_test(without_a_header_columns_go_by_position),
        cmocka_unit_test(a_missing_target_in_the_middle_shifts_what_follows),
        cmocka_unit_test(another_delimiter_can_be_asked_for),
        cmocka_unit_test(what_is_wrong_with_a_record_is_told_with_its_line),
        cmocka_unit_test(more_columns_than_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, make_schema, free_schema);
}

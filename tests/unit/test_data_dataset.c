#include "../lib/testing.h"

#include <math.h>

#include "data/dataset.h"

static const char schema_json[] =
    "{\"rowId\":\"id\",\"targetAttributeName\":\"y\",\"dataFileContainsHeader\":true,"
    "\"excludedAttributeNames\":[\"e\"],\"attributes\":["
    "{\"attributeName\":\"id\",\"attributeType\":\"CATEGORICAL\"},"
    "{\"attributeName\":\"n\",\"attributeType\":\"NUMERIC\"},"
    "{\"attributeName\":\"b\",\"attributeType\":\"BINARY\"},"
    "{\"attributeName\":\"c\",\"attributeType\":\"CATEGORICAL\"},"
    "{\"attributeName\":\"t\",\"attributeType\":\"TEXT\"},"
    "{\"attributeName\":\"e\",\"attributeType\":\"NUMERIC\"},"
    "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"}]}";

#define HEADER "id,n,b,c,t,e,y\n"

static struct ml_schema *schema;
static struct test_notes notes;
static const struct ml_talk talk = {.note = test_note, .ctx = &notes};
static const struct ml_csv_options defaults = ML_CSV_OPTIONS_INIT;

static int make_schema(void **state)
{
    (void)state;
    schema = test_schema(schema_json);
    return 0;
}

static int end(void **state)
{
    ml_schema_free(schema);
    ml_strbuf_release(&notes.text);
    return test_teardown(state);
}

static int clear_notes(void **state)
{
    (void)state;
    ml_strbuf_release(&notes.text);
    notes.n = 0;
    return 0;
}

static bool loads(struct ml_dataset *d, const char *text, const struct ml_csv_options *options,
                  struct ml_error *err)
{
    return ml_dataset_load(d, test_text("d.csv", text), schema, options, &talk, err);
}

static void cells_become_typed_columns(void **state)
{
    (void)state;
    struct ml_dataset d;
    struct ml_error err;
    must(loads(&d, HEADER "1,2.5,yes,red,\"a b\",junk,1\n2,-1,no,,,,0\n3,0,Y,red,c,x,true\n",
               &defaults, &err));
    assert_int_equal(d.n_rows, 3);
    assert_int_equal(d.n_file_rows, 3);
    assert_int_equal(d.n_rejected, 0);
    assert_true(d.columns[1].numbers[0] == 2.5 && d.columns[1].numbers[1] == -1);
    assert_true(d.columns[2].numbers[0] == 1 && d.columns[2].numbers[1] == 0);
    assert_true(d.columns[6].numbers[0] == 1 && d.columns[6].numbers[1] == 0 &&
                d.columns[6].numbers[2] == 1);
    assert_int_equal(d.columns[3].levels[0], 0);
    assert_int_equal(d.columns[3].levels[1], 1);
    assert_int_equal(d.columns[3].levels[2], 0);
    assert_int_equal(d.columns[3].dict.count, 2);
    size_t n;
    const char *text = ml_column_text(&d.columns[4], 0, &n);
    assert_int_equal(n, 3);
    assert_memory_equal(text, "a b", 3);
    ml_column_text(&d.columns[4], 1, &n);
    assert_int_equal(n, 0);
    assert_null(d.columns[0].levels);
    assert_null(d.columns[5].numbers);
    assert_int_equal(notes.n, 0);
    ml_dataset_release(&d);
}

static void missing_and_invalid_cells_are_counted(void **state)
{
    (void)state;
    struct ml_dataset d;
    struct ml_error err;
    must(loads(&d,
               HEADER "1,,1,a,t,0,1\n2,nan,,a,t,0,1\n3,abc,maybe,a,t,0,1\n4,1e999,1,,,,0\n5,1,2,a,"
                      "t,0,0\n",
               &defaults, &err));
    assert_int_equal(d.n_rows, 5);
    assert_int_equal(d.columns[1].n_missing, 2);
    assert_int_equal(d.columns[1].n_invalid, 2);
    assert_int_equal(d.columns[2].n_missing, 1);
    assert_int_equal(d.columns[2].n_invalid, 2);
    assert_int_equal(d.columns[3].n_missing, 0);
    assert_int_equal(d.columns[4].n_missing, 0);
    static const bool invalid[] = {false, false, true, true, false};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(d.has_invalid[i], invalid[i]);
    for (size_t i = 0; i < 4; i++)
        assert_true(isnan(d.columns[1].numbers[i]));
    assert_contains(notes.text.bytes, "d.csv:4: column 'n': not a number: 'abc'");
    assert_contains(notes.text.bytes, "d.csv:4: column 'b': not a binary value: 'maybe'");
    assert_contains(notes.text.bytes, "d.csv:5: column 'n': number out of range: '1e999'");
    assert_int_equal(notes.n, 4);
    ml_dataset_release(&d);
}

static void a_numeric_column_without_a_number_is_refused(void **state)
{
    (void)state;
    struct ml_dataset d = {0};
    struct ml_error err = {0};
    assert_false(loads(&d, HEADER "1,a,1,a,t,0,1\n2,,0,a,t,0,0\n3,b,0,a,t,0,0\n", &defaults, &err));
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, "d.csv: column 'n': none of its cells is a number");
    must(loads(&d, HEADER "1,,1,a,t,0,1\n2,,0,a,t,0,0\n", &defaults, &err));
    assert_int_equal(d.columns[1].n_missing, 2);
    ml_dataset_release(&d);
}

static void a_row_without_a_valid_target_is_rejected(void **state)
{
    (void)state;
    struct ml_dataset d;
    struct ml_error err;
    must(loads(&d,
               HEADER "1,1,1,a,t,0,1\n2,1,1,a,t,0,\n3,1,1,a,t,0,maybe\n4,1,1\n\n6,1,1,a,\"t,0,1\n"
                      "7,2,1,a,t,0,0\n",
               &defaults, &err));
    assert_int_equal(d.n_rows, 2);
    assert_int_equal(d.n_file_rows, 7);
    assert_int_equal(d.n_rejected, 5);
    assert_int_equal(d.row_number[0], 0);
    assert_int_equal(d.row_number[1], 6);
    assert_true(d.columns[1].numbers[1] == 2);
    assert_contains(notes.text.bytes, "d.csv:3: column 'y': the target is missing");
    assert_contains(notes.text.bytes, "d.csv:4: column 'y': not a binary value: 'maybe'");
    assert_contains(notes.text.bytes, "d.csv:5: 3 fields, expected 7");
    assert_contains(notes.text.bytes, "d.csv:6: 1 field, expected 7");
    assert_contains(notes.text.bytes, "d.csv:7: a quote is opened and not closed");
    size_t n;
    ml_column_text(&d.columns[4], 1, &n);
    assert_int_equal(n, 1);
    ml_dataset_release(&d);
}

static void more_rejected_rows_than_allowed_fail(void **state)
{
    (void)state;
    static const char text[] = HEADER "1,1,1,a,t,0,1\n2\n3\n4\n5,1,1,a,t,0,0\n";
    struct ml_csv_options three = defaults;
    three.max_rejected = 3;
    struct ml_dataset d = {0};
    struct ml_error err = {0};
    must(loads(&d, text, &three, &err));
    assert_int_equal(d.n_rejected, 3);
    ml_dataset_release(&d);
    three.max_rejected = 2;
    assert_false(loads(&d, text, &three, &err));
    assert_int_equal(err.code, ML_ELIMIT);
    assert_contains(err.msg, "d.csv:5: ");
    assert_contains(err.msg, "this is rejected row 3; at most 2 are allowed");
    assert_null(d.columns);
    three.max_rejected = 0;
    assert_false(loads(&d, text, &three, &err));
    assert_contains(err.msg, "d.csv:3: ");
}

static void at_most_ten_problems_are_explained(void **state)
{
    (void)state;
    struct ml_strbuf b = {0};
    ml_strbuf_adds(&b, HEADER "0,1,1,a,t,0,1\n");
    for (int i = 0; i < 50; i++)
        ml_strbuf_adds(&b, i % 2 ? "x\n" : "0,bad,1,a,t,0,1\n");
    struct ml_dataset d;
    struct ml_error err;
    must(loads(&d, b.bytes, &defaults, &err));
    assert_int_equal(d.n_rejected, 25);
    assert_int_equal(d.columns[1].n_invalid, 25);
    assert_int_equal(notes.n, ML_MAX_EXPLAINED);
    ml_dataset_release(&d);
    ml_strbuf_release(&b);
}

static void no_row_at_all_fails(void **state)
{
    (void)state;
    struct ml_dataset d = {0};
    struct ml_error err = {0};
    assert_false(loads(&d, HEADER, &defaults, &err));
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, "no rows below the header");
    assert_false(loads(&d, HEADER "1\n2\n", &defaults, &err));
    assert_contains(err.msg, "none of the 2 rows can be used");
    assert_false(loads(&d, "", &defaults, &err));
    assert_contains(err.msg, "the file is empty");
    struct ml_schema *none =
        test_schema("{\"attributes\":[{\"attributeName\":\"a\",\"attributeType\":\"NUMERIC\"}]}");
    assert_false(ml_dataset_load(&d, test_text("d.csv", "1\n"), none, &defaults, &talk, &err));
    assert_contains(err.msg, "no target");
    ml_schema_free(none);
}

static void a_categorical_target_must_not_be_empty(void **state)
{
    (void)state;
    struct ml_schema *s = test_schema("{\"targetAttributeName\":\"y\",\"attributes\":["
                                      "{\"attributeName\":\"y\",\"attributeType\":\"CATEGORICAL\"},"
                                      "{\"attributeName\":\"a\",\"attributeType\":\"NUMERIC\"}]}");
    struct ml_dataset d;
    struct ml_error err;
    must(ml_dataset_load(&d, test_text("d.csv", "p,1\n,2\nq,3\n"), s, &defaults, &talk, &err));
    assert_int_equal(d.n_rows, 2);
    assert_int_equal(d.n_rejected, 1);
    assert_int_equal(d.columns[0].dict.count, 2);
    assert_contains(notes.text.bytes, "d.csv:2: column 'y': the target is missing");
    ml_dataset_release(&d);
    ml_schema_free(s);
}

static void the_digest_is_that_of_the_whole_file(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf" HEADER "1,1,1,a,t,0,1\n\n\n";
    struct ml_dataset d;
    struct ml_error err;
    must(loads(&d, text, &defaults, &err));
    char hex[ML_DIGEST_HEX];
    ml_digest_of(text, strlen(text), hex);
    assert_string_equal(d.digest, hex);
    ml_digest_of("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ml_dataset_release(&d);
}

static void a_pipe_gives_what_the_file_gives(void **state)
{
    (void)state;
    struct ml_strbuf b = {0};
    ml_strbuf_adds(&b, HEADER);
    for (int i = 0; i < 30000; i++)
        ml_strbuf_addf(&b, "%d,%d,%d,l%d,\"w%d\nv\",0,%s\n", i, i % 91, i % 2, i % 17, i % 5,
                       i % 13 == 0  ? ""
                       : i % 3 == 0 ? "1"
                                    : "0");
    struct ml_dataset file;
    struct ml_dataset piped;
    struct ml_error err;
    must(loads(&file, b.bytes, &defaults, &err));
    struct test_pipe p;
    const char *path = test_pipe_start(&p, b.bytes, b.length, 5, 9000);
    must(ml_dataset_load(&piped, path, schema, &defaults, &talk, &err));
    test_pipe_end(&p);
    assert_int_equal(file.n_rows, piped.n_rows);
    assert_int_equal(file.n_rejected, piped.n_rejected);
    assert_string_equal(file.digest, piped.digest);
    assert_memory_equal(file.row_number, piped.row_number, file.n_rows * sizeof(size_t));
    assert_memory_equal(file.columns[1].numbers, piped.columns[1].numbers,
                        file.n_rows * sizeof(double));
    assert_memory_equal(file.columns[3].levels, piped.columns[3].levels,
                        file.n_rows * sizeof(uint32_t));
    assert_int_equal(file.columns[4].text.length, piped.columns[4].text.length);
    ml_dataset_release(&file);
    ml_dataset_release(&piped);
    ml_strbuf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(cells_become_typed_columns, clear_notes),
        cmocka_unit_test_setup(missing_and_invalid_cells_are_counted, clear_notes),
        cmocka_unit_test_setup(a_numeric_column_without_a_number_is_refused, clear_notes),
        cmocka_unit_test_setup(a_row_without_a_valid_target_is_rejected, clear_notes),
        cmocka_unit_test_setup(more_rejected_rows_than_allowed_fail, clear_notes),
        cmocka_unit_test_setup(at_most_ten_problems_are_explained, clear_notes),
        cmocka_unit_test_setup(no_row_at_all_fails, clear_notes),
        cmocka_unit_test_setup(a_categorical_target_must_not_be_empty, clear_notes),
        cmocka_unit_test_setup(the_digest_is_that_of_the_whole_file, clear_notes),
        cmocka_unit_test_setup(a_pipe_gives_what_the_file_gives, clear_notes),
    };
    return cmocka_run_group_tests(tests, make_schema, end);
}

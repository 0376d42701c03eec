#include "../lib/testing.h"

static struct ml_csv_options defaults = ML_CSV_OPTIONS_INIT;

/* The types as one letter each, in the order of the columns. */
static void assert_types(const char *csv, const char *target, const char *want)
{
    struct ml_schema *schema = NULL;
    struct ml_error err;
    must(ml_schema_infer(&schema, test_text("i.csv", csv), target, &defaults, &err));
    assert_int_equal(ml_schema_n_columns(schema), strlen(want));
    for (size_t i = 0; want[i] != '\0'; i++)
        if (ml_type_name(ml_schema_type(schema, i))[0] != want[i])
            fail_msg("column '%s' is %s in %s", ml_schema_name(schema, i),
                     ml_type_name(ml_schema_type(schema, i)), csv);
    ml_schema_free(schema);
}

static void cells_that_are_all_numbers_are_numeric(void **state)
{
    (void)state;
    assert_types("a,y\n1,x\n2.5,z\n", NULL, "NC");
    assert_types("a,y\n1,x\n,z\nnan,x\n-3e5,x\n", NULL, "NC");
    assert_types("a,y\n1,x\nabc,z\n", NULL, "CC");
    assert_types("a,y\n,x\n,z\n", NULL, "NC");
}

static void zeros_and_ones_and_the_ten_words_are_binary(void **state)
{
    (void)state;
    assert_types("a,y\n1,x\n0,z\n", NULL, "BC");
    assert_types("a,y\nyes,x\nNO,z\n", NULL, "BC");
    assert_types("a,y\n1,x\nno,z\n", NULL, "BC");
    assert_types("a,y\nyes,x\nmaybe,z\n", NULL, "CC");
    assert_types("a,y\n3,1\n4,0\n", NULL, "NB");
    assert_types("a,y\n3,true\n4,false\n", NULL, "NB");
    assert_types("a,y\n1,x\n2,z\n", NULL, "NC");
}

static void a_target_of_few_whole_numbers_is_a_class(void **state)
{
    (void)state;
    assert_types("a,y\n3,1\n4,2\n5,3\n", NULL, "NC");
    assert_types("y,a\n1,3\n2,4\n3,5\n", "y", "CN");
    assert_types("a,y\n3,1.5\n4,2\n5,3\n", NULL, "NN");
    assert_types("a,y\n0,1\n0,2\n0,3\n0,4\n0,5\n0,6\n0,7\n0,8\n0,9\n1,10\n", NULL, "BC");
    assert_types("a,y\n0,1\n0,2\n0,3\n0,4\n0,5\n0,6\n0,7\n0,8\n0,9\n1,10\n0,11\n", NULL, "BN");
}

static void cells_of_several_words_are_text(void **state)
{
    (void)state;
    assert_types("a,y\nthe quick brown fox,1\njumps over the lazy dog,0\n", NULL, "TB");
    assert_types("a,y\nNew York,1\nLos Angeles,0\n", NULL, "CB");
    assert_types("a,y\nsame words every single time,1\nsame words every single time,0\n"
                 "same words every single time,0\n",
                 NULL, "CB");
    assert_types("y,a\nthe quick brown fox,1\njumps over the lazy dog,2\n", "y", "CN");
}

static void names_come_from_the_header_or_are_made_up(void **state)
{
    (void)state;
    struct ml_schema *schema = NULL;
    struct ml_error err;
    must(ml_schema_infer(&schema, test_text("n.csv", "\"a b\",\"c\"\"d\"\n1,2\n"), NULL, &defaults,
                         &err));
    assert_string_equal(ml_schema_name(schema, 0), "a b");
    assert_string_equal(ml_schema_name(schema, 1), "c\"d");
    assert_true(ml_schema_has_header(schema));
    assert_int_equal(ml_schema_target(schema), 1);
    assert_int_equal(ml_schema_role(schema, 1), ML_ROLE_TARGET);
    ml_schema_free(schema);
    struct ml_csv_options bare = defaults;
    bare.header = ML_HEADER_NO;
    must(ml_schema_infer(&schema, test_text("n.csv", "1,2\n3,4\n"), "Var1", &bare, &err));
    assert_string_equal(ml_schema_name(schema, 0), "Var1");
    assert_string_equal(ml_schema_name(schema, 1), "Var2");
    assert_false(ml_schema_has_header(schema));
    assert_int_equal(ml_schema_target(schema), 0);
    ml_schema_free(schema);
    must(ml_schema_infer(&schema, test_text("n.csv", "1,2,3,4,5,6,7,8,9,10\n"), NULL, &bare, &err));
    assert_string_equal(ml_schema_name(schema, 0), "Var01");
    assert_string_equal(ml_schema_name(schema, 9), "Var10");
    ml_schema_free(schema);
}

static void malformed_records_are_passed_over(void **state)
{
    (void)state;
    assert_types("a,y\n1,x\nabc\nabc,d,e\n\"ab\"c,x\n2,z\n", NULL, "NC");
}

static void what_is_no_table_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *csv;
        const char *target;
        const char *message;
    } cases[] = {
        {"", NULL, "the file is empty"},
        {"a,b\n", NULL, "no rows to infer types from"},
        {"a,b\n1\n", NULL, "no rows to infer types from"},
        {"a\n1\n", NULL, "only one column"},
        {"a,b\n1,2\n", "c", "no column is named 'c'"},
        {"a,a\n1,2\n", NULL, "'a' appears twice"},
        {"a,\n1,2\n", NULL, "'attributeName' is missing or empty"},
        {"\"x\"y,b\n1,2\n", NULL, ":1: field 1: text behind"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_schema *schema = NULL;
        struct ml_error err = {0};
        if (ml_schema_infer(&schema, test_text("r.csv", cases[i].csv), cases[i].target, &defaults,
                            &err))
            fail_msg("taken: %s", cases[i].csv);
        assert_null(schema);
        assert_int_equal(err.code, ML_EINPUT);
        assert_contains(err.msg, cases[i].message);
        assert_contains(err.msg, "r.csv");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_that_are_all_numbers_are_numeric),
        cmocka_unit_test(zeros_and_ones_and_the_ten_words_are_binary),
        cmocka_unit_test(a_target_of_few_whole_numbers_is_a_class),
        cmocka_unit_test(cells_of_several_words_are_text),
        cmocka_unit_test(names_come_from_the_header_or_are_made_up),
        cmocka_unit_test(malformed_records_are_passed_over),
        cmocka_unit_test(what_is_no_table_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

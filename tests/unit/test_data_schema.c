#include "../lib/testing.h"

#include "data/schema.h"

#define A "{\"attributeName\":\"a\",\"attributeType\":\"NUMERIC\"}"
#define B "{\"attributeName\":\"b\",\"attributeType\":\"BINARY\"}"
#define X "{\"attributeName\":\"x\",\"attributeType\":\"TEXT\"}"
#define LIST "\"attributes\":[" A "," B "," X "]"

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum ml_err code;
        const char *message;
    } cases[] = {
        {"[]", ML_EINPUT, "s: a schema must be a JSON object"},
        {"{", ML_EINPUT, "s:1:2: "},
        {"{}", ML_EINPUT, "s: 'attributes' must be a list of columns"},
        {"{\"attributes\":{}}", ML_EINPUT, "s: 'attributes' must be a list of columns"},
        {"{\"attributes\":[]}", ML_EINPUT, "s: 'attributes' must be a list of columns"},
        {"{\"attributes\":[1]}", ML_EINPUT, "s: attributes[0]: not an object"},
        {"{\"attributes\":[" A ",{}]}", ML_EINPUT,
         "s: attributes[1]: 'attributeName' is missing or empty"},
        {"{\"attributes\":[{\"attributeName\":\"\",\"attributeType\":\"TEXT\"}]}", ML_EINPUT,
         "s: attributes[0]: 'attributeName' is missing or empty"},
        {"{\"attributes\":[{\"attributeName\":7}]}", ML_EINPUT, "'attributeName' is missing"},
        {"{\"attributes\":[{\"attributeName\":\"q\"}]}", ML_EINPUT,
         "s: column 'q': 'attributeType' is missing"},
        {"{\"attributes\":[{\"attributeName\":\"q\",\"attributeType\":\"numeric\"}]}", ML_EINPUT,
         "s: column 'q': unknown type 'numeric'; known are NUMERIC, CATEGORICAL, BINARY, TEXT"},
        {"{\"attributes\":[" A "," A "]}", ML_EINPUT, "s: column 'a' appears twice"},
        {"{" LIST ",\"targetAttributeName\":7}", ML_EINPUT,
         "s: 'targetAttributeName' must be a column's name"},
        {"{" LIST ",\"targetAttributeName\":\"q\"}", ML_EINPUT,
         "s: 'targetAttributeName' names 'q', which is not among the attributes"},
        {"{" LIST ",\"rowId\":\"q\"}", ML_EINPUT, "s: 'rowId' names 'q', which is not among"},
        {"{" LIST ",\"rowId\":[]}", ML_EINPUT, "s: 'rowId' must be a column's name"},
        {"{" LIST ",\"targetAttributeName\":\"b\",\"rowId\":\"b\"}", ML_EINPUT,
         "s: 'rowId' names 'b', which has another role already"},
        {"{" LIST ",\"targetAttributeName\":\"b\",\"excludedAttributeNames\":[\"b\"]}", ML_EINPUT,
         "s: 'excludedAttributeNames' names 'b', which has another role already"},
        {"{" LIST ",\"excludedAttributeNames\":\"b\"}", ML_EINPUT,
         "s: 'excludedAttributeNames' must be a list of names"},
        {"{" LIST ",\"excludedAttributeNames\":[1]}", ML_EINPUT,
         "s: 'excludedAttributeNames' must be a column's name"},
        {"{" LIST ",\"excludedAttributeNames\":[\"q\"]}", ML_EINPUT,
         "s: 'excludedAttributeNames' names 'q', which is not among the attributes"},
        {"{" LIST ",\"targetAttributeName\":\"x\"}", ML_EINPUT,
         "s: column 'x': a TEXT column cannot be the target"},
        {"{" LIST ",\"targetAttributeName\":\"b\",\"excludedAttributeNames\":[\"a\",\"x\"]}",
         ML_EINPUT, "s: no column is left to learn from"},
        {"{" LIST ",\"version\":\"2.0\"}", ML_EUNSUPPORTED, "s: 'version' must be \"1.0\""},
        {"{" LIST ",\"version\":1.0}", ML_EUNSUPPORTED, "s: 'version' must be \"1.0\""},
        {"{" LIST ",\"dataFormat\":\"TSV\"}", ML_EUNSUPPORTED, "s: 'dataFormat' must be \"CSV\""},
        {"{" LIST ",\"rowWeight\":\"x\"}", ML_EINPUT,
         "s: column 'x': a row weight must be NUMERIC"},
        {"{" LIST ",\"rowWeight\":\"q\"}", ML_EINPUT,
         "s: 'rowWeight' names 'q', which is not among the attributes"},
        {"{" LIST ",\"dataFileContainsHeader\":\"yes\"}", ML_EINPUT,
         "s: 'dataFileContainsHeader' must be true or false"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_schema *schema = NULL;
        struct ml_error err = {0};
        if (ml_schema_parse(&schema, cases[i].json, strlen(cases[i].json), "s", &err))
            fail_msg("taken: %s", cases[i].json);
        assert_null(schema);
        if (err.code != cases[i].code || strstr(err.msg, cases[i].message) == NULL)
            fail_msg("%s: %d '%s'", cases[i].json, (int)err.code, err.msg);
    }
}

static void assert_example(const struct ml_schema *schema)
{
    assert_int_equal(ml_schema_n_columns(schema), 4);
    assert_string_equal(ml_schema_name(schema, 0), "id");
    assert_int_equal(ml_schema_role(schema, 0), ML_ROLE_ROW_ID);
    assert_int_equal(ml_schema_type(schema, 1), ML_NUMERIC);
    assert_int_equal(ml_schema_role(schema, 1), ML_ROLE_INPUT);
    assert_int_equal(ml_schema_type(schema, 2), ML_TEXT);
    assert_int_equal(ml_schema_role(schema, 2), ML_ROLE_EXCLUDED);
    assert_int_equal(ml_schema_type(schema, 3), ML_BINARY);
    assert_int_equal(ml_schema_role(schema, 3), ML_ROLE_TARGET);
    assert_int_equal(ml_schema_target(schema), 3);
    assert_true(ml_schema_has_header(schema));
    assert_int_equal(ml_schema_n_inputs(schema), 1);
    assert_int_equal(schema->row_id, 0);
}

static void the_older_spelling_means_the_same(void **state)
{
    (void)state;
    struct ml_schema *schema = test_schema(
        "{\"version\":\"1.0\",\"recordAnnotationFieldName\":\"id\",\"recordWeightFieldName\":null,"
        "\"targetFieldName\":\"y\",\"dataFormat\":\"CSV\",\"dataFileContainsHeader\":true,"
        "\"variables\":[{\"fieldName\":\"id\",\"fieldType\":\"CATEGORICAL\"},"
        "{\"fieldName\":\"a\",\"fieldType\":\"NUMERIC\"},{\"fieldName\":\"x\",\"fieldType\":"
        "\"TEXT\"},{\"fieldName\":\"y\",\"fieldType\":\"BINARY\"}],"
        "\"excludedVariableNames\":[\"x\"]}");
    assert_example(schema);
    ml_schema_free(schema);
    struct ml_schema *old = NULL;
    struct ml_error err = {0};
    static const char weight[] = "{" LIST ",\"recordWeightFieldName\":\"a\"}";
    must(ml_schema_parse(&old, weight, strlen(weight), "s", &err));
    assert_int_equal(ml_schema_role(old, 0), ML_ROLE_WEIGHT);
    ml_schema_free(old);
}

static void the_row_weight_is_no_input_and_can_be_another(void **state)
{
    (void)state;
    struct ml_error err = {0};
    struct ml_schema *schema =
        test_schema("{\"targetAttributeName\":\"y\",\"rowWeight\":\"w\",\"attributes\":["
                    "{\"attributeName\":\"w\",\"attributeType\":\"NUMERIC\"},"
                    "{\"attributeName\":\"v\",\"attributeType\":\"NUMERIC\"},"
                    "{\"attributeName\":\"c\",\"attributeType\":\"CATEGORICAL\"},"
                    "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"}]}");
    assert_int_equal(ml_schema_weight(schema), 0);
    assert_int_equal(ml_schema_n_inputs(schema), 2);
    must(ml_schema_set_weight(schema, "v", &err));
    assert_int_equal(ml_schema_role(schema, 0), ML_ROLE_EXCLUDED);
    assert_int_equal(ml_schema_role(schema, 1), ML_ROLE_WEIGHT);
    char *json = ml_schema_json(schema);
    struct ml_schema *copy = test_schema(json);
    assert_int_equal(ml_schema_weight(copy), 1);
    assert_int_equal(ml_schema_role(copy, 0), ML_ROLE_EXCLUDED);
    static const struct {
        const char *name;
        const char *message;
    } cases[] = {{"q", "'q' is no column of the schema"},
                 {"y", "the target cannot be the row weight"},
                 {"c", "a row weight must be NUMERIC"}};
    for (size_t i = 0; i < 3; i++) {
        assert_false(ml_schema_set_weight(schema, cases[i].name, &err));
        assert_contains(err.msg, cases[i].message);
    }
    free(json);
    ml_schema_free(copy);
    ml_schema_free(schema);
}

static void saving_and_loading_is_identity(void **state)
{
    (void)state;
    struct ml_schema *schema = test_schema(
        "{\"rowId\":\"id\",\"targetAttributeName\":\"y\",\"dataFileContainsHeader\":true,"
        "\"excludedAttributeNames\":[\"x\",\"id\"],\"somethingElse\":[1],\"attributes\":["
        "{\"attributeName\":\"id\",\"attributeType\":\"CATEGORICAL\"},"
        "{\"attributeName\":\"a\",\"attributeType\":\"NUMERIC\"},"
        "{\"attributeName\":\"x\",\"attributeType\":\"TEXT\"},"
        "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"}]}");
    assert_example(schema);
    char *json = ml_schema_json(schema);
    assert_int_equal(json[strlen(json) - 1], '\n');
    struct ml_schema *copy = NULL;
    struct ml_error err;
    must(ml_schema_load(&copy, test_text("s.json", json), &err));
    assert_example(copy);
    char *again = ml_schema_json(copy);
    assert_string_equal(json, again);
    struct ml_strbuf line = {0};
    ml_schema_to_json(copy, &line);
    assert_null(strchr(line.bytes, '\n'));
    struct ml_schema *third = test_schema(line.bytes);
    assert_example(third);
    ml_strbuf_release(&line);
    free(json);
    free(again);
    ml_schema_free(schema);
    ml_schema_free(copy);
    ml_schema_free(third);
}

static void odd_names_survive(void **state)
{
    (void)state;
    struct ml_schema *schema = test_schema(
        "{\"attributes\":[{\"attributeName\":\"a "
        "\\\"b\\\"\\\\\\n,\",\"attributeType\":\"NUMERIC\"},"
        "{\"attributeName\":\"gr\\u00f6\\u00dfe \",\"attributeType\":\"CATEGORICAL\"}]}");
    assert_int_equal(ml_schema_target(schema), -1);
    assert_false(ml_schema_has_header(schema));
    assert_string_equal(ml_schema_name(schema, 0), "a \"b\"\\\n,");
    char *json = ml_schema_json(schema);
    struct ml_schema *copy = test_schema(json);
    assert_string_equal(ml_schema_name(copy, 0), ml_schema_name(schema, 0));
    assert_string_equal(ml_schema_name(copy, 1), "gr\xc3\xb6\xc3\x9f"
                                                 "e ");
    free(json);
    ml_schema_free(schema);
    ml_schema_free(copy);
}

static void absent_and_null_roles_are_none(void **state)
{
    (void)state;
    struct ml_schema *schema =
        test_schema("{\"rowId\":null,\"targetAttributeName\":null,"
                    "\"rowWeight\":null,\"excludedAttributeNames\":null," LIST "}");
    assert_int_equal(ml_schema_target(schema), -1);
    assert_int_equal(schema->row_id, -1);
    assert_int_equal(ml_schema_n_inputs(schema), 3);
    ml_schema_free(schema);
    ml_schema_free(NULL);
}

static void the_number_of_columns_is_limited(void **state)
{
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        struct ml_strbuf b = {0};
        ml_strbuf_adds(&b, "{\"attributes\":[");
        for (int i = 0; i < ML_MAX_COLUMNS + extra; i++)
            ml_strbuf_addf(&b, "%s{\"attributeName\":\"c%d\",\"attributeType\":\"NUMERIC\"}",
                           i > 0 ? "," : "", i);
        ml_strbuf_adds(&b, "]}");
        struct ml_schema *schema = NULL;
        struct ml_error err = {0};
        bool ok = ml_schema_parse(&schema, b.bytes, b.length, "s", &err);
        assert_int_equal(ok, extra == 0);
        if (!ok)
            assert_int_equal(err.code, ML_ELIMIT);
        ml_schema_free(schema);
        ml_strbuf_release(&b);
    }
}

static void types_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(ml_type_name(ML_NUMERIC), "NUMERIC");
    assert_string_equal(ml_type_name(ML_CATEGORICAL), "CATEGORICAL");
    assert_string_equal(ml_type_name(ML_BINARY), "BINARY");
    assert_string_equal(ml_type_name(ML_TEXT), "TEXT");
}

static void a_missing_file_is_not_found(void **state)
{
    (void)state;
    struct ml_schema *schema = NULL;
    struct ml_error err = {0};
    assert_false(ml_schema_load(&schema, test_path("absent"), &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(the_older_spelling_means_the_same),
        cmocka_unit_test(the_row_weight_is_no_input_and_can_be_another),
        cmocka_unit_test(saving_and_loading_is_identity),
        cmocka_unit_test(odd_names_survive),
        cmocka_unit_test(absent_and_null_roles_are_none),
        cmocka_unit_test(the_number_of_columns_is_limited),
        cmocka_unit_test(types_have_their_names),
        cmocka_unit_test(a_missing_file_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

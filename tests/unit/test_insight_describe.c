#include "../lib/testing.h"

#include "base/json.h"
#include "ml/describe.h"

#define SCHEMA(target)                                                                             \
    "{\"version\":\"1.0\",\"targetAttributeName\":" target ",\"dataFormat\":\"CSV\","              \
    "\"dataFileContainsHeader\":true,\"rowId\":\"id\",\"excludedAttributeNames\":[\"kind\"],"      \
    "\"attributes\":[{\"attributeName\":\"id\",\"attributeType\":\"NUMERIC\"},"                    \
    "{\"attributeName\":\"x\",\"attributeType\":\"NUMERIC\"},"                                     \
    "{\"attributeName\":\"kind\",\"attributeType\":\"CATEGORICAL\"},"                              \
    "{\"attributeName\":\"note\",\"attributeType\":\"TEXT\"},"                                     \
    "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"}]}"

/* Rows with every kind of cell; `rare` distinct values of kind and note. */
static const char *write_file(const char *name, size_t n, size_t rare)
{
    const char *path = test_path(name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("id,x,kind,note,y\n", f);
    for (size_t i = 0; i < n; i++) {
        uint64_t r = ml_mix64(1, i);
        fprintf(f, "%zu,%s%llu,k%llu,word%llu the,%s\n", i, i % 11 == 0 ? "x" : "",
                (unsigned long long)(r % (7 * rare)), (unsigned long long)(r / 7 % rare),
                (unsigned long long)(r / 11 % rare),
                i % 13 == 0  ? ""
                : r % 3 == 0 ? "yes"
                             : "no");
    }
    assert_int_equal(fclose(f), 0);
    return path;
}

static char *describe(const char *path, const char *schema_json, size_t jobs, const char *target)
{
    struct ml_error err;
    struct ml_schema *schema = test_schema(schema_json);
    struct ml_describe_options options = ML_DESCRIBE_OPTIONS_INIT;
    struct ml_description *d;
    options.jobs = jobs;
    options.target = target;
    options.csv.name = "d.csv";
    must(ml_describe(&d, path, schema, &options, &test_quiet, &err));
    char *json = ml_description_json(d);
    char *text = ml_description_text(d);
    struct ml_json *document;
    must(ml_json_parse(&document, json, strlen(json), "json", &err));
    assert_int_equal(ml_json_type(ml_json_get(document, "columns")), ML_JSON_ARRAY);
    ml_json_free(document);
    assert_null(strstr(text, "nan"));
    free(text);
    ml_description_free(d);
    ml_schema_free(schema);
    return json;
}

static void nothing_depends_on_the_threads(void **state)
{
    (void)state;
    static const char *const targets[] = {NULL, "kind", "x"};
    for (size_t rare = 3; rare < 30000; rare *= 40) {
        const char *path = write_file("d.csv", 40000, rare);
        for (size_t t = 0; t < 3; t++) {
            char *one = describe(path, SCHEMA("\"y\""), 1, targets[t]);
            char *five = describe(path, SCHEMA("\"y\""), 5, targets[t]);
            assert_string_equal(one, five);
            free(one);
            free(five);
        }
    }
}

static void a_pipe_is_described_like_the_file(void **state)
{
    (void)state;
    const char *path = write_file("d.csv", 3000, 40);
    char *want = describe(path, SCHEMA("\"y\""), 2, NULL);
    struct ml_strbuf bytes = test_read(path);
    struct test_pipe pipe = {0};
    char *got = describe(test_pipe_start(&pipe, bytes.bytes, bytes.length, 1, 5000),
                         SCHEMA("\"y\""), 2, NULL);
    test_pipe_end(&pipe);
    assert_string_equal(want, got);
    ml_strbuf_release(&bytes);
    free(want);
    free(got);
}

static void cells_are_counted_by_what_is_wrong_with_them(void **state)
{
    (void)state;
    const char *path = test_text(
        "d.csv",
        "id,x,kind,note,y\n1,1,,,yes\n2,nan,a,b,maybe\n3,abc,a,b,\n4,1e999,a,b,no\n5,-0,a,b,t\n");
    char *json = describe(path, SCHEMA("\"y\""), 1, NULL);
    assert_contains(json, "\"missing\":1,\"missing_share\":0.2,\"invalid\":2,\"invalid_share\":0.4,"
                          "\"unique\":2,\"zeros\":1,\"min\":0,\"max\":1,\"mean\":0.5");
    assert_contains(json, "\"empty\":1,\"empty_share\":0.2,\"unique\":2");
    assert_contains(json, "\"role\":\"row_id\"");
    assert_contains(json, "\"role\":\"excluded\"");
    assert_contains(json, "\"true_share\":0.6666666666666666");
    assert_contains(json, "\"entropy\":0.63651416829481");
    assert_contains(json, "\"missing\":2,\"missing_share\":0.4,\"classes\"");
    free(json);
}

static void more_classes_than_a_model_can_have_are_left_out(void **state)
{
    (void)state;
    const char *path = write_file("d.csv", 40000, 150);
    char *json = describe(path, SCHEMA("\"y\""), 2, "kind");
    assert_contains(json, "target_classes");
    assert_null(strstr(json, "\"nats\""));
    free(json);
}

static void what_cannot_be_described_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *target;
        const char *message;
    } cases[] = {
        {"", NULL, "d.csv: the file is empty"},
        {"id,x,kind,note,y\n", NULL, "d.csv: no rows below the header"},
        {"id,x,kind,note,y\n1\n", NULL, "d.csv: none of the 1 rows can be used"},
        {"id,kind,note,y\n1,a,b,1\n", NULL, "d.csv:1: column 'x'"},
        {"id,x,kind,note,y\n1,1,a,b,1\n", "z", "no column named 'z'"},
        {"id,x,kind,note,y\n1,1,a,b,1\n", "note", "a TEXT column cannot be the target"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *path = test_text("d.csv", cases[i].bytes);
        struct ml_schema *schema = test_schema(SCHEMA("\"y\""));
        struct ml_describe_options options = ML_DESCRIBE_OPTIONS_INIT;
        options.csv.name = "d.csv";
        options.target = cases[i].target;
        struct ml_description *d = NULL;
        struct ml_error err;
        assert_false(ml_describe(&d, path, schema, &options, &test_quiet, &err));
        assert_null(d);
        assert_contains(err.msg, cases[i].message);
        ml_schema_free(schema);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_depends_on_the_threads),
        cmocka_unit_test(a_pipe_is_described_like_the_file),
        cmocka_unit_test(cells_are_counted_by_what_is_wrong_with_them),
        cmocka_unit_test(more_classes_than_a_model_can_have_are_left_out),
        cmocka_unit_test(what_cannot_be_described_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

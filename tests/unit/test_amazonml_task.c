/* What a job of Amazon ML does: task texts in, results out. */
#include "../lib/modelling.h"

#include "amazonml/task.h"
#include "base/json.h"
#include "data/schema.h"
#include "ml/registry.h"

static struct ml_strbuf result; /* of the last task */
static struct ml_json *answer;  /* the same, read */

#define DATA "\"data\":\"%s\",\"schema\":%s,\"rearrangement\":%s"

static const char all_rows[] = "\"\"";
static const char first_70[] =
    "\"{\\\"splitting\\\":{\\\"percentBegin\\\":0,\\\"percentEnd\\\":70}}\"";
static const char last_30[] =
    "\"{\\\"splitting\\\":{\\\"percentBegin\\\":70,\\\"percentEnd\\\":100}}\"";

static void task(bool works, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void task(bool works, const char *format, ...)
{
    struct ml_error err;
    char text[8000];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    assert_true(n > 0 && (size_t)n < sizeof(text));
    ml_json_free(answer);
    answer = NULL;
    ml_strbuf_clear(&result);
    bool ok = ml_task_run(&result, text, (size_t)n);
    must(ml_json_parse(&answer, result.bytes, result.length, "result", &err));
    if (ok != works)
        fail_msg("%s -> %s", text, result.bytes);
    assert_int_equal(ml_json_get(answer, "error") != NULL, !ok);
}

static const char *error(void)
{
    return ml_json_string(ml_json_get(answer, "error"));
}

static double number(const char *member)
{
    const struct ml_json *v = ml_json_get(answer, member);
    assert_non_null(v);
    return ml_json_number(v);
}

/* model_schema as a JSON string inside of a task; the last four stay valid. */
static const char *schema_of(const char *target_type, bool header)
{
    static char text[4][4000];
    static int next;
    char *to = text[next++ % 4];
    struct ml_schema *schema = model_schema(target_type);
    schema->has_header = header;
    char *json = ml_schema_json(schema);
    struct ml_strbuf quoted = {0};
    ml_json_adds(&quoted, json);
    assert_true(quoted.length < sizeof(text[0]));
    memcpy(to, quoted.bytes, quoted.length + 1);
    ml_strbuf_release(&quoted);
    free(json);
    ml_schema_free(schema);
    return to;
}

static const char *binary_data(const char *name, size_t n, uint64_t seed)
{
    struct ml_strbuf csv = model_csv(n, seed, model_binary_labels, 2);
    const char *path = test_write(name, csv.bytes, csv.length);
    ml_strbuf_release(&csv);
    return path;
}

static const char *models(void)
{
    return test_path("models");
}

static void train_binary(const char *name, const char *data, const char *rows)
{
    task(true,
         "{\"task\":\"model\",\"models\":\"%s\",\"name\":\"%s\"," DATA
         ",\"recipe\":\"{\\\"outputs\\\":[\\\"ALL_INPUTS\\\"]}\",\"type\":\"BINARY\","
         "\"parameters\":{}}",
         models(), name, data, schema_of("BINARY", true), rows);
}

static void test_a_data_source_is_measured(void **state)
{
    (void)state;
    const char *data = binary_data("source.csv", 200, 1);
    struct stat st;
    assert_int_equal(stat(data, &st), 0);
    task(true, "{\"task\":\"data_source\"," DATA ",\"statistics\":true}", data,
         schema_of("BINARY", true), all_rows);
    assert_true(number("bytes") == (double)st.st_size);
    assert_true(number("files") == 1.0 && number("rows") == 200.0 && number("rejected") == 0.0);
    task(true, "{\"task\":\"data_source\"," DATA ",\"statistics\":true}", data,
         schema_of("BINARY", true), first_70);
    assert_true(number("rows") == 140.0);
    task(true, "{\"task\":\"data_source\"," DATA ",\"statistics\":false}", data,
         schema_of("BINARY", true), first_70);
    assert_int_equal(ml_json_type(ml_json_get(answer, "rows")), ML_JSON_NULL);
    assert_int_equal(ml_json_type(ml_json_get(answer, "rejected")), ML_JSON_NULL);
}

static void test_a_directory_is_a_data_source(void **state)
{
    (void)state;
    assert_int_equal(mkdir(test_path("many"), 0700), 0);
    binary_data("many/a.csv", 50, 1);
    binary_data("many/b.csv", 30, 2);
    task(true, "{\"task\":\"data_source\"," DATA ",\"statistics\":true}", test_path("many/"),
         schema_of("BINARY", true), all_rows);
    assert_true(number("files") == 2.0 && number("rows") == 80.0);
}

static void test_bad_rows_are_counted_and_too_many_fail(void **state)
{
    (void)state;
    struct ml_strbuf csv = model_csv(20, 1, model_binary_labels, 2);
    ml_strbuf_adds(&csv, "one,two\n");
    const char *data = test_write("bad.csv", csv.bytes, csv.length);
    task(true, "{\"task\":\"data_source\"," DATA ",\"statistics\":true}", data,
         schema_of("BINARY", true), all_rows);
    assert_true(number("rows") == 20.0 && number("rejected") == 1.0);
    for (int i = 0; i < 10000; i++)
        ml_strbuf_adds(&csv, "one,two\n");
    data = test_write("bad.csv", csv.bytes, csv.length);
    ml_strbuf_release(&csv);
    task(false,
         "{\"task\":\"data_source\"," DATA ",\"location\":\"s3://b/bad.csv\","
         "\"statistics\":true}",
         data, schema_of("BINARY", true), all_rows);
    assert_contains(error(), "s3://b/bad.csv:10022: ");
    assert_contains(error(), "rejected row 10001; at most 10000 are allowed");
}

static void test_bad_data_sources_have_a_message(void **state)
{
    (void)state;
    const char *schema = schema_of("BINARY", true);
    const char *data = binary_data("good.csv", 20, 1);
    for (int statistics = 0; statistics < 2; statistics++) {
        const char *flag = statistics ? "true" : "false";
        task(false, "{\"task\":\"data_source\"," DATA ",\"statistics\":%s}", data, "\"{}\"",
             all_rows, flag);
        assert_contains(error(), "schema");
        task(false, "{\"task\":\"data_source\"," DATA ",\"statistics\":%s}", data, schema,
             "\"{\\\"splitting\\\":{\\\"percentBegin\\\":200}}\"", flag);
        assert_contains(error(), "percentBegin");
        task(false, "{\"task\":\"data_source\"," DATA ",\"statistics\":%s}", data, schema, "\"70\"",
             flag);
        assert_string_equal(error(), "data rearrangement: not a JSON object");
        task(true, "{\"task\":\"data_source\"," DATA ",\"statistics\":%s}", data, schema,
             "\"\\n {\\n}\\n\"", flag);
        task(false,
             "{\"task\":\"data_source\"," DATA ",\"location\":\"s3://b/x\",\"statistics\":%s}",
             test_path("none.csv"), schema, all_rows, flag);
        assert_contains(error(), "'s3://b/x'");
        task(false, "{\"task\":\"data_source\"," DATA ",\"statistics\":%s}",
             test_text("empty.csv", MODEL_HEADER), schema, all_rows, flag);
        assert_contains(error(), "there are no rows");
        task(false, "{\"task\":\"data_source\"," DATA ",\"statistics\":%s}",
             test_text("broken.csv", MODEL_HEADER "1,2\n3\n"), schema, all_rows, flag);
        assert_contains(error(), "broken.csv:2: ");
        assert_contains(error(), "no row can be read");
    }
}

static void test_a_model_is_trained_and_told_about(void **state)
{
    (void)state;
    const char *data = binary_data("train.csv", 400, 3);
    task(true,
         "{\"task\":\"model\",\"models\":\"%s\",\"name\":\"ml-1\"," DATA
         ",\"recipe\":\"\",\"type\":\"BINARY\",\"parameters\":{\"sgd.maxPasses\":\"10\"}}",
         models(), data, schema_of("BINARY", true), all_rows);
    assert_true(number("version") == 1.0 && number("threshold") == 0.5 && number("bytes") > 1000.0);
    assert_contains(ml_json_string(ml_json_get(answer, "recipe")), "{\"outputs\":[");
    train_binary("ml-1", data, all_rows);
    assert_true(number("version") == 2.0);
    assert_string_equal(ml_json_string(ml_json_get(answer, "recipe")),
                        "{\"outputs\":[\"ALL_INPUTS\"]}");
}

/* What the model says of itself in the registry. */
static void assert_trained(const char *reference, size_t n_train)
{
    struct ml_registry *registry = NULL;
    struct ml_model *model = NULL;
    struct ml_error err;
    must(ml_registry_open(&registry, models(), &err));
    must(ml_registry_load(&model, registry, reference, &err));
    assert_int_equal(model->provenance.n_train, n_train);
    ml_model_free(model);
    ml_registry_close(registry);
}

static void test_the_rows_of_the_data_source_train(void **state)
{
    (void)state;
    const char *data = binary_data("rows.csv", 200, 4);
    train_binary("all", data, all_rows);
    assert_trained("all", 200);
    train_binary("some", data, first_70);
    assert_trained("some", 140);
    train_binary("rest", data, last_30);
    assert_trained("rest", 60);
    train_binary("others", data,
                 "\"{\\\"splitting\\\":{\\\"percentBegin\\\":0,\\\"percentEnd\\\":70,"
                 "\\\"complement\\\":\\\"true\\\"}}\"");
    assert_trained("others", 60);
}

static void bad_model(const char *schema, const char *recipe, const char *type,
                      const char *parameters, const char *part)
{
    task(false,
         "{\"task\":\"model\",\"models\":\"%s\",\"name\":\"bad\"," DATA
         ",\"recipe\":%s,\"type\":\"%s\",\"parameters\":{%s}}",
         models(), binary_data("bad-model.csv", 60, 5), schema, all_rows, recipe, type, parameters);
    assert_contains(error(), part);
}

static void test_bad_models_have_a_message(void **state)
{
    (void)state;
    const char *schema = schema_of("BINARY", true);
    bad_model(schema, "\"\"", "REGRESSION", "",
              "a REGRESSION model needs a NUMERIC target, but column 'y' is BINARY");
    bad_model(schema, "\"\"", "MULTICLASS", "", "needs a CATEGORICAL target");
    bad_model(schema, "\"\"", "binary", "", "not 'binary'");
    bad_model(schema, "\"{}\"", "BINARY", "", "recipe");
    bad_model(schema, "7", "BINARY", "", "the task's 'recipe' must be a string");
    bad_model(schema, "\"\"", "BINARY", "\"sgd.maxPasses\":\"0\"", "from 1 to 10000, not '0'");
    bad_model(schema, "\"\"", "BINARY", "\"sgd.maxPasses\":\"1e1\"", "a whole number");
    bad_model(schema, "\"\"", "BINARY", "\"sgd.maxPasses\":10", "an object of strings");
    bad_model(schema, "\"\"", "BINARY", "\"sgd.shuffleType\":\"all\"", "'auto' or 'none'");
    bad_model(schema, "\"\"", "BINARY", "\"sgd.maxMLModelSizeInBytes\":\"99999\"", "from 100000");
    bad_model(schema, "\"\"", "BINARY", "\"sgd.l1RegularizationAmount\":\"-1\"", "0 or more");
    bad_model(schema, "\"\"", "BINARY", "\"sgd.rate\":\"1\"", "unknown parameter 'sgd.rate'");
    bad_model(schema, "\"\"", "BINARY",
              "\"sgd.l1RegularizationAmount\":\"1e-6\",\"sgd.l2RegularizationAmount\":\"1e-6\"",
              "exclude each other");
}

static void test_amazons_own_parameters_are_taken(void **state)
{
    (void)state;
    task(true,
         "{\"task\":\"model\",\"models\":\"%s\",\"name\":\"own\"," DATA
         ",\"recipe\":\"{\\\"outputs\\\":[\\\"ALL_INPUTS\\\"]}\",\"type\":\"BINARY\","
         "\"parameters\":{\"sgd.maxPasses\":\"10\",\"sgd.l2RegularizationAmount\":\"1e-6\","
         "\"sgd.shuffleType\":\"auto\",\"sgd.maxMLModelSizeInBytes\":\"104857600\","
         "\"sgd.l1RegularizationAmount\":\"0.0\"}}",
         models(), binary_data("own.csv", 60, 5), schema_of("BINARY", true), all_rows);
}

/* The figure under that name, which is a string. */
static double metric(const char *name)
{
    const struct ml_json *metrics = ml_json_get(answer, "metrics");
    assert_int_equal(ml_json_count(metrics), 1);
    const struct ml_json *v = ml_json_get(metrics, name);
    assert_non_null(v);
    assert_non_null(ml_json_string(v));
    return strtod(ml_json_string(v), NULL);
}

static void evaluate(bool works, const char *model, const char *data, const char *schema,
                     const char *rows)
{
    task(works,
         "{\"task\":\"evaluation\",\"models\":\"%s\",\"model\":\"%s\"," DATA
         ",\"location\":\"s3://b/data\"}",
         models(), model, data, schema, rows);
}

static void test_an_evaluation_has_amazons_figure_and_ours(void **state)
{
    (void)state;
    const char *data = binary_data("judge.csv", 600, 6);
    train_binary("judged", data, first_70);
    evaluate(true, "judged@1", data, schema_of("BINARY", true), last_30);
    const struct ml_json *report = ml_json_get(answer, "report");
    assert_true(metric("BinaryAUC") == ml_json_number(ml_json_get(report, "auc")));
    assert_true(metric("BinaryAUC") > 0.7);
    assert_true(ml_json_number(ml_json_get(report, "rows")) == 180.0);
    assert_string_equal(ml_json_string(ml_json_get(report, "data")), "s3://b/data");
}

static void test_the_other_types_of_models_have_their_figures(void **state)
{
    (void)state;
    struct ml_strbuf csv = model_csv(300, 7, model_class_labels, 3);
    const char *data = test_write("classes.csv", csv.bytes, csv.length);
    ml_strbuf_release(&csv);
    task(true,
         "{\"task\":\"model\",\"models\":\"%s\",\"name\":\"classes\"," DATA
         ",\"recipe\":\"{\\\"outputs\\\":[\\\"ALL_INPUTS\\\"]}\",\"type\":\"MULTICLASS\"}",
         models(), data, schema_of("CATEGORICAL", true), first_70);
    assert_int_equal(ml_json_type(ml_json_get(answer, "threshold")), ML_JSON_NULL);
    evaluate(true, "classes", data, schema_of("CATEGORICAL", true), last_30);
    assert_true(metric("MulticlassAvgFScore") > 0.3);

    static const char *const values[] = {"1.5", "9"};
    csv = model_csv(300, 8, values, 2);
    data = test_write("values.csv", csv.bytes, csv.length);
    ml_strbuf_release(&csv);
    task(true,
         "{\"task\":\"model\",\"models\":\"%s\",\"name\":\"values\"," DATA
         ",\"recipe\":\"{\\\"outputs\\\":[\\\"ALL_INPUTS\\\"]}\",\"type\":\"REGRESSION\"}",
         models(), data, schema_of("NUMERIC", true), first_70);
    evaluate(true, "values", data, schema_of("NUMERIC", true), last_30);
    assert_true(metric("RegressionRMSE") > 0.0 && metric("RegressionRMSE") < 3.75);
}

static void test_the_models_types_win_over_the_data_sources(void **state)
{
    (void)state;
    const char *data = binary_data("types.csv", 300, 9);
    train_binary("types", data, first_70);
    evaluate(true, "types", data, schema_of("BINARY", true), last_30);
    double auc = metric("BinaryAUC");
    evaluate(true, "types", data, schema_of("CATEGORICAL", true), last_30);
    assert_true(metric("BinaryAUC") == auc);
}

static void test_without_a_header_the_places_must_agree(void **state)
{
    (void)state;
    const char *data = binary_data("headed.csv", 300, 10);
    train_binary("places", data, first_70);
    evaluate(true, "places", data, schema_of("BINARY", true), all_rows);
    double auc = metric("BinaryAUC");
    struct ml_strbuf csv = test_read(data);
    data = test_text("headless.csv", csv.bytes + strlen(MODEL_HEADER));
    ml_strbuf_release(&csv);
    evaluate(true, "places", data, schema_of("BINARY", false), all_rows);
    assert_true(metric("BinaryAUC") == auc);
    evaluate(false, "places", data,
             "\"{\\\"attributes\\\":[{\\\"attributeName\\\":\\\"n\\\",\\\"attributeType\\\":"
             "\\\"NUMERIC\\\"}]}\"",
             all_rows);
    assert_contains(error(), "the data have no header");
}

static void test_bad_evaluations_have_a_message(void **state)
{
    (void)state;
    const char *schema = schema_of("BINARY", true);
    const char *data = binary_data("eval.csv", 100, 11);
    train_binary("eval", data, all_rows);
    evaluate(false, "eval@7", data, schema, all_rows);
    assert_contains(error(), "eval");
    evaluate(false, "..", data, schema, all_rows);
    evaluate(false, "eval", test_path("none.csv"), schema, all_rows);
    assert_contains(error(), "s3://b/data");
    evaluate(false, "eval", test_text("other.csv", "a,b\n1,2\n"), schema, all_rows);
    assert_contains(error(), "s3://b/data:1: ");
}

static void batch(bool works, const char *id, const char *data, const char *rows)
{
    task(works,
         "{\"task\":\"batch\",\"models\":\"%s\",\"model\":\"batch@1\",\"id\":\"%s\",\"out\":\"%"
         "s\"," DATA "}",
         models(), id, test_path("out/"), data, schema_of("BINARY", true), rows);
}

static void test_a_batch_is_written_as_amazon_does_and_may_be_repeated(void **state)
{
    (void)state;
    char data[600];
    snprintf(data, sizeof(data), "%s", binary_data("batch.csv", 100, 12));
    train_binary("batch", data, all_rows);
    batch(true, "bp-1-x", data, all_rows);
    batch(true, "bp-1", data, all_rows);
    assert_true(number("records") == 100.0 && number("invalid") == 0.0);
    assert_int_equal(access(test_path("out/batch-prediction/bp-1.manifest"), R_OK), 0);
    struct ml_strbuf first = test_read(test_path("out/batch-prediction/result/bp-1-batch.csv.gz"));
    /* killed while it wrote, with the manifest still to come */
    assert_int_equal(unlink(test_path("out/batch-prediction/bp-1.manifest")), 0);
    test_text("out/batch-prediction/result/.bp-1-batch.csv.gz.tmp-1-0", "half");
    test_text("out/batch-prediction/.bp-1.manifest.tmp-1-1", "half");
    batch(true, "bp-1", data, all_rows);
    struct ml_strbuf again = test_read(test_path("out/batch-prediction/result/bp-1-batch.csv.gz"));
    assert_same_bytes(&first, &again);
    assert_int_equal(test_count_entries(test_path("out/batch-prediction/result")), 2);
    assert_int_equal(test_count_entries(test_path("out/batch-prediction")), 3);
    batch(true, "bp-1", data, first_70);
    assert_true(number("records") == 70.0);
    assert_int_equal(access(test_path("out/batch-prediction/bp-1-x.manifest"), R_OK), 0);
    ml_strbuf_release(&first);
    ml_strbuf_release(&again);
}

static void test_bad_batches_have_a_message(void **state)
{
    (void)state;
    const char *data = binary_data("batch.csv", 100, 12);
    train_binary("batch", data, all_rows);
    batch(false, "../x", data, all_rows);
    assert_contains(error(), "the id must be");
    batch(false, "bp-9", test_text("wrong.csv", MODEL_HEADER "1,2\n"), all_rows);
    assert_int_equal(access(test_path("out/batch-prediction/bp-9.manifest"), F_OK), -1);
    task(false,
         "{\"task\":\"batch\"," DATA ",\"location\":\"s3://in/x\",\"models\":\"%s\",\"model\":"
         "\"batch@1\",\"id\":\"bp-8\",\"out\":\"%s/\",\"output\":\"s3://out/\"}",
         binary_data("batch.csv", 100, 12), schema_of("BINARY", true), all_rows, models(),
         test_text("file", "x"));
    assert_contains(error(), "'s3://out/batch-prediction");
}

static void test_what_is_no_task_has_a_message(void **state)
{
    (void)state;
    task(false, "no JSON");
    task(false, "[1]");
    assert_contains(error(), "the task's 'task' must be a string");
    task(false, "{\"task\":\"dance\"}");
    assert_contains(error(), "unknown task 'dance'");
    static const char *const kinds[] = {"data_source", "model", "evaluation", "batch"};
    for (size_t i = 0; i < 4; i++) {
        task(false, "{\"task\":\"%s\"}", kinds[i]);
        assert_contains(error(), "the task's 'data' must be a string");
    }
}

static int open_task(const char *text)
{
    int fd = open(test_text("task.json", text), O_RDONLY);
    assert_true(fd >= 0);
    return fd;
}

static void test_a_process_reads_a_task_and_writes_a_result(void **state)
{
    (void)state;
    int in = open_task("{\"task\":\"dance\"}");
    int out = open(test_path("result.json"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(ml_task_main(in, out), 0);
    struct ml_strbuf text = test_read(test_path("result.json"));
    assert_string_equal(text.bytes, "{\"error\":\"unknown task 'dance'\"}\n");
    ml_strbuf_release(&text);
    close(in);
    close(out);
}

static int tear_down(void **state)
{
    ml_json_free(answer);
    ml_strbuf_release(&result);
    return test_teardown(state);
}

int main(void)
{
    test_touch_all();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_data_source_is_measured),
        cmocka_unit_test(test_a_directory_is_a_data_source),
        cmocka_unit_test(test_bad_rows_are_counted_and_too_many_fail),
        cmocka_unit_test(test_bad_data_sources_have_a_message),
        cmocka_unit_test(test_a_model_is_trained_and_told_about),
        cmocka_unit_test(test_the_rows_of_the_data_source_train),
        cmocka_unit_test(test_bad_models_have_a_message),
        cmocka_unit_test(test_amazons_own_parameters_are_taken),
        cmocka_unit_test(test_an_evaluation_has_amazons_figure_and_ours),
        cmocka_unit_test(test_the_other_types_of_models_have_their_figures),
        cmocka_unit_test(test_the_models_types_win_over_the_data_sources),
        cmocka_unit_test(test_without_a_header_the_places_must_agree),
        cmocka_unit_test(test_bad_evaluations_have_a_message),
        cmocka_unit_test(test_a_batch_is_written_as_amazon_does_and_may_be_repeated),
        cmocka_unit_test(test_bad_batches_have_a_message),
        cmocka_unit_test(test_what_is_no_task_has_a_message),
        cmocka_unit_test(test_a_process_reads_a_task_and_writes_a_result),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}

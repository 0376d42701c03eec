#include "../lib/modelling.h"

#include <math.h>

#include "base/json.h"
#include "model/crossvalidate.h"

static struct ml_crossvalidation *run(const char *path, const struct ml_schema *schema,
                                      const struct ml_crossvalidate_options *o)
{
    struct ml_train_options train = ML_TRAIN_OPTIONS_INIT;
    struct ml_crossvalidation *r;
    struct ml_error err;
    train.split = 100.0;
    must(ml_crossvalidate(&r, path, schema, &train, o, &test_quiet, &err));
    return r;
}

static void figures_are_means_over_the_folds(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = model_csv(300, 1, model_binary_labels, 2);
    const char *path = test_write("mean.csv", csv.bytes, csv.length);
    struct ml_crossvalidate_options o = ML_CROSSVALIDATE_OPTIONS_INIT;
    struct ml_crossvalidation *r = run(path, schema, &o);
    assert_int_equal(r->n_rows, 300);
    for (int m = 0; m < ML_N_METRICS; m++) {
        if (!ml_metric_suits((enum ml_metric)m, 2))
            continue;
        double sum = 0.0;
        double squares = 0.0;
        for (size_t f = 0; f < 5; f++)
            sum += ml_figures_get(&r->crossval.left_out[f], (enum ml_metric)m);
        for (size_t f = 0; f < 5; f++)
            squares +=
                pow(ml_figures_get(&r->crossval.left_out[f], (enum ml_metric)m) - sum / 5.0, 2.0);
        assert_true(fabs(r->left_out.mean[m] - sum / 5.0) < 1e-12);
        assert_true(fabs(r->left_out.sd[m] - sqrt(squares / 4.0)) < 1e-12);
    }
    ml_crossvalidation_free(r);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void a_learning_curve_grows_to_all_rows(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("CATEGORICAL");
    struct ml_strbuf csv = model_csv(600, 1, model_class_labels, 3);
    const char *path = test_write("curve.csv", csv.bytes, csv.length);
    struct ml_crossvalidate_options o = {.folds = 4, .learning_curve = true};
    struct ml_crossvalidation *r = run(path, schema, &o);
    static const double shares[] = {10, 20, 40, 70, 100};
    assert_int_equal(r->n_curve, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(r->curve[i].share == shares[i]);
        assert_true(fabs(r->curve[i].rows - 4.5 * shares[i]) <= 3.0);
    }
    assert_true(r->curve[4].left_out.mean[ML_METRIC_LOG_LOSS] ==
                r->left_out.mean[ML_METRIC_LOG_LOSS]);
    assert_true(r->curve[0].left_out.mean[ML_METRIC_LOG_LOSS] >
                r->curve[4].left_out.mean[ML_METRIC_LOG_LOSS]);
    ml_crossvalidation_free(r);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

/* Folds without a positive row have no AUC; folds whose shares have one class are left out. */
static void what_is_undefined_is_null_and_never_a_number(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = {0};
    ml_strbuf_adds(&csv, MODEL_HEADER);
    for (int i = 0; i < 40; i++)
        ml_strbuf_addf(&csv, "r%d,%d,%d,red,w,%d\n", i, i % 7, i % 2, i % 20 == 3);
    const char *path = test_write("rare.csv", csv.bytes, csv.length);
    struct ml_crossvalidate_options o = {.folds = 5, .learning_curve = true};
    struct ml_crossvalidation *r = run(path, schema, &o);
    char *json = ml_crossvalidation_json(r);
    char *text = ml_crossvalidation_text(r);
    struct ml_json *root;
    struct ml_error err;
    must(ml_json_parse(&root, json, strlen(json), "json", &err));
    assert_contains(json, "\"auc\":null");
    assert_null(strstr(json, "nan"));
    assert_null(strstr(text, "nan"));
    ml_json_free(root);
    free(json);
    free(text);
    ml_crossvalidation_free(r);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void tuning_inside_is_refused(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_train_options train = ML_TRAIN_OPTIONS_INIT;
    struct ml_crossvalidate_options o = ML_CROSSVALIDATE_OPTIONS_INIT;
    struct ml_crossvalidation *r;
    struct ml_error err;
    train.tune = "auc";
    assert_false(ml_crossvalidate(&r, "none.csv", schema, &train, &o, &test_quiet, &err));
    assert_contains(err.msg, "does not tune");
    ml_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_means_over_the_folds),
        cmocka_unit_test(a_learning_curve_grows_to_all_rows),
        cmocka_unit_test(what_is_undefined_is_null_and_never_a_number),
        cmocka_unit_test(tuning_inside_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

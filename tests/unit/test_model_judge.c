#include "../lib/modelling.h"

#include <math.h>

#include "base/json.h"
#include "ml/compare.h"
#include "model/importance_rows.h"

static const struct {
    const char *type;
    const char *const *labels;
    size_t n_labels;
    const char *figure; /* that both reports have */
} problems[] = {{"BINARY", model_binary_labels, 2, "auc"},
                {"CATEGORICAL", model_class_labels, 3, "log_loss"}};

static struct ml_model *train(const char *csv, size_t n, const char *type, double c)
{
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_schema *schema = model_schema(type);
    struct ml_train_summary summary;
    struct ml_model *model = NULL;
    struct ml_error err;
    options.c = c;
    const char *path = test_write("train.csv", csv, n);
    must(ml_train(&model, path, schema, &options, &test_quiet, &summary, NULL, &err));
    ml_schema_free(schema);
    return model;
}

static struct ml_model *train_problem(size_t p, size_t n, uint64_t seed, double c)
{
    struct ml_strbuf csv = model_csv(n, seed, problems[p].labels, problems[p].n_labels);
    struct ml_model *model = train(csv.bytes, csv.length, problems[p].type, c);
    ml_strbuf_release(&csv);
    return model;
}

static const char *write_rows(const char *name, size_t p, size_t n, uint64_t seed)
{
    struct ml_strbuf csv = model_csv(n, seed, problems[p].labels, problems[p].n_labels);
    const char *path = test_write(name, csv.bytes, csv.length);
    ml_strbuf_release(&csv);
    return path;
}

static char *judge(const struct ml_model *model, const char *data,
                   const struct ml_evaluate_options *options)
{
    struct ml_evaluate_options plain = ML_EVALUATE_OPTIONS_INIT;
    struct ml_evaluation *e = NULL;
    struct ml_error err;
    must(ml_evaluate(&e, model, data, options != NULL ? options : &plain, &test_quiet, &err));
    char *json = ml_evaluation_json(e);
    char *text = ml_evaluation_text(e);
    assert_null(strstr(json, "nan"));
    assert_null(strstr(text, "nan"));
    free(text);
    ml_evaluation_free(e);
    return json;
}

static struct ml_json *parse(const char *text)
{
    struct ml_json *document = NULL;
    struct ml_error err;
    must(ml_json_parse(&document, text, strlen(text), "report", &err));
    return document;
}

static double figure_of(const struct ml_model *model, const char *data, const char *name)
{
    char *text = judge(model, data, NULL);
    struct ml_json *document = parse(text);
    double x = ml_json_number(ml_json_get(document, name));
    ml_json_free(document);
    free(text);
    return x;
}

static void compared_models_have_the_figures_that_evaluation_gives_each(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct ml_model *a = train_problem(p, 300, 1, 0.001);
        struct ml_model *b = train_problem(p, 300, 1, 1);
        const char *data = write_rows("new.csv", p, 400, 9);
        struct ml_comparison_options options = ML_COMPARISON_OPTIONS_INIT;
        struct ml_comparison *c = NULL;
        struct ml_error err;
        must(ml_compare_models(&c, a, b, data, &options, &test_quiet, &err));
        assert_int_equal(ml_comparison_rows(c), 400);
        char *text = ml_comparison_json(c);
        struct ml_json *document = parse(text);
        const struct ml_json *figure = ml_json_get(document, problems[p].figure);
        double wanted_a = figure_of(a, data, problems[p].figure);
        double wanted_b = figure_of(b, data, problems[p].figure);
        assert_true(fabs(ml_json_number(ml_json_get(figure, "a")) - wanted_a) < 1e-12);
        assert_true(fabs(ml_json_number(ml_json_get(figure, "b")) - wanted_b) < 1e-12);
        assert_true(wanted_a != wanted_b);
        ml_json_free(document);
        free(text);
        ml_comparison_free(c);
        c = NULL;
        must(ml_compare_models(&c, a, b, NULL, &options, &test_quiet, &err));
        assert_true(ml_comparison_rows(c) > 50 && ml_comparison_rows(c) < 150);
        ml_comparison_free(c);
        ml_model_free(a);
        ml_model_free(b);
    }
}

static void assert_alert(const struct ml_model *model, const char *data,
                         const struct ml_evaluate_options *options, const char *code,
                         const char *part)
{
    char *text = judge(model, data, options);
    struct ml_json *document = parse(text);
    const struct ml_json *alerts = ml_json_get(document, "alerts");
    assert_non_null(alerts);
    if (ml_json_count(alerts) != (code != NULL))
        fail_msg("wanted %s: %s", code != NULL ? code : "none", strstr(text, "\"alerts\""));
    if (code != NULL) {
        assert_string_equal(ml_json_string(ml_json_get(ml_json_first(alerts), "code")), code);
        assert_contains(ml_json_string(ml_json_get(ml_json_first(alerts), "message")), part);
    }
    ml_json_free(document);
    free(text);
}

static void alerts_are_raised_by_their_cause_alone(void **state)
{
    (void)state;
    struct ml_model *m = train_problem(0, 700, 1, 1);
    struct ml_evaluate_options options = ML_EVALUATE_OPTIONS_INIT;
    struct ml_selection others = ML_SELECTION_INIT;
    const char *own = test_path("train.csv");
    assert_alert(m, NULL, NULL, NULL, NULL);
    assert_alert(m, own, NULL, "evaluated_on_training_data", "training rows");
    others.end = 70;
    options.rows = &others;
    assert_alert(m, own, &options, "evaluated_on_training_data", "training rows");
    others.complement = true;
    assert_alert(m, own, &options, NULL, NULL);
    assert_alert(m, write_rows("new.csv", 0, 400, 5), NULL, NULL, NULL);
    assert_alert(m, write_rows("few.csv", 0, 30, 5), NULL, "few_evaluation_rows", "30 evaluated");

    struct ml_strbuf csv = model_csv(400, 5, model_binary_labels, 2);
    ml_strbuf_adds(&csv, "x,oops,1,red,w,1\n");
    assert_alert(m, test_write("bad.csv", csv.bytes, csv.length), NULL, "invalid_rows", "1 of 401");
    ml_strbuf_release(&csv);

    static const char *const ones[] = {"1", "1"};
    csv = model_csv(400, 5, ones, 2);
    ml_strbuf_adds(&csv, "x,1,1,red,w,0\n");
    assert_alert(m, test_write("ones.csv", csv.bytes, csv.length), NULL,
                 "target_distribution_differs", "99.8 %");
    ml_strbuf_release(&csv);
    ml_model_free(m);
}

/* Rows of given columns, of which y is 1 where n is above 0. */
static const char *planted_rows(const char *name, const char *header, size_t n)
{
    struct ml_strbuf csv = {0};
    struct ml_rng rng;
    ml_rng_init(&rng, n);
    ml_strbuf_addf(&csv, "%s\n", header);
    for (size_t i = 0; i < n; i++) {
        double x = ml_rng_normal(&rng);
        ml_strbuf_addf(&csv, "r%zu,%.6f,%zu,c%zu,w%zu,%d\n", i, x, ml_rng_below(&rng, 2),
                       ml_rng_below(&rng, 3), ml_rng_below(&rng, 9),
                       x + 0.3 * ml_rng_normal(&rng) > 0);
    }
    const char *path = test_write(name, csv.bytes, csv.length);
    ml_strbuf_release(&csv);
    return path;
}

static void columns_that_differ_from_the_schema_are_named(void **state)
{
    (void)state;
    struct ml_strbuf csv = test_read(planted_rows("plain.csv", "id,n,b,c,t,y", 500));
    struct ml_model *m = train(csv.bytes, csv.length, "BINARY", 1);
    assert_alert(m, planted_rows("renamed.csv", "who,n,b,c,t,y", 501), NULL, "schema_differs",
                 "columns missing: 'id'; not known to the model: 'who'");
    ml_strbuf_release(&csv);
    ml_model_free(m);
}

static void the_planted_column_is_important_and_noise_is_not(void **state)
{
    (void)state;
    static const char *const types[] = {"BINARY", "CATEGORICAL", "NUMERIC"};
    struct ml_strbuf csv = test_read(planted_rows("plain.csv", "id,n,b,c,t,y", 800));
    const char *data = planted_rows("other.csv", "id,n,b,c,t,y", 801);
    for (size_t p = 0; p < 3; p++) {
        struct ml_model *m = train(csv.bytes, csv.length, types[p], 1);
        struct ml_evaluate_options options = ML_EVALUATE_OPTIONS_INIT;
        options.importance_repeats = 3;
        options.jobs = 1;
        char *one = judge(m, data, &options);
        options.jobs = 3;
        char *three = judge(m, data, &options);
        assert_string_equal(one, three);
        struct ml_json *document = parse(one);
        const struct ml_json *item = ml_json_first(ml_json_get(document, "importance"));
        assert_string_equal(ml_json_string(ml_json_get(item, "column")), "n");
        const struct ml_json *drop = ml_json_get(item, "permutation");
        assert_true(ml_json_number(ml_json_get(drop, "mean")) > 0.2);
        assert_true(ml_json_number(ml_json_get(drop, "sd")) > 0.0);
        double spread = ml_json_number(ml_json_get(ml_json_get(item, "contribution"), "sd"));
        for (item = ml_json_next(item); item != NULL; item = ml_json_next(item)) {
            drop = ml_json_get(item, "permutation");
            assert_true(fabs(ml_json_number(ml_json_get(drop, "mean"))) < 0.02);
            drop = ml_json_get(item, "contribution");
            if (!(ml_json_number(ml_json_get(drop, "sd")) < 0.5 * spread))
                fail_msg("%s: %s", types[p], strstr(one, "\"importance\""));
        }
        ml_json_free(document);
        free(one);
        free(three);
        ml_model_free(m);
    }
    ml_strbuf_release(&csv);
}

/* Two labels of a CATEGORICAL target: the learner has one margin, the model two. */
static void explanations_of_two_labels_are_opposites_and_add_up(void **state)
{
    (void)state;
    struct ml_strbuf csv = test_read(planted_rows("plain.csv", "id,n,b,c,t,y", 400));
    struct ml_model *m = train(csv.bytes, csv.length, "CATEGORICAL", 1);
    struct ml_scorer *scorer = ml_scorer_new(m);
    struct ml_error err;
    double bias[2];
    double column[6 * 2];
    must(ml_scorer_set(scorer, 1, "0.4", 3, &err));
    must(ml_scorer_set(scorer, 3, "c1", 2, &err));
    const double *probability = ml_scorer_score(scorer);
    double odds = log(probability[1] / probability[0]);
    assert_int_equal(ml_model_n_margins(m), 2);
    ml_scorer_explain(scorer, bias, column);
    double sum[2] = {bias[0], bias[1]};
    for (size_t c = 0; c < 6; c++)
        for (size_t k = 0; k < 2; k++)
            sum[k] += column[2 * c + k];
    assert_true(fabs(sum[1] - odds) < 1e-9);
    assert_true(fabs(sum[0] + odds) < 1e-9);
    ml_scorer_free(scorer);
    ml_model_free(m);
    ml_strbuf_release(&csv);
}

static void more_rows_than_fit_are_sampled_evenly_and_alike(void **state)
{
    (void)state;
    struct ml_model *m = train_problem(0, 100, 1, 1);
    struct ml_importance_rows *rows = ml_importance_rows_new(m, 7);
    double mean = 0.0;
    for (size_t i = 0; i < 130000; i++)
        ml_importance_rows_add(rows, (double)i, "", 0);
    ml_importance_rows_finish(rows);
    assert_int_equal(rows->n, ML_IMPORTANCE_ROWS);
    assert_int_equal(rows->n_seen, 130000);
    for (size_t i = 0; i < rows->n; i++) {
        mean += rows->row[i].truth / (double)rows->n;
        assert_true(i == 0 || rows->row[i].order > rows->row[i - 1].order);
    }
    assert_true(fabs(mean - 65000) < 700); /* four standard errors */
    ml_importance_rows_free(rows);
    ml_model_free(m);
}

static void the_gap_is_large_when_it_is_both_wide_and_beyond_chance(void **state)
{
    (void)state;
    struct ml_trained t = {.rows = 100, .log_loss = 0.5, .rmse = 2};
    struct ml_moments near = {.n = 1000, .mean = 0.59, .m2 = 10};
    struct ml_moments far = {.n = 1000, .mean = 0.61, .m2 = 10};
    struct ml_moments vague = {.n = 10, .mean = 0.61, .m2 = 1};
    assert_false(ml_trained_is_far(&t, ML_BINARY_PROBLEM, &near));
    assert_true(ml_trained_is_far(&t, ML_BINARY_PROBLEM, &far));
    assert_false(ml_trained_is_far(&t, ML_MULTICLASS_PROBLEM, &vague));
    near.mean = 2.39 * 2.39;
    far.mean = 2.41 * 2.41;
    assert_false(ml_trained_is_far(&t, ML_REGRESSION_PROBLEM, &near));
    assert_true(ml_trained_is_far(&t, ML_REGRESSION_PROBLEM, &far));
}

static void a_damaged_record_of_training_figures_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"{}", "{\"rows\":0,\"log_loss\":1}",
                                      "{\"rows\":1.5,\"log_loss\":1}",
                                      "{\"rows\":3,\"log_loss\":-1}", "{\"rows\":3,\"rmse\":1}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_json *document = parse(bad[i]);
        struct ml_trained t;
        assert_false(ml_trained_load(&t, ML_BINARY_PROBLEM, document));
        ml_json_free(document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compared_models_have_the_figures_that_evaluation_gives_each),
        cmocka_unit_test(alerts_are_raised_by_their_cause_alone),
        cmocka_unit_test(columns_that_differ_from_the_schema_are_named),
        cmocka_unit_test(the_planted_column_is_important_and_noise_is_not),
        cmocka_unit_test(explanations_of_two_labels_are_opposites_and_add_up),
        cmocka_unit_test(more_rows_than_fit_are_sampled_evenly_and_alike),
        cmocka_unit_test(the_gap_is_large_when_it_is_both_wide_and_beyond_chance),
        cmocka_unit_test(a_damaged_record_of_training_figures_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

#include "../lib/modelling.h"

#include <math.h>

static const char *const algorithms[] = {NULL, "ridge", "majority"};

/* A target that follows from the cells, with noise, in `unit`s. */
static struct ml_strbuf value_csv(size_t n, uint64_t seed, double unit)
{
    static const char *const level[] = {"red", "green", "\"b,lue\"", ""};
    static const double worth[] = {1, -2, 3, 0};
    struct ml_strbuf b = {0};
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    ml_strbuf_adds(&b, MODEL_HEADER);
    for (size_t i = 0; i < n; i++) {
        double x = ml_rng_normal(&rng);
        size_t yes = ml_rng_below(&rng, 2);
        size_t c = ml_rng_below(&rng, 4);
        ml_strbuf_addf(&b, "r%zu,", i);
        if (ml_rng_below(&rng, 20) > 0)
            ml_strbuf_add_double(&b, x);
        ml_strbuf_addf(&b, ",%s,%s,some words,", yes ? "yes" : "0", level[c]);
        ml_strbuf_add_double(&b,
                             unit * (10 + 3 * x + (yes ? 2 : 0) + worth[c] + ml_rng_normal(&rng)));
        ml_strbuf_addc(&b, '\n');
    }
    return b;
}

static struct ml_model *train(const struct ml_strbuf *csv, const struct ml_train_options *options,
                              struct ml_evaluation **evaluation)
{
    struct ml_model *model = NULL;
    struct ml_train_summary summary;
    struct ml_error err;
    struct ml_schema *schema = model_schema("NUMERIC");
    const char *path = test_write("train.csv", csv->bytes, csv->length);
    must(ml_train(&model, path, schema, options, &test_quiet, &summary, evaluation, &err));
    ml_schema_free(schema);
    return model;
}

static struct ml_model *train_plain(size_t n, uint64_t seed, double unit)
{
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_strbuf csv = value_csv(n, seed, unit);
    struct ml_model *model = train(&csv, &options, NULL);
    ml_strbuf_release(&csv);
    return model;
}

static void refuses(const char *csv, const struct ml_train_options *options, const char *message)
{
    struct ml_model *model = NULL;
    struct ml_train_summary summary;
    struct ml_error err = {0};
    struct ml_schema *schema = model_schema("NUMERIC");
    const char *path = test_write("train.csv", csv, strlen(csv));
    assert_false(ml_train(&model, path, schema, options, &test_quiet, &summary, NULL, &err));
    assert_contains(err.msg, message);
    ml_schema_free(schema);
}

static struct ml_model *copy_of(const struct ml_model *model)
{
    struct ml_files files = {0};
    struct ml_model *copy = NULL;
    struct ml_error err;
    for (size_t i = 0; i < ml_model_files(model)->n; i++) {
        struct ml_strbuf bytes = {0};
        const struct ml_file *file = &ml_model_files(model)->file[i];
        ml_strbuf_add(&bytes, file->bytes.bytes, file->bytes.length);
        ml_files_add(&files, file->name, &bytes);
    }
    must(ml_model_from_files(&copy, &files, "copy", &err));
    return copy;
}

static void evaluating_the_held_out_rows_gives_trainings_own_judgement(void **state)
{
    (void)state;
    struct ml_strbuf csv = value_csv(300, 1, 1);
    for (size_t a = 0; a < 3; a++) {
        struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
        struct ml_evaluate_options judge = ML_EVALUATE_OPTIONS_INIT;
        struct ml_evaluation *now = NULL;
        struct ml_evaluation *later = NULL;
        struct ml_error err;
        options.algorithm = algorithms[a];
        struct ml_model *model = train(&csv, &options, &now);
        struct ml_model *copy = copy_of(model);
        assert_int_equal(ml_model_problem(copy), ML_REGRESSION_PROBLEM);
        assert_int_equal(ml_model_n_labels(copy), 0);
        assert_int_equal(ml_model_n_scores(copy), 1);
        assert_null(ml_model_prior(copy));
        assert_memory_equal(ml_model_target(copy), ml_model_target(model),
                            sizeof(struct ml_target_summary));
        assert_string_equal(ml_model_algorithm(copy), a == 0 ? "ridge" : algorithms[a]);
        must(ml_evaluate(&later, copy, NULL, &judge, &test_quiet, &err));
        char *x = ml_evaluation_json(now);
        char *y = ml_evaluation_json(later);
        assert_string_equal(x, y);
        assert_contains(x, "\"rmse\":");
        free(x);
        free(y);
        ml_evaluation_free(now);
        ml_evaluation_free(later);
        ml_model_free(copy);
        ml_model_free(model);
    }
    ml_strbuf_release(&csv);
}

static void the_target_is_summarised_over_the_training_rows(void **state)
{
    (void)state;
    struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
    struct ml_strbuf csv = {0};
    ml_strbuf_adds(&csv, MODEL_HEADER "a,1,1,r,t,2\nb,2,0,s,t,4\nc,3,0,r,t,9\nd,4,1,s,t,1000\n");
    options.strategy = "sequential";
    options.split = 75;
    struct ml_model *model = train(&csv, &options, NULL);
    const struct ml_target_summary *s = ml_model_target(model);
    assert_true(fabs(s->mean - 5) < 1e-12 && s->min == 2 && s->max == 9);
    assert_true(fabs(s->deviation - sqrt(26.0 / 3)) < 1e-12);
    ml_model_free(model);
    ml_strbuf_release(&csv);
}

static bool add_bytes(void *ctx, const void *bytes, size_t n, struct ml_error *err)
{
    (void)err;
    ml_strbuf_add(ctx, bytes, n);
    return true;
}

static struct ml_strbuf predict(const struct ml_model *model, const char *csv,
                                enum ml_numbers numbers)
{
    struct ml_strbuf out = {0};
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary;
    struct ml_error err;
    options.numbers = numbers;
    const char *path = test_write("new.csv", csv, strlen(csv));
    must(ml_predict_to(model, path, add_bytes, &out, &options, &test_quiet, &summary, &err));
    return out;
}

static void predictions_have_tag_truth_and_score(void **state)
{
    (void)state;
    struct ml_model *model = train_plain(300, 2, 1);
    struct ml_strbuf out =
        predict(model, "y,n,id,b,c,t\n7.50,1,one,yes,red,\nno,oops,two,0,red,\n,0,three,0,,\n",
                ML_NUMBERS_SHORTEST);
    assert_true(strncmp(out.bytes, "tag,trueLabel,score\none,7.50,1", 30) == 0);
    assert_contains(out.bytes, "\n\nthree,,");
    ml_strbuf_release(&out);
    out = predict(model, "n,b,c,t\n1,yes,red,some\n", ML_NUMBERS_SHORTEST);
    assert_true(strncmp(out.bytes, "score\n1", 7) == 0);
    double score = strtod(out.bytes + 6, NULL);
    assert_true(score > 13 && score < 19);
    ml_strbuf_release(&out);
    out = predict(model, "n,b,c,t\n1,yes,red,some\n", ML_NUMBERS_AMAZONML);
    char expected[32];
    snprintf(expected, sizeof(expected), "score\n%.6fE1\n", score / 10);
    assert_string_equal(out.bytes, expected);
    ml_strbuf_release(&out);
    ml_model_free(model);
}

static void encoded_rows_begin_with_the_value(void **state)
{
    (void)state;
    static const char csv[] =
        "t,n,b,c,y\n,1,yes,red,-2.50\n,1,yes,red,\n,1,yes,red,x\n,0,0,red,1e3\n";
    struct ml_model *model = train_plain(300, 2, 1);
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary;
    struct ml_error err;
    struct ml_strbuf text = {0};
    const char *out = test_path("rows.svm");
    must(ml_encode(model, test_write("new.csv", csv, strlen(csv)), out, ML_PART_ALL, &options,
                   &test_quiet, &summary, &err));
    must(ml_file_read_all(&text, out, 4096, &err));
    assert_int_equal(summary.n_rejected, 2);
    assert_true(strncmp(text.bytes, "-2.5 1:", 7) == 0);
    assert_contains(text.bytes, "\n1000 ");
    ml_strbuf_release(&text);
    ml_model_free(model);
}

static void an_explanation_adds_up_to_the_value(void **state)
{
    (void)state;
    static const double units[] = {1e-12, 1, 1e12};
    for (size_t u = 0; u < 3; u++) {
        struct ml_model *model = train_plain(300, 3, units[u]);
        struct ml_scorer *s = ml_scorer_new(model);
        struct ml_error err;
        double column[6];
        double sum;
        must(ml_scorer_set(s, 1, "0.7", 3, &err));
        must(ml_scorer_set(s, 3, "green", 5, &err));
        double value = ml_scorer_score(s)[0];
        ml_scorer_explain(s, &sum, column);
        for (size_t c = 0; c < 6; c++)
            sum += column[c];
        assert_true(fabs(sum - value) <= 1e-14 * units[u] * 100);
        assert_true(ml_scorer_margin(s) == value);
        assert_true(ml_model_headline(model, &value, ml_model_decide(model, &value, 0.5)) == value);
        ml_scorer_free(s);
        ml_model_free(model);
    }
}

static void the_reference_has_deciles_of_the_predictions(void **state)
{
    (void)state;
    struct ml_model *model = train_plain(400, 4, 1e6);
    const struct ml_reference *r = &model->reference;
    assert_int_equal(r->n_bins, 10);
    assert_true(r->edges[0] > 1e6 && r->edges[8] < 3e7);
    ml_model_free(model);
}

static void huge_and_tiny_targets_are_learnt_alike(void **state)
{
    (void)state;
    static const double units[] = {1, 1e-12, 1e-140, 1e12, 1e35};
    struct ml_evaluate_options judge = ML_EVALUATE_OPTIONS_INIT;
    for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
        struct ml_strbuf csv = value_csv(300, 5, units[u]);
        struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
        struct ml_evaluation *e = NULL;
        struct ml_error err;
        struct ml_model *model = train(&csv, &options, NULL);
        must(ml_evaluate(&e, model, NULL, &judge, &test_quiet, &err));
        char *json = ml_evaluation_json(e);
        assert_null(strstr(json, "nan"));
        assert_null(strstr(json, "inf"));
        double rmse = strtod(strstr(json, "\"rmse\":") + 7, NULL) / units[u];
        assert_true(rmse > 0.8 && rmse < 1.3);
        free(json);
        ml_evaluation_free(e);
        ml_model_free(model);
        ml_strbuf_release(&csv);
    }
}

static void what_makes_no_sense_for_numbers_is_refused(void **state)
{
    (void)state;
    struct ml_strbuf csv = value_csv(60, 6, 1);
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    const struct ml_train_options init = o;
    static const struct ml_class_weight weight = {"1", 2};
    o.algorithm = "logistic";
    refuses(csv.bytes, &o, "column 'y': algorithm 'logistic' learns classes");
    o.algorithm = "svm";
    refuses(csv.bytes, &o, "algorithm 'svm' learns classes");
    o = init;
    o.threshold = 0.5;
    refuses(csv.bytes, &o, "a NUMERIC target has no threshold");
    o = init;
    o.balanced = true;
    refuses(csv.bytes, &o, "no classes to weigh");
    o = init;
    o.class_weights = &weight;
    o.n_class_weights = 1;
    refuses(csv.bytes, &o, "no classes to weigh");
    o = init;
    o.penalty = "l1";
    refuses(csv.bytes, &o, "no L1 penalty");
    ml_strbuf_release(&csv);
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_train_summary summary;
    struct ml_model *model = NULL;
    struct ml_error err = {0};
    csv = model_csv(60, 8, model_binary_labels, 2);
    o = init;
    o.algorithm = "ridge";
    assert_false(ml_train(&model, test_write("b.csv", csv.bytes, csv.length), schema, &o,
                          &test_quiet, &summary, NULL, &err));
    assert_contains(err.msg, "algorithm 'ridge' learns numbers");
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void a_target_that_teaches_nothing_is_refused(void **state)
{
    (void)state;
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    o.split = 100;
    refuses(MODEL_HEADER "a,1,1,r,t,5\nb,2,0,s,t,5\n", &o,
            "column 'y': all training rows have one value; two are needed");
    refuses(MODEL_HEADER "a,1,1,r,t,5\n", &o, "all training rows have one value");
    refuses(MODEL_HEADER "a,1,1,r,t,5\nb,2,0,s,t,1e41\n", &o, "row 2: a target above 1e+40");
    refuses(MODEL_HEADER "a,1,1,r,t,x\nb,2,0,s,t,\n", &o, "none of the 2 rows can be used");
}

static void thresholds_and_costs_are_refused(void **state)
{
    (void)state;
    struct ml_model *model = train_plain(100, 7, 1);
    struct ml_evaluate_options judge = ML_EVALUATE_OPTIONS_INIT;
    struct ml_predict_options options = ML_PREDICT_OPTIONS_INIT;
    struct ml_predict_summary summary;
    struct ml_evaluation *e = NULL;
    struct ml_error err = {0};
    judge.threshold = 0.3;
    assert_false(ml_evaluate(&e, model, NULL, &judge, &test_quiet, &err));
    assert_contains(err.msg, "a regression model has no threshold");
    judge.threshold = -1;
    judge.has_cost = true;
    assert_false(ml_evaluate(&e, model, NULL, &judge, &test_quiet, &err));
    assert_contains(err.msg, "binary model");
    options.threshold = 0.3;
    assert_false(ml_predict(model, test_path("train.csv"), test_path("out.csv"), &options,
                            &test_quiet, &summary, &err));
    assert_contains(err.msg, "a regression model has no threshold");
    ml_model_free(model);
}

static void a_bundle_with_a_malformed_target_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        const char *message;
    } cases[] = {
        {"\"problem\":\"regression\"", "\"problem\":\"regressive\"", "'problem'"},
        {"\"problem\":\"regression\"", "\"problem\":\"binary\"", "'problem'"},
        {"\"labels\":[]", "\"labels\":[\"0\",\"1\"]", "'labels'"},
        {"\"deviation\":", "\"deviation\":-", "'target'"},
        {"\"target\":", "\"targets\":", "'target'"},
        {"\"algorithm\":\"ridge\"", "\"algorithm\":\"logistic\"", "'algorithm'"},
    };
    struct ml_model *model = train_plain(100, 8, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *json = model_file(model, "model.json")->bytes;
        const char *at = strstr(json, cases[i].from);
        assert_non_null(at);
        struct ml_strbuf changed = {0};
        struct ml_strbuf weights = {0};
        struct ml_files files = {0};
        struct ml_model *copy = NULL;
        struct ml_error err = {0};
        ml_strbuf_add(&changed, json, (size_t)(at - json));
        ml_strbuf_adds(&changed, cases[i].to);
        ml_strbuf_adds(&changed, at + strlen(cases[i].from));
        ml_strbuf_adds(&weights, model_file(model, "liblinear.model")->bytes);
        ml_files_add(&files, "model.json", &changed);
        ml_files_add(&files, "liblinear.model", &weights);
        assert_false(ml_model_from_files(&copy, &files, "copy", &err));
        assert_contains(err.msg, cases[i].message);
        ml_files_release(&files);
    }
    ml_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluating_the_held_out_rows_gives_trainings_own_judgement),
        cmocka_unit_test(the_target_is_summarised_over_the_training_rows),
        cmocka_unit_test(predictions_have_tag_truth_and_score),
        cmocka_unit_test(encoded_rows_begin_with_the_value),
        cmocka_unit_test(an_explanation_adds_up_to_the_value),
        cmocka_unit_test(the_reference_has_deciles_of_the_predictions),
        cmocka_unit_test(huge_and_tiny_targets_are_learnt_alike),
        cmocka_unit_test(what_makes_no_sense_for_numbers_is_refused),
        cmocka_unit_test(a_target_that_teaches_nothing_is_refused),
        cmocka_unit_test(thresholds_and_costs_are_refused),
        cmocka_unit_test(a_bundle_with_a_malformed_target_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

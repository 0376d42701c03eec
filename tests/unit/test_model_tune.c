#include "../lib/modelling.h"

#include <math.h>

#include "base/json.h"
#include "data/split.h"
#include "model/tune.h"

/* A table whose held-out rows say whatever `liar` likes; the others are always the same. */
static struct ml_strbuf table(int liar)
{
    struct ml_strbuf b = {0};
    struct ml_rng rng;
    const struct ml_split split = {.end = 70.0, .seed = 42};
    ml_rng_init(&rng, 11);
    ml_strbuf_adds(&b, MODEL_HEADER);
    for (size_t i = 0; i < 500; i++) {
        double n = ml_rng_normal(&rng);
        double noise = ml_rng_normal(&rng);
        size_t c = ml_rng_below(&rng, 3);
        size_t w = ml_rng_below(&rng, 3);
        bool y = n + 0.5 * (double)c + 1.5 * ml_rng_normal(&rng) > 0.5;
        if (!ml_split_is_train(&split, i) && liar > 0) {
            /* the label itself, under every column */
            y = liar == 1 ? y : !y;
            n = y ? 5.0 : -5.0;
            noise = n;
            ml_strbuf_addf(&b, "r%zu,%g,%d,held%d,leak%d %s,%d\n", i, noise, y, y, y,
                           liar == 2 ? "more" : "", y);
            continue;
        }
        ml_strbuf_addf(&b, "r%zu,", i);
        ml_strbuf_add_double(&b, n);
        ml_strbuf_addf(&b, ",%d,c%zu,word%zu,%d\n", noise > 0.0, c, w, y);
    }
    return b;
}

static char *parameters_of(const struct ml_model *m)
{
    size_t n;
    const char *json = ml_model_json(m, &n);
    const char *start = strstr(json, "\"parameters\":");
    assert_non_null(start);
    return strndup(start, strcspn(start, "\n"));
}

static struct ml_model *tune_file(const char *path, const struct ml_schema *schema,
                                  const char *metric)
{
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_model *model = NULL;
    struct ml_error err;
    o.tune = metric;
    must(ml_train(&model, path, schema, &o, &test_quiet, &summary, NULL, &err));
    return model;
}

/*
 * Choice, grid and out-of-fold figures, to the last bit, whatever the held-out rows say; and the
 * weights that are then learnt.
 */
static void held_out_rows_cannot_change_a_bit_of_tuning(void **state)
{
    (void)state;
    static const char *const metrics[] = {"auc", "logloss", "f1"};
    struct ml_schema *schema = model_schema("BINARY");
    for (size_t m = 0; m < 3; m++) {
        char *honest = NULL;
        struct ml_model *first = NULL;
        for (int liar = 0; liar <= 2; liar++) {
            struct ml_strbuf csv = table(liar);
            const char *path = test_write("leak.csv", csv.bytes, csv.length);
            struct ml_model *model = tune_file(path, schema, metrics[m]);
            char *parameters = parameters_of(model);
            assert_contains(parameters, "\"tuning\":{\"metric\":");
            if (liar == 0) {
                honest = parameters;
                first = model;
            } else {
                assert_string_equal(parameters, honest);
                assert_same_bytes(model_file(first, "liblinear.model"),
                                  model_file(model, "liblinear.model"));
                free(parameters);
                ml_model_free(model);
            }
            ml_strbuf_release(&csv);
        }
        free(honest);
        ml_model_free(first);
    }
    ml_schema_free(schema);
}

static void load(struct ml_training *t, const struct ml_schema *schema)
{
    struct ml_strbuf csv = table(0);
    struct ml_error err;
    const struct ml_split split = {.end = 70.0, .seed = 42};
    const struct ml_csv_options options = ML_CSV_OPTIONS_INIT;
    must(ml_training_load(t, test_write("tune.csv", csv.bytes, csv.length), schema, &options,
                          &split, &test_quiet, &err));
    ml_strbuf_release(&csv);
}

static void the_best_mean_is_chosen_and_the_simplest_near_it_named(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_training t;
    load(&t, schema);
    struct ml_recipe *recipe = model_recipe(schema, 5);
    struct ml_fit_plan plan = {
        .recipe = recipe, .learner = &ml_learner_logistic, .options = {.seed = 1}};
    for (int m = 0; m < ML_N_METRICS; m++) {
        if (!ml_metric_suits((enum ml_metric)m, 2))
            continue;
        struct ml_tune_options o = {.metric = (enum ml_metric)m, .n_folds = 4, .threshold = 0.5};
        struct ml_tuning tuning;
        struct ml_error err;
        must(ml_tune(&tuning, &plan, &t, &o, &test_quiet, &err));
        assert_int_equal(tuning.n_points, 9);
        const struct ml_tune_point *best = &tuning.point[tuning.best];
        double sign = ml_metric_is_loss(o.metric) ? -1.0 : 1.0;
        for (size_t i = 0; i < 9; i++) {
            const struct ml_tune_point *p = &tuning.point[i];
            assert_true(p->c == ldexp(1.0, 2 * (int)i - 10));
            assert_true(isfinite(p->mean) && p->se >= 0.0);
            assert_true(sign * p->mean <= sign * best->mean);
            if (i < tuning.simple)
                assert_true(sign * p->mean < sign * best->mean - best->se);
        }
        assert_true(tuning.simple <= tuning.best);
        ml_tuning_apply(&tuning, &plan);
        assert_true(plan.options.c == best->c);
        plan.options.c = 0.0;
        ml_tuning_release(&tuning);
    }
    ml_training_release(&t);
    ml_recipe_free(recipe);
    ml_schema_free(schema);
}

static void kernels_search_their_width_unless_it_is_given(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_training t;
    load(&t, schema);
    struct ml_recipe *recipe = model_recipe(schema, 5);
    struct ml_fit_plan plan = {.recipe = recipe,
                               .learner = &ml_learner_svm,
                               .options = {.kernel = ML_KERNEL_RBF, .seed = 1}};
    const double c[] = {4.0, 0.5};
    struct ml_tune_options o = {.metric = ML_METRIC_AUC, .n_folds = 2, .c = c, .n_c = 2};
    struct ml_tuning tuning;
    struct ml_error err;
    must(ml_tune(&tuning, &plan, &t, &o, &test_quiet, &err));
    assert_int_equal(tuning.n_points, 8);
    assert_true(tuning.point[0].c == 0.5 && tuning.point[1].c == 4.0);
    assert_true(tuning.point[1].gamma < tuning.point[2].gamma);
    ml_tuning_release(&tuning);
    plan.options.gamma = 0.125;
    must(ml_tune(&tuning, &plan, &t, &o, &test_quiet, &err));
    assert_int_equal(tuning.n_points, 2);
    ml_tuning_apply(&tuning, &plan);
    assert_true(plan.options.gamma == 0.125);
    ml_tuning_release(&tuning);
    ml_training_release(&t);
    ml_recipe_free(recipe);
    ml_schema_free(schema);
}

static void what_cannot_be_tuned_is_a_message(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("CATEGORICAL");
    struct ml_strbuf csv = model_csv(200, 1, model_class_labels, 3);
    const char *path = test_write("three.csv", csv.bytes, csv.length);
    static const double negative[] = {1.0, -1.0};
    static const struct {
        struct ml_train_options options;
        const char *message;
    } cases[] = {
        {{.tune = "auc"}, "tuning by auc needs a binary target"},
        {{.tune = "logloss", .algorithm = "majority"}, "the majority learner has nothing to tune"},
        {{.tune = "loss"}, "unknown metric 'loss'; known are auc, logloss"},
        {{.tune = "f1", .c = 2.0}, "C is given and to be chosen at once"},
        {{.tune = "f1", .tune_c = negative, .n_tune_c = 2}, "values of C must be positive"},
        {{.tune = "f1", .folds = 1}, "the number of folds must be from 2 to 100"},
        {{.tune_c = negative, .n_tune_c = 1}, "need a metric to choose by"},
        {{.tune = "brier"}, "tuning by brier needs a binary target"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
        struct ml_train_summary summary;
        struct ml_model *model = NULL;
        struct ml_error err = {0};
        o.tune = cases[i].options.tune;
        o.c = cases[i].options.c;
        o.tune_c = cases[i].options.tune_c;
        o.n_tune_c = cases[i].options.n_tune_c;
        if (cases[i].options.algorithm != NULL)
            o.algorithm = cases[i].options.algorithm;
        if (cases[i].options.folds > 0)
            o.folds = cases[i].options.folds;
        assert_false(ml_train(&model, path, schema, &o, &test_quiet, &summary, NULL, &err));
        assert_contains(err.msg, cases[i].message);
    }
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void the_story_of_a_choice_is_json(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = table(0);
    const char *path = test_write("json.csv", csv.bytes, csv.length);
    struct ml_model *model = tune_file(path, schema, "logloss");
    size_t n;
    const char *text = ml_model_json(model, &n);
    struct ml_json *json;
    struct ml_error err;
    must(ml_json_parse(&json, text, n, "model.json", &err));
    const struct ml_json *parameters = ml_json_get(json, "parameters");
    const struct ml_json *tuning = ml_json_get(parameters, "tuning");
    assert_string_equal(ml_json_string(ml_json_get(tuning, "metric")), "logloss");
    assert_true(ml_json_number(ml_json_get(tuning, "folds")) == 5.0);
    assert_int_equal(ml_json_count(ml_json_get(tuning, "grid")), 9);
    assert_true(ml_json_number(ml_json_get(ml_json_get(tuning, "chosen"), "c")) ==
                ml_json_number(ml_json_get(parameters, "c")));
    ml_json_free(json);
    ml_model_free(model);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_out_rows_cannot_change_a_bit_of_tuning),
        cmocka_unit_test(the_best_mean_is_chosen_and_the_simplest_near_it_named),
        cmocka_unit_test(kernels_search_their_width_unless_it_is_given),
        cmocka_unit_test(what_cannot_be_tuned_is_a_message),
        cmocka_unit_test(the_story_of_a_choice_is_json),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

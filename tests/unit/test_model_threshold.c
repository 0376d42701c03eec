#include "../lib/modelling.h"

#include "ml/threshold.h"
#include "model/retrain.h"

/* Whatever was given in training, its out-of-fold scores are those of the same fits. */
static void out_of_fold_scores_are_those_of_the_same_options(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = model_csv(400, 3, model_binary_labels, 2);
    const char *path = test_write("oof.csv", csv.bytes, csv.length);
    static const struct ml_class_weight weights[] = {{"1", 3.0}};
    for (int variant = 0; variant < 4; variant++) {
        struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
        o.algorithm = variant == 3 ? "svm" : "logistic";
        o.c = variant == 0 ? 0.0 : 0.3;
        o.penalty = variant == 1 ? "l1" : "l2";
        o.class_weights = weights;
        o.n_class_weights = variant == 2;
        o.seed = 7;
        struct ml_train_summary summary;
        struct ml_model *model = NULL;
        struct ml_error err;
        must(ml_train(&model, path, schema, &o, &test_quiet, &summary, NULL, &err));
        struct ml_scored a = {0};
        struct ml_scored b = {0};
        must(ml_retrain_out_of_fold(&a, model, 4, &test_quiet, &err));
        must(ml_retrain_out_of_fold(&b, model, 4, &test_quiet, &err));
        assert_int_equal(a.n, summary.n_train);
        assert_memory_equal(a.score, b.score, a.n * sizeof(double));
        double right = 0.0;
        for (size_t i = 0; i < a.n; i++)
            right += (a.score[i] > 0.5) == a.label[i];
        assert_true(right > 0.6 * (double)a.n);
        ml_scored_release(&a);
        ml_scored_release(&b);
        ml_model_free(model);
    }
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

/* The recipe is the model's own, however it was made. */
static void a_model_is_made_again_by_its_own_recipe(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = model_csv(400, 3, model_binary_labels, 2);
    const char *path = test_write("bins.csv", csv.bytes, csv.length);
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    o.bins = 17;
    struct ml_train_summary summary;
    struct ml_model *model = NULL;
    struct ml_error err;
    must(ml_train(&model, path, schema, &o, &test_quiet, &summary, NULL, &err));
    struct ml_scored scored = {0};
    must(ml_retrain_out_of_fold(&scored, model, 4, &test_quiet, &err));
    assert_int_equal(scored.n, summary.n_train);
    ml_scored_release(&scored);
    ml_model_free(model);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void choices_keep_their_rule(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = model_csv(600, 3, model_binary_labels, 2);
    const char *path = test_write("choose.csv", csv.bytes, csv.length);
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_model *model = NULL;
    struct ml_error err;
    must(ml_train(&model, path, schema, &o, &test_quiet, &summary, NULL, &err));
    static const struct {
        const char *by;
        double number;
        const char *text;
    } cases[] = {{"precision", 0.8, "a precision of at least 0.8"},
                 {"recall", 0.9, "a recall of at least 0.9"},
                 {"top", 0.1, "at most 0.1 of the rows flagged"},
                 {"fbeta", 2.0, "the largest F-beta, beta 2"},
                 {"f1", 0.0, "the largest F1"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_threshold_options options = ML_THRESHOLD_OPTIONS_INIT;
        struct ml_threshold_choice *choice;
        options.by = cases[i].by;
        options.number = cases[i].number;
        must(ml_choose_threshold(&choice, model, NULL, &options, &test_quiet, &err));
        double t = ml_threshold_choice_value(choice);
        assert_true(t >= 0.0 && t <= 1.0);
        char *text = ml_threshold_choice_text(choice);
        assert_contains(text, cases[i].text);
        free(text);
        ml_threshold_choice_free(choice);
    }
    struct ml_threshold_options options = ML_THRESHOLD_OPTIONS_INIT;
    struct ml_threshold_choice *choice;
    options.by = "profit";
    assert_false(ml_choose_threshold(&choice, model, NULL, &options, &test_quiet, &err));
    assert_contains(err.msg, "unknown criterion 'profit'");
    options.by = "f1";
    options.out_of_fold = true;
    assert_false(ml_choose_threshold(&choice, model, path, &options, &test_quiet, &err));
    assert_contains(err.msg, "not of other data");
    ml_model_free(model);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

/* Chosen in training or after it: the same rows, fits and rule. */
static void training_chooses_the_threshold_that_is_chosen_after_it(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = model_csv(600, 3, model_binary_labels, 2);
    const char *path = test_write("inside.csv", csv.bytes, csv.length);
    for (int variant = 0; variant < 4; variant++) {
        struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
        struct ml_threshold_options options = ML_THRESHOLD_OPTIONS_INIT;
        struct ml_threshold_choice *choice;
        struct ml_train_summary summary;
        struct ml_model *plain = NULL;
        struct ml_model *chosen = NULL;
        struct ml_error err;
        o.folds = options.folds = 4;
        o.effort = ML_EFFORT_LOW;
        o.calibrate = variant == 1 ? "platt" : NULL;
        o.balanced = variant == 2;
        options.by = variant == 3 ? "precision" : "fbeta";
        options.number = variant == 3 ? 0.75 : 2.0;
        options.out_of_fold = true;
        must(ml_train(&plain, path, schema, &o, &test_quiet, &summary, NULL, &err));
        must(ml_choose_threshold(&choice, plain, NULL, &options, &test_quiet, &err));
        o.threshold_by = options.by;
        o.threshold_number = options.number;
        must(ml_train(&chosen, path, schema, &o, &test_quiet, &summary, NULL, &err));
        if (variant != 2) /* there, each fold has weights of its own in training alone */
            assert_true(ml_model_threshold(chosen) == ml_threshold_choice_value(choice));
        assert_true(ml_model_threshold(plain) == 0.5);
        assert_true(ml_model_threshold(chosen) != 0.5);
        ml_threshold_choice_free(choice);
        ml_model_free(plain);
        ml_model_free(chosen);
    }
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void a_threshold_is_not_given_and_chosen_at_once(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("CATEGORICAL");
    struct ml_strbuf csv = model_csv(200, 3, model_class_labels, 3);
    const char *path = test_write("classes.csv", csv.bytes, csv.length);
    struct ml_train_options o = ML_TRAIN_OPTIONS_INIT;
    struct ml_train_summary summary;
    struct ml_model *model = NULL;
    struct ml_error err;
    o.threshold_by = "f1";
    assert_false(ml_train(&model, path, schema, &o, &test_quiet, &summary, NULL, &err));
    assert_contains(err.msg, "a CATEGORICAL target has no threshold");
    o.threshold = 0.3;
    assert_false(ml_train_options_check(&o, &err));
    assert_contains(err.msg, "given and to be chosen at once");
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_fold_scores_are_those_of_the_same_options),
        cmocka_unit_test(a_model_is_made_again_by_its_own_recipe),
        cmocka_unit_test(choices_keep_their_rule),
        cmocka_unit_test(training_chooses_the_threshold_that_is_chosen_after_it),
        cmocka_unit_test(a_threshold_is_not_given_and_chosen_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

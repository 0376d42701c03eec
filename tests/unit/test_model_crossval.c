#include "../lib/modelling.h"

#include <math.h>

#include "model/crossval.h"

static const struct ml_split split = {.end = 70.0, .seed = 42};
static const struct ml_csv_options csv_options = ML_CSV_OPTIONS_INIT;

static void load(struct ml_training *t, const struct ml_strbuf *csv, const struct ml_schema *schema)
{
    struct ml_error err;
    const char *path = test_write("crossval.csv", csv->bytes, csv->length);
    must(ml_training_load(t, path, schema, &csv_options, &split, &test_quiet, &err));
}

/* The plan's recipe: that of the plan made last. */
static struct ml_recipe *recipe;

static int end_group(void **state)
{
    ml_recipe_free(recipe);
    return test_teardown(state);
}

static struct ml_fit_plan plan_of(const struct ml_learner_ops *learner, const struct ml_training *t)
{
    ml_recipe_free(recipe);
    recipe = model_recipe(t->data.schema, 5);
    return (struct ml_fit_plan){.recipe = recipe, .learner = learner, .options = {.seed = 42}};
}

static void cross_validate(struct ml_crossval *c, const struct ml_fit_plan *plan,
                           const struct ml_training *t, const struct ml_crossval_options *o)
{
    struct ml_error err;
    must(ml_crossval_run(c, plan, &plan->options, 1, t, t->train_rows, t->n_train, o, &test_quiet,
                         &err));
}

static const struct ml_learner_ops *const learners[] = {&ml_learner_logistic, &ml_learner_majority,
                                                        &ml_learner_svm};

static const struct {
    const char *type;
    const char *const *labels;
    size_t n_labels;
} problems[] = {{"BINARY", model_binary_labels, 2}, {"CATEGORICAL", model_class_labels, 3}};

/* The same by hand: a fit of the other folds, asked about this one. */
static void check_fold(const struct ml_crossval *c, const struct ml_fit_plan *plan,
                       const struct ml_training *t, size_t fold)
{
    size_t *others = calloc(t->n_train, sizeof(*others));
    size_t n = 0;
    for (size_t i = 0; i < t->n_train; i++)
        if (c->fold[i] != fold)
            others[n++] = t->train_rows[i];
    assert_int_equal(n, c->n_trained[fold]);
    struct ml_fit fit;
    struct ml_error err;
    must(ml_fit(&fit, plan, t, others, n, &test_quiet, &err));
    for (size_t i = 0; i < t->n_train; i++) {
        size_t width = ml_n_scores(t->problem, t->n_labels);
        double want[3];
        if (c->fold[i] != fold)
            continue;
        ml_fit_score(&fit, t, &t->train_rows[i], 1, want, NULL);
        assert_memory_equal(want, c->score + i * width, width * sizeof(double));
        assert_true(c->scorable[i]);
        if (t->n_labels == 2)
            assert_true(ml_sigmoid(c->margin[i]) == want[1]);
    }
    ml_fit_release(&fit);
    free(others);
}

static void out_of_fold_scores_are_those_of_fits_without_the_fold(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct ml_schema *schema = model_schema(problems[p].type);
        struct ml_strbuf csv = model_csv(300, 1, problems[p].labels, problems[p].n_labels);
        struct ml_training t;
        load(&t, &csv, schema);
        for (size_t a = 0; a < 3; a++) {
            struct ml_fit_plan plan = plan_of(learners[a], &t);
            struct ml_crossval_options o = ML_CROSSVAL_OPTIONS_INIT;
            struct ml_crossval c;
            o.n_folds = 3;
            o.with_scores = true;
            cross_validate(&c, &plan, &t, &o);
            for (size_t f = 0; f < 3; f++)
                check_fold(&c, &plan, &t, f);
            ml_crossval_release(&c);
        }
        ml_training_release(&t);
        ml_strbuf_release(&csv);
        ml_schema_free(schema);
    }
}

/* Ridge and the baseline, by hand again; errors measured here; folds that are alike. */
static void values_are_scored_out_of_fold_too(void **state)
{
    (void)state;
    static const struct ml_learner_ops *const of_values[] = {&ml_learner_ridge,
                                                             &ml_learner_majority};
    struct ml_schema *schema = model_schema("NUMERIC");
    struct ml_strbuf csv = {0};
    struct ml_rng rng;
    struct ml_training t;
    ml_rng_init(&rng, 3);
    ml_strbuf_adds(&csv, MODEL_HEADER);
    for (int i = 0; i < 400; i++) {
        double x = ml_rng_normal(&rng);
        ml_strbuf_addf(&csv, "r%d,%.5f,%d,red,w,%.5f\n", i, x, i % 2,
                       5.0 + x + i % 2 + 0.1 * ml_rng_normal(&rng));
    }
    load(&t, &csv, schema);
    for (size_t a = 0; a < 2; a++) {
        struct ml_fit_plan plan = plan_of(of_values[a], &t);
        struct ml_crossval_options o = ML_CROSSVAL_OPTIONS_INIT;
        struct ml_crossval c;
        o.n_folds = 4;
        o.with_scores = o.with_train = true;
        cross_validate(&c, &plan, &t, &o);
        for (size_t f = 0; f < 4; f++) {
            double squares = 0.0;
            double mean = 0.0;
            size_t n = 0;
            check_fold(&c, &plan, &t, f);
            for (size_t i = 0; i < t.n_train; i++) {
                if (c.fold[i] != f)
                    continue;
                squares += pow(t.target[t.train_rows[i]] - c.score[i], 2.0);
                mean += t.target[t.train_rows[i]];
                n++;
            }
            assert_int_equal(n, c.left_out[f].n_rows);
            assert_true(fabs(c.left_out[f].rmse - sqrt(squares / (double)n)) < 1e-12);
            assert_true(fabs(mean / (double)n - t.summary.mean) < 0.1);
            assert_true(isnan(c.left_out[f].log_loss) && isnan(c.left_out[f].f1));
            assert_true(a == 0 ? c.left_out[f].r2 > 0.9 : c.left_out[f].r2 <= 0.0);
            assert_true(c.trained[f].rmse > 0.0 && c.trained[f].mae <= c.trained[f].rmse);
        }
        ml_crossval_release(&c);
    }
    ml_training_release(&t);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void the_number_of_processes_changes_nothing(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = model_csv(300, 1, model_binary_labels, 2);
    struct ml_training t;
    load(&t, &csv, schema);
    struct ml_fit_plan plan = plan_of(&ml_learner_logistic, &t);
    struct ml_crossval_options o = ML_CROSSVAL_OPTIONS_INIT;
    struct ml_crossval one, many;
    o.with_scores = o.with_train = true;
    o.jobs = 1;
    cross_validate(&one, &plan, &t, &o);
    o.jobs = 4;
    cross_validate(&many, &plan, &t, &o);
    assert_memory_equal(one.score, many.score, t.n_train * 2 * sizeof(double));
    assert_memory_equal(one.left_out, many.left_out, 5 * sizeof(*one.left_out));
    assert_memory_equal(one.trained, many.trained, 5 * sizeof(*one.trained));
    for (size_t f = 0; f < 5; f++)
        assert_true(one.trained[f].log_loss < one.left_out[f].log_loss + 0.2);
    ml_crossval_release(&one);
    ml_crossval_release(&many);
    ml_training_release(&t);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

/* Points after the first start from the weights before: the same optimum, by a shorter way. */
static void warm_starts_find_what_cold_ones_find(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct ml_schema *schema = model_schema(problems[p].type);
        struct ml_strbuf csv = model_csv(400, 4, problems[p].labels, problems[p].n_labels);
        struct ml_training t;
        load(&t, &csv, schema);
        struct ml_fit_plan plan = plan_of(&ml_learner_logistic, &t);
        struct ml_learner_options point[] = {
            {.c = 0.1, .epsilon = 1e-6}, {.c = 1.0, .epsilon = 1e-6}, {.c = 10.0, .epsilon = 1e-6}};
        struct ml_crossval_options o = ML_CROSSVAL_OPTIONS_INIT;
        struct ml_crossval warm, cold;
        struct ml_error err;
        must(ml_crossval_run(&warm, &plan, point, 3, &t, t.train_rows, t.n_train, &o, &test_quiet,
                             &err));
        for (size_t i = 0; i < 3; i++) {
            must(ml_crossval_run(&cold, &plan, &point[i], 1, &t, t.train_rows, t.n_train, &o,
                                 &test_quiet, &err));
            for (size_t f = 0; f < 5; f++)
                assert_true(fabs(cold.left_out[f].log_loss - warm.left_out[i * 5 + f].log_loss) <
                            1e-5);
            ml_crossval_release(&cold);
        }
        ml_crossval_release(&warm);
        ml_training_release(&t);
        ml_strbuf_release(&csv);
        ml_schema_free(schema);
    }
}

static void balanced_weights_are_each_folds_own(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = model_csv(300, 1, model_binary_labels, 2);
    struct ml_training t;
    load(&t, &csv, schema);
    struct ml_fit_plan plan = plan_of(&ml_learner_majority, &t);
    plan.balanced = true;
    struct ml_crossval_options o = ML_CROSSVAL_OPTIONS_INIT;
    struct ml_crossval c;
    o.with_scores = true;
    cross_validate(&c, &plan, &t, &o);
    for (size_t i = 0; i < t.n_train; i++)
        assert_true(fabs(c.score[2 * i + 1] - 0.5) < 1e-12);
    ml_crossval_release(&c);
    ml_training_release(&t);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void a_class_that_a_fold_lacks_gets_nothing_there(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("CATEGORICAL");
    struct ml_strbuf csv = model_csv(200, 1, model_class_labels, 2);
    ml_strbuf_adds(&csv, "x,1,1,red,w,rare\n");
    struct ml_training t;
    struct ml_error err;
    const struct ml_split all = {.end = 100.0, .seed = 42};
    must(ml_training_load(&t, test_write("rare.csv", csv.bytes, csv.length), schema, &csv_options,
                          &all, &test_quiet, &err));
    assert_int_equal(t.n_labels, 3);
    struct ml_fit_plan plan = plan_of(&ml_learner_logistic, &t);
    struct ml_crossval_options o = ML_CROSSVAL_OPTIONS_INIT;
    struct ml_crossval c;
    o.with_scores = true;
    cross_validate(&c, &plan, &t, &o);
    size_t last = t.n_train - 1;
    assert_true(c.score[last * 3 + t.label[last]] == 0.0);
    assert_true(fabs(c.score[last * 3] + c.score[last * 3 + 1] + c.score[last * 3 + 2] - 1.0) <
                1e-12);
    assert_true(isfinite(c.left_out[c.fold[last]].log_loss));
    ml_crossval_release(&c);
    ml_training_release(&t);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void what_cannot_be_done_is_a_message(void **state)
{
    (void)state;
    struct ml_schema *schema = model_schema("BINARY");
    struct ml_strbuf csv = {0};
    ml_strbuf_adds(&csv, MODEL_HEADER);
    for (int i = 0; i < 20; i++)
        ml_strbuf_addf(&csv, "r%d,%d,1,red,w,%d\n", i, i, i == 3);
    struct ml_training t;
    struct ml_error err;
    const struct ml_split all = {.end = 100.0, .seed = 42};
    must(ml_training_load(&t, test_write("few.csv", csv.bytes, csv.length), schema, &csv_options,
                          &all, &test_quiet, &err));
    struct ml_fit_plan plan = plan_of(&ml_learner_logistic, &t);
    struct ml_crossval_options o = ML_CROSSVAL_OPTIONS_INIT;
    struct ml_crossval c;
    static const struct {
        size_t folds;
        const char *message;
    } cases[] = {
        {1, "the number of folds must be from 2 to 100"},
        {101, "the number of folds must be from 2 to 100"},
        {21, "20 rows are too few for 21 folds"},
        {5, "its training rows are of one class; use fewer folds"},
    };
    for (size_t i = 0; i < 4; i++) {
        o.n_folds = cases[i].folds;
        assert_false(ml_crossval_run(&c, &plan, &plan.options, 1, &t, t.train_rows, t.n_train, &o,
                                     &test_quiet, &err));
        assert_contains(err.msg, cases[i].message);
    }
    ml_training_release(&t);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_fold_scores_are_those_of_fits_without_the_fold),
        cmocka_unit_test(values_are_scored_out_of_fold_too),
        cmocka_unit_test(the_number_of_processes_changes_nothing),
        cmocka_unit_test(warm_starts_find_what_cold_ones_find),
        cmocka_unit_test(balanced_weights_are_each_folds_own),
        cmocka_unit_test(a_class_that_a_fold_lacks_gets_nothing_there),
        cmocka_unit_test(what_cannot_be_done_is_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, end_group);
}

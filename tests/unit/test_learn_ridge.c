#include "../lib/learning.h"
#include "../lib/testing.h"

#include <math.h>

enum { MAX_ROWS = 200, MAX_FEATURES = 40 };

struct problem {
    struct ml_csr x;
    double weight[MAX_ROWS];
    double target[MAX_ROWS];
    double c;
    struct ml_training_set set;
};

static char *read_golden(const char *name, const char *end)
{
    char path[128];
    struct ml_strbuf text = {0};
    struct ml_error err;
    snprintf(path, sizeof(path), "tests/golden/ridge/%s%s", name, end);
    must(ml_file_read_all(&text, path, 1 << 20, &err));
    return ml_strbuf_take(&text);
}

/* <name>.csv: "# C 0.5", a header, then features, weight and target a row. */
static void read_problem(struct problem *p, const char *name)
{
    char *text = read_golden(name, ".csv");
    memset(p, 0, sizeof(*p));
    p->c = strtod(text + strlen("# C "), NULL);
    char *header = strchr(text, '\n') + 1;
    char *at = strchr(header, '\n');
    for (const char *s = header; s < at; s++)
        p->x.n_columns += *s == ',';
    p->x.n_columns -= 1;
    struct ml_sparse row = {0};
    while (at[1] != '\0') {
        row.n = 0;
        for (uint32_t k = 0; k < p->x.n_columns; k++) {
            double x = strtod(at + 1, &at);
            if (x != 0.0)
                ml_sparse_add(&row, k, x);
        }
        p->weight[p->x.n_rows] = strtod(at + 1, &at);
        p->target[p->x.n_rows] = strtod(at + 1, &at);
        ml_csr_add_row(&p->x, &row);
    }
    ml_sparse_release(&row);
    free(text);
    p->set = (struct ml_training_set){.x = &p->x, .target = p->target, .weight = p->weight};
}

static void *load(const struct ml_learner_ops *learner, const struct ml_strbuf *text,
                  size_t n_features)
{
    void *predictor = NULL;
    struct ml_error err;
    must(learner->load(&predictor, text->bytes, text->length, n_features, 0, &err));
    return predictor;
}

static double predict(const struct ml_learner_ops *learner, const void *predictor,
                      const struct ml_csr *x, size_t i)
{
    struct ml_sparse row = row_of(x, i);
    double value = NAN;
    double margin = NAN;
    learner->predict(predictor, &row, &value, &margin);
    assert_true(value == margin && isfinite(value));
    return value;
}

static double deviation(const struct problem *p)
{
    double mean = 0;
    double sum = 0;
    for (size_t i = 0; i < p->x.n_rows; i++)
        mean += p->target[i] / (double)p->x.n_rows;
    for (size_t i = 0; i < p->x.n_rows; i++)
        sum += (p->target[i] - mean) * (p->target[i] - mean) / (double)p->x.n_rows;
    return sqrt(sum);
}

static void predictions_are_those_of_scikit_learn(void **state)
{
    (void)state;
    static struct problem p;
    static const char *const names[] = {"plain", "weighted", "strong", "weak",
                                        "far",   "huge",     "tiny",   "wide"};
    for (size_t c = 0; c < sizeof(names) / sizeof(names[0]); c++) {
        read_problem(&p, names[c]);
        struct ml_strbuf text =
            train(&ml_learner_ridge, &p.set, (struct ml_learner_options){.c = p.c});
        void *predictor = load(&ml_learner_ridge, &text, p.x.n_columns);
        char *golden = read_golden(names[c], ".sklearn.txt");
        char *at = strchr(golden, '\n') + 1;
        double worst = 0;
        for (size_t i = 0; i < p.x.n_rows; i++)
            worst =
                fmax(worst, fabs(predict(&ml_learner_ridge, predictor, &p.x, i) - strtod(at, &at)));
        if (!(worst <= 1e-6 * deviation(&p)))
            fail_msg("%s: %g deviations from scikit-learn", names[c], worst / deviation(&p));
        free(golden);
        ml_learner_ridge.free(predictor);
        ml_strbuf_release(&text);
        ml_csr_release(&p.x);
    }
}

static void a_weight_is_a_number_of_rows(void **state)
{
    (void)state;
    static struct problem p;
    static struct problem q;
    read_problem(&p, "plain");
    memset(&q, 0, sizeof(q));
    q.x.n_columns = p.x.n_columns;
    p.x.n_rows = 60;
    for (size_t i = 0; i < p.x.n_rows; i++) {
        p.weight[i] = (double)(i % 4);
        for (size_t k = 0; k < i % 4; k++) {
            struct ml_sparse row = row_of(&p.x, i);
            q.target[q.x.n_rows] = p.target[i];
            ml_csr_add_row(&q.x, &row);
        }
    }
    q.set = (struct ml_training_set){.x = &q.x, .target = q.target};
    const struct ml_learner_ops *const learners[] = {&ml_learner_ridge, &ml_learner_majority};
    for (size_t l = 0; l < 2; l++) {
        struct ml_strbuf a = train(learners[l], &p.set, (struct ml_learner_options){0});
        struct ml_strbuf b = train(learners[l], &q.set, (struct ml_learner_options){0});
        void *x = load(learners[l], &a, p.x.n_columns);
        void *y = load(learners[l], &b, p.x.n_columns);
        for (size_t i = 0; i < p.x.n_rows; i++)
            assert_true(fabs(predict(learners[l], x, &p.x, i) - predict(learners[l], y, &p.x, i)) <
                        1e-6 * deviation(&p));
        learners[l]->free(x);
        learners[l]->free(y);
        ml_strbuf_release(&a);
        ml_strbuf_release(&b);
    }
    ml_csr_release(&p.x);
    ml_csr_release(&q.x);
}

static void a_target_in_another_unit_gives_predictions_in_that_unit(void **state)
{
    (void)state;
    static const double units[] = {1e-250, 1e-12, 1e12, 1e37};
    static struct problem p;
    read_problem(&p, "plain");
    struct ml_strbuf a = train(&ml_learner_ridge, &p.set, (struct ml_learner_options){0});
    void *x = load(&ml_learner_ridge, &a, p.x.n_columns);
    for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
        for (size_t i = 0; i < p.x.n_rows; i++)
            p.target[i] *= units[u];
        struct ml_strbuf b = train(&ml_learner_ridge, &p.set, (struct ml_learner_options){0});
        void *y = load(&ml_learner_ridge, &b, p.x.n_columns);
        for (size_t i = 0; i < p.x.n_rows; i++)
            assert_true(fabs(predict(&ml_learner_ridge, x, &p.x, i) -
                             predict(&ml_learner_ridge, y, &p.x, i) / units[u]) < 1e-6);
        for (size_t i = 0; i < p.x.n_rows; i++)
            p.target[i] /= units[u];
        ml_learner_ridge.free(y);
        ml_strbuf_release(&b);
    }
    ml_learner_ridge.free(x);
    ml_strbuf_release(&a);
    ml_csr_release(&p.x);
}

static void one_row_and_a_constant_target_are_answered_by_that_value(void **state)
{
    (void)state;
    static const double values[] = {0, 0.1, -7e12, 3e-200, 1e40};
    static struct problem p;
    for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++)
        for (size_t n = 1; n <= 30; n += 29) {
            read_problem(&p, "plain");
            p.x.n_rows = n;
            for (size_t i = 0; i < n; i++)
                p.target[i] = values[v];
            struct ml_strbuf text =
                train(&ml_learner_ridge, &p.set, (struct ml_learner_options){0});
            void *predictor = load(&ml_learner_ridge, &text, p.x.n_columns);
            for (size_t i = 0; i < n; i++)
                assert_true(fabs(predict(&ml_learner_ridge, predictor, &p.x, i) - values[v]) <=
                            1e-15 * fabs(values[v]));
            ml_learner_ridge.free(predictor);
            ml_strbuf_release(&text);
            ml_csr_release(&p.x);
        }
}

static void its_terms_add_up_to_its_value(void **state)
{
    (void)state;
    static struct problem p;
    read_problem(&p, "huge");
    struct ml_strbuf text = train(&ml_learner_ridge, &p.set, (struct ml_learner_options){0});
    void *predictor = load(&ml_learner_ridge, &text, p.x.n_columns);
    for (size_t i = 0; i < p.x.n_rows; i++) {
        struct ml_sparse row = row_of(&p.x, i);
        double sum;
        double terms[MAX_FEATURES];
        ml_learner_ridge.explain(predictor, &row, &sum, terms);
        for (size_t k = 0; k < row.n; k++)
            sum += terms[k];
        assert_true(sum == predict(&ml_learner_ridge, predictor, &p.x, i));
    }
    ml_learner_ridge.free(predictor);
    ml_strbuf_release(&text);
    ml_csr_release(&p.x);
}

static void an_absurd_model_gives_a_finite_value(void **state)
{
    (void)state;
    static const char text[] = "solver_type L2R_L2LOSS_SVR\nnr_class 2\nnr_feature 2\nbias 1\nw\n"
                               "1e308 \n-1e308 \n1 \n";
    struct ml_strbuf copy = {0};
    ml_strbuf_adds(&copy, text);
    void *predictor = load(&ml_learner_ridge, &copy, 2);
    uint32_t index[] = {0, 1};
    double value[] = {1e100, 1e100};
    for (size_t n = 0; n <= 2; n++) {
        struct ml_sparse row = {index, value, n, n};
        double y = NAN;
        double margin;
        ml_learner_ridge.predict(predictor, &row, &y, &margin);
        assert_true(isfinite(y) && y == margin);
    }
    ml_learner_ridge.free(predictor);
    ml_strbuf_release(&copy);
}

static void what_ridge_has_not_is_refused(void **state)
{
    (void)state;
    static struct problem p;
    static const double zeros[MAX_ROWS];
    read_problem(&p, "plain");
    struct ml_error err = {0};
    struct ml_learner_options l1 = {.penalty = ML_PENALTY_L1};
    struct ml_learner_options dual = {.dual = true};
    struct ml_learner_options classes = {.class_weight = zeros};
    struct ml_learner_options none = {0};
    assert_false(ml_learner_ridge.check(&l1, &p.set, &err));
    assert_contains(err.msg, "'ridge' has no L1 penalty");
    assert_false(ml_learner_ridge.check(&dual, &p.set, &err));
    assert_contains(err.msg, "'ridge' has no dual solver");
    assert_false(ml_learner_ridge.check(&classes, &p.set, &err));
    assert_contains(err.msg, "no classes to weigh");
    p.set.weight = zeros;
    assert_false(ml_learner_ridge.check(&none, &p.set, &err));
    assert_contains(err.msg, "no row has a weight above 0");
    assert_false(ml_learner_solves(&ml_learner_logistic, 0));
    assert_false(ml_learner_solves(&ml_learner_svm, 0));
    assert_false(ml_learner_solves(&ml_learner_ridge, 2));
    assert_true(ml_learner_solves(&ml_learner_majority, 0));
    assert_true(ml_learner_solves(&ml_learner_majority, 3));
    ml_csr_release(&p.x);
}

static void malformed_models_are_refused(void **state)
{
    (void)state;
    static const struct {
        const struct ml_learner_ops *learner;
        const char *text;
        const char *message;
    } cases[] = {
        {&ml_learner_ridge, "", "cut off"},
        {&ml_learner_ridge, "solver_type L2R_LR\nnr_class 2\nlabel 1 0\nnr_feature 0\n",
         "line 1 of the solver's file: no regression solver"},
        {&ml_learner_ridge, "solver_type L2R_L2LOSS_SVR\nnr_class 1\n", "the number of classes"},
        {&ml_learner_ridge, "solver_type L2R_L2LOSS_SVR\nnr_class 2\nlabel 1 0\n",
         "the number of features"},
        {&ml_learner_ridge,
         "solver_type L2R_L2LOSS_SVR\nnr_class 2\nnr_feature 1\nbias 1\nw\n1 \nnan \n",
         "malformed weights"},
        {&ml_learner_ridge,
         "solver_type L2R_L2LOSS_SVR\nnr_class 2\nnr_feature 1\nbias 1\nw\n1 \n2 \n3 \n",
         "text after the weights"},
        {&ml_learner_majority, "majority 0.5 0.5\n", "malformed mean"},
        {&ml_learner_majority, "mean\n", "malformed mean"},
        {&ml_learner_majority, "mean inf\n", "malformed mean"},
        {&ml_learner_majority, "mean 1 2\n", "malformed mean"},
        {&ml_learner_majority, "mean 1\nmean 1\n", "malformed mean"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *predictor = NULL;
        struct ml_error err = {0};
        assert_false(
            cases[i].learner->load(&predictor, cases[i].text, strlen(cases[i].text), 1, 0, &err));
        assert_contains(err.msg, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predictions_are_those_of_scikit_learn),
        cmocka_unit_test(a_weight_is_a_number_of_rows),
        cmocka_unit_test(a_target_in_another_unit_gives_predictions_in_that_unit),
        cmocka_unit_test(one_row_and_a_constant_target_are_answered_by_that_value),
        cmocka_unit_test(its_terms_add_up_to_its_value),
        cmocka_unit_test(an_absurd_model_gives_a_finite_value),
        cmocka_unit_test(what_ridge_has_not_is_refused),
        cmocka_unit_test(malformed_models_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

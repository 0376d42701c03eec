#include "../lib/testing.h"

#include <math.h>

#include "base/alloc.h"
#include "learn/child.h"
#include "learn/learner.h"
#include "learn/newton.h"

struct table {
    struct ml_csr x;
    uint32_t *label;
    double *weight;
    size_t n_classes;
};

static void table_release(struct table *t)
{
    ml_csr_release(&t->x);
    free(t->label);
    free(t->weight);
}

static void add_row(struct table *t, const double *value, size_t d)
{
    struct ml_sparse row = {0};
    for (uint32_t j = 0; j < d; j++)
        if (value[j] != 0.0)
            ml_sparse_add(&row, j, value[j]);
    t->x.n_columns = d;
    ml_csr_add_row(&t->x, &row);
    ml_sparse_release(&row);
}

static double objective(const struct table *t, const struct ml_linear *m, double c)
{
    double sum = 0.5 * m->bias[0] * m->bias[0];
    for (size_t j = 0; j < m->n_features; j++)
        sum += 0.5 * m->weight[j] * m->weight[j];
    for (size_t i = 0; i < t->x.n_rows; i++) {
        double z = m->bias[0];
        for (size_t k = t->x.start[i]; k < t->x.start[i + 1]; k++)
            z += t->x.value[k] * m->weight[t->x.index[k]];
        z *= t->label[i] == 1 ? 1.0 : -1.0;
        sum += c * (t->weight != NULL ? t->weight[i] : 1.0) *
               (z >= 0.0 ? log1p(exp(-z)) : log1p(exp(z)) - z);
    }
    return sum;
}

/* tests/golden/newton.txt, written by tests/oracle/newton_golden.py. */
static bool next_case(FILE *f, struct table *t, double *c, double *class_weight)
{
    size_t n, d;
    if (fscanf(f, " case %zu %zu %zu %lf", &n, &d, &t->n_classes, c) != 4)
        return false;
    for (size_t k = 0; k < t->n_classes; k++)
        assert_int_equal(fscanf(f, "%lf", &class_weight[k]), 1);
    t->label = ml_xcalloc(n, sizeof(*t->label));
    t->weight = ml_xcalloc(n, sizeof(*t->weight));
    for (size_t i = 0; i < n; i++) {
        double value[8];
        assert_int_equal(fscanf(f, "%u %lf", &t->label[i], &t->weight[i]), 2);
        for (size_t j = 0; j < d; j++)
            assert_int_equal(fscanf(f, "%lf", &value[j]), 1);
        add_row(t, value, d);
    }
    return true;
}

static void weights_are_those_of_scikit_learn(void **state)
{
    (void)state;
    const char *dir = getenv("ML_TEST_DIR");
    char path[1024];
    snprintf(path, sizeof(path), "%s/golden/newton.txt", dir != NULL ? dir : "tests");
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    struct table t = {0};
    double c;
    double class_weight[8];
    size_t n_cases = 0;
    for (; next_case(f, &t, &c, class_weight); n_cases++) {
        struct ml_newton_task task = {&t.x,         t.label, t.n_classes, t.weight,
                                      class_weight, c,       1e-9,        NULL};
        struct ml_linear m;
        struct ml_error err;
        must(ml_newton_train(&m, &task, &err));
        for (size_t v = 0; v < m.n_vectors; v++)
            for (size_t j = 0; j <= m.n_features; j++) {
                double want;
                double got = j < m.n_features ? m.weight[j * m.n_vectors + v] : m.bias[v];
                assert_int_equal(fscanf(f, "%lf", &want), 1);
                assert_true(fabs(got - want) <= 2e-6 * (1.0 + fabs(want)));
            }
        ml_linear_release(&m);
        table_release(&t);
        t = (struct table){0};
    }
    assert_int_equal(n_cases, 6);
    fclose(f);
}

static struct table random_table(size_t n, size_t d, uint64_t seed)
{
    struct table t = {.n_classes = 2, .label = ml_xcalloc(n, sizeof(uint32_t))};
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    for (size_t i = 0; i < n; i++) {
        double value[32];
        double score = 0.0;
        for (size_t j = 0; j < d; j++) {
            value[j] = ml_rng_below(&rng, 3) == 0 ? ml_rng_normal(&rng) : 0.0;
            score += value[j] * (j % 2 ? 1.0 : -0.5);
        }
        t.label[i] = score + ml_rng_normal(&rng) > 0.3;
        add_row(&t, value, d);
    }
    return t;
}

struct job {
    struct ml_training_set set;
    struct ml_learner_options options;
};

static bool solve(struct ml_strbuf *out, struct ml_error *err, void *ctx)
{
    struct job *job = ctx;
    return ml_learner_logistic.train(out, &job->set, &job->options, err);
}

static void with_all_weights_one_it_is_liblinear(void **state)
{
    (void)state;
    static const double cs[] = {0.001, 1.0, 100.0};
    for (size_t i = 0; i < 9; i++) {
        struct table t = random_table(300, 20, i);
        double c = cs[i % 3];
        struct job job = {{.x = &t.x, .label = t.label, .n_classes = 2}, {.c = c, .epsilon = 1e-8}};
        struct ml_newton_task task = {&t.x, t.label, 2, NULL, NULL, c, 1e-8, NULL};
        struct ml_strbuf text = {0};
        struct ml_linear theirs, ours;
        struct ml_error err;
        must(ml_child_run(&text, solve, &job, "LIBLINEAR", "", &test_quiet, &err));
        must(ml_linear_read(&theirs, text.bytes, text.length, 20, 2, &err));
        must(ml_newton_train(&ours, &task, &err));
        double a = objective(&t, &ours, c);
        double b = objective(&t, &theirs, c);
        assert_true(fabs(a - b) <= 1e-6 * b);
        assert_true(a <= b * (1.0 + 1e-12));
        ml_linear_release(&ours);
        ml_linear_release(&theirs);
        ml_strbuf_release(&text);
        table_release(&t);
    }
}

/* A weight of 2 is the row twice, one of 0 its absence. */
static void a_weight_is_so_many_rows(void **state)
{
    (void)state;
    struct table t = random_table(200, 6, 5);
    struct table again = {.n_classes = 2, .label = ml_xcalloc(600, sizeof(uint32_t))};
    t.weight = ml_xcalloc(200, sizeof(double));
    for (size_t i = 0; i < 200; i++) {
        t.weight[i] = (double)(i % 4);
        double value[6] = {0};
        for (size_t k = t.x.start[i]; k < t.x.start[i + 1]; k++)
            value[t.x.index[k]] = t.x.value[k];
        for (size_t times = 0; times < i % 4; times++) {
            again.label[again.x.n_rows] = t.label[i];
            add_row(&again, value, 6);
        }
    }
    struct ml_newton_task task = {&t.x, t.label, 2, t.weight, NULL, 1.0, 1e-9, NULL};
    struct ml_newton_task twice = {&again.x, again.label, 2, NULL, NULL, 1.0, 1e-9, NULL};
    struct ml_linear a, b;
    struct ml_error err;
    must(ml_newton_train(&a, &task, &err));
    must(ml_newton_train(&b, &twice, &err));
    for (size_t j = 0; j < 6; j++)
        assert_true(fabs(a.weight[j] - b.weight[j]) < 1e-6);
    ml_linear_release(&a);
    ml_linear_release(&b);
    table_release(&t);
    table_release(&again);
}

static void a_start_at_the_optimum_stays_there(void **state)
{
    (void)state;
    struct table t = random_table(200, 6, 9);
    struct ml_newton_task task = {&t.x, t.label, 2, NULL, NULL, 1.0, 1e-6, NULL};
    struct ml_linear a, b;
    struct ml_error err;
    must(ml_newton_train(&a, &task, &err));
    task.start = &a;
    must(ml_newton_train(&b, &task, &err));
    assert_memory_equal(a.weight, b.weight, 6 * sizeof(double));
    ml_linear_release(&a);
    ml_linear_release(&b);
    table_release(&t);
}

static void absurd_weights_are_a_message_or_finite(void **state)
{
    (void)state;
    static const double absurd[] = {1e300, 1.7e308, 1e-300, 0.0};
    for (size_t i = 0; i < 4; i++) {
        struct table t = random_table(50, 4, 3);
        t.weight = ml_xcalloc(50, sizeof(double));
        for (size_t k = 0; k < 50; k++)
            t.weight[k] = absurd[i];
        struct ml_newton_task task = {&t.x, t.label, 2, t.weight, NULL, 1.0, 1e-6, NULL};
        struct ml_linear m;
        struct ml_error err = {0};
        if (ml_newton_train(&m, &task, &err)) {
            for (size_t j = 0; j < 4; j++)
                assert_true(isfinite(m.weight[j]));
            ml_linear_release(&m);
        } else {
            assert_contains(err.msg, "found no finite weights");
        }
        table_release(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_those_of_scikit_learn),
        cmocka_unit_test(with_all_weights_one_it_is_liblinear),
        cmocka_unit_test(a_weight_is_so_many_rows),
        cmocka_unit_test(a_start_at_the_optimum_stays_there),
        cmocka_unit_test(absurd_weights_are_a_message_or_finite),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

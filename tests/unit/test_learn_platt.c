#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "learn/coupling.h"
#include "learn/learner.h"
#include "learn/platt.h"

enum { N_ROWS = 400, MAX_CLASSES = 8 };

struct values {
    double decision[N_ROWS];
    bool positive[N_ROWS];
    size_t n;
};

/* Rows whose log-odds of positive are slope * decision + offset. */
static void draw(struct values *v, uint64_t seed, double slope, double offset)
{
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    v->n = N_ROWS;
    for (size_t i = 0; i < v->n; i++) {
        v->decision[i] = ml_rng_normal(&rng);
        v->positive[i] = ml_rng_uniform(&rng) < ml_sigmoid(slope * v->decision[i] + offset);
    }
}

static struct ml_platt fitted(const struct values *v)
{
    struct ml_platt platt;
    ml_platt_fit(&platt, v->decision, v->positive, v->n);
    assert_true(isfinite(platt.a) && isfinite(platt.b));
    return platt;
}

static size_t positives(const struct values *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        n += v->positive[i];
    return n;
}

/* Written down from the paper's formula (5), with none of the care of the code under test. */
static double loss_of(const struct values *v, double a, double b)
{
    double n1 = (double)positives(v);
    double n0 = (double)v->n - n1;
    double sum = 0.0;
    for (size_t i = 0; i < v->n; i++) {
        double t = v->positive[i] ? (n1 + 1.0) / (n1 + 2.0) : 1.0 / (n0 + 2.0);
        double z = a * v->decision[i] + b;
        sum += t * log1p(exp(z)) + (1.0 - t) * log1p(exp(-z));
    }
    return sum;
}

/* Compass search: knows no derivative. */
static struct ml_platt searched(const struct values *v)
{
    struct ml_platt at = {0.0, 0.0};
    double best = loss_of(v, at.a, at.b);
    for (double step = 4.0; step > 1e-9;) {
        const struct ml_platt near[] = {
            {at.a + step, at.b},        {at.a - step, at.b},        {at.a, at.b + step},
            {at.a, at.b - step},        {at.a + step, at.b + step}, {at.a - step, at.b - step},
            {at.a + step, at.b - step}, {at.a - step, at.b + step},
        };
        bool moved = false;
        for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
            double value = loss_of(v, near[i].a, near[i].b);
            if (value < best) {
                best = value;
                at = near[i];
                moved = true;
            }
        }
        if (!moved)
            step /= 2.0;
    }
    return at;
}

static void assert_near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.17g is not %.17g", a, b);
}

static void the_fit_is_the_least_a_search_finds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct values v;
        draw(&v, seed, 0.5 * (double)seed, (double)seed - 3.0);
        struct ml_platt platt = fitted(&v);
        struct ml_platt reference = searched(&v);
        assert_true(platt.a < 0.0);
        assert_near(platt.a, reference.a, 1e-5);
        assert_near(platt.b, reference.b, 1e-5);
        assert_true(loss_of(&v, platt.a, platt.b) <= loss_of(&v, reference.a, reference.b) + 1e-10);
    }
}

static void separable_values_keep_a_finite_slope(void **state)
{
    (void)state;
    struct values v = {.n = 60};
    for (size_t i = 0; i < v.n; i++) {
        v.positive[i] = i < 20;
        v.decision[i] = v.positive[i] ? 1.0 + (double)i / 20.0 : -1.0 - (double)i / 60.0;
    }
    struct ml_platt platt = fitted(&v);
    struct ml_platt reference = searched(&v);
    assert_near(platt.a, reference.a, 1e-4);
    assert_near(platt.b, reference.b, 1e-4);
    assert_true(platt.a < -1.0 && platt.a > -100.0);
}

static void values_that_point_the_wrong_way_carry_nothing(void **state)
{
    (void)state;
    struct values v;
    draw(&v, 7, -2.0, 1.0);
    struct ml_platt platt = fitted(&v);
    double n1 = (double)positives(&v);
    assert_true(platt.a == 0.0);
    assert_near(ml_sigmoid(-platt.b), (n1 + 1.0) / ((double)v.n + 2.0), 1e-14);
    for (size_t i = 0; i < v.n; i++)
        v.decision[i] = -v.decision[i];
    assert_true(fitted(&v).a < -1.0);
}

static void values_that_are_all_zero_give_the_prior(void **state)
{
    (void)state;
    struct values v = {.n = 10};
    v.positive[3] = true;
    v.positive[8] = true;
    struct ml_platt platt = fitted(&v);
    assert_true(platt.a == 0.0);
    assert_near(ml_sigmoid(-platt.b), 3.0 / 12.0, 1e-14);
}

static void equal_values_give_about_the_prior(void **state)
{
    (void)state;
    struct values v = {.n = 40};
    for (size_t i = 0; i < v.n; i++) {
        v.decision[i] = 0.25;
        v.positive[i] = i % 4 == 0;
    }
    struct ml_platt platt = fitted(&v);
    assert_true(platt.a <= 0.0);
    assert_near(ml_sigmoid(-(platt.a * 0.25 + platt.b)), 0.25, 0.03);
}

static void the_unit_of_the_values_does_not_matter(void **state)
{
    (void)state;
    struct values v;
    draw(&v, 11, 1.5, -0.5);
    struct ml_platt one = fitted(&v);
    const double units[] = {1e-12, 1e-3, 1e6, 1e100};
    for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
        struct values scaled = v;
        for (size_t i = 0; i < v.n; i++)
            scaled.decision[i] *= units[u];
        struct ml_platt platt = fitted(&scaled);
        assert_near(platt.a * units[u], one.a, 1e-6);
        assert_near(platt.b, one.b, 1e-6);
    }
}

static void one_class_alone_is_no_trouble(void **state)
{
    (void)state;
    struct values v;
    draw(&v, 13, 1.0, 0.0);
    for (size_t i = 0; i < v.n; i++)
        v.positive[i] = true;
    (void)fitted(&v);
}

/* Solves (Q e; e' 0) (p; -p'Qp) = (0; 1) by elimination: what the iteration must come to. */
static void eliminated(double *p, const double *r, size_t n)
{
    long double m[MAX_CLASSES + 1][MAX_CLASSES + 2] = {{0}};
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            if (i != j) {
                m[i][i] += (long double)r[j * n + i] * r[j * n + i];
                m[i][j] = -(long double)r[j * n + i] * r[i * n + j];
            }
        m[i][n] = m[n][i] = 1.0L;
    }
    m[n][n + 1] = 1.0L;
    for (size_t c = 0; c <= n; c++) {
        size_t best = c;
        for (size_t i = c; i <= n; i++)
            if (fabsl(m[i][c]) > fabsl(m[best][c]))
                best = i;
        for (size_t j = 0; j <= n + 1; j++) {
            long double swap = m[c][j];
            m[c][j] = m[best][j];
            m[best][j] = swap;
        }
        for (size_t i = 0; i <= n; i++) {
            long double factor = i == c ? 0.0L : m[i][c] / m[c][c];
            for (size_t j = c; j <= n + 1; j++)
                m[i][j] -= factor * m[c][j];
        }
    }
    for (size_t i = 0; i < n; i++)
        p[i] = (double)(m[i][n + 1] / m[i][i]);
}

static void assert_sums_to_one(const double *p, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        assert_true(p[i] >= 0.0);
        sum += p[i];
    }
    assert_near(sum, 1.0, 1e-12);
}

static void coupling_is_the_solution_of_its_equations(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 17);
    for (int round = 0; round < 3000; round++) {
        size_t n = 3 + ml_rng_below(&rng, MAX_CLASSES - 2);
        double sharpness = 20.0 * ml_rng_uniform(&rng);
        double r[MAX_CLASSES * MAX_CLASSES] = {0};
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++) {
                double p = ml_sigmoid(sharpness * ml_rng_normal(&rng));
                r[i * n + j] = fmin(fmax(p, 1e-7), 1.0 - 1e-7);
                r[j * n + i] = 1.0 - r[i * n + j];
            }
        double p[MAX_CLASSES];
        double reference[MAX_CLASSES];
        ml_coupling_solve(p, r, n);
        eliminated(reference, r, n);
        assert_sums_to_one(p, n);
        for (size_t i = 0; i < n; i++)
            assert_near(p[i], reference[i], 1e-9);
    }
}

static void consistent_pairs_give_back_their_probabilities(void **state)
{
    (void)state;
    const double p[] = {0.5, 0.3, 0.15, 0.05};
    double r[16] = {0};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            r[i * 4 + j] = p[i] / (p[i] + p[j]);
    double out[4];
    ml_coupling_solve(out, r, 4);
    for (size_t i = 0; i < 4; i++)
        assert_near(out[i], p[i], 1e-9);
}

static void many_classes_sum_to_one(void **state)
{
    (void)state;
    enum { N = 77 };
    double *r = ml_xcalloc(N * N, sizeof(*r));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            r[i * N + j] = i < j ? 1.0 - 1e-7 : 1e-7;
    double p[N];
    ml_coupling_solve(p, r, N);
    assert_sums_to_one(p, N);
    assert_true(p[0] > 0.99);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fit_is_the_least_a_search_finds),
        cmocka_unit_test(separable_values_keep_a_finite_slope),
        cmocka_unit_test(values_that_point_the_wrong_way_carry_nothing),
        cmocka_unit_test(values_that_are_all_zero_give_the_prior),
        cmocka_unit_test(equal_values_give_about_the_prior),
        cmocka_unit_test(the_unit_of_the_values_does_not_matter),
        cmocka_unit_test(one_class_alone_is_no_trouble),
        cmocka_unit_test(coupling_is_the_solution_of_its_equations),
        cmocka_unit_test(consistent_pairs_give_back_their_probabilities),
        cmocka_unit_test(many_classes_sum_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

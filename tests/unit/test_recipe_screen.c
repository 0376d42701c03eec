#include "../lib/testing.h"

#include <math.h>

#include "recipe/screen.h"

enum { N = 400, FOLDS = 3, OUTPUTS = 2, A = 4, B = 3 };

struct rows {
    uint32_t a[N];
    uint32_t b[N];
    unsigned char fold[N];
    double residual[N * OUTPUTS];
    double curvature[N * OUTPUTS];
};

static void draw(struct rows *r, uint64_t seed)
{
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    for (size_t i = 0; i < N; i++) {
        r->a[i] = (uint32_t)ml_rng_below(&rng, A);
        r->b[i] = (uint32_t)ml_rng_below(&rng, B);
        r->fold[i] = (unsigned char)ml_rng_below(&rng, FOLDS);
        for (size_t k = 0; k < OUTPUTS; k++) {
            r->residual[i * OUTPUTS + k] = ml_rng_normal(&rng);
            r->curvature[i * OUTPUTS + k] = 0.01 + 0.2 * (double)ml_rng_below(&rng, 2);
        }
    }
}

static struct ml_screen screen_of(const struct rows *r, size_t n_outputs)
{
    return (struct ml_screen){.n_rows = N,
                              .n_folds = FOLDS,
                              .fold = r->fold,
                              .n_outputs = n_outputs,
                              .residual = r->residual,
                              .curvature = r->curvature};
}

/* The gain of one row: a step from the rows of its cell that are of other folds. */
static void add_row(const struct rows *r, size_t i, size_t k, double *gain, double *variance)
{
    double sum_r = 0.0;
    double sum_h = 0.0;
    for (size_t j = 0; j < N; j++)
        if (r->a[j] == r->a[i] && r->b[j] == r->b[i] && r->fold[j] != r->fold[i]) {
            sum_r += r->residual[j * OUTPUTS + k];
            sum_h += r->curvature[j * OUTPUTS + k];
        }
    double d =
        fmin(fmax(sum_r / (sum_h + ML_SCREEN_RIDGE), -ML_SCREEN_MAX_STEP), ML_SCREEN_MAX_STEP);
    double h = r->curvature[i * OUTPUTS + k];
    *gain += d * r->residual[i * OUTPUTS + k] - 0.5 * d * d * h;
    *variance += d * d * h;
}

static void gains_are_those_of_a_row_by_row_computation(void **state)
{
    (void)state;
    struct rows r;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        draw(&r, seed);
        if (seed == 5) /* far steps are cut */
            for (size_t i = 0; i < N * OUTPUTS; i++)
                r.residual[i] += 40.0;
        struct ml_screen screen = screen_of(&r, OUTPUTS);
        struct ml_screen_item a = {r.a, A};
        struct ml_screen_item b = {r.b, B};
        struct ml_screen_gain got;
        double gain = 0.0;
        double variance = 0.0;
        assert_true(ml_screen_cross(&got, &screen, &a, &b));
        for (size_t i = 0; i < N; i++)
            for (size_t k = 0; k < OUTPUTS; k++)
                add_row(&r, i, k, &gain, &variance);
        assert_true(fabs(got.gain - gain) <= 1e-9 * fabs(gain));
        assert_true(fabs(got.score - gain / sqrt(variance)) <= 1e-9 * fabs(got.score));
    }
}

/* Residuals that the curvature is the variance of, without any structure. */
static void noise_gains_nothing(void **state)
{
    (void)state;
    static struct rows r;
    size_t n_signals = 0;
    double sum = 0.0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        draw(&r, seed);
        for (size_t i = 0; i < N * OUTPUTS; i++)
            r.residual[i] *= sqrt(r.curvature[i]);
        struct ml_screen screen = screen_of(&r, OUTPUTS);
        struct ml_screen_item a = {r.a, A};
        struct ml_screen_item b = {r.b, B};
        struct ml_screen_gain got;
        assert_true(ml_screen_cross(&got, &screen, &a, &b));
        n_signals += got.score > 3.0;
        sum += got.gain;
    }
    assert_true(sum < 0.0);
    assert_true(n_signals <= 3);
}

static void a_cross_of_too_many_cells_is_not_looked_at(void **state)
{
    (void)state;
    static struct rows r;
    draw(&r, 1);
    struct ml_screen screen = screen_of(&r, OUTPUTS);
    struct ml_screen_item a = {r.a, 256};
    struct ml_screen_item b = {r.b, 256};
    struct ml_screen_item c = {r.b, 257};
    struct ml_screen_item none = {r.a, 0};
    struct ml_screen_gain got;
    assert_true(ml_screen_cross(&got, &screen, &a, &b));
    assert_false(ml_screen_cross(&got, &screen, &a, &c));
    assert_false(ml_screen_cross(&got, &screen, &none, &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gains_are_those_of_a_row_by_row_computation),
        cmocka_unit_test(noise_gains_nothing),
        cmocka_unit_test(a_cross_of_too_many_cells_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

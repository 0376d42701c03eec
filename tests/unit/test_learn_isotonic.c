#include "../lib/testing.h"

#include <float.h>
#include <math.h>

#include "learn/isotonic.h"

static struct ml_isotonic fitted(const double *score, const bool *positive, size_t n)
{
    struct ml_isotonic isotonic = {0};
    struct ml_error err;
    must(ml_isotonic_fit(&isotonic, score, positive, n, &err));
    return isotonic;
}

static void one_class_alone_is_a_constant(void **state)
{
    (void)state;
    const double score[] = {0.1, 0.5, 0.9};
    struct ml_isotonic isotonic = fitted(score, (bool[]){true, true, true}, 3);
    assert_int_equal(isotonic.n, 2);
    assert_true(ml_isotonic_apply(&isotonic, -5) == 1 && ml_isotonic_apply(&isotonic, 0.3) == 1);
    ml_isotonic_release(&isotonic);
    isotonic = fitted(score, (bool[]){false, false, false}, 3);
    assert_true(ml_isotonic_apply(&isotonic, 7) == 0);
    ml_isotonic_release(&isotonic);
}

static void ties_everywhere_are_one_knot(void **state)
{
    (void)state;
    const double score[] = {-0.0, 0.0, 0, 0};
    struct ml_isotonic isotonic = fitted(score, (bool[]){true, false, false, false}, 4);
    assert_int_equal(isotonic.n, 1);
    assert_false(signbit(isotonic.x[0]));
    assert_true(ml_isotonic_apply(&isotonic, -1) == 0.25 &&
                ml_isotonic_apply(&isotonic, 1) == 0.25);
    ml_isotonic_release(&isotonic);
}

static void perfect_separation_is_a_ramp_between_the_classes(void **state)
{
    (void)state;
    const double score[] = {1, 2, 4, 6};
    struct ml_isotonic isotonic = fitted(score, (bool[]){false, false, true, true}, 4);
    assert_int_equal(isotonic.n, 4);
    assert_true(ml_isotonic_apply(&isotonic, 2) == 0 && ml_isotonic_apply(&isotonic, 4) == 1);
    assert_true(ml_isotonic_apply(&isotonic, 3) == 0.5);
    ml_isotonic_release(&isotonic);
}

static void the_wrong_order_is_one_block(void **state)
{
    (void)state;
    const double score[] = {1, 2, 3, 4};
    struct ml_isotonic isotonic = fitted(score, (bool[]){true, true, false, false}, 4);
    assert_int_equal(isotonic.n, 2);
    assert_true(isotonic.y[0] == 0.5 && isotonic.y[1] == 0.5);
    ml_isotonic_release(&isotonic);
}

static void probabilities_never_fall_and_stay_within_bounds(void **state)
{
    (void)state;
    enum { N = 300 };
    struct ml_rng rng;
    ml_rng_init(&rng, 4);
    for (int round = 0; round < 50; round++) {
        double score[N];
        bool positive[N];
        for (size_t i = 0; i < N; i++) {
            score[i] = round % 2 ? ml_rng_normal(&rng) : (double)ml_rng_below(&rng, 12);
            positive[i] = ml_rng_uniform(&rng) < 1 / (1 + exp(-score[i]));
        }
        struct ml_isotonic isotonic = fitted(score, positive, N);
        double last = 0;
        for (double x = -4; x < 13; x += 0.003) {
            double p = ml_isotonic_apply(&isotonic, x);
            assert_true(p >= last && p <= 1);
            last = p;
        }
        ml_isotonic_release(&isotonic);
    }
}

static void extreme_scores_do_not_overflow(void **state)
{
    (void)state;
    const double score[] = {-DBL_MAX, DBL_MAX, 0, 5e-324};
    struct ml_isotonic isotonic = fitted(score, (bool[]){false, true, false, true}, 4);
    assert_true(ml_isotonic_apply(&isotonic, -INFINITY) == 0);
    assert_true(ml_isotonic_apply(&isotonic, INFINITY) == 1);
    assert_true(ml_isotonic_apply(&isotonic, 0) == 0 && ml_isotonic_apply(&isotonic, 5e-324) == 1);
    assert_true(isnan(ml_isotonic_apply(&isotonic, NAN)));
    ml_isotonic_release(&isotonic);
}

static void what_is_not_finite_is_refused_with_its_row(void **state)
{
    (void)state;
    struct ml_isotonic isotonic = {.n = 77};
    struct ml_error err;
    const bool positive[] = {true, false};
    assert_false(ml_isotonic_fit(&isotonic, NULL, NULL, 0, &err));
    assert_contains(err.msg, "no rows");
    assert_false(ml_isotonic_fit(&isotonic, (double[]){1, NAN}, positive, 2, &err));
    assert_contains(err.msg, "row 2: score nan");
    assert_false(ml_isotonic_fit(&isotonic, (double[]){INFINITY, 1}, positive, 2, &err));
    assert_contains(err.msg, "row 1: score inf");
    assert_int_equal(isotonic.n, 77);
}

static bool load(struct ml_isotonic *out, const char *json, struct ml_error *err)
{
    struct ml_json *document = NULL;
    if (!ml_json_parse(&document, json, strlen(json), "calibration", err))
        fail_msg("%s", err->msg);
    bool ok = ml_isotonic_load(out, document, err);
    ml_json_free(document);
    return ok;
}

static void saved_and_loaded_is_the_same(void **state)
{
    (void)state;
    enum { N = 200 };
    double score[N];
    bool positive[N];
    struct ml_rng rng;
    struct ml_error err;
    ml_rng_init(&rng, 8);
    for (size_t i = 0; i < N; i++) {
        score[i] = ml_rng_normal(&rng);
        positive[i] = ml_rng_uniform(&rng) < 1 / (1 + exp(-score[i]));
    }
    struct ml_isotonic isotonic = fitted(score, positive, N);
    struct ml_isotonic again = {0};
    struct ml_strbuf text = {0};
    ml_strbuf_adds(&text, "{");
    ml_isotonic_save(&isotonic, &text);
    ml_strbuf_adds(&text, "}");
    must(load(&again, text.bytes, &err));
    assert_int_equal(again.n, isotonic.n);
    assert_memory_equal(again.x, isotonic.x, isotonic.n * sizeof(double));
    assert_memory_equal(again.y, isotonic.y, isotonic.n * sizeof(double));
    ml_isotonic_release(&again);
    ml_isotonic_release(&isotonic);
    ml_strbuf_release(&text);
}

static void damaged_knots_are_refused(void **state)
{
    (void)state;
    static const char *const damaged[] = {
        "{}",
        "[]",
        "{\"x\":[1,2]}",
        "{\"x\":[],\"y\":[]}",
        "{\"x\":[1,2],\"y\":[0.5]}",
        "{\"x\":[1,1],\"y\":[0,1]}",
        "{\"x\":[2,1],\"y\":[0,1]}",
        "{\"x\":[1,2],\"y\":[0.6,0.5]}",
        "{\"x\":[1,2],\"y\":[-0.1,0.5]}",
        "{\"x\":[1,2],\"y\":[0.5,1.1]}",
        "{\"x\":[1,null],\"y\":[0,1]}",
        "{\"x\":[1,\"2\"],\"y\":[0,1]}",
        "{\"x\":{\"a\":1},\"y\":[0]}",
        "{\"x\":1,\"y\":0}",
    };
    struct ml_isotonic isotonic = {.n = 77};
    struct ml_error err;
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        if (load(&isotonic, damaged[i], &err))
            fail_msg("accepted: %s", damaged[i]);
        assert_int_equal(err.code, ML_EINPUT);
    }
    assert_false(ml_isotonic_load(&isotonic, NULL, &err));
    assert_int_equal(isotonic.n, 77);
    must(load(&isotonic, "{\"x\":[1],\"y\":[1]}", &err));
    ml_isotonic_release(&isotonic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_class_alone_is_a_constant),
        cmocka_unit_test(ties_everywhere_are_one_knot),
        cmocka_unit_test(perfect_separation_is_a_ramp_between_the_classes),
        cmocka_unit_test(the_wrong_order_is_one_block),
        cmocka_unit_test(probabilities_never_fall_and_stay_within_bounds),
        cmocka_unit_test(extreme_scores_do_not_overflow),
        cmocka_unit_test(what_is_not_finite_is_refused_with_its_row),
        cmocka_unit_test(saved_and_loaded_is_the_same),
        cmocka_unit_test(damaged_knots_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

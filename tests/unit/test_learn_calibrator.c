#include "../lib/testing.h"

#include <math.h>

#include "base/alloc.h"
#include "learn/calibrator.h"
#include "learn/learner.h"

enum { N = 2000 };

struct scores {
    double *probability;
    double *margin;
    uint32_t *label;
};

/* Over-confident scores: the truth follows half of the margin. */
static struct scores make(size_t n_classes, uint64_t seed)
{
    struct scores s = {ml_xcalloc(N * n_classes, sizeof(double)), ml_xcalloc(N, sizeof(double)),
                       ml_xcalloc(N, sizeof(uint32_t))};
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    for (size_t i = 0; i < N; i++) {
        double sum = 0.0;
        double half = 0.0;
        double *p = s.probability + i * n_classes;
        double truth[8];
        for (size_t k = 0; k < n_classes; k++) {
            double z = 2.0 * ml_rng_normal(&rng);
            p[k] = exp(z);
            truth[k] = exp(z / 2.0);
            sum += p[k];
            half += truth[k];
        }
        double draw = ml_rng_uniform(&rng) * half;
        for (size_t k = 0; k < n_classes; k++) {
            p[k] /= sum;
            if (draw >= 0.0)
                s.label[i] = (uint32_t)k;
            draw -= truth[k];
        }
        s.margin[i] = log(p[1] / p[0]);
    }
    return s;
}

static void scores_release(struct scores *s)
{
    free(s->probability);
    free(s->margin);
    free(s->label);
}

static double log_loss(const struct scores *s, const struct ml_calibrator *c, size_t n_classes)
{
    double sum = 0.0;
    for (size_t i = 0; i < N; i++) {
        double p[8];
        double total = 0.0;
        memcpy(p, s->probability + i * n_classes, n_classes * sizeof(*p));
        ml_calibrator_apply(c, p, s->margin[i], n_classes);
        for (size_t k = 0; k < n_classes; k++) {
            assert_true(p[k] >= 0.0 && p[k] <= 1.0);
            total += p[k];
        }
        assert_true(fabs(total - 1.0) < 1e-12);
        sum -= log(fmax(p[s->label[i]], 1e-15));
    }
    return sum / N;
}

static const enum ml_calibration_method methods[] = {ML_CALIBRATE_PLATT, ML_CALIBRATE_ISOTONIC};

static void over_confident_scores_are_set_right_on_other_rows(void **state)
{
    (void)state;
    for (size_t n_classes = 2; n_classes <= 4; n_classes++)
        for (size_t m = 0; m < 2; m++) {
            struct scores fit = make(n_classes, 1);
            struct scores other = make(n_classes, 2);
            const struct ml_calibrator none = {.method = ML_CALIBRATE_NONE};
            struct ml_calibrator c;
            struct ml_error err;
            must(ml_calibrator_fit(&c, methods[m], fit.probability, fit.margin, fit.label, N,
                                   n_classes, &err));
            assert_true(log_loss(&fit, &c, n_classes) < log_loss(&fit, &none, n_classes) - 0.02);
            if (m == 0)
                assert_true(log_loss(&other, &c, n_classes) <
                            log_loss(&other, &none, n_classes) - 0.02);
            ml_calibrator_release(&c);
            scores_release(&fit);
            scores_release(&other);
        }
}

static void two_classes_by_platt_are_ml_platt_of_the_margin(void **state)
{
    (void)state;
    struct scores s = make(2, 3);
    bool positive[N];
    for (size_t i = 0; i < N; i++)
        positive[i] = s.label[i] == 1;
    struct ml_platt want;
    ml_platt_fit(&want, s.margin, positive, N);
    struct ml_calibrator c;
    struct ml_error err;
    must(ml_calibrator_fit(&c, ML_CALIBRATE_PLATT, s.probability, s.margin, s.label, N, 2, &err));
    assert_int_equal(c.n_curves, 1);
    assert_true(c.platt[0].a == want.a && c.platt[0].b == want.b);
    double p[2] = {0.5, 0.5};
    ml_calibrator_apply(&c, p, 1.5, 2);
    assert_true(p[1] == ml_sigmoid(-(want.a * 1.5 + want.b)));
    ml_calibrator_release(&c);
    scores_release(&s);
}

static void a_larger_margin_is_never_less_likely(void **state)
{
    (void)state;
    struct scores s = make(2, 4);
    for (size_t m = 0; m < 2; m++) {
        struct ml_calibrator c;
        struct ml_error err;
        double last = 0.0;
        must(ml_calibrator_fit(&c, methods[m], s.probability, s.margin, s.label, N, 2, &err));
        for (double z = -50.0; z <= 50.0; z += 0.25) {
            double p[2] = {0.5, 0.5};
            ml_calibrator_apply(&c, p, z, 2);
            assert_true(p[1] >= last);
            last = p[1];
        }
        ml_calibrator_release(&c);
    }
    scores_release(&s);
}

static bool loads(struct ml_calibrator *c, const char *text, size_t n_classes, struct ml_error *err)
{
    struct ml_json *json;
    if (!ml_json_parse(&json, text, strlen(text), "json", err))
        fail_msg("%s", err->msg);
    bool ok = ml_calibrator_load(c, json, n_classes, err);
    ml_json_free(json);
    return ok;
}

static void saving_and_loading_is_identity(void **state)
{
    (void)state;
    for (size_t n_classes = 2; n_classes <= 3; n_classes++)
        for (size_t m = 0; m < 2; m++) {
            struct scores s = make(n_classes, 5);
            struct ml_calibrator a, b;
            struct ml_error err = {0};
            struct ml_strbuf text = {0};
            must(ml_calibrator_fit(&a, methods[m], s.probability, s.margin, s.label, N, n_classes,
                                   &err));
            ml_calibrator_save(&a, &text);
            must(loads(&b, text.bytes, n_classes, &err));
            assert_true(log_loss(&s, &a, n_classes) == log_loss(&s, &b, n_classes));
            ml_calibrator_release(&a);
            ml_calibrator_release(&b);
            ml_strbuf_release(&text);
            scores_release(&s);
        }
}

static void damaged_curves_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"method\":\"none\",\"curves\":[]}",
        "{\"method\":\"spline\",\"curves\":[{}]}",
        "{\"method\":\"platt\",\"curves\":[]}",
        "{\"method\":\"platt\",\"curves\":{}}",
        "{\"method\":\"platt\",\"curves\":[{\"a\":1,\"b\":0}]}",
        "{\"method\":\"platt\",\"curves\":[{\"a\":-1}]}",
        "{\"method\":\"platt\",\"curves\":[{\"a\":-1,\"b\":0},{\"a\":-1,\"b\":0}]}",
        "{\"method\":\"isotonic\",\"curves\":[{\"x\":[1,0],\"y\":[0,1]}]}",
        "{\"method\":\"isotonic\",\"curves\":[{\"x\":[],\"y\":[]}]}",
        "{\"method\":\"isotonic\",\"curves\":[7]}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_calibrator c;
        struct ml_error err = {0};
        if (loads(&c, bad[i], 2, &err))
            fail_msg("taken: %s", bad[i]);
        assert_true(err.msg[0] != '\0');
    }
}

static void no_rows_fit_nothing(void **state)
{
    (void)state;
    struct ml_calibrator c;
    struct ml_error err;
    assert_false(ml_calibrator_fit(&c, ML_CALIBRATE_PLATT, NULL, NULL, NULL, 0, 2, &err));
    assert_contains(err.msg, "no row can be scored");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_confident_scores_are_set_right_on_other_rows),
        cmocka_unit_test(two_classes_by_platt_are_ml_platt_of_the_margin),
        cmocka_unit_test(a_larger_margin_is_never_less_likely),
        cmocka_unit_test(saving_and_loading_is_identity),
        cmocka_unit_test(damaged_curves_are_refused),
        cmocka_unit_test(no_rows_fit_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/multiclass.h"

static const char *const labels[] = {"a", "b", "c"};
static const double priors[] = {0.25, 0.5, 0.25};
static const struct ml_multiclass_options three = {
    .n_classes = 3,
    .labels = labels,
    .priors = priors,
};

static struct ml_multiclass_eval evaluated(const double *prob, const uint32_t *label, size_t n)
{
    struct ml_multiclass_eval eval = {0};
    struct ml_error err = {0};
    if (!ml_multiclass_evaluate(&eval, prob, label, n, &three, &err))
        fail_msg("%s", err.msg);
    return eval;
}

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-12))
        fail_msg("%.17g is not %.17g", a, b);
}

static void figures_are_those_counted_by_hand(void **state)
{
    (void)state;
    const double prob[] = {
        0.5,   0.25,  0.25,  /* a, right */
        0.25,  0.5,   0.25,  /* a, called b */
        0.125, 0.75,  0.125, /* b, right */
        0.125, 0.125, 0.75,  /* b, called c */
    };
    const uint32_t label[] = {0, 0, 1, 1};
    struct ml_multiclass_eval eval = evaluated(prob, label, 4);
    const size_t counts[] = {1, 1, 0, 0, 1, 1, 0, 0, 0};
    assert_memory_equal(eval.counts, counts, sizeof(counts));
    assert_near(eval.accuracy, 0.5);
    assert_near(eval.log_loss, -(log(0.5) + log(0.25) + log(0.75) + log(0.125)) / 4);
    assert_near(eval.classes[0].rates.precision, 1);
    assert_near(eval.classes[0].rates.recall, 0.5);
    assert_near(eval.classes[0].rates.f1, 2.0 / 3);
    assert_near(eval.classes[1].rates.f1, 0.5);
    assert_int_equal(eval.classes[1].support, 2);
    assert_int_equal(eval.classes[1].predicted, 2);
    assert_near(eval.classes[2].rates.f1, 0);
    assert_near(eval.macro_f1, (2.0 / 3 + 0.5 + 0) / 3);
    ml_multiclass_eval_release(&eval);
}

static void baseline_answers_the_training_majority(void **state)
{
    (void)state;
    const double prob[] = {1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
    const uint32_t label[] = {0, 0, 1, 2};
    struct ml_multiclass_eval eval = evaluated(prob, label, 4);
    assert_int_equal(eval.baseline.answer, 1);
    assert_near(eval.baseline.accuracy, 0.25);
    assert_near(eval.baseline.macro_f1, (2 * 0.25 / 1.25) / 3);
    assert_near(eval.baseline.log_loss, -(3 * log(0.25) + log(0.5)) / 4);
    ml_multiclass_eval_release(&eval);
}

static void the_first_of_equal_probabilities_is_the_answer(void **state)
{
    (void)state;
    const double prob[] = {0.25, 0.375, 0.375};
    const uint32_t label[] = {1};
    struct ml_multiclass_eval eval = evaluated(prob, label, 1);
    assert_int_equal(eval.counts[1 * 3 + 1], 1);
    assert_true(eval.accuracy == 1);
    ml_multiclass_eval_release(&eval);
}

static void a_class_never_predicted_counts_zero(void **state)
{
    (void)state;
    const double prob[] = {1, 0, 0, 1, 0, 0};
    const uint32_t label[] = {0, 2};
    struct ml_multiclass_eval eval = evaluated(prob, label, 2);
    assert_true(eval.classes[2].rates.f1 == 0 && eval.classes[2].rates.precision == 0);
    assert_near(eval.macro_f1, (2.0 / 3) / 2);
    ml_multiclass_eval_release(&eval);
}

static void perfect_answers_have_macro_f1_one_though_a_class_is_absent(void **state)
{
    (void)state;
    const double prob[] = {1, 0, 0, 0, 0, 1};
    const uint32_t label[] = {0, 2};
    struct ml_multiclass_eval eval = evaluated(prob, label, 2);
    assert_true(eval.macro_f1 == 1 && eval.accuracy == 1);
    assert_true(eval.baseline.macro_f1 == 0 && eval.baseline.accuracy == 0);
    assert_near(eval.log_loss, -log(1 - 0x1p-52));
    ml_multiclass_eval_release(&eval);
}

static void a_class_of_probability_zero_has_a_finite_loss(void **state)
{
    (void)state;
    const double prob[] = {1, 0, 0};
    const uint32_t label[] = {1};
    struct ml_multiclass_eval eval = evaluated(prob, label, 1);
    assert_near(eval.log_loss, 52 * log(2));
    assert_true(eval.macro_f1 == 0);
    ml_multiclass_eval_release(&eval);
}

static void classes_are_ordered_by_support_then_index(void **state)
{
    (void)state;
    const double prob[] = {1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0};
    const uint32_t label[] = {2, 2, 1, 0};
    struct ml_multiclass_eval eval = evaluated(prob, label, 4);
    size_t *order = ml_multiclass_by_support(&eval);
    const size_t expected[] = {2, 0, 1};
    assert_memory_equal(order, expected, sizeof(expected));
    free(order);
    ml_multiclass_eval_release(&eval);
}

static void assert_refused(const double *prob, const uint32_t *label, size_t n,
                           const struct ml_multiclass_options *options, enum ml_err code,
                           const char *message)
{
    struct ml_error err = {0};
    struct ml_multiclass_eval eval = {.rows = 77};
    assert_false(ml_multiclass_evaluate(&eval, prob, label, n, options, &err));
    assert_int_equal(err.code, code);
    assert_string_equal(err.msg, message);
    assert_int_equal(eval.rows, 77);
}

static void rows_out_of_range_are_refused(void **state)
{
    (void)state;
    const char *shares = "row 2: probabilities are not numbers within 0 to 1 that sum to 1";
    const double good[] = {1, 0, 0, 0.5, 0.25, 0.25};
    const double low_sum[] = {1, 0, 0, 0.5, 0.25, 0.2};
    const double negative[] = {1, 0, 0, 1.25, -0.25, 0};
    const double not_a_number[] = {1, 0, 0, NAN, 0.5, 0.5};
    const uint32_t label[] = {0, 1};
    const uint32_t beyond[] = {0, 3};
    assert_refused(low_sum, label, 2, &three, ML_EINPUT, shares);
    assert_refused(negative, label, 2, &three, ML_EINPUT, shares);
    assert_refused(not_a_number, label, 2, &three, ML_EINPUT, shares);
    assert_refused(good, beyond, 2, &three, ML_EINPUT, "row 2: class 3 is not below 3");
    assert_refused(good, label, 0, &three, ML_EINPUT, "no rows to evaluate");
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    const double good[] = {1, 0, 0};
    const uint32_t label[] = {0};
    const double bad_priors[] = {0.5, 0.5, 0.5};
    struct ml_multiclass_options options = three;
    options.n_classes = 1;
    assert_refused(good, label, 1, &options, ML_EINPUT, "1 classes: at least 2 are needed");
    options.n_classes = ML_MULTICLASS_MAX_CLASSES + 1;
    assert_refused(good, label, 1, &options, ML_ELIMIT,
                   "4097 classes are more than the limit of 4096");
    options = three;
    options.priors = bad_priors;
    assert_refused(good, label, 1, &options, ML_EINPUT,
                   "class shares are not numbers within 0 to 1 that sum to 1");
}

static void nothing_is_as_good_as_released(void **state)
{
    (void)state;
    struct ml_multiclass_eval eval = {0};
    ml_multiclass_eval_release(&eval);
    ml_multiclass_eval_release(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_counted_by_hand),
        cmocka_unit_test(baseline_answers_the_training_majority),
        cmocka_unit_test(the_first_of_equal_probabilities_is_the_answer),
        cmocka_unit_test(a_class_never_predicted_counts_zero),
        cmocka_unit_test(perfect_answers_have_macro_f1_one_though_a_class_is_absent),
        cmocka_unit_test(a_class_of_probability_zero_has_a_finite_loss),
        cmocka_unit_test(classes_are_ordered_by_support_then_index),
        cmocka_unit_test(rows_out_of_range_are_refused),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(nothing_is_as_good_as_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

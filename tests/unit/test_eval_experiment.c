#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "eval/experiment.h"
#include "eval/experiment_verdict.h"

/* An arm of weight 1 with as many assignments as outcomes, `ones` of which are 1. */
static struct ml_experiment_arm rate_arm(const char *name, uint64_t ones, uint64_t outcomes)
{
    double n = (double)outcomes;
    double rate = outcomes > 0 ? (double)ones / n : 0;
    return (struct ml_experiment_arm){
        .name = name,
        .weight = 1,
        .assignments = outcomes,
        .outcomes = {.n = outcomes, .mean = rate, .m2 = n * rate * (1 - rate)},
        .all_binary = true,
    };
}

static struct ml_experiment_arm mean_arm(const char *name, uint64_t outcomes, double mean,
                                         double variance)
{
    return (struct ml_experiment_arm){
        .name = name,
        .weight = 1,
        .assignments = outcomes,
        .outcomes = {.n = outcomes, .mean = mean, .m2 = variance * ((double)outcomes - 1)},
    };
}

static struct ml_experiment analysed(const struct ml_experiment_arm *arms, size_t n,
                                     const struct ml_experiment_options *options)
{
    static const struct ml_experiment_options defaults = ML_EXPERIMENT_OPTIONS_INIT;
    struct ml_experiment result;
    struct ml_error err;
    if (!ml_experiment_analyse(&result, arms, n, options != NULL ? options : &defaults, &err))
        fail_msg("%s", err.msg);
    return result;
}

static void assert_text(const struct ml_experiment *result, const char *expected)
{
    struct ml_strbuf text = {0};
    ml_experiment_verdict_text(&text, result);
    assert_string_equal(text.bytes, expected);
    ml_strbuf_release(&text);
}

static void a_proven_arm_wins(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 505, 5000), rate_arm("B", 620, 5000)};
    struct ml_experiment result = analysed(arms, 2, NULL);
    assert_int_equal(result.verdict, ML_VERDICT_WINNER);
    assert_int_equal(result.winner, 1);
    assert_true(result.comparisons[0].more_outcomes == 0);
    assert_text(&result, "B is better than A: 12.4 % against 10.1 %, +2.3 points (95 % interval "
                         "+1.1 to +3.5); safe to stop now (always-valid p = 0.0081)");
}

static void the_control_wins_when_all_others_are_proven_worse(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 620, 5000), rate_arm("B", 505, 5000),
                                       rate_arm("C", 400, 5000)};
    struct ml_experiment result = analysed(arms, 2, NULL);
    assert_int_equal(result.winner, 0);
    assert_text(&result, "A is better than B: 12.4 % against 10.1 %, +2.3 points (95 % interval "
                         "+1.1 to +3.5); safe to stop now (always-valid p = 0.0081)");
    result = analysed(arms, 3, NULL);
    assert_int_equal(result.winner, 0);
    assert_text(&result, "A is better than every other variant, of which the best is B: 12.4 % "
                         "against 10.1 %, +2.3 points (95 % interval +1.1 to +3.5); safe to stop "
                         "now (always-valid p = 0.0081)");
    arms[1] = rate_arm("B", 600, 5000);
    result = analysed(arms, 3, NULL);
    assert_int_equal(result.verdict, ML_VERDICT_NO_DIFFERENCE_YET);
    assert_int_equal(result.leading, 0);
    assert_text(&result, "No winner yet: B 12.00 % against A 12.40 %, -0.40 points (95 % interval "
                         "-1.68 to +0.88), always-valid p = 1; about 360000 more outcomes, A and B "
                         "together, are needed to prove a difference of that size; C is worse than "
                         "A");
}

static void the_best_of_several_proven_arms_wins(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 500, 5000), rate_arm("B", 700, 5000),
                                       rate_arm("C", 750, 5000), rate_arm("D", 510, 5000)};
    struct ml_experiment result = analysed(arms, 4, NULL);
    assert_int_equal(result.verdict, ML_VERDICT_WINNER);
    assert_int_equal(result.winner, 2);
    assert_int_equal(result.leading, 1);
}

static void less_is_better_turns_everything_around(void **state)
{
    (void)state;
    struct ml_experiment_options options = ML_EXPERIMENT_OPTIONS_INIT;
    options.lower_is_better = true;
    struct ml_experiment_arm arms[] = {rate_arm("A", 620, 5000), rate_arm("B", 505, 5000)};
    struct ml_experiment lower = analysed(arms, 2, &options);
    struct ml_experiment higher = analysed(arms, 2, NULL);
    assert_int_equal(lower.winner, 1);
    assert_int_equal(higher.winner, 0);
    assert_true(lower.comparisons[0].difference == higher.comparisons[0].difference);
    assert_true(fabs(lower.arms[1].p_best - higher.arms[0].p_best) < 1e-12);
    assert_true(fabs(lower.arms[0].expected_loss - higher.arms[1].expected_loss) < 1e-12);
    assert_text(&lower, "B is better than A: 10.1 % against 12.4 %, -2.3 points (95 % interval "
                        "-3.5 to -1.1), and less is better; safe to stop now (always-valid p = "
                        "0.0081)");
}

static void no_winner_is_named_while_the_sample_ratio_is_off(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 52, 520), rate_arm("B", 240, 480)};
    arms[0].weight = 0.9;
    arms[1].weight = 0.1;
    struct ml_experiment result = analysed(arms, 2, NULL);
    assert_int_equal(result.verdict, ML_VERDICT_SRM_ALARM);
    assert_int_equal(result.winner, ML_EXPERIMENT_NONE);
    assert_int_equal(result.sample_ratio.status, ML_SAMPLE_RATIO_ALARM);
    assert_true(result.comparisons[0].always_valid_p < 1e-6);
    assert_text(&result, "Do not trust this experiment: variant shares 0.52/0.48 do not fit "
                         "weights 0.9/0.1 (p < 1e-300); find out which assignments are lost or "
                         "counted twice, then start a new one");
    arms[0].outcomes.n = 0;
    arms[1].outcomes.n = 0;
    result = analysed(arms, 2, NULL);
    assert_int_equal(result.verdict, ML_VERDICT_SRM_ALARM);
}

static void nothing_is_said_too_early(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 0, 99), rate_arm("B", 100, 100)};
    struct ml_experiment result = analysed(arms, 2, NULL);
    assert_int_equal(result.verdict, ML_VERDICT_TOO_EARLY);
    assert_true(result.comparisons[0].p < 1e-20);
    assert_true(result.comparisons[0].always_valid_p == 1);
    assert_true(isnan(result.comparisons[0].sequence.low));
    assert_true(isnan(result.comparisons[0].more_outcomes));
    assert_text(&result,
                "Too early to say: A has 99, B has 100 outcomes; the control and another variant "
                "need 100 each, with at least 5 of either kind to be expected");
    arms[0] = rate_arm("A", 0, 100);
    assert_int_equal(analysed(arms, 2, NULL).winner, 1);
    arms[1] = rate_arm("B", 9, 100);
    assert_int_equal(analysed(arms, 2, NULL).verdict, ML_VERDICT_TOO_EARLY);
}

static void fisher_takes_over_when_few_are_expected(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 4, 1000), rate_arm("B", 5, 1000)};
    assert_int_equal(analysed(arms, 2, NULL).comparisons[0].test, ML_EXPERIMENT_FISHER);
    arms[0] = rate_arm("A", 5, 1000);
    assert_int_equal(analysed(arms, 2, NULL).comparisons[0].test, ML_EXPERIMENT_Z);
    arms[0] = rate_arm("A", 995, 1000);
    arms[1] = rate_arm("B", 996, 1000);
    assert_int_equal(analysed(arms, 2, NULL).comparisons[0].test, ML_EXPERIMENT_FISHER);
}

static void without_outcomes_there_is_no_verdict(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 0, 0), rate_arm("B", 0, 0)};
    struct ml_experiment result = analysed(arms, 2, NULL);
    assert_int_equal(result.verdict, ML_VERDICT_NO_DATA);
    assert_int_equal(result.comparisons[0].test, ML_EXPERIMENT_NO_TEST);
    assert_true(isnan(result.comparisons[0].p) && isnan(result.comparisons[0].difference));
    assert_true(isnan(result.arms[0].value) && isnan(result.arms[0].observed_share));
    assert_true(result.arms[0].interval.low == 0 && result.arms[0].interval.high == 1);
    assert_text(&result, "No outcomes yet");
    arms[1] = rate_arm("B", 3, 10);
    result = analysed(arms, 2, NULL);
    assert_int_equal(result.verdict, ML_VERDICT_TOO_EARLY);
    assert_true(isnan(result.comparisons[0].difference));
    result = analysed(arms, 1, NULL);
    assert_int_equal(result.verdict, ML_VERDICT_NO_DATA);
    assert_text(&result, "Nothing to compare: fewer than two variants have weight");
    result = analysed(arms, 0, NULL);
    assert_int_equal(result.verdict, ML_VERDICT_NO_DATA);
}

static void arms_without_weight_are_in_no_test(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("shadow", 900, 1000), rate_arm("A", 505, 5000),
                                       rate_arm("B", 620, 5000)};
    arms[0].weight = 0;
    struct ml_experiment three = analysed(arms, 3, NULL);
    struct ml_experiment two = analysed(arms + 1, 2, NULL);
    assert_int_equal(three.control, 1);
    assert_int_equal(three.n_comparisons, 1);
    assert_int_equal(three.comparisons[0].arm, 2);
    assert_int_equal(three.winner, 2);
    assert_true(three.comparisons[0].always_valid_p_adjusted ==
                two.comparisons[0].always_valid_p_adjusted);
    assert_true(three.sample_ratio.chi2 == two.sample_ratio.chi2);
    assert_true(three.arms[2].p_best == two.arms[1].p_best);
    assert_true(isnan(three.arms[0].p_best) && isnan(three.arms[0].observed_share));
    assert_true(three.arms[0].expected_share == 0 && three.arms[0].value == 0.9);
    arms[1].weight = 0;
    assert_int_equal(analysed(arms, 3, NULL).verdict, ML_VERDICT_NO_DATA);
    arms[2].weight = 0;
    assert_int_equal(analysed(arms, 3, NULL).control, ML_EXPERIMENT_NONE);
}

static void rewards_are_compared_by_their_means(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {mean_arm("A", 5000, 12.5, 100),
                                       mean_arm("B", 5000, 13.5, 104)};
    struct ml_experiment result = analysed(arms, 2, NULL);
    assert_int_equal(result.kind, ML_EXPERIMENT_MEAN);
    assert_int_equal(result.comparisons[0].test, ML_EXPERIMENT_WELCH);
    assert_true(fabs(result.comparisons[0].lift - 0.08) < 1e-12);
    assert_int_equal(result.comparisons[0].lift_interval.low > 0,
                     result.comparisons[0].interval.low > 0);
    assert_text(&result, "B is better than A: 13.5 against 12.5, +1 (95 % interval +0.6041 to "
                         "+1.396); safe to stop now (always-valid p = 4.2e-05)");
    arms[0] = mean_arm("A", 5000, -12.5, 100);
    assert_true(isnan(analysed(arms, 2, NULL).comparisons[0].lift));
    arms[0] = mean_arm("A", 1, 3, 0);
    arms[1] = mean_arm("B", 500, 4, 0);
    arms[0].assignments = 500;
    result = analysed(arms, 2, NULL);
    assert_int_equal(result.verdict, ML_VERDICT_TOO_EARLY);
    assert_true(isnan(result.arms[0].p_best) && isnan(result.arms[0].interval.low));
    assert_true(result.comparisons[0].difference == 1 && isnan(result.comparisons[0].p));
}

static void binary_outcomes_can_be_treated_as_numbers(void **state)
{
    (void)state;
    struct ml_experiment_options options = ML_EXPERIMENT_OPTIONS_INIT;
    options.kind = ML_EXPERIMENT_MEAN;
    struct ml_experiment_arm arms[] = {rate_arm("A", 505, 5000), rate_arm("B", 620, 5000)};
    struct ml_experiment mean = analysed(arms, 2, &options);
    struct ml_experiment rate = analysed(arms, 2, NULL);
    assert_int_equal(rate.kind, ML_EXPERIMENT_RATE);
    assert_int_equal(mean.kind, ML_EXPERIMENT_MEAN);
    assert_true(mean.comparisons[0].always_valid_p == rate.comparisons[0].always_valid_p);
    assert_true(fabs(mean.arms[1].p_best - rate.arms[1].p_best) < 1e-3);
}

static void several_comparisons_share_the_error(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 505, 5000), rate_arm("B", 620, 5000),
                                       rate_arm("C", 510, 5000), rate_arm("D", 0, 0)};
    struct ml_experiment result = analysed(arms, 3, NULL);
    const struct ml_comparison *b = &result.comparisons[0];
    assert_true(b->p_adjusted == 2 * b->p);
    assert_true(b->always_valid_p_adjusted == 2 * b->always_valid_p);
    for (size_t i = 0; i < 4; i++)
        arms[i].assignments = 5000;
    result = analysed(arms, 4, NULL); /* an arm without outcomes is a test that failed */
    assert_true(result.comparisons[0].p_adjusted == 3 * result.comparisons[0].p);
    assert_true(isnan(result.comparisons[2].p_adjusted));
    assert_true(result.comparisons[2].always_valid_p_adjusted == 1);
}

static void more_outcomes_are_about_what_it_takes(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", 1000, 10000), rate_arm("B", 1080, 10000)};
    double more = analysed(arms, 2, NULL).comparisons[0].more_outcomes;
    uint64_t scale = (uint64_t)ceil((20000 + more) / 500);
    arms[0] = rate_arm("A", 25 * scale, 250 * scale);
    arms[1] = rate_arm("B", 27 * scale, 250 * scale);
    assert_int_equal(analysed(arms, 2, NULL).verdict, ML_VERDICT_WINNER);
    arms[0] = rate_arm("A", 25 * (scale - 2), 250 * (scale - 2));
    arms[1] = rate_arm("B", 27 * (scale - 2), 250 * (scale - 2));
    assert_int_equal(analysed(arms, 2, NULL).verdict, ML_VERDICT_NO_DIFFERENCE_YET);
    arms[1] = arms[0];
    struct ml_experiment result = analysed(arms, 2, NULL);
    assert_true(isnan(result.comparisons[0].more_outcomes));
    assert_true(result.comparisons[0].p == 1);
}

static void counts_as_large_as_they_get_are_fine(void **state)
{
    (void)state;
    struct ml_experiment_arm arms[] = {rate_arm("A", UINT64_MAX, UINT64_MAX),
                                       rate_arm("B", UINT64_MAX / 2, UINT64_MAX)};
    struct ml_experiment result = analysed(arms, 2, NULL);
    assert_int_equal(result.winner, 0);
    assert_true(fabs(result.comparisons[0].difference + 0.5) < 1e-9);
    assert_true(fabs(result.arms[0].p_best - 1) < 1e-9);
}

static void assert_refused(const struct ml_experiment_arm *arm,
                           const struct ml_experiment_options *options, enum ml_err code,
                           const char *message)
{
    struct ml_error err = {0};
    struct ml_experiment result = {.n_arms = 7};
    assert_false(ml_experiment_analyse(&result, arm, 1, options, &err));
    assert_int_equal(err.code, code);
    assert_string_equal(err.msg, message);
    assert_int_equal(result.n_arms, 7);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    const struct ml_experiment_options fine = ML_EXPERIMENT_OPTIONS_INIT;
    struct ml_experiment_arm arm = rate_arm("A", 1, 2);
    struct ml_experiment_options options = fine;
    options.alpha = 1;
    assert_refused(&arm, &options, ML_EINPUT, "alpha is not between 0 and 1");
    options = fine;
    options.horizon = NAN;
    assert_refused(&arm, &options, ML_EINPUT, "the horizon is not a positive number of outcomes");
    arm.weight = -1;
    assert_refused(&arm, &fine, ML_EINPUT, "arm 1: the weight is not a number from 0 on");
    arm.weight = 1;
    arm.outcomes.mean = 2;
    assert_refused(&arm, &fine, ML_EINPUT, "arm 1: mean and m2 are not those of outcomes");
    arm = mean_arm("A", 3, 2, 1);
    options = fine;
    options.kind = ML_EXPERIMENT_RATE;
    assert_refused(&arm, &options, ML_EINPUT, "arm 1: no rate of outcomes other than 0 and 1");
    arm.outcomes.m2 = INFINITY;
    assert_refused(&arm, &fine, ML_EINPUT, "arm 1: mean and m2 are not those of outcomes");
    struct ml_error err = {0};
    struct ml_experiment result;
    assert_false(ml_experiment_analyse(&result, &arm, 33, &fine, &err));
    assert_int_equal(err.code, ML_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proven_arm_wins),
        cmocka_unit_test(the_control_wins_when_all_others_are_proven_worse),
        cmocka_unit_test(the_best_of_several_proven_arms_wins),
        cmocka_unit_test(less_is_better_turns_everything_around),
        cmocka_unit_test(no_winner_is_named_while_the_sample_ratio_is_off),
        cmocka_unit_test(nothing_is_said_too_early),
        cmocka_unit_test(fisher_takes_over_when_few_are_expected),
        cmocka_unit_test(without_outcomes_there_is_no_verdict),
        cmocka_unit_test(arms_without_weight_are_in_no_test),
        cmocka_unit_test(rewards_are_compared_by_their_means),
        cmocka_unit_test(binary_outcomes_can_be_treated_as_numbers),
        cmocka_unit_test(several_comparisons_share_the_error),
        cmocka_unit_test(more_outcomes_are_about_what_it_takes),
        cmocka_unit_test(counts_as_large_as_they_get_are_fine),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

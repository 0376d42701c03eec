#include "../lib/testing.h"

#include <math.h>

#include "data/split.h"

static size_t count_train(const struct ml_split *split, size_t n)
{
    size_t train = 0;
    for (size_t i = 0; i < n; i++)
        train += ml_split_is_train(split, i);
    return train;
}

static void the_share_of_a_random_split_is_met_on_average(void **state)
{
    (void)state;
    static const double percents[] = {70, 1, 50, 99.5};
    enum { N = 200000 };
    for (size_t p = 0; p < 4; p++) {
        for (uint64_t seed = 0; seed < 5; seed++) {
            struct ml_split split = {ML_SPLIT_RANDOM, percents[p], seed, 0};
            double share = (double)count_train(&split, N) / N;
            double want = percents[p] / 100;
            assert_true(fabs(share - want) < 5 * sqrt(want * (1 - want) / N));
        }
    }
}

static void a_side_depends_on_seed_and_row_alone(void **state)
{
    (void)state;
    struct ml_split a = {ML_SPLIT_RANDOM, 70, 42, 1000};
    struct ml_split b = {ML_SPLIT_RANDOM, 70, 42, 2000000};
    struct ml_split other = {ML_SPLIT_RANDOM, 70, 43, 1000};
    size_t differ = 0;
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(ml_split_is_train(&a, i), ml_split_is_train(&b, i));
        differ += ml_split_is_train(&a, i) != ml_split_is_train(&other, i);
    }
    assert_true(differ > 30000);
}

static void a_larger_share_holds_the_smaller(void **state)
{
    (void)state;
    struct ml_split small = {ML_SPLIT_RANDOM, 30, 7, 0};
    struct ml_split large = {ML_SPLIT_RANDOM, 60, 7, 0};
    for (size_t i = 0; i < 100000; i++)
        assert_true(!ml_split_is_train(&small, i) || ml_split_is_train(&large, i));
}

static void a_sequential_split_takes_the_first_rows(void **state)
{
    (void)state;
    for (size_t n = 1; n < 300; n++) {
        struct ml_split split = {ML_SPLIT_SEQUENTIAL, 70, 0, n};
        size_t train = count_train(&split, n);
        assert_true((double)train >= (double)n * 0.7 - 1e-9 && (double)train < (double)n * 0.7 + 1);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(ml_split_is_train(&split, i), i < train);
    }
}

static void one_hundred_percent_hold_nothing_out(void **state)
{
    (void)state;
    struct ml_split random = {ML_SPLIT_RANDOM, 100, 42, 0};
    struct ml_split sequential = {ML_SPLIT_SEQUENTIAL, 100, 42, 100000};
    assert_int_equal(count_train(&random, 100000), 100000);
    assert_int_equal(count_train(&sequential, 100000), 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_share_of_a_random_split_is_met_on_average),
        cmocka_unit_test(a_side_depends_on_seed_and_row_alone),
        cmocka_unit_test(a_larger_share_holds_the_smaller),
        cmocka_unit_test(a_sequential_split_takes_the_first_rows),
        cmocka_unit_test(one_hundred_percent_hold_nothing_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

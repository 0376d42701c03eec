#include "../lib/testing.h"

#include <math.h>

#include "base/folds.h"

enum { N = 997, CLASSES = 3, FOLDS = 7 };

static void each_fold_has_its_share_of_each_class(void **state)
{
    (void)state;
    uint32_t label[N];
    unsigned char fold[N];
    for (size_t i = 0; i < N; i++)
        label[i] = i % 10 == 0 ? 2 : i % 3 == 0;
    ml_folds_by_class(fold, label, N, CLASSES, FOLDS, 5);
    size_t count[CLASSES] = {0};
    size_t in[CLASSES][FOLDS] = {{0}};
    for (size_t i = 0; i < N; i++) {
        assert_true(fold[i] < FOLDS);
        count[label[i]]++;
        in[label[i]][fold[i]]++;
    }
    for (size_t c = 0; c < CLASSES; c++)
        for (size_t f = 0; f < FOLDS; f++)
            assert_true(in[c][f] == count[c] / FOLDS || in[c][f] == count[c] / FOLDS + 1);
}

static void the_seed_decides_alone(void **state)
{
    (void)state;
    uint32_t label[N] = {0};
    unsigned char a[N], b[N], c[N];
    ml_folds_by_class(a, label, N, 1, FOLDS, 5);
    ml_folds_by_class(b, label, N, 1, FOLDS, 5);
    ml_folds_by_class(c, label, N, 1, FOLDS, 6);
    assert_memory_equal(a, b, N);
    assert_memory_not_equal(a, c, N);
}

static void small_classes_do_not_meet_in_one_fold(void **state)
{
    (void)state;
    uint32_t label[FOLDS];
    unsigned char fold[FOLDS];
    bool seen[FOLDS] = {false};
    for (uint32_t i = 0; i < FOLDS; i++)
        label[i] = i;
    ml_folds_by_class(fold, label, FOLDS, FOLDS, FOLDS, 1);
    for (size_t i = 0; i < FOLDS; i++)
        seen[fold[i]] = true;
    for (size_t i = 0; i < FOLDS; i++)
        assert_true(seen[i]);
}

static void folds_by_value_are_alike(void **state)
{
    (void)state;
    double value[N];
    unsigned char fold[N], again[N];
    struct ml_rng rng;
    ml_rng_init(&rng, 3);
    for (size_t i = 0; i < N; i++)
        value[i] = floor(10.0 * ml_rng_normal(&rng));
    ml_folds_by_value(fold, value, N, FOLDS, 5);
    ml_folds_by_value(again, value, N, FOLDS, 5);
    assert_memory_equal(fold, again, N);
    double sum[FOLDS] = {0.0};
    size_t n[FOLDS] = {0};
    for (size_t i = 0; i < N; i++) {
        sum[fold[i]] += value[i];
        n[fold[i]]++;
    }
    for (size_t f = 0; f < FOLDS; f++) {
        assert_true(n[f] == N / FOLDS || n[f] == N / FOLDS + 1);
        assert_true(fabs(sum[f] / (double)n[f] - sum[0] / (double)n[0]) < 0.5);
    }
}

static void no_rows_are_no_folds(void **state)
{
    (void)state;
    unsigned char fold[1] = {9};
    ml_folds_by_class(fold, NULL, 0, 2, 5, 1);
    ml_folds_by_value(fold, NULL, 0, 5, 1);
    assert_int_equal(fold[0], 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fold_has_its_share_of_each_class),
        cmocka_unit_test(the_seed_decides_alone),
        cmocka_unit_test(small_classes_do_not_meet_in_one_fold),
        cmocka_unit_test(folds_by_value_are_alike),
        cmocka_unit_test(no_rows_are_no_folds),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

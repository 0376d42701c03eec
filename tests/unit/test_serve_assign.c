#include "../lib/testing.h"

#include <math.h>

#include "serve/assign.h"

/* Published with GrowthBook's SDK (packages/sdk-js/test/cases.json, hash, version 2). */
static void positions_are_growthbooks(void **state)
{
    (void)state;
    static const struct {
        const char *seed;
        const char *key;
        double position;
    } vectors[] = {
        {"seed", "a", 0.0505},
        {"seed", "b", 0.2696},
        {"foo", "ab", 0.2575},
        {"foo", "def", 0.2019},
        {"89123klj", "8952klfjas09ujkasdf", 0.124},
        {"churn-exp", "user-42", 0.7322},
    };
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        assert_true(ml_assign_position(vectors[i].seed, vectors[i].key, strlen(vectors[i].key)) ==
                    vectors[i].position);
}

static void shares_of_many_keys_fit_the_weights(void **state)
{
    (void)state;
    const double weights[] = {0.9, 0.1};
    double start[2];
    double end[2];
    size_t first = 0;
    ml_assign_ranges(weights, 2, 1.0, start, end);
    for (int i = 0; i < 100000; i++) {
        char key[32];
        int n = snprintf(key, sizeof(key), "customer-%d", i);
        first += ml_assign_position("banking", key, (size_t)n) < end[0];
    }
    double chi2 = pow((double)first - 90000, 2) / 90000 + pow((double)first - 90000, 2) / 10000;
    assert_true(chi2 < 10.83); /* p > 0.001 with one degree of freedom */
}

static void a_ramp_moves_nobody_who_is_in(void **state)
{
    (void)state;
    const double weights[] = {2, 0, 1};
    double start[2][3];
    double end[2][3];
    ml_assign_ranges(weights, 3, 0.3, start[0], end[0]);
    ml_assign_ranges(weights, 3, 0.8, start[1], end[1]);
    for (int k = 0; k < 3; k++) {
        assert_true(start[0][k] == start[1][k]);
        assert_true(end[0][k] <= end[1][k]);
    }
    assert_true(end[1][1] == start[1][1]); /* nothing for weight 0 */
    assert_true(end[1][0] <= start[1][2]);
}

static void everybody_has_a_variant_at_full_coverage(void **state)
{
    (void)state;
    const double weights[] = {1, 1, 1, 0};
    double start[4];
    double end[4];
    ml_assign_ranges(weights, 4, 1.0, start, end);
    assert_true(start[0] == 0.0 && end[2] == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_are_growthbooks),
        cmocka_unit_test(shares_of_many_keys_fit_the_weights),
        cmocka_unit_test(a_ramp_moves_nobody_who_is_in),
        cmocka_unit_test(everybody_has_a_variant_at_full_coverage),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

#include "../lib/testing.h"

#include <math.h>

#include "recipe/bins.h"
#include "recipe/cross.h"

/* Code k is met k % 7 times, over codes so spread out that no table of them all is made, or not. */
static struct ml_cross fit(uint64_t spread, uint64_t n, uint32_t min_count)
{
    struct ml_cross_tally tally = {0};
    struct ml_cross cross;
    for (uint64_t k = n; k-- > 0;)
        for (uint64_t i = 0; i < k % 7; i++)
            assert_true(ml_cross_count(&tally, k * spread));
    ml_cross_fit(&cross, &tally, n * spread, min_count);
    ml_cross_tally_release(&tally);
    return cross;
}

static void combinations_met_often_enough_are_numbered_in_the_order_of_their_codes(void **state)
{
    (void)state;
    static const uint64_t spreads[] = {1, 3, UINT64_C(1) << 40};
    for (size_t s = 0; s < 3; s++) {
        struct ml_cross cross = fit(spreads[s], 1000, 3);
        uint32_t next = 0;
        for (uint64_t k = 0; k < 1000; k++)
            assert_int_equal(ml_cross_find(&cross, k * spreads[s]),
                             k % 7 >= 3 ? next++ : ML_CROSS_NONE);
        assert_int_equal(next, cross.n);
        assert_int_equal(ml_cross_find(&cross, 1000 * spreads[s]), ML_CROSS_NONE);
        if (spreads[s] > 1)
            assert_int_equal(ml_cross_find(&cross, 3 * spreads[s] + 1), ML_CROSS_NONE);
        ml_cross_release(&cross);
    }
}

static bool load(struct ml_cross *out, const char *json, uint64_t n_codes)
{
    struct ml_json *object;
    struct ml_error err;
    must(ml_json_parse(&object, json, strlen(json), "json", &err));
    bool ok = ml_cross_load(out, object, n_codes);
    ml_json_free(object);
    return ok;
}

static void what_is_saved_loads(void **state)
{
    (void)state;
    static const uint64_t spreads[] = {1, UINT64_C(1) << 40};
    for (size_t s = 0; s < 2; s++) {
        struct ml_cross cross = fit(spreads[s], 500, 2);
        struct ml_cross copy;
        struct ml_strbuf text = {0};
        ml_strbuf_addc(&text, '{');
        ml_cross_save(&cross, &text);
        ml_strbuf_addc(&text, '}');
        assert_true(load(&copy, text.bytes, cross.n_codes));
        assert_int_equal(copy.n, cross.n);
        for (uint64_t k = 0; k < 500; k++)
            assert_int_equal(ml_cross_find(&copy, k * spreads[s]),
                             ml_cross_find(&cross, k * spreads[s]));
        ml_strbuf_release(&text);
        ml_cross_release(&copy);
        ml_cross_release(&cross);
    }
}

static void damaged_codes_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}",
                                        "{\"codes\":7}",
                                        "{\"codes\":[1,1]}",
                                        "{\"codes\":[2,1]}",
                                        "{\"codes\":[0.5]}",
                                        "{\"codes\":[-1]}",
                                        "{\"codes\":[10]}",
                                        "{\"codes\":[\"1\"]}"};
    struct ml_cross cross;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(load(&cross, texts[i], 10));
    assert_true(load(&cross, "{\"codes\":[0,9]}", 10));
    ml_cross_release(&cross);
    assert_true(load(&cross, "{\"codes\":[]}", 10));
    assert_int_equal(ml_cross_find(&cross, 0), ML_CROSS_NONE);
    ml_cross_release(&cross);
}

static void bins_hold_equal_shares_and_equal_values_together(void **state)
{
    (void)state;
    double x[1000];
    struct ml_bins bins;
    for (size_t i = 0; i < 1000; i++)
        x[i] = (double)i;
    ml_bins_fit(&bins, x, 1000, 7, 10);
    assert_int_equal(ml_bins_count(&bins), 11);
    for (size_t b = 0; b < 10; b++)
        assert_true(bins.counts[b] == 100.0);
    assert_true(bins.counts[10] == 7.0);
    assert_int_equal(ml_bins_find(&bins, NAN), 10);
    assert_int_equal(ml_bins_find(&bins, 99.0), 0);
    assert_int_equal(ml_bins_find(&bins, 99.5), 1);
    assert_int_equal(ml_bins_find(&bins, 1e300), 9);
    ml_bins_release(&bins);
    for (size_t i = 100; i < 1000; i++) /* "never" */
        x[i] = 999.0;
    ml_bins_fit(&bins, x, 1000, 0, 10);
    assert_true(bins.counts[ml_bins_find(&bins, 999.0)] == 900.0);
    ml_bins_release(&bins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(combinations_met_often_enough_are_numbered_in_the_order_of_their_codes),
        cmocka_unit_test(what_is_saved_loads),
        cmocka_unit_test(damaged_codes_are_refused),
        cmocka_unit_test(bins_hold_equal_shares_and_equal_values_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "../lib/testing.h"

#include <math.h>

#include "insight/heavy.h"
#include "insight/hll.h"
#include "insight/kll.h"
#include "insight/sample.h"

enum { N = 300000 };

/* The numbers 0..N-1 in an order that sketches may find awkward. */
static size_t place(size_t order, size_t i)
{
    switch (order) {
    case 0:
        return i;
    case 1:
        return N - 1 - i;
    case 2: /* from both ends inwards */
        return i % 2 == 0 ? i / 2 : N - 1 - i / 2;
    case 3: /* a permutation: the factor and N have no common divisor */
        return (size_t)((uint64_t)i * 174763 % N);
    default: /* blocks, ascending, of every 1000th number */
        return i % (N / 1000) * 1000 + i / (N / 1000);
    }
}

static void quantiles_of_a_kll_sketch_keep_to_the_stated_error(void **state)
{
    (void)state;
    for (size_t order = 0; order < 5; order++) {
        struct ml_kll kll = {0};
        struct ml_runs runs = {0};
        for (size_t i = 0; i < N; i++)
            ml_kll_add(&kll, (double)place(order, i), 1);
        assert_true(kll.n_items <= 4 * ML_KLL_K);
        ml_kll_runs(&kll, &runs);
        assert_int_equal(runs.rows, N);
        for (double p = 0.001; p < 1.0; p += 0.001)
            assert_true(fabs(ml_runs_quantile(&runs, p) / (N - 1) - p) < ML_KLL_ERROR);
        ml_runs_release(&runs);
        ml_kll_release(&kll);
    }
}

static void a_kll_sketch_takes_heavy_values_among_rare_ones(void **state)
{
    (void)state;
    struct ml_kll kll = {0};
    struct ml_runs runs = {0};
    ml_kll_add(&kll, -1.0, 9 * N); /* nine tenths of the rows at once */
    for (size_t i = 0; i < N; i++)
        ml_kll_add(&kll, (double)place(3, i), 1);
    ml_kll_runs(&kll, &runs);
    assert_int_equal(runs.rows, 10 * N);
    for (double p = 0.001; p < 1.0; p += 0.001) {
        double rank = (ml_runs_quantile(&runs, p) + 9.0 * N) / (10.0 * N);
        assert_true(p < 0.9 - ML_KLL_ERROR ? ml_runs_quantile(&runs, p) == -1.0
                                           : fabs(rank - p) < 2 * ML_KLL_ERROR);
    }
    ml_runs_release(&runs);
    ml_kll_release(&kll);
}

static void hyperloglog_is_within_four_standard_errors(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 100, 5000, 20000, 40000, 60000, 200000, 1000000};
    for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
        double squares = 0.0;
        for (size_t trial = 0; trial < 4; trial++) {
            struct ml_hll hll = {0};
            for (size_t i = 0; i < sizes[k]; i++) {
                char text[32];
                int n = snprintf(text, sizeof(text), "%zu:%zu", trial, i);
                ml_hll_add(&hll, text, (size_t)n);
                ml_hll_add(&hll, text, (size_t)n);
            }
            double error = ml_hll_estimate(&hll) / (double)sizes[k] - 1.0;
            squares += error * error;
            assert_true(fabs(error) < 4 * ML_HLL_ERROR);
            ml_hll_release(&hll);
        }
        assert_true(sqrt(squares / 4) < 2 * ML_HLL_ERROR);
    }
}

static void an_empty_hyperloglog_has_seen_nothing(void **state)
{
    (void)state;
    assert_true(ml_hll_estimate(&(struct ml_hll){0}) == 0.0);
}

static void frequent_strings_survive_and_counts_are_low_by_what_was_removed(void **state)
{
    (void)state;
    struct ml_heavy heavy = {.limit = 100};
    size_t rows = 0;
    for (size_t i = 0; i < 50000; i++) {
        char text[32];
        int n = snprintf(text, sizeof(text), "rare %zu", i);
        ml_heavy_add(&heavy, text, (size_t)n, 1);
        rows++;
        if (i % 20 == 0) {
            ml_heavy_add(&heavy, "often", 5, 1);
            rows++;
        }
    }
    uint32_t often = ml_dict_find(&heavy.values, "often", 5);
    assert_int_not_equal(often, ML_DICT_NONE);
    assert_true(heavy.values.count <= 200);
    assert_true(heavy.removed <= rows / 101);
    assert_true(heavy.counts[often] <= 2500 && heavy.counts[often] + heavy.removed >= 2500);
    ml_heavy_release(&heavy);
}

static void add_rows(struct ml_row_sample *to, size_t from, size_t end, size_t max_rows)
{
    struct ml_row_sample part = {0};
    for (size_t i = from; i < end; i++) {
        char text[32];
        int n = snprintf(text, sizeof(text), "%zu", i);
        ml_row_sample_add(&part, text, (size_t)n, i);
    }
    ml_row_sample_merge(to, &part, max_rows, 1000000);
    ml_row_sample_release(&part);
}

static void a_sample_of_rows_does_not_depend_on_the_parts(void **state)
{
    (void)state;
    struct ml_row_sample whole = {0};
    struct ml_row_sample pieces = {0};
    add_rows(&whole, 0, 30000, 1000);
    for (size_t i = 0; i < 30000; i += 750)
        add_rows(&pieces, i, i + 750, 1000);
    assert_true(whole.rows.n_spans <= 1000 && whole.rows.n_spans > 400);
    assert_int_equal(whole.rows.n_spans, pieces.rows.n_spans);
    assert_int_equal(whole.level, pieces.level);
    assert_memory_equal(whole.numbers, pieces.numbers, whole.rows.n_spans * sizeof(*whole.numbers));
    assert_int_equal(whole.rows.text.length, pieces.rows.text.length);
    assert_memory_equal(whole.rows.text.bytes, pieces.rows.text.bytes, whole.rows.text.length);
    ml_row_sample_release(&whole);
    ml_row_sample_release(&pieces);
}

static void a_sample_holds_every_row_while_there_is_room(void **state)
{
    (void)state;
    struct ml_row_sample sample = {0};
    add_rows(&sample, 0, 1000, 1000);
    assert_int_equal(sample.rows.n_spans, 1000);
    assert_int_equal(sample.level, 0);
    ml_row_sample_release(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_of_a_kll_sketch_keep_to_the_stated_error),
        cmocka_unit_test(a_kll_sketch_takes_heavy_values_among_rare_ones),
        cmocka_unit_test(hyperloglog_is_within_four_standard_errors),
        cmocka_unit_test(an_empty_hyperloglog_has_seen_nothing),
        cmocka_unit_test(frequent_strings_survive_and_counts_are_low_by_what_was_removed),
        cmocka_unit_test(a_sample_of_rows_does_not_depend_on_the_parts),
        cmocka_unit_test(a_sample_holds_every_row_while_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

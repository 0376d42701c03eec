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

static struct ml_split random_split(double begin, double end, uint64_t seed)
{
    return (struct ml_split){.strategy = ML_SPLIT_RANDOM, .begin = begin, .end = end, .seed = seed};
}

static struct ml_split sequential_split(double begin, double end, size_t n)
{
    return (struct ml_split){
        .strategy = ML_SPLIT_SEQUENTIAL, .begin = begin, .end = end, .n_rows = n};
}

static void the_share_of_a_random_split_is_met_on_average(void **state)
{
    (void)state;
    static const double ranges[][2] = {{0, 70}, {0, 1}, {0, 50}, {0, 99.5}, {30, 100}, {20, 40}};
    enum { N = 200000 };
    for (size_t p = 0; p < 6; p++) {
        for (uint64_t seed = 0; seed < 5; seed++) {
            struct ml_split split = random_split(ranges[p][0], ranges[p][1], seed);
            double share = (double)count_train(&split, N) / N;
            double want = (ranges[p][1] - ranges[p][0]) / 100;
            assert_true(fabs(share - want) < 5 * sqrt(want * (1 - want) / N));
        }
    }
}

static void a_side_depends_on_seed_and_row_alone(void **state)
{
    (void)state;
    struct ml_split a = random_split(0, 70, 42);
    struct ml_split b = random_split(0, 70, 42);
    struct ml_split other = random_split(0, 70, 43);
    a.n_rows = 1000;
    b.n_rows = 2000000;
    size_t differ = 0;
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(ml_split_is_train(&a, i), ml_split_is_train(&b, i));
        differ += ml_split_is_train(&a, i) != ml_split_is_train(&other, i);
    }
    assert_true(differ > 30000);
}

/* The rule of the first bundles, which must find their held-out rows again. */
static void a_range_from_0_is_the_percentage_of_old(void **state)
{
    (void)state;
    static const double percents[] = {70, 33.3, 99.5, 100};
    for (size_t p = 0; p < 4; p++) {
        struct ml_split split = random_split(0, percents[p], 42);
        struct ml_split sequential = sequential_split(0, percents[p], 100000);
        for (size_t i = 0; i < 100000; i++) {
            double u = (double)(ml_mix64(42, i) >> 11) * 0x1p-53;
            assert_int_equal(ml_split_is_train(&split, i), u * 100.0 < percents[p]);
            assert_int_equal(ml_split_is_train(&sequential, i),
                             (double)i < 100000.0 * percents[p] / 100.0);
        }
    }
}

static void a_larger_share_holds_the_smaller(void **state)
{
    (void)state;
    struct ml_split small = random_split(0, 30, 7);
    struct ml_split large = random_split(0, 60, 7);
    for (size_t i = 0; i < 100000; i++)
        assert_true(!ml_split_is_train(&small, i) || ml_split_is_train(&large, i));
}

static void ranges_side_by_side_share_out_the_rows(void **state)
{
    (void)state;
    static const double cuts[][6] = {
        {0, 20, 40, 60, 80, 100}, {0, 33.3, 66.7, 90, 99.9, 100}, {0, 1, 2, 3, 4, 100}};
    for (size_t c = 0; c < 3; c++)
        for (size_t n = 1; n < 400; n += n < 40 ? 1 : 37)
            for (size_t row = 0; row < n; row++) {
                size_t random = 0;
                size_t sequential = 0;
                for (size_t k = 0; k < 5; k++) {
                    struct ml_split r = random_split(cuts[c][k], cuts[c][k + 1], n);
                    struct ml_split s = sequential_split(cuts[c][k], cuts[c][k + 1], n);
                    random += ml_split_is_train(&r, row);
                    sequential += ml_split_is_train(&s, row);
                }
                assert_int_equal(random, 1);
                assert_int_equal(sequential, 1);
            }
}

static void the_complement_is_the_other_rows(void **state)
{
    (void)state;
    struct ml_split in[] = {random_split(20, 40, 1), sequential_split(20, 40, 10000)};
    for (size_t k = 0; k < 2; k++) {
        struct ml_split out = in[k];
        out.complement = true;
        for (size_t row = 0; row < 10000; row++)
            assert_int_equal(ml_split_is_train(&in[k], row), !ml_split_is_train(&out, row));
    }
}

static void a_sequential_split_takes_the_first_rows(void **state)
{
    (void)state;
    for (size_t n = 1; n < 300; n++) {
        struct ml_split split = sequential_split(0, 70, n);
        size_t train = count_train(&split, n);
        assert_true((double)train >= (double)n * 0.7 - 1e-9 && (double)train < (double)n * 0.7 + 1);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(ml_split_is_train(&split, i), i < train);
    }
}

static void one_hundred_percent_hold_nothing_out(void **state)
{
    (void)state;
    struct ml_split random = random_split(0, 100, 42);
    struct ml_split sequential = sequential_split(0, 100, 100000);
    assert_int_equal(count_train(&random, 100000), 100000);
    assert_int_equal(count_train(&sequential, 100000), 100000);
}

static struct ml_selection parse(const char *text)
{
    struct ml_selection s = ML_SELECTION_INIT;
    struct ml_error err;
    must(ml_selection_parse(&s, text, &err));
    return s;
}

static void expect_range(const char *text, double begin, double end)
{
    struct ml_selection s = parse(text);
    assert_true(s.begin == begin && s.end == end);
    assert_int_equal(s.strategy, ML_SPLIT_RANDOM);
    assert_false(s.complement);
    assert_int_equal(s.seed, 42);
}

static void percentages_and_ranges_are_read(void **state)
{
    (void)state;
    expect_range("70", 0, 70);
    expect_range("0-70", 0, 70);
    expect_range("30-100", 30, 100);
    expect_range("33.3-66.7", 33.3, 66.7);
    expect_range("100", 0, 100);
}

static void amazons_json_is_read(void **state)
{
    (void)state;
    struct ml_selection s =
        parse("{\"splitting\":{\"percentBegin\":20,\"percentEnd\":40,\"strategy\":\"random\","
              "\"strategyParams\":{\"randomSeed\":\"s3://a/b\"},\"complement\":\"true\"}}");
    assert_true(s.begin == 20 && s.end == 40 && s.complement);
    assert_int_equal(s.strategy, ML_SPLIT_RANDOM);
    assert_string_equal(s.seed_text, "s3://a/b");
    s = parse("{\"splitting\":{\"percentBegin\":70,\"percentEnd\":100}}");
    assert_true(s.begin == 70 && s.end == 100 && !s.complement);
    assert_int_equal(s.strategy, ML_SPLIT_SEQUENTIAL);
    assert_int_equal(s.seed, 42);
    s = parse("{}");
    assert_true(s.begin == 0 && s.end == 100);
    s = parse("{\"splitting\":{\"percentEnd\":50,\"complement\":true,\"randomSeed\":\"7\"}}");
    assert_true(s.begin == 0 && s.end == 50 && s.complement);
    assert_int_equal(s.seed, 7);
    s = parse("{\"splitting\":{\"percentEnd\":50,\"complement\":\"false\"},\"randomSeed\":\"8\"}");
    assert_int_equal(s.seed, 8);
    assert_false(s.complement);
    s = parse("{\"splitting\":{\"strategyParams\":{\"randomSeed\":\"1\"},\"randomSeed\":\"2\"},"
              "\"randomSeed\":\"3\"}");
    assert_int_equal(s.seed, 1);
}

static void malformed_splits_are_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"abc", "a percentage as 70"},
        {"", "a percentage as 70"},
        {"-70", "a percentage as 70"},
        {"20-", "a percentage as 70"},
        {"20-40-60", "a percentage as 70"},
        {"0", "begins at 0 percent or more"},
        {"100.5", "begins at 0 percent or more"},
        {"40-20", "begins at 0 percent or more"},
        {"40-40", "begins at 0 percent or more"},
        {"{", "split:1:2"},
        {"{\"spliting\":{}}", "unknown member 'spliting'"},
        {"{\"splitting\":{\"percent\":1}}", "unknown member 'percent'"},
        {"{\"splitting randomSeed\":1}", "unknown member"},
        {"{\"splitting\":[]}", "'splitting' must be an object"},
        {"{\"splitting\":{\"percentBegin\":\"20\"}}", "'percentBegin' must be a number"},
        {"{\"splitting\":{\"percentEnd\":101}}", "'percentEnd' must be a number"},
        {"{\"splitting\":{\"percentBegin\":50,\"percentEnd\":50}}", "begins at 0 percent"},
        {"{\"splitting\":{\"strategy\":\"odd\"}}", "'strategy' must be"},
        {"{\"splitting\":{\"complement\":1}}", "'complement' must be"},
        {"{\"splitting\":{\"complement\":true}}", "the complement of all rows is none"},
        {"{\"randomSeed\":1}", "'randomSeed' must be a string"},
        {"{\"splitting\":{\"strategyParams\":{\"seed\":\"1\"}}}", "unknown member 'seed'"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_selection s = ML_SELECTION_INIT;
        struct ml_error err;
        if (ml_selection_parse(&s, cases[i].text, &err))
            fail_msg("'%s' was read", cases[i].text);
        assert_contains(err.msg, cases[i].part);
        assert_true(s.begin == 0 && s.end == 100); /* untouched */
    }
}

static void seeds_are_numbers_or_any_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t seed;
        const char *kept;
    } cases[] = {
        {"42", 42, ""},
        {"007", 7, ""},
        {"18446744073709551615", UINT64_MAX, ""},
        /* printf %s abc | sha256sum, and so on */
        {"abc", 0xba7816bf8f01cfeaU, "abc"},
        {"", 0xe3b0c44298fc1c14U, ""},
    };
    struct ml_error err;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_selection s = ML_SELECTION_INIT;
        must(ml_selection_set_seed(&s, cases[i].text, &err));
        assert_true(s.seed == cases[i].seed);
        assert_string_equal(s.seed_text, cases[i].kept);
    }
    struct ml_selection s = ML_SELECTION_INIT;
    must(ml_selection_set_seed(&s, "18446744073709551616", &err)); /* a text, for want of bits */
    assert_string_equal(s.seed_text, "18446744073709551616");
    must(ml_selection_set_seed(&s, "-1", &err));
    assert_string_equal(s.seed_text, "-1");
    char text[ML_SEED_BYTES + 1];
    memset(text, 'x', ML_SEED_BYTES);
    text[ML_SEED_BYTES] = '\0';
    assert_false(ml_selection_set_seed(&s, text, &err));
    text[ML_SEED_BYTES - 1] = '\0';
    must(ml_selection_set_seed(&s, text, &err));
}

static void a_sequential_split_counts_the_rows_of_the_data(void **state)
{
    (void)state;
    struct ml_error err;
    struct ml_csv_options csv = ML_CSV_OPTIONS_INIT;
    struct ml_schema *schema =
        test_schema("{\"version\":\"1.0\",\"dataFormat\":\"CSV\",\"dataFileContainsHeader\":true,"
                    "\"attributes\":[{\"attributeName\":\"a\",\"attributeType\":\"NUMERIC\"}]}");
    const char *path = test_text("rows.csv", "a\n1\nbad,row\n3\n\n5\n\n");
    struct ml_selection s = parse("20-40");
    struct ml_split split;
    s.strategy = ML_SPLIT_SEQUENTIAL;
    must(ml_split_open(&split, &s, path, schema, &csv, &err));
    assert_int_equal(split.n_rows, 5);
    assert_int_equal(count_train(&split, 5), 1);
    assert_true(ml_split_is_train(&split, 1));
    csv.header = ML_HEADER_NO;
    must(ml_split_open(&split, &s, path, schema, &csv, &err));
    assert_int_equal(split.n_rows, 6);
    assert_false(ml_split_open(&split, &s, "-", schema, &csv, &err));
    assert_contains(err.msg, "standard input: a sequential split needs to know");
    s.strategy = ML_SPLIT_RANDOM;
    must(ml_split_open(&split, &s, "-", schema, &csv, &err));
    ml_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_share_of_a_random_split_is_met_on_average),
        cmocka_unit_test(a_side_depends_on_seed_and_row_alone),
        cmocka_unit_test(a_range_from_0_is_the_percentage_of_old),
        cmocka_unit_test(a_larger_share_holds_the_smaller),
        cmocka_unit_test(ranges_side_by_side_share_out_the_rows),
        cmocka_unit_test(the_complement_is_the_other_rows),
        cmocka_unit_test(a_sequential_split_takes_the_first_rows),
        cmocka_unit_test(one_hundred_percent_hold_nothing_out),
        cmocka_unit_test(percentages_and_ranges_are_read),
        cmocka_unit_test(amazons_json_is_read),
        cmocka_unit_test(malformed_splits_are_refused_with_a_reason),
        cmocka_unit_test(seeds_are_numbers_or_any_text),
        cmocka_unit_test(a_sequential_split_counts_the_rows_of_the_data),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

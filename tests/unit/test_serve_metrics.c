#include "../lib/testing.h"

#include <math.h>

#include "serve/metrics.h"

static struct ml_metrics metrics;

static int start(void **state)
{
    (void)state;
    ml_metrics_init(&metrics);
    return 0;
}

static int end(void **state)
{
    (void)state;
    ml_metrics_release(&metrics);
    return 0;
}

/* How often a whole line is in the text. */
static size_t count_lines(const char *line)
{
    struct ml_strbuf text = {0};
    size_t n = 0;
    ml_metrics_write(&metrics, &text);
    for (const char *s = text.bytes; *s != '\0'; s += strcspn(s, "\n") + 1)
        n += strncmp(s, line, strlen(line)) == 0 && s[strlen(line)] == '\n';
    ml_strbuf_release(&text);
    return n;
}

static void assert_line(const char *line)
{
    if (count_lines(line) == 1)
        return;
    struct ml_strbuf text = {0};
    ml_metrics_write(&metrics, &text);
    fail_msg("no line '%s' in\n%s", line, text.bytes);
}

static void assert_absent(const char *part)
{
    struct ml_strbuf text = {0};
    ml_metrics_write(&metrics, &text);
    assert_null(strstr(text.bytes, part));
    ml_strbuf_release(&text);
}

static void counters_begin_at_zero(void **state)
{
    (void)state;
    assert_line("mlserved_rejected_total{reason=\"auth\"} 0");
    assert_line("mlserved_reloads_total{result=\"ok\"} 0");
    assert_line("mlserved_unknown_columns_total 0");
    assert_line("mlserved_connections 0");
    assert_absent("mlserved_requests_total{");
}

static void every_family_is_announced_once(void **state)
{
    (void)state;
    static const char *const types[] = {
        "mlserved_requests_total counter", "mlserved_request_duration_seconds histogram",
        "mlserved_rows_total counter",     "mlserved_score_psi gauge",
        "mlserved_connections gauge",      "mlserved_connections_total counter",
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        char line[120];
        snprintf(line, sizeof(line), "# TYPE %s", types[i]);
        assert_line(line);
    }
}

static void each_rejection_has_its_reason(void **state)
{
    (void)state;
    static const char *const reasons[] = {
        "framing",   "auth",        "overload",           "draining",
        "too_large", "connections", "connections_per_ip", "timeout"};
    assert_int_equal(ML_N_REJECTIONS, 8);
    for (size_t i = 0; i < ML_N_REJECTIONS; i++) {
        char line[120];
        ml_count(&metrics.rejected[i], i + 1);
        snprintf(line, sizeof(line), "mlserved_rejected_total{reason=\"%s\"} %zu", reasons[i],
                 i + 1);
        assert_line(line);
    }
}

static void the_same_names_give_the_same_counters(void **state)
{
    (void)state;
    struct ml_traffic *t = ml_metrics_traffic(&metrics, "e", "A");
    assert_ptr_equal(ml_metrics_traffic(&metrics, "e", "A"), t);
    assert_ptr_not_equal(ml_metrics_traffic(&metrics, "e", "B"), t);
    assert_ptr_not_equal(ml_metrics_traffic(&metrics, "f", "A"), t);
    struct ml_column_counts *c = ml_metrics_column(&metrics, "e", "age");
    assert_ptr_equal(ml_metrics_column(&metrics, "e", "age"), c);
    assert_ptr_not_equal(ml_metrics_column(&metrics, "e", "job"), c);
    ml_count(&c->missing, 3);
    ml_count(&c->unseen, 2);
    ml_count(&c->invalid, 1);
    assert_line("mlserved_missing_values_total{endpoint=\"e\",column=\"age\"} 3");
    assert_line("mlserved_unseen_categories_total{endpoint=\"e\",column=\"age\"} 2");
    assert_line("mlserved_invalid_values_total{endpoint=\"e\",column=\"age\"} 1");
}

static void durations_fall_into_cumulative_buckets(void **state)
{
    (void)state;
    struct ml_traffic *t = ml_metrics_traffic(&metrics, "e", "A");
    ml_traffic_answered(t, 200, 25000); /* a bound belongs to its bucket */
    ml_traffic_answered(t, 200, 25001);
    ml_traffic_answered(t, 200, 2000000000);
    ml_traffic_answered(t, 200, 60000000000);
#define DURATION(part) "mlserved_request_duration_seconds" part
#define LABELS "endpoint=\"e\",variant=\"A\",code=\"200\""
    assert_line(DURATION("_bucket{" LABELS ",le=\"0.000025\"} 1"));
    assert_line(DURATION("_bucket{" LABELS ",le=\"0.00005\"} 2"));
    assert_line(DURATION("_bucket{" LABELS ",le=\"1\"} 2"));
    assert_line(DURATION("_bucket{" LABELS ",le=\"10\"} 3"));
    assert_line(DURATION("_bucket{" LABELS ",le=\"+Inf\"} 4"));
    assert_line(DURATION("_sum{" LABELS "} 62.000050001"));
    assert_line(DURATION("_count{" LABELS "} 4"));
    assert_line("mlserved_requests_total{" LABELS "} 4");
#undef LABELS
#undef DURATION
}

static void a_clock_put_back_counts_as_no_time(void **state)
{
    (void)state;
    struct ml_traffic *t = ml_metrics_traffic(&metrics, "e", "");
    ml_traffic_answered(t, 404, -5);
    assert_int_equal(ml_counted(&t->by_code[6].buckets[0]), 1);
    assert_int_equal(ml_counted(&t->by_code[6].sum_ns), 0);
    assert_int_equal(ml_metrics_code(6), 404);
}

static void statuses_of_no_name_are_counted_together(void **state)
{
    (void)state;
    struct ml_traffic *t = ml_metrics_traffic(&metrics, "e", "");
    ml_traffic_answered(t, 418, 1);
    ml_traffic_answered(t, 0, 1);
    ml_traffic_answered(t, 503, 1);
    assert_line("mlserved_requests_total{endpoint=\"e\",variant=\"\",code=\"other\"} 2");
    assert_line("mlserved_requests_total{endpoint=\"e\",variant=\"\",code=\"503\"} 1");
}

static void bounds_ascend(void **state)
{
    (void)state;
    for (size_t i = 1; i < ML_N_BUCKETS; i++)
        assert_true(ml_metrics_bound_ns(i - 1) < ml_metrics_bound_ns(i));
}

static void rows_assignments_and_outcomes_are_told_by_variant(void **state)
{
    (void)state;
    static const char *const how[] = {"key", "random", "pinned", "default", "shadow"};
    struct ml_traffic *t = ml_metrics_traffic(&metrics, "e", "A");
    ml_count(&t->rows, 5);
    ml_count(&t->outcomes, 2);
    for (size_t i = 0; i < ML_N_ASSIGNMENTS; i++) {
        char line[160];
        snprintf(line, sizeof(line),
                 "mlserved_assignments_total{endpoint=\"e\",variant=\"A\",by=\"%s\"} %zu", how[i],
                 i + 1);
        assert_int_equal(count_lines(line), 0);
        ml_count(&t->assigned[i], i + 1);
        assert_line(line);
    }
    assert_line("mlserved_rows_total{endpoint=\"e\",variant=\"A\"} 5");
    assert_line("mlserved_outcomes_total{endpoint=\"e\",variant=\"A\"} 2");
}

static void label_values_are_escaped(void **state)
{
    (void)state;
    ml_count(&ml_metrics_column(&metrics, "e", "a\"b\\c\nd")->missing, 1);
    assert_line("mlserved_missing_values_total{endpoint=\"e\",column=\"a\\\"b\\\\c\\nd\"} 1");
}

static void what_does_not_fit_is_counted_together(void **state)
{
    (void)state;
    struct ml_traffic *last = NULL;
    char name[32];
    for (int i = 0; i < 4096; i++) {
        snprintf(name, sizeof(name), "e%d", i);
        last = ml_metrics_traffic(&metrics, name, "");
        assert_ptr_not_equal(last, &metrics.other);
    }
    assert_ptr_equal(ml_metrics_traffic(&metrics, "one too many", ""), &metrics.other);
    assert_ptr_equal(ml_metrics_traffic(&metrics, "another", ""), &metrics.other);
    assert_ptr_equal(ml_metrics_traffic(&metrics, name, ""), last);
    ml_traffic_answered(&metrics.other, 200, 1);
    assert_line("mlserved_requests_total{endpoint=\"\",variant=\"\",code=\"200\"} 1");
}

static void scores_are_judged_from_a_hundred_rows_on(void **state)
{
    (void)state;
    const double shares[] = {0.5, 0.5};
    struct ml_score_counts *c = ml_metrics_scores(&metrics, "e", "A", "m", 3, shares, 2);
#define PSI "mlserved_score_psi{endpoint=\"e\",variant=\"A\",model=\"m\",version=\"3\"} "
    ml_count(&c->counts[0], 49);
    ml_count(&c->counts[1], 50);
    assert_line(PSI "NaN");
    ml_count(&c->counts[0], 1);
    assert_line(PSI "0");
#undef PSI
}

static void each_version_has_scores_of_its_own(void **state)
{
    (void)state;
    const double shares[] = {0.25, 0.5, 0.25};
    struct ml_score_counts *c = ml_metrics_scores(&metrics, "e", "A", "m", 1, shares, 3);
    assert_ptr_equal(ml_metrics_scores(&metrics, "e", "A", "m", 1, shares, 3), c);
    assert_ptr_not_equal(ml_metrics_scores(&metrics, "e", "A", "m", 2, shares, 3), c);
    assert_ptr_not_equal(ml_metrics_scores(&metrics, "e", "A", "m", 1, shares, 2), c);
    assert_null(ml_metrics_scores(&metrics, "e", "B", "m", 1, shares, 0));
    assert_true(c->shares[1] == 0.5);
}

static void samples_have_labels_or_none(void **state)
{
    (void)state;
    struct ml_strbuf b = {0};
    const char *none[] = {NULL};
    const char *two[] = {"a", "x", "b", "", NULL};
    ml_metrics_family(&b, "m", "gauge", "What it is.");
    ml_metrics_sample(&b, "m", none, 0.1);
    ml_metrics_sample(&b, "m", two, 1e21);
    ml_metrics_sample(&b, "m", two, (double)INFINITY);
    assert_string_equal(b.bytes, "# HELP m What it is.\n# TYPE m gauge\nm 0.1\n"
                                 "m{a=\"x\",b=\"\"} 1e+21\nm{a=\"x\",b=\"\"} +Inf\n");
    ml_strbuf_release(&b);
}

static void *answer(void *ctx)
{
    (void)ctx;
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof(name), "e%d", i % 10);
        ml_traffic_answered(ml_metrics_traffic(&metrics, name, "A"), 200, i);
        if (i % 100 == 0)
            assert_absent("nothing of the sort");
    }
    return NULL;
}

static void threads_lose_no_count(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, answer, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 10; i++) {
        char line[120];
        snprintf(line, sizeof(line),
                 "mlserved_requests_total{endpoint=\"e%d\",variant=\"A\",code=\"200\"} 400", i);
        assert_line(line);
    }
}

#define test(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(counters_begin_at_zero),
        test(every_family_is_announced_once),
        test(each_rejection_has_its_reason),
        test(the_same_names_give_the_same_counters),
        test(durations_fall_into_cumulative_buckets),
        test(a_clock_put_back_counts_as_no_time),
        test(statuses_of_no_name_are_counted_together),
        test(bounds_ascend),
        test(rows_assignments_and_outcomes_are_told_by_variant),
        test(label_values_are_escaped),
        test(what_does_not_fit_is_counted_together),
        test(scores_are_judged_from_a_hundred_rows_on),
        test(each_version_has_scores_of_its_own),
        test(samples_have_labels_or_none),
        test(threads_lose_no_count),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

#include "../lib/testing.h"

#include <math.h>
#include <semaphore.h>

#include "serve/store.h"

static struct ml_store *opened(const char *dir, size_t queue_rows)
{
    struct ml_store *store = NULL;
    struct ml_error err;
    struct ml_store_options options = {.dir = dir, .queue_rows = queue_rows};
    must(ml_store_open(&store, &options, &err));
    return store;
}

static void begin(struct ml_store *store, double weight, int64_t ids[2])
{
    static const char *const labels[] = {"0", "1"};
    struct ml_error err;
    struct ml_store_arm arms[2] = {
        {"A", "m", 1, weight, false, true, labels, 2},
        {"B", "m", 2, 1.0, false, true, labels, 2},
    };
    struct ml_store_experiment e = {"e", ML_METRIC_POSITIVE, false, arms, 2, false};
    must(ml_store_begin(store, &e, ids, &err));
}

static void make_row(struct ml_prediction_row *row, int64_t arm, uint64_t key)
{
    *row = (struct ml_prediction_row){.arm = arm, .key_hash = key, .has_key = key != 0};
    row->assignment = key != 0 ? ML_ASSIGNED_BY_KEY : ML_ASSIGNED_AT_RANDOM;
    row->time_ms = 1700000000000;
    row->score = 0.25;
    ml_ulid_make(row->id, row->time_ms);
}

static void on_done(struct ml_outcome *o)
{
    sem_post(o->ctx);
}

/* As the daemon does: queued, and answered by the writer. */
static struct ml_outcome told(struct ml_store *store, const char *endpoint, const char *id,
                              const char *label, double reward)
{
    sem_t done;
    sem_init(&done, 0, 0);
    struct ml_outcome o = {.done = on_done, .ctx = &done, .reward = reward};
    snprintf(o.endpoint, sizeof(o.endpoint), "%s", endpoint);
    snprintf(o.id, sizeof(o.id), "%s", id);
    o.has_label = label != NULL;
    snprintf(o.label, sizeof(o.label), "%s", label != NULL ? label : "");
    assert_true(ml_store_outcome(store, &o));
    sem_wait(&done);
    sem_destroy(&done);
    return o;
}

static struct ml_arm_report reported(struct ml_store *store)
{
    struct ml_arm_report r;
    struct ml_error err;
    must(ml_store_report(store, "e", &r, &err));
    return r;
}

static void an_outcome_is_recorded_once(void **state)
{
    (void)state;
    int64_t ids[2];
    struct ml_prediction_row row;
    struct ml_store *s = opened(test_path("once"), 1000);
    begin(s, 1.0, ids);
    make_row(&row, ids[1], 7);
    assert_true(ml_store_log(s, &row, 1));
    struct ml_outcome o = told(s, "e", row.id, "yes", 0);
    assert_int_equal(o.status, ML_OUTCOME_NEW);
    assert_string_equal(o.variant, "B");
    assert_int_equal(told(s, "e", row.id, "1", 0).status, ML_OUTCOME_SAME);
    assert_int_equal(told(s, "e", row.id, "0", 0).status, ML_OUTCOME_DIFFERENT);
    assert_int_equal(told(s, "e", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "1", 0).status, ML_OUTCOME_UNKNOWN);
    assert_int_equal(told(s, "other", row.id, "1", 0).status, ML_OUTCOME_UNKNOWN);
    make_row(&row, ids[0], 8);
    assert_true(ml_store_log(s, &row, 1));
    assert_int_equal(told(s, "e", row.id, "maybe", 0).status, ML_OUTCOME_BAD_LABEL);
    struct ml_arm_report r = reported(s);
    assert_int_equal(r.n_arms, 2);
    assert_true(r.arms[1].outcomes == 1 && r.arms[1].mean == 1.0 && r.arms[0].outcomes == 0);
    ml_arm_report_release(&r);
    ml_store_close(s);
}

static void a_client_names_its_predictions_and_the_first_of_a_name_stays(void **state)
{
    (void)state;
    int64_t ids[2];
    struct ml_prediction_row row;
    struct ml_store_stats stats;
    struct ml_store *s = opened(test_path("named"), 1000);
    begin(s, 1.0, ids);
    const char *names[] = {
        "req 7", "req 7#2", "req 7",
        "0123456789012345678901234567890123456789012345678901234567890123#1000000"};
    for (int i = 0; i < 4; i++) {
        make_row(&row, ids[i == 2], 0);
        snprintf(row.id, sizeof(row.id), "%s", names[i]);
        assert_true(ml_store_log(s, &row, 1));
    }
    struct ml_outcome o = told(s, "e", "req 7", "1", 0);
    assert_int_equal(o.status, ML_OUTCOME_NEW);
    assert_string_equal(o.variant, "A");
    assert_int_equal(told(s, "e", names[3], "1", 0).status, ML_OUTCOME_NEW);
    ml_store_stats(s, &stats);
    assert_int_equal(stats.repeated, 1);
    struct ml_arm_report r = reported(s);
    assert_int_equal(r.arms[0].predictions, 3);
    assert_int_equal(r.arms[0].assignments, 3);
    assert_int_equal(r.arms[1].predictions, 0);
    ml_arm_report_release(&r);
    ml_store_close(s);
}

static void an_id_is_printable_and_begins_with_no_space(void **state)
{
    (void)state;
    char longest[74] = "";
    memset(longest, 'x', 72);
    assert_true(ml_store_is_id("a b~"));
    assert_true(ml_store_is_id(longest));
    longest[72] = 'x';
    assert_false(ml_store_is_id(longest));
    assert_false(ml_store_is_id(""));
    assert_false(ml_store_is_id(" a"));
    assert_false(ml_store_is_id("a\tb"));
    assert_false(ml_store_is_id("\xc3\xa9"));
}

static void rewards_add_up_to_mean_and_spread(void **state)
{
    (void)state;
    int64_t ids[2];
    double values[] = {1.5, -2.0, 4.25, 0.0};
    struct ml_store *s = opened(test_path("rewards"), 1000);
    begin(s, 1.0, ids);
    for (size_t i = 0; i < 4; i++) {
        struct ml_prediction_row row;
        make_row(&row, ids[0], 0);
        assert_true(ml_store_log(s, &row, 1));
        assert_int_equal(told(s, "e", row.id, NULL, values[i]).status, ML_OUTCOME_NEW);
    }
    struct ml_arm_report r = reported(s);
    assert_true(fabs(r.arms[0].mean - 0.9375) < 1e-15);
    assert_true(fabs(r.arms[0].m2 - 20.796875) < 1e-12); /* statistics.pvariance(values) * 4 */
    assert_false(r.arms[0].all_binary);
    ml_arm_report_release(&r);
    ml_store_close(s);
}

static void the_same_arms_go_on_after_a_restart_and_others_begin_anew(void **state)
{
    (void)state;
    int64_t first[2];
    int64_t again[2];
    int64_t other[2];
    struct ml_prediction_row rows[3];
    const char *dir = test_path("restart");
    struct ml_store *s = opened(dir, 1000);
    begin(s, 1.0, first);
    for (size_t i = 0; i < 3; i++)
        make_row(&rows[i], first[0], i < 2 ? 5 : 6); /* two keys */
    assert_true(ml_store_log(s, rows, 3));
    assert_int_equal(told(s, "e", rows[0].id, "1", 0).status, ML_OUTCOME_NEW);
    ml_store_close(s);
    s = opened(dir, 1000);
    begin(s, 1.0, again);
    assert_memory_equal(first, again, sizeof(first));
    assert_int_equal(told(s, "e", rows[0].id, "1", 0).status, ML_OUTCOME_SAME);
    struct ml_arm_report r = reported(s);
    assert_true(r.arms[0].assignments == 2 && r.arms[0].predictions == 3);
    int64_t number = r.experiment;
    ml_arm_report_release(&r);
    begin(s, 2.0, other);
    assert_true(other[0] != first[0]);
    r = reported(s);
    assert_true(r.experiment != number && r.arms[0].predictions == 0);
    ml_arm_report_release(&r);
    assert_int_equal(told(s, "e", rows[1].id, "0", 0).status, ML_OUTCOME_NEW); /* however late */
    ml_store_close(s);
}

static void a_shadow_comes_without_a_new_experiment(void **state)
{
    (void)state;
    static const char *const labels[] = {"0", "1"};
    struct ml_error err;
    int64_t first[2];
    int64_t more[3];
    struct ml_store *s = opened(test_path("shadow"), 1000);
    begin(s, 1.0, first);
    struct ml_store_arm arms[3] = {
        {"A", "m", 1, 1.0, false, true, labels, 2},
        {"B", "m", 2, 1.0, false, true, labels, 2},
        {"S", "m", 3, 0.0, true, true, labels, 2},
    };
    struct ml_store_experiment e = {"e", ML_METRIC_POSITIVE, false, arms, 3, false};
    must(ml_store_begin(s, &e, more, &err));
    assert_memory_equal(first, more, sizeof(first));
    struct ml_arm_report r = reported(s);
    assert_true(r.n_arms == 3 && r.arms[2].is_shadow);
    int64_t number = r.experiment;
    ml_arm_report_release(&r);
    int64_t again[3];
    must(ml_store_begin(s, &e, again, &err));
    assert_memory_equal(more, again, sizeof(more));
    begin(s, 1.0, first);
    r = reported(s);
    assert_true(r.experiment == number && r.n_arms == 3);
    ml_arm_report_release(&r);
    ml_store_close(s);
}

static void one_writer_a_folder_and_no_foreign_file(void **state)
{
    (void)state;
    struct ml_store *second = NULL;
    struct ml_error err;
    const char *dir = test_path("shared");
    struct ml_store *s = opened(dir, 1000);
    struct ml_store_options options = {.dir = dir, .queue_rows = 1000};
    assert_false(ml_store_open(&second, &options, &err));
    assert_int_equal(err.code, ML_ECONFLICT);
    ml_store_close(s);
    const char *foreign = test_path("foreign");
    assert_int_equal(mkdir(foreign, 0700), 0);
    test_text("foreign/" ML_STORE_FILE, "this is no database, though it is long enough to be one");
    options.dir = foreign;
    assert_false(ml_store_open(&second, &options, &err));
    assert_int_equal(err.code, ML_EINPUT);
    struct ml_strbuf kept = test_read(test_path("foreign/" ML_STORE_FILE));
    assert_contains(kept.bytes, "this is no database");
    ml_strbuf_release(&kept);
}

enum { WRITERS = 4, EACH = 2000 };

static struct ml_store *shared_store;
static int64_t shared_arm;

static void *log_many(void *ctx)
{
    size_t *n_logged = ctx;
    for (int i = 0; i < EACH; i++) {
        struct ml_prediction_row row;
        make_row(&row, shared_arm, 0);
        *n_logged += ml_store_log(shared_store, &row, 1);
    }
    return NULL;
}

static void what_threads_log_is_written_or_counted_as_dropped(void **state)
{
    (void)state;
    int64_t ids[2];
    pthread_t threads[WRITERS];
    size_t logged[WRITERS] = {0};
    struct ml_store_stats stats;
    struct ml_prediction_row row;
    shared_store = opened(test_path("threads"), 256);
    begin(shared_store, 1.0, ids);
    shared_arm = ids[0];
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, &logged[i]), 0);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    size_t n = logged[0] + logged[1] + logged[2] + logged[3];
    do
        make_row(&row, ids[0], 0);
    while (!ml_store_log(shared_store, &row, 1)); /* the last one in: its outcome waits for all */
    assert_int_equal(told(shared_store, "e", row.id, "0", 0).status, ML_OUTCOME_NEW);
    ml_store_stats(shared_store, &stats);
    struct ml_arm_report r = reported(shared_store);
    assert_int_equal(r.arms[0].predictions, n + 1);
    assert_int_equal(stats.logged, n + 1);
    assert_true(stats.dropped >= WRITERS * EACH - n && stats.is_writable);
    ml_arm_report_release(&r);
    ml_store_close(shared_store);
}

static void begin_numbers(struct ml_store *store, bool lower_is_better, int64_t *id)
{
    struct ml_error err;
    struct ml_store_arm arm = {.variant = "A", .model = "m", .version = 1, .weight = 1.0};
    struct ml_store_experiment e = {
        .endpoint = "e",
        .metric = lower_is_better ? ML_METRIC_SQUARED_ERROR : ML_METRIC_NEGATIVE_SQUARED_ERROR,
        .lower_is_better = lower_is_better,
        .arms = &arm,
        .n_arms = 1,
    };
    must(ml_store_begin(store, &e, id, &err));
}

/* Logs a prediction of `score` and tells the truth. */
static struct ml_outcome told_truth(struct ml_store *s, int64_t arm, double score,
                                    const char *truth)
{
    struct ml_prediction_row row;
    make_row(&row, arm, 0);
    row.score = score;
    assert_true(ml_store_log(s, &row, 1));
    return told(s, "e", row.id, truth, 0);
}

static void a_true_number_counts_as_its_squared_error(void **state)
{
    (void)state;
    static const char *const dirs[] = {"higher", "lower"};
    for (int lower = 0; lower < 2; lower++) {
        int64_t id;
        struct ml_store *s = opened(test_path(dirs[lower]), 1000);
        begin_numbers(s, lower == 1, &id);
        assert_int_equal(told_truth(s, id, 10, "12").status, ML_OUTCOME_NEW);
        assert_int_equal(told_truth(s, id, -1.5, "-1.5").status, ML_OUTCOME_NEW);
        assert_int_equal(told_truth(s, id, 3, "2").status, ML_OUTCOME_NEW);
        struct ml_arm_report r = reported(s);
        assert_int_equal(r.metric,
                         lower ? ML_METRIC_SQUARED_ERROR : ML_METRIC_NEGATIVE_SQUARED_ERROR);
        assert_true(fabs(r.arms[0].mean - (lower ? 5.0 : -5.0) / 3) < 1e-12);
        assert_int_equal(r.arms[0].labelled, 3);
        assert_int_equal(r.arms[0].correct, 0);
        ml_arm_report_release(&r);
        ml_store_close(s);
    }
}

static void one_true_number_has_many_spellings(void **state)
{
    (void)state;
    int64_t id;
    struct ml_prediction_row row;
    struct ml_store *s = opened(test_path("spelling"), 1000);
    begin_numbers(s, false, &id);
    make_row(&row, id, 0);
    assert_true(ml_store_log(s, &row, 1));
    assert_int_equal(told(s, "e", row.id, "12.50", 0).status, ML_OUTCOME_NEW);
    assert_int_equal(told(s, "e", row.id, "12.5", 0).status, ML_OUTCOME_SAME);
    assert_int_equal(told(s, "e", row.id, "1.25e1", 0).status, ML_OUTCOME_SAME);
    assert_int_equal(told(s, "e", row.id, "12.6", 0).status, ML_OUTCOME_DIFFERENT);
    static const char *const bad[] = {"", "yes", "nan", "inf", "1e41", "-1e41", "1,5"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_outcome o = told(s, "e", row.id, bad[i], 0);
        assert_int_equal(o.status, ML_OUTCOME_BAD_LABEL);
        assert_contains(o.err.msg, "is no number from -1e+40 to 1e+40");
    }
    ml_store_close(s);
}

static void absurd_predictions_keep_the_figures_finite(void **state)
{
    (void)state;
    int64_t id;
    struct ml_store *s = opened(test_path("absurd"), 1000);
    begin_numbers(s, false, &id);
    for (int i = 0; i < 3; i++)
        assert_int_equal(told_truth(s, id, i % 2 ? 1e308 : -1e308, "1e40").status, ML_OUTCOME_NEW);
    assert_int_equal(told_truth(s, id, 1, "1").status, ML_OUTCOME_NEW);
    struct ml_arm_report r = reported(s);
    assert_true(isfinite(r.arms[0].mean) && isfinite(r.arms[0].m2) && r.arms[0].mean < -7e119);
    ml_arm_report_release(&r);
    ml_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outcome_is_recorded_once),
        cmocka_unit_test(a_client_names_its_predictions_and_the_first_of_a_name_stays),
        cmocka_unit_test(an_id_is_printable_and_begins_with_no_space),
        cmocka_unit_test(rewards_add_up_to_mean_and_spread),
        cmocka_unit_test(the_same_arms_go_on_after_a_restart_and_others_begin_anew),
        cmocka_unit_test(a_shadow_comes_without_a_new_experiment),
        cmocka_unit_test(a_true_number_counts_as_its_squared_error),
        cmocka_unit_test(one_true_number_has_many_spellings),
        cmocka_unit_test(absurd_predictions_keep_the_figures_finite),
        cmocka_unit_test(one_writer_a_folder_and_no_foreign_file),
        cmocka_unit_test(what_threads_log_is_written_or_counted_as_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

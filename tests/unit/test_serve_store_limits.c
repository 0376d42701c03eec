#include "../lib/testing.h"

#include <semaphore.h>

#include "serve/store.h"

static const char *const labels[] = {"0", "1"};

static struct ml_store *open_dir(const char *dir, size_t queue_rows, uint64_t max_bytes)
{
    struct ml_store *store = NULL;
    struct ml_error err;
    struct ml_store_options options = {dir, queue_rows, max_bytes};
    must(ml_store_open(&store, &options, &err));
    return store;
}

static void begin(struct ml_store *s, const char *endpoint, int64_t ids[3])
{
    struct ml_error err;
    const struct ml_store_arm arms[] = {
        {"A", "m", 1, 0.5, false, true, labels, 2},
        {"B", "m", 2, 0.5, false, true, labels, 2},
        {"S", "m", 3, 0.0, true, true, labels, 2},
    };
    struct ml_store_experiment e = {.endpoint = endpoint, .arms = arms, .n_arms = 3};
    must(ml_store_begin(s, &e, ids, &err));
}

static struct ml_prediction_row row_of(int64_t arm, enum ml_assignment assignment, uint64_t key)
{
    struct ml_prediction_row row = {
        .arm = arm,
        .assignment = (uint8_t)assignment,
        .has_key = key != 0,
        .key_hash = key,
        .time_ms = 1700000000000,
        .label = 1,
        .score = 0.75,
    };
    ml_ulid_make(row.id, row.time_ms);
    return row;
}

static void on_done(struct ml_outcome *o)
{
    sem_post(o->ctx);
}

static struct ml_outcome tell(struct ml_store *s, const char *id, const char *label)
{
    sem_t done;
    struct ml_outcome o = {.endpoint = "e", .done = on_done, .ctx = &done, .has_label = true};
    sem_init(&done, 0, 0);
    snprintf(o.id, sizeof(o.id), "%s", id);
    snprintf(o.label, sizeof(o.label), "%s", label);
    assert_true(ml_store_outcome(s, &o));
    sem_wait(&done);
    sem_destroy(&done);
    return o;
}

/* Waits until everything queued so far is written. */
static void flush(struct ml_store *s)
{
    assert_int_equal(tell(s, "none", "1").status, ML_OUTCOME_UNKNOWN);
}

static struct ml_arm_report report_of(struct ml_store *s)
{
    struct ml_arm_report r;
    struct ml_error err;
    must(ml_store_report(s, "e", &r, &err));
    return r;
}

static struct ml_store_stats stats_of(struct ml_store *s)
{
    struct ml_store_stats stats;
    ml_store_stats(s, &stats);
    return stats;
}

static void what_is_assigned_counts_by_key_or_each(void **state)
{
    (void)state;
    int64_t ids[3];
    struct ml_store *s = open_dir(test_path("counts"), 100, 0);
    begin(s, "e", ids);
    struct ml_prediction_row rows[] = {
        row_of(ids[0], ML_ASSIGNED_BY_KEY, 7),      row_of(ids[0], ML_ASSIGNED_BY_KEY, 7),
        row_of(ids[0], ML_ASSIGNED_BY_KEY, 8),      row_of(ids[0], ML_ASSIGNED_AT_RANDOM, 0),
        row_of(ids[0], ML_ASSIGNED_AT_RANDOM, 0),   row_of(ids[0], ML_ASSIGNED_BY_PIN, 9),
        row_of(ids[0], ML_ASSIGNED_BY_DEFAULT, 10),
    };
    assert_true(ml_store_log(s, rows, 7));
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(tell(s, rows[i].id, i % 2 == 0 ? "1" : "0").status, ML_OUTCOME_NEW);
    struct ml_arm_report r = report_of(s);
    const struct ml_arm_figures *f = &r.arms[0];
    assert_int_equal(f->predictions, 7);
    assert_int_equal(f->assignments, 4);
    assert_int_equal(f->outcomes, 5);
    assert_int_equal(f->keyed_outcomes, 3);
    assert_int_equal(f->keys_with_outcomes, 2);
    assert_int_equal(f->labelled, 7);
    assert_int_equal(f->correct, 4);
    assert_true(f->all_binary);
    assert_true(f->mean > 0.599 && f->mean < 0.601);
    ml_arm_report_release(&r);
    ml_store_close(s);
}

static void a_shadow_is_judged_whichever_comes_first(void **state)
{
    (void)state;
    int64_t ids[3];
    struct ml_store *s = open_dir(test_path("shadows"), 100, 0);
    begin(s, "e", ids);
    for (int i = 0; i < 2; i++) {
        struct ml_prediction_row row = row_of(ids[0], ML_ASSIGNED_AT_RANDOM, 0);
        struct ml_prediction_row copy = row;
        copy.arm = ids[2];
        copy.assignment = ML_ASSIGNED_AS_SHADOW;
        copy.label = 0;
        assert_true(ml_store_log(s, &row, 1));
        if (i == 0)
            assert_true(ml_store_log(s, &copy, 1));
        assert_int_equal(tell(s, row.id, "no").status, ML_OUTCOME_NEW);
        if (i == 1)
            assert_true(ml_store_log(s, &copy, 1));
    }
    flush(s);
    struct ml_arm_report r = report_of(s);
    assert_int_equal(r.arms[2].predictions, 2);
    assert_int_equal(r.arms[2].labelled, 2);
    assert_int_equal(r.arms[2].correct, 2);
    assert_int_equal(r.arms[2].outcomes, 0);
    assert_int_equal(r.arms[0].correct, 0);
    ml_arm_report_release(&r);
    ml_store_close(s);
}

static void the_oldest_rows_go_when_there_is_no_room(void **state)
{
    (void)state;
    int64_t ids[3];
    struct ml_store *s = open_dir(test_path("prune"), 4096, 200000);
    begin(s, "e", ids);
    struct ml_prediction_row first = row_of(ids[0], ML_ASSIGNED_AT_RANDOM, 0);
    struct ml_prediction_row last = first;
    size_t n = 1;
    assert_true(ml_store_log(s, &first, 1));
    for (int commit = 0; commit < 40; commit++) {
        for (int i = 0; i < 250; i++, n++) {
            last = row_of(ids[0], ML_ASSIGNED_AT_RANDOM, 0);
            assert_true(ml_store_log(s, &last, 1));
        }
        flush(s);
    }
    struct ml_store_stats stats = stats_of(s);
    assert_true(stats.pruned > 0 && stats.pruned < n);
    assert_true(stats.file_bytes > 0 && stats.file_bytes < 1000000);
    assert_int_equal(stats.logged, n);
    assert_int_equal(tell(s, first.id, "1").status, ML_OUTCOME_UNKNOWN);
    assert_int_equal(tell(s, row_of(ids[0], ML_ASSIGNED_AT_RANDOM, 0).id, "1").status,
                     ML_OUTCOME_UNKNOWN);
    struct ml_arm_report r = report_of(s);
    assert_int_equal(r.arms[0].predictions, n); /* figures outlive their rows */
    ml_arm_report_release(&r);
    ml_store_close(s);
}

/* Ours and clients' ids alternate; theirs do not sort by time. */
static void the_oldest_rows_go_whoever_named_them(void **state)
{
    (void)state;
    enum { N = 12000, LATE = N - 60 };
    int64_t ids[3];
    char early[2][ML_STORE_ID_BYTES];
    char late[2][ML_STORE_ID_BYTES];
    struct ml_store *s = open_dir(test_path("prune-named"), 4096, 200000);
    begin(s, "e", ids);
    for (int i = 0; i < N; i++) {
        struct ml_prediction_row row = row_of(ids[0], ML_ASSIGNED_AT_RANDOM, 0);
        row.time_ms += i;
        ml_ulid_make(row.id, row.time_ms);
        if (i % 2 == 1)
            snprintf(row.id, sizeof(row.id), "%c-%d", "~A+"[i % 3], N - i);
        if (i < 2)
            memcpy(early[i], row.id, sizeof(row.id));
        if (i == LATE || i == LATE + 1)
            memcpy(late[i - LATE], row.id, sizeof(row.id));
        assert_true(ml_store_log(s, &row, 1));
        if (i == LATE + 1)
            assert_int_equal(tell(s, early[0], "1").status, ML_OUTCOME_UNKNOWN);
        if (i % 250 == 249)
            flush(s);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tell(s, early[i], "1").status, ML_OUTCOME_UNKNOWN);
        assert_int_equal(tell(s, late[i], "1").status, ML_OUTCOME_NEW);
    }
    ml_store_close(s);
}

static void rows_beyond_the_queue_are_dropped_and_counted(void **state)
{
    (void)state;
    int64_t ids[3];
    struct ml_prediction_row rows[9];
    struct ml_store *s = open_dir(test_path("full"), 8, 0);
    begin(s, "e", ids);
    for (size_t i = 0; i < 9; i++)
        rows[i] = row_of(ids[1], ML_ASSIGNED_AT_RANDOM, 0);
    assert_false(ml_store_log(s, rows, 9)); /* all or nothing */
    assert_int_equal(stats_of(s).dropped, 9);
    assert_true(ml_store_log(s, rows, 8));
    flush(s);
    struct ml_store_stats stats = stats_of(s);
    assert_int_equal(stats.logged, 8);
    assert_int_equal(stats.queued, 0);
    assert_int_equal(stats.queue_rows, 8);
    ml_store_close(s);
}

static void a_row_that_cannot_be_written_fails_its_commit_alone(void **state)
{
    (void)state;
    int64_t ids[3];
    struct ml_store *s = open_dir(test_path("failing"), 100, 0);
    begin(s, "e", ids);
    struct ml_prediction_row row = row_of(999, ML_ASSIGNED_AT_RANDOM, 0);
    assert_true(ml_store_log(s, &row, 1));
    struct ml_outcome o = tell(s, row.id, "1");
    assert_int_equal(o.status, ML_OUTCOME_FAILED);
    assert_contains(o.err.msg, "no arm 999");
    struct ml_store_stats stats = stats_of(s);
    assert_int_equal(stats.failed_commits, 1);
    assert_int_equal(stats.dropped, 1);
    assert_false(stats.is_writable);
    for (int i = 0; i < 500 && !stats_of(s).is_writable; i++)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    assert_true(stats_of(s).is_writable); /* found out by itself, with nothing to write */
    row = row_of(ids[0], ML_ASSIGNED_AT_RANDOM, 0);
    assert_true(ml_store_log(s, &row, 1));
    assert_int_equal(tell(s, row.id, "1").status, ML_OUTCOME_NEW);
    assert_true(stats_of(s).is_writable);
    ml_store_close(s);
}

static void closing_writes_what_is_queued(void **state)
{
    (void)state;
    int64_t ids[3];
    const char *dir = test_path("closing");
    struct ml_store *s = open_dir(dir, 100, 0);
    begin(s, "e", ids);
    struct ml_prediction_row row = row_of(ids[0], ML_ASSIGNED_AT_RANDOM, 0);
    assert_true(ml_store_log(s, &row, 1));
    ml_store_close(s);
    s = open_dir(dir, 100, 0);
    assert_int_equal(tell(s, row.id, "0").status, ML_OUTCOME_NEW);
    ml_store_close(s);
    ml_store_close(NULL);
}

static void a_report_is_read_beside_the_daemon(void **state)
{
    (void)state;
    int64_t ids[3];
    struct ml_arm_report r;
    struct ml_error err;
    const char *dir = test_path("report");
    assert_false(ml_store_read_report(dir, NULL, &r, &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
    struct ml_store *s = open_dir(dir, 100, 0);
    assert_false(ml_store_read_report(dir, NULL, &r, &err));
    assert_string_equal(err.msg, "there is no experiment");
    begin(s, "e", ids);
    must(ml_store_read_report(dir, NULL, &r, &err));
    assert_string_equal(r.endpoint, "e");
    assert_string_equal(r.arms[1].variant, "B");
    assert_true(r.arms[2].is_shadow);
    ml_arm_report_release(&r);
    begin(s, "f", ids);
    assert_false(ml_store_read_report(dir, NULL, &r, &err));
    assert_int_equal(err.code, ML_EINPUT);
    assert_string_equal(err.msg, "name one of the endpoints: e, f");
    assert_false(ml_store_report(s, "g", &r, &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
    assert_string_equal(err.msg, "endpoint 'g' has no experiment");
    ml_store_close(s);
}

static void a_damaged_database_is_refused(void **state)
{
    (void)state;
    int64_t ids[3];
    struct ml_store *s = open_dir(test_path("damaged"), 100, 0);
    begin(s, "e", ids);
    ml_store_close(s);
    const char *dir = test_path("damaged");
    const char *path = test_path("damaged/" ML_STORE_FILE);
    struct ml_strbuf bytes = test_read(path);
    memset(bytes.bytes, 'x', 100);
    test_write("damaged/" ML_STORE_FILE, bytes.bytes, bytes.length);
    struct ml_store_options options = {dir, 100, 0};
    struct ml_store *other = NULL;
    struct ml_error err;
    struct ml_arm_report r;
    assert_false(ml_store_open(&other, &options, &err));
    assert_null(other);
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, ML_STORE_FILE ": prediction log: ");
    assert_false(ml_store_read_report(dir, "e", &r, &err));
    assert_int_equal(err.code, ML_EINPUT);
    struct ml_strbuf after = test_read(path);
    assert_memory_equal(after.bytes, bytes.bytes, bytes.length);
    ml_strbuf_release(&after);
    ml_strbuf_release(&bytes);
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    struct ml_store *s = NULL;
    struct ml_error err;
    test_text("plain", "x");
    struct ml_store_options options = {test_path("plain/store"), 100, 0};
    assert_false(ml_store_open(&s, &options, &err));
    assert_contains(err.msg, "plain/store");
}

enum { TELLERS = 4, EACH = 100 };

struct teller {
    struct ml_store *store;
    int64_t arm;
    size_t n_new;
};

static void *tell_many(void *ctx)
{
    struct teller *t = ctx;
    for (int i = 0; i < EACH; i++) {
        struct ml_prediction_row row = row_of(t->arm, ML_ASSIGNED_BY_KEY, (uint64_t)i + 1);
        if (ml_store_log(t->store, &row, 1))
            t->n_new += tell(t->store, row.id, i % 2 == 0 ? "1" : "0").status == ML_OUTCOME_NEW;
    }
    return NULL;
}

static void outcomes_of_many_threads_all_count(void **state)
{
    (void)state;
    int64_t ids[3];
    pthread_t threads[TELLERS];
    struct teller tellers[TELLERS];
    struct ml_store *s = open_dir(test_path("tellers"), 1000, 0);
    begin(s, "e", ids);
    for (size_t i = 0; i < TELLERS; i++) {
        tellers[i] = (struct teller){s, ids[0], 0};
        assert_int_equal(pthread_create(&threads[i], NULL, tell_many, &tellers[i]), 0);
    }
    for (size_t i = 0; i < TELLERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(tellers[i].n_new, EACH);
    }
    struct ml_arm_report r = report_of(s);
    assert_int_equal(r.arms[0].outcomes, TELLERS * EACH);
    assert_int_equal(r.arms[0].assignments, EACH);
    assert_int_equal(r.arms[0].keys_with_outcomes, EACH);
    assert_true(r.arms[0].mean > 0.499999 && r.arms[0].mean < 0.500001);
    ml_arm_report_release(&r);
    ml_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_assigned_counts_by_key_or_each),
        cmocka_unit_test(a_shadow_is_judged_whichever_comes_first),
        cmocka_unit_test(the_oldest_rows_go_when_there_is_no_room),
        cmocka_unit_test(the_oldest_rows_go_whoever_named_them),
        cmocka_unit_test(rows_beyond_the_queue_are_dropped_and_counted),
        cmocka_unit_test(a_row_that_cannot_be_written_fails_its_commit_alone),
        cmocka_unit_test(closing_writes_what_is_queued),
        cmocka_unit_test(a_report_is_read_beside_the_daemon),
        cmocka_unit_test(a_damaged_database_is_refused),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_named),
        cmocka_unit_test(outcomes_of_many_threads_all_count),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

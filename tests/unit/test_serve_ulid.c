#include "../lib/testing.h"

#include "serve/ulid.h"

enum { N_THREADS = 8, N_EACH = 20000 };

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Milliseconds that an id's first ten digits say. */
static int64_t time_of(const char *id)
{
    int64_t t = 0;
    for (int i = 0; i < 10; i++)
        t = t * 32 + (strchr(digits, id[i]) - digits);
    return t;
}

/* Makes ids in a thread of its own, whose stream is fresh. */
struct run {
    const int64_t *times;
    size_t n;
    char (*ids)[ML_ULID_BYTES];
};

static void *make(void *ctx)
{
    struct run *r = ctx;
    for (size_t i = 0; i < r->n; i++)
        ml_ulid_make(r->ids[i], r->times[i]);
    return NULL;
}

static void make_fresh(char (*ids)[ML_ULID_BYTES], const int64_t *times, size_t n)
{
    struct run r = {times, n, ids};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, make, &r), 0);
    pthread_join(thread, NULL);
}

static void an_id_is_26_digits_of_base_32(void **state)
{
    (void)state;
    char id[ML_ULID_BYTES];
    for (int i = 0; i < 1000; i++) {
        ml_ulid_make(id, 1700000000000 + i);
        assert_int_equal(strlen(id), 26);
        assert_int_equal(strspn(id, digits), 26);
        assert_true(id[0] <= '7');
    }
}

/* The time of the example in github.com/ulid/spec: 01ARZ3NDEK is 1469922850259. */
static void an_id_begins_with_its_time(void **state)
{
    (void)state;
    const int64_t times[] = {1, 1469922850259, (int64_t)1 << 45, 0xffffffffffff};
    char ids[4][ML_ULID_BYTES];
    make_fresh(ids, times, 4);
    assert_memory_equal(ids[0], "0000000001", 10);
    assert_memory_equal(ids[1], "01ARZ3NDEK", 10);
    assert_memory_equal(ids[2], "1000000000", 10);
    assert_memory_equal(ids[3], "7ZZZZZZZZZ", 10);
}

static void ids_of_a_thread_ascend(void **state)
{
    (void)state;
    static int64_t times[5000];
    static char ids[5000][ML_ULID_BYTES];
    for (int i = 0; i < 5000; i++)
        times[i] = 1700000000000 + i / 100;
    make_fresh(ids, times, 5000);
    for (int i = 1; i < 5000; i++)
        assert_true(strcmp(ids[i - 1], ids[i]) < 0);
}

static void they_ascend_when_the_clock_is_put_back(void **state)
{
    (void)state;
    const int64_t times[] = {1700000000500, 1600000000000, 5, 0, -1, 1700000000500, 1700000000501};
    char ids[7][ML_ULID_BYTES];
    make_fresh(ids, times, 7);
    for (int i = 1; i < 7; i++)
        assert_true(strcmp(ids[i - 1], ids[i]) < 0);
    assert_true(time_of(ids[5]) == 1700000000500);
    assert_true(time_of(ids[6]) == 1700000000501);
}

static void within_a_millisecond_an_id_is_the_last_plus_one(void **state)
{
    (void)state;
    const int64_t times[] = {1700000000000, 1700000000000};
    char ids[2][ML_ULID_BYTES];
    make_fresh(ids, times, 2);
    int i = 25;
    for (; ids[0][i] == 'Z'; i--) /* the carry */
        assert_int_equal(ids[1][i], '0');
    assert_true(strchr(digits, ids[1][i]) == strchr(digits, ids[0][i]) + 1);
    assert_memory_equal(ids[0], ids[1], (size_t)i);
}

static void two_milliseconds_share_no_chance(void **state)
{
    (void)state;
    const int64_t times[] = {1700000000000, 1700000000001};
    char ids[2][ML_ULID_BYTES];
    make_fresh(ids, times, 2);
    assert_memory_not_equal(ids[0] + 10, ids[1] + 10, 16);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, ML_ULID_BYTES);
}

static void ids_of_many_threads_never_collide(void **state)
{
    (void)state;
    static char ids[N_THREADS * N_EACH][ML_ULID_BYTES];
    static int64_t times[N_EACH];
    pthread_t threads[N_THREADS];
    struct run runs[N_THREADS];
    for (int i = 0; i < N_EACH; i++)
        times[i] = 1700000000000 + i / 1000;
    for (size_t i = 0; i < N_THREADS; i++) {
        runs[i] = (struct run){times, N_EACH, ids + i * N_EACH};
        assert_int_equal(pthread_create(&threads[i], NULL, make, &runs[i]), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    qsort(ids, N_THREADS * N_EACH, ML_ULID_BYTES, compare);
    for (size_t i = 1; i < N_THREADS * N_EACH; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_26_digits_of_base_32),
        cmocka_unit_test(an_id_begins_with_its_time),
        cmocka_unit_test(ids_of_a_thread_ascend),
        cmocka_unit_test(they_ascend_when_the_clock_is_put_back),
        cmocka_unit_test(within_a_millisecond_an_id_is_the_last_plus_one),
        cmocka_unit_test(two_milliseconds_share_no_chance),
        cmocka_unit_test(ids_of_many_threads_never_collide),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

#include "../lib/testing.h"

#include "serve/ulid.h"

enum { EACH = 5000, THREADS = 4 };

static void ids_sort_by_time(void **state)
{
    (void)state;
    char before[ML_ULID_BYTES];
    char after[ML_ULID_BYTES];
    ml_ulid_make(before, 1700000000000);
    for (int i = 0; i < EACH; i++) {
        ml_ulid_make(after, 1700000000000 + i / 100);
        assert_true(strcmp(before, after) < 0);
        assert_int_equal(strspn(after, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26);
        memcpy(before, after, sizeof(before));
    }
}

/* 2^41 ms: the first ten characters are the time, five bits each. */
static void the_time_stands_in_front(void **state)
{
    (void)state;
    char id[ML_ULID_BYTES];
    ml_ulid_make(id, (int64_t)1 << 45);
    assert_memory_equal(id, "1000000000", 10);
}

static char made[THREADS][EACH][ML_ULID_BYTES];

static void *make_many(void *ctx)
{
    char(*to)[ML_ULID_BYTES] = ctx;
    for (int i = 0; i < EACH; i++)
        ml_ulid_make(to[i], 1700000000000);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void threads_never_make_the_same(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_many, made[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    char(*all)[ML_ULID_BYTES] = made[0];
    qsort(all, (size_t)THREADS * EACH, ML_ULID_BYTES, compare);
    for (int i = 1; i < THREADS * EACH; i++)
        assert_true(strcmp(all[i - 1], all[i]) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_sort_by_time),
        cmocka_unit_test(the_time_stands_in_front),
        cmocka_unit_test(threads_never_make_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

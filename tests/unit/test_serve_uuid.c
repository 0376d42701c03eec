#include "../lib/testing.h"

#include "serve/uuid.h"

static void a_uuid_is_of_version_4_and_the_right_shape(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        char id[ML_UUID_BYTES];
        ml_uuid_make(id);
        assert_int_equal(strlen(id), 36);
        assert_int_equal(strspn(id, "0123456789abcdef-"), 36);
        assert_true(id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
        assert_int_equal(id[14], '4');
        assert_non_null(strchr("89ab", id[19]));
    }
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, ML_UUID_BYTES);
}

static void no_two_are_the_same(void **state)
{
    (void)state;
    enum { N = 20000 };
    static char ids[N][ML_UUID_BYTES];
    for (size_t i = 0; i < N; i++)
        ml_uuid_make(ids[i]);
    qsort(ids, N, ML_UUID_BYTES, compare);
    for (size_t i = 1; i < N; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_uuid_is_of_version_4_and_the_right_shape),
        cmocka_unit_test(no_two_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

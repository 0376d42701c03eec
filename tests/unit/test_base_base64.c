#include "../lib/testing.h"

#include "base/base64.h"

static void the_vectors_of_rfc_4648(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < 7; i++) {
        struct ml_strbuf buf = {0};
        ml_strbuf_adds(&buf, "");
        ml_base64_add(&buf, pairs[i][0], strlen(pairs[i][0]));
        assert_int_equal(buf.length, strlen(pairs[i][1]));
        if (buf.length > 0)
            assert_string_equal(buf.bytes, pairs[i][1]);
        ml_strbuf_release(&buf);
    }
}

static void bytes_above_127_are_bytes(void **state)
{
    (void)state;
    struct ml_strbuf buf = {0};
    ml_base64_add(&buf, "\xff\xfe\x00\xfb", 4);
    assert_string_equal(buf.bytes, "//4A+w==");
    ml_strbuf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_4648),
        cmocka_unit_test(bytes_above_127_are_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

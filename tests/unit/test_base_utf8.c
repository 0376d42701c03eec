#include "../lib/testing.h"

#include "base/utf8.h"

static size_t encode(uint32_t c, char *to)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)(lead[n] | c);
    return n;
}

static void every_code_point_but_surrogates_is_well_formed(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char s[4];
        size_t n = encode(c, s);
        size_t want = c >= 0xd800 && c <= 0xdfff ? 0 : n;
        if (ml_utf8_length(s, n) != want)
            fail_msg("U+%04x", c);
        for (size_t cut = 1; cut < n; cut++)
            if (ml_utf8_length(s, cut) != 0)
                fail_msg("U+%04x cut to %zu bytes", c, cut);
    }
}

static void overlong_forms_and_stray_bytes_are_not(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
        "\xc3(",
        "\xe2\x28\xa1",
        "a\xc3",
        "\xf8\x88\x80\x80\x80",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (ml_utf8_is_valid(bad[i], strlen(bad[i])))
            fail_msg("case %zu", i);
}

static void every_pair_of_bytes_is_judged_as_the_table_says(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            char s[2] = {(char)a, (char)b};
            size_t want = a < 0x80 ? 1 : a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf ? 2 : 0;
            assert_int_equal(ml_utf8_length(s, 2), want);
        }
    }
}

static void the_empty_text_is_valid(void **state)
{
    (void)state;
    assert_true(ml_utf8_is_valid("", 0));
    assert_int_equal(ml_utf8_length("", 0), 0);
    assert_true(ml_utf8_is_valid("a\0b", 3));
    assert_true(ml_utf8_is_valid("Gr\xc3\xb6\xc3\x9f"
                                 "e \xe2\x82\xac \xf0\x9f\x98\x80",
                                 16));
}

static void characters_survive_encoding_and_decoding(void **state)
{
    (void)state;
    for (uint32_t c = 1; c <= 0x10ffff; c++) {
        char bytes[4];
        size_t n = ml_utf8_encode(bytes, c);
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        assert_int_equal(ml_utf8_length(bytes, n), n);
        assert_int_equal(ml_utf8_decode(bytes, n), c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_but_surrogates_is_well_formed),
        cmocka_unit_test(overlong_forms_and_stray_bytes_are_not),
        cmocka_unit_test(every_pair_of_bytes_is_judged_as_the_table_says),
        cmocka_unit_test(the_empty_text_is_valid),
        cmocka_unit_test(characters_survive_encoding_and_decoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "../lib/testing.h"

#include <dirent.h>
#include <float.h>
#include <math.h>

#include "base/json.h"

static void assert_same(const struct ml_json *a, const struct ml_json *b)
{
    assert_int_equal(ml_json_type(a), ml_json_type(b));
    if (ml_json_key(a) != NULL || ml_json_key(b) != NULL)
        assert_string_equal(ml_json_key(a), ml_json_key(b));
    if (ml_json_type(a) == ML_JSON_STRING)
        assert_string_equal(ml_json_string(a), ml_json_string(b));
    if (ml_json_type(a) == ML_JSON_BOOL)
        assert_int_equal(ml_json_bool(a, false), ml_json_bool(b, true));
    double x = ml_json_number(a);
    double y = ml_json_number(b);
    assert_memory_equal(&x, &y, sizeof(x));
    assert_int_equal(ml_json_count(a), ml_json_count(b));
    a = ml_json_first(a);
    b = ml_json_first(b);
    for (; a != NULL; a = ml_json_next(a), b = ml_json_next(b))
        assert_same(a, b);
}

/* Both ways of reading must judge alike and make the same tree: cJSON's, and ours in an arena. */
static bool parses(const char *text, size_t n, struct ml_error *err)
{
    struct ml_json *document = NULL;
    struct ml_json *in_arena = NULL;
    struct ml_arena arena = {0};
    struct ml_error same = {0};
    char *exact = malloc(n > 0 ? n : 1); /* so that a sanitizer sees a look beyond the end */
    memcpy(exact, text, n);
    bool ok = ml_json_parse(&document, exact, n, "x", err);
    assert_int_equal(ml_json_parse_in(&arena, &in_arena, exact, n, "x", &same), ok);
    free(exact);
    if (ok) {
        assert_same(document, in_arena);
        ml_json_free(document);
    } else {
        assert_string_equal(err->msg, same.msg);
    }
    ml_arena_release(&arena);
    return ok;
}

/* Eight bytes are looked at together: what ends a string must be seen at each place among them. */
static void what_is_special_is_seen_at_each_place_of_a_string(void **state)
{
    (void)state;
    static const char special[] = {'"', '\\', '\n', '\0', '\x1f', '\x80', '\xff'};
    for (size_t n = 0; n < 20; n++) {
        for (size_t i = 0; i < sizeof(special); i++) {
            char text[64];
            char place[16];
            struct ml_error err = {0};
            memset(text, i % 2 == 0 ? ' ' : '\x7f', sizeof(text));
            text[0] = '"';
            text[n + 1] = special[i];
            memcpy(text + n + 2, "~~~~~~~~~\"", 10);
            assert_false(parses(text, n + 12, &err));
            snprintf(place, sizeof(place), "x:1:%zu: ", special[i] == '"' ? n + 3 : n + 2);
            assert_non_null(strstr(err.msg, place));
            text[n + 1] = '~';
            assert_true(parses(text, n + 12, &err));
        }
    }
}

static void both_ways_of_reading_give_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"a\":{\"b\":[1,[],{},[{\"c\":null}],true],\"d\":\"\"},\"e\":-0.0,\"\":false}",
        "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00x\",\"\xc3\xa9\"]",
        "[0.1,1e308,5e-324,123456789012345678901234567890,1E2,-12.5e-3,2.2250738585072011e-308]",
        " [ [ 1 , 2 ] , { \"x\\u0020y\" : [ ] } ] ",
        "\"alone\"",
        "7",
        "{\"ab\":1,\"ac\":{\"ab\":2},\"bb\":3}",
    };
    struct ml_error err;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_true(parses(texts[i], strlen(texts[i]), &err));
}

static void the_public_test_suite_is_judged_as_its_names_say(void **state)
{
    (void)state;
    const char *shared = test_shared("corpora/json/JSONTestSuite/parsing");
    if (shared == NULL)
        skip();
    char dir_path[1024];
    snprintf(dir_path, sizeof(dir_path), "%s", shared);
    DIR *dir = opendir(dir_path);
    assert_non_null(dir);
    size_t n_files = 0;
    size_t n_wrong = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strchr("yni", entry->d_name[0]) == NULL || entry->d_name[1] != '_')
            continue;
        char *path = ml_path_join(dir_path, entry->d_name);
        struct ml_strbuf text = test_read(path);
        struct ml_error err = {0};
        bool ok = parses(text.bytes, text.length, &err);
        bool has_nul = strstr(text.bytes, "\\u0000") != NULL;
        bool has_twice = strstr(err.msg, "appears twice") != NULL;
        bool wrong = (entry->d_name[0] == 'y' && !ok && !has_nul && !has_twice) ||
                     (entry->d_name[0] == 'n' && ok);
        if (wrong)
            print_error("%s: %s\n", entry->d_name, ok ? "taken" : err.msg);
        n_wrong += wrong;
        n_files++;
        ml_strbuf_release(&text);
        free(path);
    }
    closedir(dir);
    assert_true(n_files > 100);
    assert_int_equal(n_wrong, 0);
}

static void what_is_no_json_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", "x:1:1: "},
        {"  ", "x:1:3: "},
        {"[1] x", "x:1:5: "},
        {"{}{}", "x:1:3: "},
        {"[01]", "x:1:2: "},
        {"[-]", "x:1:2: "},
        {"[1.]", "x:1:2: "},
        {"[.5]", "x:1:2: "},
        {"[+1]", "x:1:2: "},
        {"[1e]", "x:1:2: "},
        {"[1e999]", "x:1:2: invalid JSON: number out of range"},
        {"[-1e999]", "number out of range"},
        {"[NaN]", "x:1:2: "},
        {"[nul]", "x:1:2: "},
        {"[True]", "x:1:2: "},
        {"[1,]", "x:1:4: "},
        {"[1 2]", "x:1:4: "},
        {"[1", "x:1:3: "},
        {"{\"a\":1,}", "x:1:8: "},
        {"{\"a\" 1}", "x:1:6: "},
        {"{a:1}", "x:1:2: "},
        {"{'a':1}", "x:1:2: "},
        {"{\"a\":1]", "x:1:7: "},
        {"[\"a]", "x:1:2: "},
        {"[\"a\tb\"]", "x:1:4: "},
        {"[\"a\nb\"]", "x:1:4: "},
        {"[\"\\x\"]", "x:1:3: "},
        {"[\"\\u12g4\"]", "x:1:3: "},
        {"[\"\\u0000\"]", "x:1:3: "},
        {"[\"\\ud800\"]", "lone surrogate"},
        {"[\"\\udc00\"]", "lone surrogate"},
        {"[\"\\ud800\\u0041\"]", "lone surrogate"},
        {"[\"\\ud800\\ud800\"]", "lone surrogate"},
        {"[\"\xff\"]", "x:1:3: invalid JSON: invalid UTF-8"},
        {"[\"\xed\xa0\x80\"]", "invalid UTF-8"},
        {"\xef\xbb\xbf[]", "x:1:1: "},
        {"[1]//", "x:1:4: "},
        {"{\n \"a\": 1,\n \"b\": x\n}", "x:3:7: "},
        {"{\"a\":1,\"b\":2,\"a\":3}", "'a' appears twice"},
        {"[{\"q\":{\"a\":1,\"a\":3}}]", "'a' appears twice"},
        {"{\"a\":1,\"\\u0061\":3}", "'a' appears twice"},
        {"{\"\\u0061\":1,\"a\":3}", "'a' appears twice"},
        {"{\"ab\":1,\"ac\":{},\"ab\":3}", "'ab' appears twice"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ml_error err = {0};
        if (parses(cases[i].text, strlen(cases[i].text), &err))
            fail_msg("taken: %s", cases[i].text);
        assert_int_equal(err.code, ML_EINPUT);
        if (strstr(err.msg, cases[i].message) == NULL)
            fail_msg("%s: '%s' instead of '%s'", cases[i].text, err.msg, cases[i].message);
    }
    struct ml_error err;
    assert_false(parses("[1]\0", 4, &err));
    assert_false(parses("[\"a\0b\"]", 7, &err));
}

static void names_that_differ_only_in_case_are_two(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":1,\"A\":2,\"\":3}";
    struct ml_json *d = NULL;
    struct ml_error err;
    must(ml_json_parse(&d, text, strlen(text), "x", &err));
    assert_true(ml_json_number(ml_json_get(d, "a")) == 1);
    assert_true(ml_json_number(ml_json_get(d, "A")) == 2);
    assert_true(ml_json_number(ml_json_get(d, "")) == 3);
    assert_null(ml_json_get(d, "b"));
    assert_int_equal(ml_json_count(d), 3);
    ml_json_free(d);
}

static void thirty_two_levels_are_read_and_one_more_is_not(void **state)
{
    (void)state;
    char text[80];
    struct ml_error err;
    memset(text, '[', 33);
    memset(text + 33, ']', 33);
    assert_true(parses(text + 1, 64, &err));
    assert_false(parses(text, 66, &err));
    assert_contains(err.msg, "32");
    static char deep[100000];
    memset(deep, '[', sizeof(deep));
    assert_false(parses(deep, sizeof(deep), &err));
    struct ml_strbuf buf = {0};
    for (int i = 0; i < 32; i++)
        ml_strbuf_adds(&buf, "{\"a\":");
    ml_strbuf_addc(&buf, '1');
    for (int i = 0; i < 32; i++)
        ml_strbuf_addc(&buf, '}');
    assert_true(parses(buf.bytes, buf.length, &err));
    ml_strbuf_release(&buf);
}

static void values_come_out_as_they_went_in(void **state)
{
    (void)state;
    static const char text[] =
        " {\"n\":null,\"t\":true,\"f\":false,\"x\":-1.5e2,\"s\":\"\\u00e4\\ud83d\\ude00\\n\\/\",\n"
        "\"l\":[1,[],{}]} ";
    struct ml_json *d = NULL;
    struct ml_error err;
    must(ml_json_parse(&d, text, strlen(text), "x", &err));
    assert_int_equal(ml_json_type(d), ML_JSON_OBJECT);
    assert_int_equal(ml_json_type(ml_json_get(d, "n")), ML_JSON_NULL);
    assert_true(ml_json_bool(ml_json_get(d, "t"), false));
    assert_false(ml_json_bool(ml_json_get(d, "f"), true));
    assert_true(ml_json_bool(ml_json_get(d, "x"), true));
    assert_true(ml_json_number(ml_json_get(d, "x")) == -150);
    assert_true(isnan(ml_json_number(ml_json_get(d, "s"))));
    assert_string_equal(ml_json_string(ml_json_get(d, "s")), "\xc3\xa4\xf0\x9f\x98\x80\n/");
    assert_null(ml_json_string(ml_json_get(d, "x")));
    const struct ml_json *list = ml_json_get(d, "l");
    assert_int_equal(ml_json_count(list), 3);
    const struct ml_json *v = ml_json_first(list);
    assert_true(ml_json_number(v) == 1);
    v = ml_json_next(v);
    assert_int_equal(ml_json_type(v), ML_JSON_ARRAY);
    assert_null(ml_json_first(v));
    v = ml_json_next(v);
    assert_int_equal(ml_json_type(v), ML_JSON_OBJECT);
    assert_null(ml_json_next(v));
    assert_string_equal(ml_json_key(ml_json_first(d)), "n");
    assert_null(ml_json_get(list, "n"));
    ml_json_free(d);
    ml_json_free(NULL);
}

static double number_in(const char *text)
{
    struct ml_json *d = NULL;
    struct ml_error err;
    must(ml_json_parse(&d, text, strlen(text), "x", &err));
    double x = ml_json_number(ml_json_first(d));
    ml_json_free(d);
    return x;
}

static void long_numbers_are_read_exactly(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[0.1000000000000000055511151231257827021181583404541015625000000000000000000000000000]",
        "[10000000000000000000000000000000000000000000000000000000000000000000000000000000000]",
        "[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]",
        "[123456789.123456789123456789123456789123456789123456789123456789123456789123456789e-5]",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_true(number_in(texts[i]) == strtod(texts[i] + 1, NULL));
}

static void numbers_written_read_back_to_the_same_bits(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 4);
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = ml_rng_next(&rng);
        double x;
        memcpy(&x, &bits, sizeof(x));
        if (!isfinite(x))
            continue;
        struct ml_strbuf buf = {0};
        ml_strbuf_addc(&buf, '[');
        ml_json_add_number(&buf, x);
        ml_strbuf_addc(&buf, ']');
        double y = number_in(buf.bytes);
        assert_memory_equal(&x, &y, sizeof(x));
        ml_strbuf_release(&buf);
    }
    assert_true(signbit(number_in("[-0]")) && signbit(number_in("[-0.0]")));
}

static void any_bytes_survive_the_way_out_and_back(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 5);
    for (int i = 0; i < 20000; i++) {
        char bytes[24];
        size_t n = ml_rng_below(&rng, sizeof(bytes));
        bool ascii = ml_rng_below(&rng, 2) == 0;
        for (size_t k = 0; k < n; k++)
            bytes[k] = (char)ml_rng_below(&rng, ascii ? 128 : 256);
        struct ml_strbuf text = {0};
        ml_json_add_bytes(&text, bytes, n);
        struct ml_json *d = NULL;
        struct ml_error err;
        must(ml_json_parse(&d, text.bytes, text.length, "x", &err));
        struct ml_strbuf back = {0};
        ml_strbuf_addc(&back, '>');
        assert_true(ml_json_bytes(d, &back));
        assert_int_equal(back.length, n + 1);
        if (n > 0)
            assert_memory_equal(back.bytes + 1, bytes, n);
        ml_strbuf_release(&back);
        ml_strbuf_release(&text);
        ml_json_free(d);
    }
}

static void what_is_no_bytes_is_not_read_as_such(void **state)
{
    (void)state;
    static const char *const bad[] = {"1",
                                      "null",
                                      "[]",
                                      "{}",
                                      "{\"hex\":1}",
                                      "{\"hex\":\"0\"}",
                                      "{\"hex\":\"0g\"}",
                                      "{\"hey\":\"00\"}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ml_json *d = NULL;
        struct ml_error err;
        struct ml_strbuf back = {0};
        must(ml_json_parse(&d, bad[i], strlen(bad[i]), "x", &err));
        if (ml_json_bytes(d, &back))
            fail_msg("%s", bad[i]);
        ml_strbuf_release(&back);
        ml_json_free(d);
    }
}

static void members_get_their_commas(void **state)
{
    (void)state;
    struct ml_strbuf buf = {0};
    static const double x[] = {1, NAN, -INFINITY, 0.5};
    static const size_t counts[] = {0, 18446744073709551615u};
    ml_strbuf_addc(&buf, '{');
    ml_json_key_number(&buf, "a", 0.1);
    ml_json_key_count(&buf, "b", 7);
    ml_json_key_string(&buf, "c", "\"\\\x01\x7f\xff");
    ml_json_key_bool(&buf, "d", true);
    ml_json_key_numbers(&buf, "e", x, 4);
    ml_json_key_counts(&buf, "f", counts, 2);
    ml_json_key_numbers(&buf, "g", NULL, 0);
    ml_strbuf_addc(&buf, '}');
    assert_string_equal(buf.bytes,
                        "{\"a\":0.1,\"b\":7,\"c\":\"\\\"\\\\\\u0001\\u007f\xef\xbf\xbd\","
                        "\"d\":true,\"e\":[1,null,null,0.5],"
                        "\"f\":[0,18446744073709551615],\"g\":[]}");
    struct ml_error err;
    assert_true(parses(buf.bytes, buf.length, &err));
    ml_strbuf_release(&buf);
}

/* Random damage to a valid text: whatever is taken, it must not crash. */
static void damaged_text_does_no_harm(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":[1,2.5e-3,\"\\u00e4\\ud83d\\ude00x\",null],\"b\":{\"c\":true}}";
    struct ml_rng rng;
    ml_rng_init(&rng, 6);
    for (int i = 0; i < 100000; i++) {
        char *copy = malloc(sizeof(text) - 1);
        assert_non_null(copy);
        memcpy(copy, text, sizeof(text) - 1);
        size_t n = ml_rng_below(&rng, sizeof(text) - 1) + 1;
        for (size_t k = ml_rng_below(&rng, 3); k > 0; k--)
            copy[ml_rng_below(&rng, sizeof(text) - 1)] =
                "{}[],:\"\\u0\xff\x01-eE.+1"[ml_rng_below(&rng, 18)];
        struct ml_error err;
        char *exact = malloc(n);
        assert_non_null(exact);
        memcpy(exact, copy, n);
        parses(exact, n, &err);
        free(exact);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_of_reading_give_the_same),
        cmocka_unit_test(what_is_special_is_seen_at_each_place_of_a_string),
        cmocka_unit_test(the_public_test_suite_is_judged_as_its_names_say),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(names_that_differ_only_in_case_are_two),
        cmocka_unit_test(thirty_two_levels_are_read_and_one_more_is_not),
        cmocka_unit_test(values_come_out_as_they_went_in),
        cmocka_unit_test(long_numbers_are_read_exactly),
        cmocka_unit_test(numbers_written_read_back_to_the_same_bits),
        cmocka_unit_test(any_bytes_survive_the_way_out_and_back),
        cmocka_unit_test(what_is_no_bytes_is_not_read_as_such),
        cmocka_unit_test(members_get_their_commas),
        cmocka_unit_test(damaged_text_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "../lib/testing.h"

#include "data/frame.h"

static const struct ml_dialect lf = {',', '\n'};
static const struct ml_dialect cr = {',', '\r'};

static struct ml_frame frame(const char *text)
{
    return ml_frame_next(&lf, text, strlen(text), true, 1000);
}

static void assert_frame(struct ml_frame f, enum ml_frame_status status, size_t length,
                         size_t consumed, size_t lines, bool ended)
{
    assert_int_equal(f.status, status);
    assert_int_equal(f.length, length);
    assert_int_equal(f.consumed, consumed);
    assert_int_equal(f.lines, lines);
    assert_int_equal(f.ended, ended);
}

static void a_record_ends_at_its_line_end(void **state)
{
    (void)state;
    assert_frame(frame("a,b\nc"), ML_FRAME_RECORD, 3, 4, 1, true);
    assert_frame(frame("a,b\r\nc"), ML_FRAME_RECORD, 3, 5, 1, true);
    assert_frame(frame("a,b"), ML_FRAME_RECORD, 3, 3, 0, false);
    assert_frame(frame("a,b\r"), ML_FRAME_RECORD, 3, 4, 0, false);
    assert_frame(frame("\nc"), ML_FRAME_RECORD, 0, 1, 1, true);
    assert_frame(frame("\r\nc"), ML_FRAME_RECORD, 0, 2, 1, true);
    assert_frame(ml_frame_next(&cr, "a\nb\rc", 5, true, 1000), ML_FRAME_RECORD, 3, 4, 1, true);
}

static void a_quoted_field_holds_line_ends(void **state)
{
    (void)state;
    assert_frame(frame("\"a\nb\",c\nd"), ML_FRAME_RECORD, 7, 8, 2, true);
    assert_frame(frame("x,\"\n\n\"\nd"), ML_FRAME_RECORD, 6, 7, 3, true);
    assert_frame(frame("\"a\"\"\n\"\"b\"\nd"), ML_FRAME_RECORD, 9, 10, 2, true);
    assert_frame(frame("\"\"\nd"), ML_FRAME_RECORD, 2, 3, 1, true);
    assert_frame(frame("\"\"\"\n\"\nd"), ML_FRAME_RECORD, 5, 6, 2, true);
    assert_frame(frame("\"a\nb\""), ML_FRAME_RECORD, 5, 5, 1, false);
    assert_frame(ml_frame_next(&cr, "\"a\rb\"\rc", 7, true, 1000), ML_FRAME_RECORD, 5, 6, 2, true);
}

static void a_quote_opens_only_at_the_start_of_a_field(void **state)
{
    (void)state;
    assert_frame(frame("a\"b\nc\"\n"), ML_FRAME_RECORD, 3, 4, 1, true);
    assert_frame(frame(" \"b\nc\"\n"), ML_FRAME_RECORD, 3, 4, 1, true);
    assert_frame(frame("a\",\"b\nc\"\n"), ML_FRAME_RECORD, 8, 9, 2, true);
    static const struct ml_dialect semicolon = {';', '\n'};
    assert_frame(ml_frame_next(&semicolon, "a,\"b\nc", 6, true, 99), ML_FRAME_RECORD, 4, 5, 1,
                 true);
}

static void a_quote_left_open_takes_its_first_line_alone(void **state)
{
    (void)state;
    assert_frame(frame("\"a\nb\nc"), ML_FRAME_OPEN_QUOTE, 2, 3, 1, true);
    assert_frame(frame("x,\"a\"\"\nb\nc"), ML_FRAME_OPEN_QUOTE, 6, 7, 1, true);
    assert_frame(frame("\""), ML_FRAME_OPEN_QUOTE, 1, 1, 0, false);
}

static void more_is_asked_for_when_the_end_is_not_in_sight(void **state)
{
    (void)state;
    static const char *const open[] = {"a", "a,b\r", "\"", "\"a\n", "\"a\"", "\"a\"\"", "a,\"b\""};
    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
        assert_int_equal(ml_frame_next(&lf, open[i], strlen(open[i]), false, 1000).status,
                         ML_FRAME_MORE);
}

static void the_limit_is_exact(void **state)
{
    (void)state;
    for (int with_cr = 0; with_cr < 2; with_cr++) {
        for (size_t n = 8; n <= 13; n++) {
            char text[40];
            int bytes = snprintf(text, sizeof(text), "%.*s%s\nnext\n", (int)n, "abcdefghijklmnop",
                                 with_cr ? "\r" : "");
            struct ml_frame f = ml_frame_next(&lf, text, (size_t)bytes, true, 10);
            assert_int_equal(f.status, n <= 10 ? ML_FRAME_RECORD : ML_FRAME_TOO_LONG);
            f = ml_frame_next(&lf, text, n, true, 10);
            assert_int_equal(f.status, n <= 10 ? ML_FRAME_RECORD : ML_FRAME_TOO_LONG);
        }
    }
}

/* What was decided from the first n bytes must stand when more are known, or that there are none.
 */
static void the_verdict_does_not_depend_on_the_bytes_at_hand(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 7);
    for (int i = 0; i < 400000; i++) {
        char text[20];
        size_t n = 1 + ml_rng_below(&rng, sizeof(text));
        for (size_t k = 0; k < n; k++)
            text[k] = "ab,\"\"\"\n\r"[ml_rng_below(&rng, 8)];
        const struct ml_dialect *d = ml_rng_below(&rng, 4) == 0 ? &cr : &lf;
        size_t limit = 1 + ml_rng_below(&rng, 12);
        struct ml_frame whole = ml_frame_next(d, text, n, true, limit);
        assert_true(whole.status != ML_FRAME_MORE);
        assert_true(whole.consumed > 0 && whole.consumed <= n && whole.length <= whole.consumed);
        for (size_t cut = 1; cut <= n; cut++) {
            struct ml_frame f = ml_frame_next(d, text, cut, false, limit);
            if (f.status == ML_FRAME_MORE)
                continue;
            if (f.status != whole.status || f.length != whole.length ||
                f.consumed != whole.consumed || f.lines != whole.lines || f.ended != whole.ended)
                fail_msg("limit %zu, terminator %d, '%.*s': status %d of %zu bytes from the first "
                         "%zu, status %d of %zu bytes when all is known",
                         limit, d->terminator, (int)n, text, (int)f.status, f.consumed, cut,
                         (int)whole.status, whole.consumed);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_ends_at_its_line_end),
        cmocka_unit_test(a_quoted_field_holds_line_ends),
        cmocka_unit_test(a_quote_opens_only_at_the_start_of_a_field),
        cmocka_unit_test(a_quote_left_open_takes_its_first_line_alone),
        cmocka_unit_test(more_is_asked_for_when_the_end_is_not_in_sight),
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(the_verdict_does_not_depend_on_the_bytes_at_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "../lib/testing.h"

#include "base/gzip.h"
#include "base/packed.h"

/* One member. */
static struct ml_strbuf pack(const char *bytes, size_t n)
{
    struct ml_strbuf out = {0};
    struct ml_gzip *g = ml_gzip_new();
    ml_gzip_add(g, bytes, n, &out);
    ml_gzip_end(g, &out);
    ml_gzip_free(g);
    return out;
}

/* Feeds pieces of `piece` bytes, takes at most `room` at a time. */
static bool unpack(struct ml_strbuf *out, const char *bytes, size_t n, size_t piece, size_t room,
                   struct ml_error *err)
{
    struct ml_gunzip *g = ml_gunzip_new();
    bool ok = true;
    for (size_t at = 0; ok && (at < n || !ml_gunzip_wants_input(g));) {
        if (ml_gunzip_wants_input(g)) {
            size_t k = piece < n - at ? piece : n - at;
            ml_gunzip_feed(g, bytes + at, k);
            at += k;
        }
        size_t got;
        ok = ml_gunzip_next(&got, g, ml_strbuf_reserve(out, room), room, "x", err);
        out->length += ok ? got : 0;
    }
    if (ok && !ml_gunzip_is_whole(g))
        ok = ml_fail(err, ML_EINPUT, "too short");
    ml_gunzip_free(g);
    return ok;
}

static struct ml_strbuf make_text(size_t n, uint64_t seed)
{
    struct ml_strbuf text = {0};
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    while (text.length < n)
        ml_strbuf_addf(&text, "%zu,%s\n", ml_rng_below(&rng, 1000),
                       ml_rng_below(&rng, 2) ? "yes" : "no");
    return text;
}

static void what_is_packed_comes_back_however_it_is_cut(void **state)
{
    (void)state;
    struct ml_error err;
    static const size_t sizes[] = {0, 1, 2, 1000, 300000};
    static const size_t pieces[] = {1, 7, 65536};
    for (size_t s = 0; s < 5; s++) {
        struct ml_strbuf text = make_text(sizes[s], s);
        struct ml_strbuf packed = pack(text.bytes != NULL ? text.bytes : "", text.length);
        for (size_t p = 0; p < 3; p++)
            for (size_t r = p == 0 && sizes[s] > 1000 ? 2 : 0; r < 3; r++) {
                struct ml_strbuf back = {0};
                must(unpack(&back, packed.bytes, packed.length, pieces[p], pieces[r], &err));
                assert_int_equal(back.length, text.length);
                if (text.length > 0)
                    assert_memory_equal(back.bytes, text.bytes, text.length);
                ml_strbuf_release(&back);
            }
        ml_strbuf_release(&packed);
        ml_strbuf_release(&text);
    }
}

static void members_in_a_row_are_one_text(void **state)
{
    (void)state;
    struct ml_error err;
    struct ml_strbuf a = pack("a,b\n", 4);
    struct ml_strbuf empty = pack("", 0);
    struct ml_strbuf c = pack("1,2\n", 4);
    ml_strbuf_add(&a, empty.bytes, empty.length);
    ml_strbuf_add(&a, c.bytes, c.length);
    ml_strbuf_add(&a, empty.bytes, empty.length);
    for (size_t piece = 1; piece <= a.length; piece++)
        for (size_t room = 1; room < 10; room++) {
            struct ml_strbuf back = {0};
            must(unpack(&back, a.bytes, a.length, piece, room, &err));
            assert_int_equal(back.length, 8);
            assert_memory_equal(back.bytes, "a,b\n1,2\n", 8);
            ml_strbuf_release(&back);
        }
    ml_strbuf_release(&a);
    ml_strbuf_release(&empty);
    ml_strbuf_release(&c);
}

static void every_truncation_is_noticed(void **state)
{
    (void)state;
    struct ml_error err;
    struct ml_strbuf text = make_text(3000, 1);
    struct ml_strbuf packed = pack(text.bytes, text.length);
    for (size_t n = 1; n < packed.length; n++) {
        struct ml_strbuf back = {0};
        assert_false(unpack(&back, packed.bytes, n, 100, 1000, &err));
        ml_strbuf_release(&back);
    }
    ml_strbuf_release(&packed);
    ml_strbuf_release(&text);
}

/* The header's time, flags and system are free; all else is under the checksum. */
static void every_changed_byte_behind_the_header_is_noticed(void **state)
{
    (void)state;
    struct ml_error err;
    struct ml_strbuf text = make_text(2000, 2);
    struct ml_strbuf packed = pack(text.bytes, text.length);
    for (size_t i = 10; i < packed.length; i++) {
        struct ml_strbuf back = {0};
        packed.bytes[i] = (char)(packed.bytes[i] ^ 0x10);
        bool ok = unpack(&back, packed.bytes, packed.length, 100, 1000, &err);
        packed.bytes[i] = (char)(packed.bytes[i] ^ 0x10);
        assert_true(!ok || (back.length == text.length &&
                            memcmp(back.bytes, text.bytes, back.length) == 0));
        ml_strbuf_release(&back);
    }
    ml_strbuf_add(&packed, "garbage", 7);
    struct ml_strbuf back = {0};
    assert_false(unpack(&back, packed.bytes, packed.length, 1 << 16, 1000, &err));
    assert_string_equal(err.msg, "x: bytes behind the end of the gzip data");
    ml_strbuf_release(&back);
    ml_strbuf_release(&packed);
    ml_strbuf_release(&text);
}

static void the_same_bytes_pack_to_the_same(void **state)
{
    (void)state;
    struct ml_strbuf text = make_text(100000, 3);
    struct ml_strbuf whole = pack(text.bytes, text.length);
    struct ml_strbuf pieces = {0};
    struct ml_gzip *g = ml_gzip_new();
    for (size_t at = 0; at < text.length; at += 777)
        ml_gzip_add(g, text.bytes + at, at + 777 < text.length ? 777 : text.length - at, &pieces);
    ml_gzip_end(g, &pieces);
    ml_gzip_free(g);
    assert_int_equal(whole.length, pieces.length);
    assert_memory_equal(whole.bytes, pieces.bytes, whole.length);
    assert_memory_equal(whole.bytes + 4, "\0\0\0\0", 4); /* no time */
    ml_strbuf_release(&whole);
    ml_strbuf_release(&pieces);
    ml_strbuf_release(&text);
}

static void names_and_starts_are_told(void **state)
{
    (void)state;
    assert_true(ml_gzip_is_name("a.csv.gz"));
    assert_false(ml_gzip_is_name(".gz"));
    assert_false(ml_gzip_is_name("a.csv"));
    assert_false(ml_gzip_is_name("gz"));
    assert_true(ml_gzip_is_start("\x1f\x8b", 2));
    assert_false(ml_gzip_is_start("\x1f", 1));
    assert_false(ml_gzip_is_start("a,b", 3));
}

static void an_output_is_packed_when_its_name_says_so(void **state)
{
    (void)state;
    struct ml_error err;
    struct ml_packed out;
    must(ml_packed_open(&out, test_path("out.gz"), &err));
    must(ml_packed_write(&out, "1,2\n", 4, &err));
    assert_int_equal(access(test_path("out.gz"), F_OK), -1); /* not before it is whole */
    must(ml_packed_commit(&out, &err));
    ml_packed_release(&out);
    struct ml_strbuf stored = test_read(test_path("out.gz"));
    struct ml_strbuf back = {0};
    must(unpack(&back, stored.bytes, stored.length, 100, 100, &err));
    assert_memory_equal(back.bytes, "1,2\n", 4);
    ml_strbuf_release(&back);
    ml_strbuf_release(&stored);
    must(ml_packed_open(&out, test_path("half.gz"), &err));
    must(ml_packed_write(&out, "1,2\n", 4, &err));
    ml_packed_release(&out);
    assert_int_equal(access(test_path("half.gz"), F_OK), -1);
    must(ml_packed_open(&out, test_path("plain.csv"), &err));
    must(ml_packed_write(&out, "1,2\n", 4, &err));
    must(ml_packed_commit(&out, &err));
    ml_packed_release(&out);
    stored = test_read(test_path("plain.csv"));
    assert_string_equal(stored.bytes, "1,2\n");
    ml_strbuf_release(&stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_comes_back_however_it_is_cut),
        cmocka_unit_test(members_in_a_row_are_one_text),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(every_changed_byte_behind_the_header_is_noticed),
        cmocka_unit_test(the_same_bytes_pack_to_the_same),
        cmocka_unit_test(names_and_starts_are_told),
        cmocka_unit_test(an_output_is_packed_when_its_name_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

#include "../lib/testing.h"

#include "base/gzip.h"
#include "data/parts.h"
#include "data/source.h"

static void make_dir(const char *name)
{
    assert_int_equal(mkdir(test_path(name), 0700), 0);
}

static const char *write_packed(const char *name, const char *bytes, size_t n)
{
    struct ml_strbuf out = {0};
    struct ml_gzip *g = ml_gzip_new();
    ml_gzip_add(g, bytes, n, &out);
    ml_gzip_end(g, &out);
    ml_gzip_free(g);
    const char *path = test_write(name, out.bytes, out.length);
    ml_strbuf_release(&out);
    return path;
}

/* All rows of a source as "row file:line text", one a line; then the digest. */
static bool read_rows(struct ml_strbuf *out, const char *path, bool has_header,
                      struct ml_error *err)
{
    struct ml_source *s;
    struct ml_block block = {0};
    const char *text;
    size_t n;
    if (!ml_source_open(&s, path, NULL, ',', ML_SOURCE_DIGEST, err))
        return false;
    bool ok = !has_header || ml_source_peek(s, &text, &n, err);
    if (ok && has_header)
        ml_source_skip_header(s);
    while (ok && (ok = ml_source_next(s, &block, err)) && block.n_spans > 0)
        for (size_t i = 0; i < block.n_spans; i++) {
            const char *slash = strrchr(block.name, '/');
            ml_strbuf_addf(out, "%zu %s:%zu %.*s\n", block.first_row + i,
                           slash != NULL ? slash + 1 : block.name,
                           block.first_line + block.spans[i].line, (int)block.spans[i].length,
                           block.text.bytes + block.spans[i].offset);
        }
    if (ok) {
        char hex[ML_DIGEST_HEX];
        ml_source_digest(s, hex);
        ml_strbuf_adds(out, hex);
    }
    ml_block_release(&block);
    ml_source_close(s);
    return ok;
}

static void expect_rows(const char *path, bool has_header, const char *rows)
{
    struct ml_strbuf got = {0};
    struct ml_error err;
    char hex[ML_DIGEST_HEX];
    must(read_rows(&got, path, has_header, &err));
    must(ml_parts_digest(hex, path, &err));
    assert_string_equal(got.bytes + got.length - (ML_DIGEST_HEX - 1), hex);
    got.bytes[got.length - (ML_DIGEST_HEX - 1)] = '\0';
    assert_string_equal(got.bytes, rows);
    ml_strbuf_release(&got);
}

static void expect_failure(const char *path, bool has_header, const char *part)
{
    struct ml_strbuf got = {0};
    struct ml_error err;
    if (read_rows(&got, path, has_header, &err))
        fail_msg("'%s' was read", path);
    assert_contains(err.msg, part);
    ml_strbuf_release(&got);
}

static void a_packed_file_reads_like_a_plain_one(void **state)
{
    (void)state;
    expect_rows(write_packed("p.csv.gz", "a,b\n1,2\n3,4", 11), true,
                "0 p.csv.gz:2 1,2\n1 p.csv.gz:3 3,4\n");
    expect_rows(write_packed("named.csv", "a,b\n1,2\n", 8), true, "0 named.csv:2 1,2\n");
    struct ml_error err;
    char stored[ML_DIGEST_HEX];
    char digest[ML_DIGEST_HEX];
    must(ml_file_digest(stored, test_path("p.csv.gz"), &err));
    must(ml_parts_digest(digest, test_path("p.csv.gz"), &err));
    assert_string_equal(stored, digest);
}

static void a_packed_pipe_reads_like_a_file(void **state)
{
    (void)state;
    write_packed("pipe.gz", "a,b\n1,2\n3,4\n", 12);
    struct ml_strbuf bytes = test_read(test_path("pipe.gz"));
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct test_pipe pipe;
        struct ml_strbuf got = {0};
        struct ml_error err;
        const char *path =
            test_pipe_start(&pipe, bytes.bytes, bytes.length, seed, seed < 3 ? 1 : 10);
        must(read_rows(&got, path, true, &err));
        test_pipe_end(&pipe);
        assert_contains(got.bytes, ":2 1,2\n");
        assert_contains(got.bytes, ":3 3,4\n");
        ml_strbuf_release(&got);
    }
    ml_strbuf_release(&bytes);
}

static void damaged_packed_files_are_refused_by_name(void **state)
{
    (void)state;
    write_packed("whole.csv.gz", "a,b\n1,2\n", 8);
    struct ml_strbuf b = test_read(test_path("whole.csv.gz"));
    expect_failure(test_write("cut.csv.gz", b.bytes, b.length - 3), true,
                   "cut.csv.gz: the gzip data ends too early");
    b.bytes[b.length - 6] = (char)(b.bytes[b.length - 6] ^ 1);
    expect_failure(test_write("bad.csv.gz", b.bytes, b.length), true,
                   "bad.csv.gz: damaged gzip data");
    expect_failure(test_text("not.csv.gz", "a,b\n1,2\n"), true, "not.csv.gz: not gzip data");
    expect_failure(test_text("none.csv.gz", ""), true, "none.csv.gz: not gzip data");
    ml_strbuf_release(&b);
}

static void plain_sources_do_not_unpack(void **state)
{
    (void)state;
    struct ml_source *s;
    struct ml_error err;
    const char *text;
    size_t n;
    const char *path = write_packed("body", "a,b\n1,2\n", 8);
    must(ml_source_open(&s, path, "body", ',', ML_SOURCE_PLAIN, &err));
    assert_false(ml_source_peek(s, &text, &n, &err));
    assert_contains(err.msg, "body:1: NUL byte");
    ml_source_close(s);
}

static void millions_of_packed_empty_lines_take_little_memory(void **state)
{
    (void)state;
    enum { LINES = 3000000 };
    char *bytes = malloc(LINES + 6);
    memcpy(bytes, "a,b\n", 4);
    memset(bytes + 4, '\n', LINES);
    memcpy(bytes + 4 + LINES, "x", 1);
    struct ml_source *s;
    struct ml_error err;
    const char *text;
    size_t n;
    must(ml_source_open(&s, write_packed("bomb.gz", bytes, LINES + 5), NULL, ',', 0, &err));
    must(ml_source_peek(s, &text, &n, &err));
    ml_source_skip_header(s);
    struct ml_block block = {0};
    size_t rows = 0;
    size_t last_line = 0;
    while (true) {
        must(ml_source_next(s, &block, &err));
        if (block.n_spans == 0)
            break;
        assert_true(block.n_spans <= ML_BLOCK_BYTES + 1);
        assert_int_equal(block.first_row, rows);
        assert_int_equal(block.first_line + block.spans[0].line, rows + 2);
        rows += block.n_spans;
        last_line = block.first_line + block.spans[block.n_spans - 1].line;
    }
    assert_int_equal(rows, LINES + 1);
    assert_int_equal(last_line, LINES + 2);
    ml_block_release(&block);
    ml_source_close(s);
    free(bytes);
}

static void a_directory_is_its_files_in_order(void **state)
{
    (void)state;
    make_dir("dir");
    test_text("dir/part-2.csv", "a,b\n5,6\n7,8\n");
    test_text("dir/part-10.csv", "\"a\",b\r\n3,4\r\n\r\n");
    write_packed("dir/part-1.csv.gz", "a,b\n1,2\n", 8);
    test_text("dir/_SUCCESS", "");
    test_text("dir/part-3.csv", "");
    test_text("dir/.schema", "{}");
    test_text("dir/.hidden", "x");
    test_text("dir/part-2.csv.schema", "{}");
    assert_int_equal(symlink("part-2.csv", test_path("dir/zlink")), 0);
    expect_rows(test_path("dir"), true,
                "0 part-1.csv.gz:2 1,2\n1 part-10.csv:2 3,4\n2 part-2.csv:2 5,6\n"
                "3 part-2.csv:3 7,8\n4 zlink:2 5,6\n5 zlink:3 7,8\n");
    expect_rows(test_path("dir/"), false,
                "0 part-1.csv.gz:1 a,b\n1 part-1.csv.gz:2 1,2\n2 part-10.csv:1 \"a\",b\n"
                "3 part-10.csv:2 3,4\n4 part-2.csv:1 a,b\n5 part-2.csv:2 5,6\n"
                "6 part-2.csv:3 7,8\n7 zlink:1 a,b\n8 zlink:2 5,6\n9 zlink:3 7,8\n");
}

static void the_digest_of_a_directory_is_what_sha256sum_gives(void **state)
{
    (void)state;
    char command[1024];
    char line[128] = "";
    char hex[ML_DIGEST_HEX];
    struct ml_error err;
    make_dir("sums");
    test_text("sums/b.csv", "a,b\n1,2\n");
    test_text("sums/a.csv", "a,b\n3,4\n");
    test_text("sums/.schema", "{}");
    snprintf(command, sizeof(command), "cd '%s' && sha256sum a.csv b.csv | sha256sum",
             test_path("sums"));
    FILE *f = popen(command, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof(line), f));
    pclose(f);
    line[ML_DIGEST_HEX - 1] = '\0';
    must(ml_parts_digest(hex, test_path("sums"), &err));
    assert_string_equal(hex, line);
    assert_int_equal(rename(test_path("sums/b.csv"), test_path("sums/c.csv")), 0);
    must(ml_parts_digest(hex, test_path("sums"), &err));
    assert_string_not_equal(hex, line);
}

static void headers_must_agree(void **state)
{
    (void)state;
    make_dir("heads");
    test_text("heads/1.csv", "a,b\n1,2\n");
    test_text("heads/2.csv", "b,a\n1,2\n");
    expect_failure(test_path("heads"), true, "heads/2.csv:1: column 1 is 'b'");
    test_text("heads/2.csv", "a,b,c\n1,2,3\n");
    expect_failure(test_path("heads"), true, "heads/2.csv:1: 3 columns");
    test_text("heads/2.csv", "a,\"b\n1,2\n");
    expect_failure(test_path("heads"), true, "heads/2.csv:1: a quoted field without");
    test_write("heads/2.csv",
               "\xff\xfe"
               "a",
               3);
    expect_failure(test_path("heads"), true, "heads/2.csv:1: UTF-16");
    test_text("heads/2.csv", "a,b\n");
    expect_rows(test_path("heads"), true, "0 1.csv:2 1,2\n");
}

static void directories_that_are_no_data_are_refused(void **state)
{
    (void)state;
    make_dir("none");
    test_text("none/.schema", "{}");
    expect_failure(test_path("none"), true, "none: there is no data file");
    test_text("none/a.csv", "");
    test_text("none/b.csv", "");
    expect_failure(test_path("none"), true, "none: all files are empty");
    make_dir("none/sub");
    expect_failure(test_path("none"), true, "'sub' is not a file");
    assert_int_equal(rmdir(test_path("none/sub")), 0);
    assert_int_equal(symlink("nowhere", test_path("none/link")), 0);
    expect_failure(test_path("none"), true, "none/link': No such file");
    assert_int_equal(unlink(test_path("none/link")), 0);
    test_text("none/a\nb.csv", "a,b\n");
    expect_failure(test_path("none"), true, "a line end in a file's name");
}

static void rows_are_lost_nowhere_between_many_files(void **state)
{
    (void)state;
    enum { FILES = 40 };
    struct ml_strbuf want = {0};
    struct ml_rng rng;
    ml_rng_init(&rng, 5);
    make_dir("many");
    size_t row = 0;
    for (size_t i = 0; i < FILES; i++) {
        char name[32];
        struct ml_strbuf text = {0};
        bool packed = ml_rng_below(&rng, 2) == 0;
        snprintf(name, sizeof(name), "many/%02zu%s", i, packed ? ".gz" : "");
        ml_strbuf_adds(&text, "a,b\n");
        size_t n = ml_rng_below(&rng, 4) == 0 ? 0 : ml_rng_below(&rng, 2000);
        for (size_t k = 0; k < n; k++) {
            ml_strbuf_addf(&text, "%zu,%zu%s", i, k, k + 1 < n || i % 2 == 0 ? "\n" : "");
            ml_strbuf_addf(&want, "%zu %s:%zu %zu,%zu\n", row++, name + 5, k + 2, i, k);
        }
        if (packed)
            write_packed(name, text.bytes, text.length);
        else
            test_write(name, text.bytes, text.length);
        ml_strbuf_release(&text);
    }
    expect_rows(test_path("many"), true, want.bytes);
    ml_strbuf_release(&want);
}

static void expect_schema(const char *data, const char *want, bool want_exists)
{
    bool exists;
    char *path = ml_schema_path(test_path(data), &exists);
    assert_string_equal(path, test_path(want));
    assert_int_equal(exists, want_exists);
    free(path);
}

static void the_schema_lies_beside_the_data(void **state)
{
    (void)state;
    make_dir("place");
    test_text("place/x.csv.schema", "{}");
    expect_schema("place/x.csv", "place/x.csv.schema", true);
    expect_schema("place/x.csv.gz", "place/x.csv.schema", true);
    test_text("place/x.csv.gz.schema", "{}");
    expect_schema("place/x.csv.gz", "place/x.csv.gz.schema", true);
    expect_schema("place/y.csv.gz", "place/y.csv.gz.schema", false);
    expect_schema("place", "place/.schema", false);
    test_text("place/.schema", "{}");
    expect_schema("place", "place/.schema", true);
    expect_schema("place/", "place/.schema", true);
}

static void an_output_must_not_replace_the_data(void **state)
{
    (void)state;
    make_dir("own");
    test_text("own/a.csv", "a,b\n1,2\n");
    assert_true(ml_parts_hold(test_path("own"), test_path("own/a.csv")));
    assert_true(ml_parts_hold(test_path("own/a.csv"), test_path("own/a.csv")));
    assert_false(ml_parts_hold(test_path("own"), test_path("own/b.csv")));
    assert_false(ml_parts_hold(test_path("own"), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packed_file_reads_like_a_plain_one),
        cmocka_unit_test(a_packed_pipe_reads_like_a_file),
        cmocka_unit_test(damaged_packed_files_are_refused_by_name),
        cmocka_unit_test(plain_sources_do_not_unpack),
        cmocka_unit_test(millions_of_packed_empty_lines_take_little_memory),
        cmocka_unit_test(a_directory_is_its_files_in_order),
        cmocka_unit_test(the_digest_of_a_directory_is_what_sha256sum_gives),
        cmocka_unit_test(headers_must_agree),
        cmocka_unit_test(directories_that_are_no_data_are_refused),
        cmocka_unit_test(rows_are_lost_nowhere_between_many_files),
        cmocka_unit_test(the_schema_lies_beside_the_data),
        cmocka_unit_test(an_output_must_not_replace_the_data),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

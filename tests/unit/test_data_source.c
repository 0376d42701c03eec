#include "../lib/testing.h"

#include "base/json.h"
#include "data/fields.h"
#include "data/table.h"

/* One line a record: row, line, status, bytes. */
static struct ml_strbuf transcript(const char *path, bool header)
{
    struct ml_strbuf out = {0};
    struct ml_error err;
    struct ml_source *s = NULL;
    must(ml_source_open(&s, path, NULL, ',', true, &err));
    if (header) {
        const char *text;
        size_t n;
        if (ml_source_peek(s, &text, &n, &err)) {
            ml_strbuf_adds(&out, "header ");
            ml_strbuf_add(&out, text, n);
            ml_source_skip_header(s);
        } else {
            const char *colon = strchr(err.msg, ':');
            ml_strbuf_adds(&out, colon != NULL ? colon : err.msg);
        }
        ml_strbuf_addc(&out, '\n');
    }
    struct ml_block block = {0};
    for (;;) {
        must(ml_source_next(s, &block, &err));
        if (block.n_spans == 0)
            break;
        for (size_t i = 0; i < block.n_spans; i++) {
            const struct ml_span *span = &block.spans[i];
            ml_strbuf_addf(&out, "%zu@%zu %d ", block.first_row + i, ml_block_line(&block, i),
                           (int)span->status);
            if (span->length > 0)
                ml_strbuf_add(&out, block.text.bytes + span->offset, span->length);
            ml_strbuf_addc(&out, '\n');
        }
    }
    char hex[ML_DIGEST_HEX];
    ml_source_digest(s, hex);
    ml_strbuf_addf(&out, "end %s %zu %zu", hex, ml_source_rows(s), (size_t)ml_source_bytes(s));
    ml_block_release(&block);
    ml_source_close(s);
    return out;
}

static void assert_same(const struct ml_strbuf *a, const struct ml_strbuf *b, const char *what)
{
    size_t n = a->length < b->length ? a->length : b->length;
    size_t at = 0;
    while (at < n && a->bytes[at] == b->bytes[at])
        at++;
    if (at < n || a->length != b->length)
        fail_msg("%s: transcripts differ at byte %zu of %zu and %zu: '%.40s' '%.40s'", what, at,
                 a->length, b->length, a->bytes + at, b->bytes + at);
}

static void assert_fed_alike(const char *bytes, size_t n, uint64_t seed)
{
    bool header = seed % 2 == 0;
    const char *path = test_write("fed.csv", bytes, n);
    struct ml_strbuf want = transcript(path, header);
    static const size_t pieces[] = {1, 7, 1000, 70000};
    for (size_t i = n > 3000 ? 2 : 0; i < 4; i++) {
        struct test_pipe p;
        struct ml_strbuf got =
            transcript(test_pipe_start(&p, bytes, n, seed + i, pieces[i]), header);
        test_pipe_end(&p);
        char what[64];
        snprintf(what, sizeof(what), "seed %d, pieces of %zu", (int)seed, pieces[i]);
        assert_same(&want, &got, what);
        ml_strbuf_release(&got);
    }
    ml_strbuf_release(&want);
}

static void add_junk(struct ml_strbuf *b, struct ml_rng *rng, bool lone_cr)
{
    static const char *const bits[] = {"a",    "bc",    ",", ",",  "\"",
                                       "\"\"", "\",\"", " ", "\\", "\xc3\xa4"};
    size_t kind = ml_rng_below(rng, 16);
    if (kind < 10)
        ml_strbuf_adds(b, bits[kind]);
    else if (kind < 13 && !lone_cr)
        ml_strbuf_adds(b, ml_rng_below(rng, 2) ? "\n" : "\r\n");
    else if (kind < 13)
        ml_strbuf_adds(b, "\r");
    else if (kind == 13)
        ml_strbuf_adds(b, ",\"x\ny\r\n\",");
    else if (kind == 14)
        ml_strbuf_adds(b, lone_cr ? "\n" : "\r");
}

static void short_junk_gives_the_same_records_however_it_is_fed(void **state)
{
    (void)state;
    struct ml_rng rng;
    for (uint64_t seed = 0; seed < 150; seed++) {
        ml_rng_init(&rng, seed);
        struct ml_strbuf b = {0};
        ml_strbuf_adds(&b, seed % 5 == 0 ? "a,b\r" : seed % 5 == 1 ? "\xef\xbb\xbf" : "");
        for (size_t k = 1 + ml_rng_below(&rng, 150); k > 0; k--)
            add_junk(&b, &rng, seed % 5 == 0);
        if (b.length == 0)
            ml_strbuf_addc(&b, 'x');
        assert_fed_alike(b.bytes, b.length, seed);
        ml_strbuf_release(&b);
    }
}

static void long_records_give_the_same_records_however_they_are_fed(void **state)
{
    (void)state;
    struct ml_rng rng;
    static char run[ML_MAX_RECORD_BYTES + 8];
    memset(run, 'r', sizeof(run));
    for (uint64_t seed = 0; seed < 40; seed++) {
        ml_rng_init(&rng, 1000 + seed);
        struct ml_strbuf b = {0};
        ml_strbuf_adds(&b, "h,i\n");
        for (size_t k = 4 + ml_rng_below(&rng, 12); k > 0; k--) {
            switch (ml_rng_below(&rng, 6)) {
            case 0:
                ml_strbuf_add(&b, run, ML_MAX_RECORD_BYTES - 4 + ml_rng_below(&rng, 8));
                break;
            case 1:
                ml_strbuf_addc(&b, '"');
                ml_strbuf_add(&b, run, ML_MAX_RECORD_BYTES - 6 + ml_rng_below(&rng, 10));
                ml_strbuf_adds(&b, "\"");
                break;
            case 2:
                ml_strbuf_adds(&b, "\n\"");
                for (size_t i = ml_rng_below(&rng, 60000); i > 0; i--)
                    ml_strbuf_adds(&b, "q\n");
                break;
            default:
                for (size_t i = 0; i < 20000; i++)
                    ml_strbuf_adds(&b, "1,2\n");
                break;
            }
            for (size_t i = ml_rng_below(&rng, 6); i > 0; i--)
                add_junk(&b, &rng, false);
        }
        assert_fed_alike(b.bytes, b.length, seed);
        ml_strbuf_release(&b);
    }
}

/* Records that are known beforehand must come out with their numbers, lines and fields. */
static void valid_text_gives_its_records_lines_and_fields(void **state)
{
    (void)state;
    struct ml_rng rng;
    struct ml_splitter *splitter = ml_splitter_new(',');
    for (uint64_t seed = 0; seed < 200; seed++) {
        enum { ROWS = 60, FIELDS = 3 };
        static char cells[ROWS][FIELDS][16];
        size_t lines[ROWS];
        ml_rng_init(&rng, seed);
        struct ml_strbuf b = {0};
        const char *end = seed % 3 == 0 ? "\r\n" : seed % 3 == 1 ? "\n" : "\r";
        size_t line = 1;
        for (size_t i = 0; i < ROWS; i++) {
            lines[i] = line++;
            for (size_t f = 0; f < FIELDS; f++) {
                size_t n = (i == 0 ? 1 : 0) + ml_rng_below(&rng, 6);
                char *cell = cells[i][f];
                for (size_t k = 0; k < n; k++)
                    cell[k] = i == 0 ? 'h' : "ab \t,\"\n\r"[ml_rng_below(&rng, 8)];
                cell[n] = '\0';
                ml_strbuf_adds(&b, f > 0 ? "," : "");
                bool quote = strpbrk(cell, ",\"\r\n") != NULL || ml_rng_below(&rng, 4) == 0;
                ml_strbuf_adds(&b, quote ? "\"" : "");
                for (const char *c = cell; *c != '\0'; c++) {
                    line += *c == (seed % 3 == 2 ? '\r' : '\n');
                    ml_strbuf_adds(&b, *c == '"' ? "\"" : "");
                    ml_strbuf_addc(&b, *c);
                }
                ml_strbuf_adds(&b, quote ? "\"" : "");
            }
            ml_strbuf_adds(&b, i + 1 < ROWS || seed % 2 == 0 ? end : "");
        }
        struct ml_source *s = NULL;
        struct ml_error err;
        must(
            ml_source_open(&s, test_write("valid.csv", b.bytes, b.length), NULL, ',', false, &err));
        struct ml_block block = {0};
        size_t row = 0;
        for (;;) {
            must(ml_source_next(s, &block, &err));
            if (block.n_spans == 0)
                break;
            for (size_t i = 0; i < block.n_spans; i++, row++) {
                assert_true(row < ROWS);
                assert_int_equal(block.first_row + i, row);
                assert_int_equal(ml_block_line(&block, i), lines[row]);
                assert_int_equal(block.spans[i].status, ML_FRAME_RECORD);
                const struct ml_field *fields;
                size_t n;
                must(ml_splitter_split(splitter, block.text.bytes + block.spans[i].offset,
                                       block.spans[i].length, &fields, &n, &err));
                assert_int_equal(n, FIELDS);
                for (size_t f = 0; f < FIELDS; f++)
                    assert_string_equal(fields[f].s, cells[row][f]);
            }
        }
        assert_int_equal(row, ROWS);
        ml_block_release(&block);
        ml_source_close(s);
        ml_strbuf_release(&b);
    }
    ml_splitter_free(splitter);
}

static void assert_transcript(const char *text, bool header, const char *want)
{
    struct ml_strbuf got = transcript(test_text("t.csv", text), header);
    char *end = strstr(got.bytes, "end ");
    assert_non_null(end);
    *end = '\0';
    assert_string_equal(got.bytes, want);
    ml_strbuf_release(&got);
}

static void blank_lines_are_rows_in_the_middle_and_not_at_the_end(void **state)
{
    (void)state;
    assert_transcript("h\na\n\n\nb\n\n\n", true, "header h\n0@2 0 a\n1@3 0 \n2@4 0 \n3@5 0 b\n");
    assert_transcript("h\r\na\r\n\r\nb\r\n\r\n", true, "header h\n0@2 0 a\n1@3 0 \n2@4 0 b\n");
    assert_transcript("h\n\na", true, "header h\n0@2 0 \n1@3 0 a\n");
    assert_transcript("h\n\n\n", true, "header h\n");
    assert_transcript("h\n", true, "header h\n");
    assert_transcript("h", true, "header h\n");
    assert_transcript("h\na\n\"\"\n", true, "header h\n0@2 0 a\n1@3 0 \"\"\n");
}

static void lone_carriage_returns_end_lines_when_the_first_does(void **state)
{
    (void)state;
    assert_transcript("h,i\r1,2\r\"a\rb\",4\r5,6", true,
                      "header h,i\n0@2 0 1,2\n1@3 0 \"a\rb\",4\n2@5 0 5,6\n");
    assert_transcript("h,i\n1,2\r3,4\n", true, "header h,i\n0@2 0 1,2\r3,4\n");
    assert_transcript("h,i\r1\n2,3\r", true, "header h,i\n0@2 0 1\n2,3\n");
    assert_transcript("h,i\r\r1,2\r\r", true, "header h,i\n0@2 0 \n1@3 0 1,2\n");
}

/* What ends the first line is its first line end outside quotes, however little is there at first.
 */
static void line_ends_inside_quotes_do_not_decide(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\"h\ni\",j\r1,2\r3,4\r",        "\"h\ri\",j\n1,2\n3,4\n",
        "\"h\r\ni\",j\r1,2\r3,4\r",      "\"h\"\"\ni\",j\r1,2\r3,4\r",
        "h\"i,j\n1,\"2\r3\"\n",          "h\"i,j\r1,\"2\n3\"\r",
        "\xef\xbb\xbf\"h\ni\",j\r1,2\r", "\"h\",\"i\nj\"\r\"1\",2\r",
        "h\"\"i,j\n1,2\r\n3\r4,5\r",     "h\"i\n1\"2\r3\r4\r",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_fed_alike(texts[i], strlen(texts[i]), 2 * i);
        assert_fed_alike(texts[i], strlen(texts[i]), 2 * i + 1);
    }
    assert_transcript(texts[0], true, "header \"h\ni\",j\n0@2 0 1,2\n1@3 0 3,4\n");
    assert_transcript(texts[1], true, "header \"h\ri\",j\n0@2 0 1,2\n1@3 0 3,4\n");
    assert_transcript(texts[3], true, "header \"h\"\"\ni\",j\n0@2 0 1,2\n1@3 0 3,4\n");
    assert_transcript(texts[4], true, "header h\"i,j\n0@2 0 1,\"2\r3\"\n");
    assert_transcript(texts[5], true, "header h\"i,j\n0@2 0 1,\"2\n3\"\n");
    assert_transcript(texts[9], true, "header h\"i\n0@2 0 1\"2\r3\r4\n");
}

static void a_byte_order_mark_is_skipped(void **state)
{
    (void)state;
    assert_transcript("\xef\xbb\xbfh,i\n1,2\n", true, "header h,i\n0@2 0 1,2\n");
    assert_transcript("\xef\xbb\xbf\"h\",i\n1,2\n", true, "header \"h\",i\n0@2 0 1,2\n");
    assert_transcript("h\n\xef\xbb\xbf"
                      "1\n",
                      true,
                      "header h\n0@2 0 \xef\xbb\xbf"
                      "1\n");
}

static void utf_16_is_refused(void **state)
{
    (void)state;
    static const char *const marks[] = {"\xff\xfe"
                                        "a\0\n\0",
                                        "\xfe\xff\0a\0\n"};
    for (size_t i = 0; i < 2; i++) {
        struct ml_error err = {0};
        struct ml_source *s = NULL;
        assert_false(ml_source_open(&s, test_write("16.csv", marks[i], 6), NULL, ',', false, &err));
        assert_int_equal(err.code, ML_EINPUT);
        assert_contains(err.msg, "UTF-16");
        assert_null(s);
    }
}

static void an_empty_file_and_a_bad_first_line_are_said_so(void **state)
{
    (void)state;
    assert_transcript("", true, ": the file is empty\n");
    assert_transcript("\xef\xbb\xbf", true, ": the file is empty\n");
    assert_transcript("", false, "");
    assert_transcript("\"a,b\n1,2\n", true,
                      ":1: a quoted field without its closing quote\n0@1 3 \n1@2 0 1,2\n");
    struct ml_error err = {0};
    struct ml_source *s = NULL;
    const char *text;
    size_t n;
    must(ml_source_open(&s, test_write("nul.csv", "a,\0b\n", 5), NULL, ',', false, &err));
    assert_false(ml_source_peek(s, &text, &n, &err));
    assert_contains(err.msg, ":1: NUL byte");
    ml_source_close(s);
    assert_false(ml_source_open(&s, test_path("absent.csv"), NULL, ',', false, &err));
    assert_int_equal(err.code, ML_ENOTFOUND);
}

static void a_quote_left_open_spoils_one_line_only(void **state)
{
    (void)state;
    assert_transcript("h\n1,\"x\n2,y\n3,z\n", true, "header h\n0@2 3 \n1@3 0 2,y\n2@4 0 3,z\n");
}

static void one_hundred_kilobytes_are_a_record_and_one_byte_more_is_not(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "\r\n", ""};
    for (size_t e = 0; e < 3; e++) {
        for (size_t extra = 0; extra < 4; extra++) {
            struct ml_strbuf b = {0};
            ml_strbuf_adds(&b, "h\n");
            size_t n = ML_MAX_RECORD_BYTES - 1 + extra;
            memset(ml_strbuf_reserve(&b, n), 'x', n);
            b.length += n;
            ml_strbuf_adds(&b, ends[e]);
            ml_strbuf_adds(&b, e < 2 ? "y\n" : "");
            struct ml_source *s = NULL;
            struct ml_error err;
            must(ml_source_open(&s, test_write("long.csv", b.bytes, b.length), NULL, ',', false,
                                &err));
            struct ml_block block = {0};
            size_t seen = 0;
            for (;;) {
                must(ml_source_next(s, &block, &err));
                if (block.n_spans == 0)
                    break;
                for (size_t i = 0; i < block.n_spans; i++, seen++) {
                    bool fits = n <= ML_MAX_RECORD_BYTES;
                    assert_int_equal(ml_block_line(&block, i), seen + 1);
                    if (seen == 1)
                        assert_int_equal(block.spans[i].status,
                                         fits ? ML_FRAME_RECORD : ML_FRAME_TOO_LONG);
                    else
                        assert_int_equal(block.spans[i].status, ML_FRAME_RECORD);
                }
            }
            assert_int_equal(seen, e < 2 ? 3 : 2);
            ml_block_release(&block);
            ml_source_close(s);
            ml_strbuf_release(&b);
        }
    }
}

static void blanks_around_a_field_are_part_of_it_and_bare_quotes_are_characters(void **state)
{
    (void)state;
    struct ml_splitter *splitter = ml_splitter_new(',');
    const struct ml_field *f;
    size_t n;
    struct ml_error err = {0};
    must(ml_splitter_split(splitter, " a ,\" b \",\t", 11, &f, &n, &err));
    assert_int_equal(n, 3);
    assert_string_equal(f[0].s, " a ");
    assert_string_equal(f[1].s, " b ");
    assert_string_equal(f[2].s, "\t");
    must(ml_splitter_split(splitter, "", 0, &f, &n, &err));
    assert_int_equal(n, 1);
    assert_int_equal(f[0].n, 0);
    must(ml_splitter_split(splitter, ",,", 2, &f, &n, &err));
    assert_int_equal(n, 3);
    static const char untidy[] = "6\" pipe,\"a, \"\"b\"\"\" \t, \"c\",,\"\" ,\"";
    must(ml_splitter_split(splitter, untidy, sizeof(untidy) - 3, &f, &n, &err));
    assert_int_equal(n, 5);
    assert_string_equal(f[0].s, "6\" pipe");
    assert_string_equal(f[1].s, "a, \"b\"");
    assert_string_equal(f[2].s, " \"c\"");
    assert_string_equal(f[3].s, "");
    assert_string_equal(f[4].s, "");
    static const struct {
        const char *record;
        const char *message;
    } bad[] = {
        {"\"a\"b,c", "field 1: text behind"},      {"x,y\",\"a\" b", "field 3: text behind"},
        {"\"a\" \"b\",x", "field 1: text behind"}, {"6\"\rx,y", "field 1: text behind"},
        {"a,b\rc", "a carriage return"},           {"a,\"b", "without its closing quote"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (ml_splitter_split(splitter, bad[i].record, strlen(bad[i].record), &f, &n, &err))
            fail_msg("taken: %s", bad[i].record);
        assert_int_equal(err.code, ML_EINPUT);
        assert_contains(err.msg, bad[i].message);
        must(ml_splitter_split(splitter, "a,b", 3, &f, &n, &err));
        assert_int_equal(n, 2);
        assert_string_equal(f[1].s, "b");
    }
    ml_splitter_free(splitter);
}

/* Each record of the .csv must be the object of that place in the .json. */
static void assert_spectrum(const char *dir, const char *name)
{
    char path[1400];
    struct ml_error err;
    snprintf(path, sizeof(path), "%s/%s.json", dir, name);
    struct ml_strbuf text = test_read(path);
    struct ml_json *want = NULL;
    must(ml_json_parse(&want, text.bytes, text.length, name, &err));
    ml_strbuf_release(&text);
    snprintf(path, sizeof(path), "%s/%s.csv", dir, name);
    struct ml_source *s = NULL;
    must(ml_source_open(&s, path, NULL, ',', false, &err));
    const char *header;
    size_t n;
    must(ml_source_peek(s, &header, &n, &err));
    struct ml_splitter *names = ml_splitter_new(',');
    struct ml_splitter *splitter = ml_splitter_new(',');
    const struct ml_field *keys;
    size_t n_keys;
    must(ml_splitter_split(names, header, n, &keys, &n_keys, &err));
    ml_source_skip_header(s);
    struct ml_block block = {0};
    const struct ml_json *object = ml_json_first(want);
    for (;;) {
        must(ml_source_next(s, &block, &err));
        if (block.n_spans == 0)
            break;
        for (size_t i = 0; i < block.n_spans; i++, object = ml_json_next(object)) {
            const struct ml_field *f;
            assert_non_null(object);
            must(ml_splitter_split(splitter, block.text.bytes + block.spans[i].offset,
                                   block.spans[i].length, &f, &n, &err));
            assert_int_equal(n, n_keys);
            for (size_t k = 0; k < n; k++) {
                const char *cell = ml_json_string(ml_json_get(object, keys[k].s));
                assert_non_null(cell);
                assert_string_equal(f[k].s, cell);
            }
        }
    }
    assert_null(object);
    ml_splitter_free(names);
    ml_splitter_free(splitter);
    ml_block_release(&block);
    ml_source_close(s);
    ml_json_free(want);
}

static void csv_spectrum_reads_as_its_json_says(void **state)
{
    (void)state;
    const char *shared = test_shared("corpora/csv/csv-spectrum");
    if (shared == NULL)
        skip();
    char dir[1024];
    snprintf(dir, sizeof(dir), "%s", shared);
    /* The expected values of location_coordinates have another telephone number than its CSV. */
    static const char *const names[] = {
        "comma_in_quotes",
        "empty",
        "empty_crlf",
        "escaped_quotes",
        "json",
        "newlines",
        "newlines_crlf",
        "quotes_and_newlines",
        "simple",
        "simple_crlf",
        "utf8",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_spectrum(dir, names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_junk_gives_the_same_records_however_it_is_fed),
        cmocka_unit_test(long_records_give_the_same_records_however_they_are_fed),
        cmocka_unit_test(valid_text_gives_its_records_lines_and_fields),
        cmocka_unit_test(blank_lines_are_rows_in_the_middle_and_not_at_the_end),
        cmocka_unit_test(lone_carriage_returns_end_lines_when_the_first_does),
        cmocka_unit_test(line_ends_inside_quotes_do_not_decide),
        cmocka_unit_test(a_byte_order_mark_is_skipped),
        cmocka_unit_test(utf_16_is_refused),
        cmocka_unit_test(an_empty_file_and_a_bad_first_line_are_said_so),
        cmocka_unit_test(a_quote_left_open_spoils_one_line_only),
        cmocka_unit_test(one_hundred_kilobytes_are_a_record_and_one_byte_more_is_not),
        cmocka_unit_test(blanks_around_a_field_are_part_of_it_and_bare_quotes_are_characters),
        cmocka_unit_test(csv_spectrum_reads_as_its_json_says),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

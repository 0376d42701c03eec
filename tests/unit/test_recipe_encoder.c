#include "../lib/testing.h"

#include <math.h>

#include "recipe/encoder.h"

static const char schema_json[] =
    "{\"targetAttributeName\":\"y\",\"dataFileContainsHeader\":true,\"attributes\":["
    "{\"attributeName\":\"n\",\"attributeType\":\"NUMERIC\"},"
    "{\"attributeName\":\"b\",\"attributeType\":\"BINARY\"},"
    "{\"attributeName\":\"c\",\"attributeType\":\"CATEGORICAL\"},"
    "{\"attributeName\":\"t\",\"attributeType\":\"TEXT\"},"
    "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"}]}";

/* A data set, the schema and the recipe that encoders borrow, and all its rows. */
struct sample {
    struct ml_schema *schema;
    struct ml_recipe *recipe;
    struct ml_dataset data;
    size_t *rows;
    size_t n;
};

static struct ml_recipe *parse(const char *json, const struct ml_schema *schema)
{
    struct ml_recipe *recipe = NULL;
    struct ml_error err;
    must(ml_recipe_parse(&recipe, json, strlen(json), schema, "recipe", &err));
    return recipe;
}

static struct ml_recipe *plain(const struct ml_schema *schema)
{
    struct ml_strbuf json = {0};
    ml_recipe_plain(schema, 10, &json);
    struct ml_recipe *recipe = parse(json.bytes, schema);
    ml_strbuf_release(&json);
    return recipe;
}

static struct sample load(const char *schema, const char *csv)
{
    struct sample s = {.schema = test_schema(schema)};
    s.recipe = plain(s.schema);
    struct ml_csv_options options = ML_CSV_OPTIONS_INIT;
    struct ml_error err;
    must(ml_dataset_load(&s.data, test_text("e.csv", csv), s.schema, &options, &test_quiet, &err));
    s.n = s.data.n_rows;
    s.rows = calloc(s.n, sizeof(*s.rows));
    assert_non_null(s.rows);
    for (size_t i = 0; i < s.n; i++)
        s.rows[i] = i;
    return s;
}

static void release(struct sample *s)
{
    ml_dataset_release(&s->data);
    ml_recipe_free(s->recipe);
    ml_schema_free(s->schema);
    free(s->rows);
}

static struct ml_encoder *fit(const struct sample *s, size_t n)
{
    struct ml_encoder *e = NULL;
    struct ml_error err;
    must(ml_encoder_fit(&e, s->recipe, &s->data, s->rows, n, &err));
    return e;
}

static char *saved(const struct ml_encoder *e)
{
    struct ml_strbuf buf = {0};
    ml_encoder_save(e, &buf);
    return ml_strbuf_take(&buf);
}

static struct ml_encoder *reload(const char *json, const struct sample *s)
{
    struct ml_json *d = NULL;
    struct ml_encoder *e = NULL;
    struct ml_error err;
    must(ml_json_parse(&d, json, strlen(json), "encoder", &err));
    must(ml_encoder_load(&e, s->recipe, s->schema, d, "encoder", &err));
    ml_json_free(d);
    return e;
}

/* A column schema of one input `x` of that type and a target. */
static struct sample one_column(const char *type, const char *cells)
{
    char json[400];
    snprintf(json, sizeof(json),
             "{\"targetAttributeName\":\"y\",\"attributes\":["
             "{\"attributeName\":\"x\",\"attributeType\":\"%s\"},"
             "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"}]}",
             type);
    return load(json, cells);
}

static void add_row(struct ml_strbuf *b, struct ml_rng *rng)
{
    static const char *const levels[] = {"red",     "green",    "blue", "",
                                         "\"a,b\"", "\xff\xfe", "nan",  "\"\"\"q\"\"\""};
    static const char *const words[] = {"alpha",    "beta", "gamma",      "delta",
                                        "\xc3\xa4", "\xff", "alpha alpha"};
    size_t kind = ml_rng_below(rng, 10);
    if (kind < 8)
        ml_strbuf_addf(b, "%d.%d", (int)ml_rng_below(rng, 40) - 20, (int)ml_rng_below(rng, 3));
    else if (kind == 8)
        ml_strbuf_adds(b, ml_rng_below(rng, 2) ? "-0" : "0");
    ml_strbuf_adds(b, ml_rng_below(rng, 5) == 0 ? "," : ml_rng_below(rng, 2) ? ",1" : ",no");
    ml_strbuf_addc(b, ',');
    if (ml_rng_below(rng, 10) == 0)
        ml_strbuf_addf(b, "rare%d", (int)ml_rng_below(rng, 1000000));
    else
        ml_strbuf_adds(b, levels[ml_rng_below(rng, 8)]);
    ml_strbuf_addc(b, ',');
    for (size_t k = ml_rng_below(rng, 6); k > 0; k--)
        ml_strbuf_addf(b, "%s ", words[ml_rng_below(rng, 7)]);
    ml_strbuf_adds(b, ml_rng_below(rng, 2) ? ",1\n" : ",0\n");
}

/* n random rows, in another order for each seed of `order`. */
static char *mixed(size_t n, uint64_t seed, uint64_t order)
{
    struct ml_rng rng;
    char **lines = calloc(n, sizeof(*lines));
    assert_non_null(lines);
    ml_rng_init(&rng, seed);
    for (size_t i = 0; i < n; i++) {
        struct ml_strbuf b = {0};
        add_row(&b, &rng);
        lines[i] = ml_strbuf_take(&b);
    }
    ml_rng_init(&rng, order);
    for (size_t i = n; order > 0 && i > 1; i--) {
        size_t k = ml_rng_below(&rng, i);
        char *swap = lines[k];
        lines[k] = lines[i - 1];
        lines[i - 1] = swap;
    }
    struct ml_strbuf all = {0};
    ml_strbuf_adds(&all, "n,b,c,t,y\n");
    for (size_t i = 0; i < n; i++) {
        ml_strbuf_adds(&all, lines[i]);
        free(lines[i]);
    }
    free(lines);
    return ml_strbuf_take(&all);
}

static void the_order_of_the_rows_does_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 6; seed++) {
        char *want = NULL;
        for (uint64_t order = 0; order < 5; order++) {
            char *csv = mixed(seed == 1 ? 20 : 600, seed, order);
            struct sample s = load(schema_json, csv);
            struct ml_encoder *e = fit(&s, s.n);
            char *json = saved(e);
            if (want != NULL)
                assert_string_equal(json, want);
            free(want);
            want = json;
            ml_encoder_free(e);
            release(&s);
            free(csv);
        }
        free(want);
    }
}

static void saving_and_loading_keeps_every_encoding(void **state)
{
    (void)state;
    char *csv = mixed(800, 9, 0);
    struct sample s = load(schema_json, csv);
    struct ml_encoder *e = fit(&s, 500);
    char *json = saved(e);
    struct ml_encoder *copy = reload(json, &s);
    char *again = saved(copy);
    assert_string_equal(json, again);
    assert_int_equal(ml_encoder_n_features(e), ml_encoder_n_features(copy));
    struct ml_csr a;
    struct ml_csr b;
    ml_encoder_apply_dataset(e, &s.data, s.rows, s.n, &a);
    ml_encoder_apply_dataset(copy, &s.data, s.rows, s.n, &b);
    assert_int_equal(a.n_rows, s.n);
    assert_memory_equal(a.start, b.start, (s.n + 1) * sizeof(*a.start));
    assert_memory_equal(a.index, b.index, a.start[s.n] * sizeof(*a.index));
    assert_memory_equal(a.value, b.value, a.start[s.n] * sizeof(*a.value));
    for (size_t i = 0; i < a.n_rows; i++)
        for (size_t k = a.start[i]; k < a.start[i + 1]; k++) {
            assert_true(a.index[k] < a.n_columns);
            assert_true(k == a.start[i] || a.index[k - 1] < a.index[k]);
            assert_true(isfinite(a.value[k]) && a.value[k] != 0.0);
        }
    ml_csr_release(&a);
    ml_csr_release(&b);
    ml_encoder_free(e);
    ml_encoder_free(copy);
    free(json);
    free(again);
    release(&s);
    free(csv);
}

static void rows_held_out_do_not_reach_it(void **state)
{
    (void)state;
    char *csv = mixed(300, 11, 0);
    struct sample s = load(schema_json, csv);
    struct ml_encoder *e = fit(&s, 200);
    char *want = saved(e);
    ml_encoder_free(e);
    release(&s);
    char *line = csv;
    for (int i = 0; i < 201; i++)
        line = strchr(line, '\n') + 1;
    *line = '\0';
    struct ml_strbuf changed = {0};
    ml_strbuf_adds(&changed, csv);
    for (int i = 0; i < 100; i++)
        ml_strbuf_addf(&changed, "%d,,held out,held out words,1\n", 100000 + i);
    s = load(schema_json, changed.bytes);
    assert_int_equal(s.n, 300);
    e = fit(&s, 200);
    char *got = saved(e);
    assert_string_equal(got, want);
    ml_encoder_free(e);
    release(&s);
    ml_strbuf_release(&changed);
    free(got);
    free(want);
    free(csv);
}

/* The features of one cell of the first column, from its text. */
static struct ml_sparse encode(const struct ml_encoder *e, const char *cell)
{
    struct ml_value values[2] = {0};
    struct ml_sparse row = {0};
    assert_int_not_equal(ml_encoder_read(e, 0, cell, strlen(cell), &values[0]), ML_CELL_INVALID);
    struct ml_encoder_work *work = ml_encoder_work_new(e);
    ml_encoder_apply(e, work, values, &row);
    ml_encoder_work_free(work);
    return row;
}

static void assert_features(const struct ml_encoder *e, const char *cell, const char *want)
{
    struct ml_sparse row = encode(e, cell);
    struct ml_strbuf got = {0};
    for (size_t i = 0; i < row.n; i++) {
        ml_strbuf_adds(&got, i > 0 ? "; " : "");
        ml_encoder_describe(e, row.index[i], &got);
    }
    assert_string_equal(got.bytes != NULL ? got.bytes : "", want);
    ml_strbuf_release(&got);
    ml_sparse_release(&row);
}

static void equal_values_share_a_bin(void **state)
{
    (void)state;
    struct ml_strbuf b = {0};
    for (int i = 0; i < 500; i++)
        ml_strbuf_addf(&b, "%d,%d\n", i < 400 ? 5 : i % 4, i % 2);
    struct sample s = one_column("NUMERIC", b.bytes);
    struct ml_encoder *e = fit(&s, s.n);
    char *json = saved(e);
    assert_contains(json, "\"node\":\"quantile_bin(x,10)\"");
    static const char *const values[] = {"-1", "0", "1", "2", "3", "4", "5", "6"};
    size_t last = 0;
    for (size_t i = 0; i < 8; i++) {
        struct ml_sparse row = encode(e, values[i]);
        assert_true(row.n == 2 && row.index[1] >= last);
        assert_true(row.value[1] == 1.0);
        last = row.index[1];
        ml_sparse_release(&row);
    }
    free(json);
    ml_encoder_free(e);
    release(&s);
    ml_strbuf_release(&b);
}

static void a_number_is_its_z_score_and_its_bin(void **state)
{
    (void)state;
    struct ml_strbuf b = {0};
    for (int i = 1; i <= 100; i++)
        ml_strbuf_addf(&b, "%d,%d\n", i, i % 2);
    struct sample s = one_column("NUMERIC", b.bytes);
    struct ml_encoder *e = fit(&s, s.n);
    assert_int_equal(ml_encoder_n_features(e), 1 + 10 + 1);
    struct ml_sparse row = encode(e, "25");
    assert_int_equal(row.n, 2);
    assert_true(fabs(row.value[0] - (25 - 50.5) / sqrt(9999.0 / 12)) < 1e-12);
    ml_sparse_release(&row);
    assert_features(e, "25", "x z-score; x in (20, 30]");
    assert_features(e, "10", "x z-score; x in (-inf, 10]");
    assert_features(e, "10.0001", "x z-score; x in (10, 20]");
    assert_features(e, "1e300", "x z-score; x in (90, inf)");
    assert_features(e, "-1e300", "x z-score; x in (-inf, 10]");
    assert_features(e, "50.5", "x in (50, 60]");
    assert_features(e, "", "x missing");
    assert_features(e, "nan", "x missing");
    row = encode(e, "1e308");
    assert_true(isfinite(row.value[0]));
    ml_sparse_release(&row);
    ml_encoder_free(e);
    release(&s);
    ml_strbuf_release(&b);
}

static void a_missing_cell_is_a_feature_of_its_own(void **state)
{
    (void)state;
    struct sample s = one_column("NUMERIC", "7,1\n,0\n7,1\n,0\n");
    struct ml_encoder *e = fit(&s, s.n);
    struct ml_sparse there = encode(e, "7");
    struct ml_sparse missing = encode(e, "");
    assert_int_equal(there.n, 1);
    assert_int_equal(missing.n, 1);
    assert_int_not_equal(there.index[0], missing.index[0]);
    ml_sparse_release(&there);
    ml_sparse_release(&missing);
    ml_encoder_free(e);
    release(&s);
    s = one_column("BINARY", "1,1\n,0\n0,1\n");
    e = fit(&s, s.n);
    assert_features(e, "yes", "x = 1");
    assert_features(e, "0", "");
    assert_features(e, "", "x missing");
    ml_encoder_free(e);
    release(&s);
}

static void rare_and_unseen_levels_share_a_slot(void **state)
{
    (void)state;
    struct sample s =
        one_column("CATEGORICAL", "red,1\nred,0\nblue,1\nblue,0\nonce,1\n,0\n,1\nalso once,0\n");
    struct ml_encoder *e = fit(&s, s.n);
    assert_int_equal(ml_encoder_n_features(e), 4);
    assert_features(e, "red", "x = red");
    assert_features(e, "blue", "x = blue");
    assert_features(e, "", "x = ");
    assert_features(e, "once", "x unseen");
    assert_features(e, "never", "x unseen");
    assert_features(e, "Red", "x unseen");
    char *json = saved(e);
    assert_contains(json, "\"counts\":[2,2,2,2]");
    free(json);
    ml_encoder_free(e);
    release(&s);
}

static void a_word_counts_once_and_needs_two_rows(void **state)
{
    (void)state;
    struct sample s = one_column("TEXT", "a b b,1\nb  c c,0\n a\td,1\n,0\n");
    struct ml_encoder *e = fit(&s, s.n);
    assert_int_equal(ml_encoder_n_features(e), 2);
    assert_features(e, "b a b a zzz c", "x has a; x has b");
    assert_features(e, "c d", "");
    assert_features(e, "", "");
    ml_encoder_free(e);
    release(&s);
}

static void assert_nothing_to_learn(const char *type, const char *cells)
{
    struct sample s = one_column(type, cells);
    struct ml_encoder *e = NULL;
    struct ml_error err = {0};
    if (ml_encoder_fit(&e, s.recipe, &s.data, s.rows, s.n, &err))
        fail_msg("%s %s: %zu features", type, cells, ml_encoder_n_features(e));
    assert_int_equal(err.code, ML_EINPUT);
    assert_contains(err.msg, "no input column varies");
    assert_null(e);
    release(&s);
}

static void a_constant_number_is_dropped(void **state)
{
    (void)state;
    assert_nothing_to_learn("NUMERIC", "7,1\n7,0\n7.0,1\n");
    assert_nothing_to_learn("NUMERIC", "1e300,1\n1e300,0\n");
}

static void a_constant_level_is_dropped(void **state)
{
    (void)state;
    assert_nothing_to_learn("CATEGORICAL", "a,1\na,0\na,1\n");
}

static void a_constant_yes_is_dropped(void **state)
{
    (void)state;
    assert_nothing_to_learn("BINARY", "1,1\nyes,0\nT,1\n");
    assert_nothing_to_learn("BINARY", ",1\n,0\n,1\n");
}

static void a_word_of_every_row_is_dropped(void **state)
{
    (void)state;
    assert_nothing_to_learn("TEXT", "same,1\nsame,0\n same same,1\n");
}

static void a_column_of_nothing_is_dropped(void **state)
{
    (void)state;
    assert_nothing_to_learn("TEXT", ",1\n ,0\n");
    assert_nothing_to_learn("CATEGORICAL", "a,1\nb,0\nc,1\n");
    assert_nothing_to_learn("NUMERIC", ",1\n,0\n");
}

static void values_too_close_or_too_far_apart_do_no_harm(void **state)
{
    (void)state;
    static const char *const cells[] = {
        "5e-324,1\n0,0\n1,1\n",        "1e308,1\n-1e308,0\n1,1\n",
        "1e-320,1\n2e-320,0\n",        "1.7976931348623157e308,1\n-1.7976931348623157e308,0\n",
        "1,1\n1.0000000000000002,0\n",
    };
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        struct sample s = one_column("NUMERIC", cells[i]);
        struct ml_encoder *e = fit(&s, s.n);
        struct ml_csr x;
        ml_encoder_apply_dataset(e, &s.data, s.rows, s.n, &x);
        for (size_t k = 0; k < x.start[x.n_rows]; k++)
            assert_true(isfinite(x.value[k]) && x.value[k] != 0.0);
        char *json = saved(e);
        struct ml_encoder *copy = reload(json, &s);
        ml_encoder_free(copy);
        free(json);
        ml_csr_release(&x);
        ml_encoder_free(e);
        release(&s);
    }
}

/* A piece of a sound encoder, and what takes its place. */
struct damage {
    const char *piece;
    const char *other;
};

static char *replaced(const char *text, const struct damage *d)
{
    const char *at = strstr(text, d->piece);
    if (at == NULL)
        fail_msg("'%s' is not in %s", d->piece, text);
    struct ml_strbuf b = {0};
    ml_strbuf_add(&b, text, (size_t)(at - text));
    ml_strbuf_adds(&b, d->other);
    ml_strbuf_adds(&b, at + strlen(d->piece));
    return ml_strbuf_take(&b);
}

static void assert_refused(const struct sample *s, const char *json)
{
    struct ml_json *d = NULL;
    struct ml_encoder *e = NULL;
    struct ml_error err = {0};
    must(ml_json_parse(&d, json, strlen(json), "encoder", &err));
    if (ml_encoder_load(&e, s->recipe, s->schema, d, "m", &err))
        fail_msg("taken: %s", json);
    assert_int_equal(err.code, ML_EINPUT);
    assert_string_equal(err.msg, "m: malformed encoder");
    ml_json_free(d);
}

static void a_malformed_encoder_is_refused(void **state)
{
    (void)state;
    static const struct damage damages[] = {
        {"\"n_features\":14", "\"n_features\":16"},
        {"\"outputs\":[2,3,1,4,1,3]", "\"outputs\":[2,3,1,4,1]"},
        {"\"outputs\":[2,3,1,4,1,3]", "\"outputs\":[2,3,1,4,1,4]"},
        {"\"outputs\":[2,3,1,4,1,3]", "\"outputs\":[0,0,0,0,0,0]"},
        {"\"mean\":2,", "\"mean\":null,"},
        {"\"deviation\":", "\"deviation\":-"},
        {"\"deviation\":", "\"deviatio\":"},
        {"\"counts\":[6,2]", "\"counts\":[6,2,0]"},
        {"\"edges\":[1,2]", "\"edges\":[2,1]"},
        {"\"edges\":[1,2]", "\"edges\":[1,1]"},
        {"\"edges\":[1,2]", "\"edges\":[1,2,3]"},
        {"\"edges\":[1,2]", "\"edges\":[1,\"2\"]"},
        {"\"counts\":[2,2,2,2]", "\"counts\":[1,1,1]"},
        {"\"names\":[\"a\",\"b\"]", "\"names\":[\"a\",\"a\"]"},
        {"\"names\":[\"a\",\"b\"]", "\"names\":[\"a\",\"b\",\"c\"]"},
        {"\"names\":[\"w\"]", "\"names\":[1]"},
        {"\"names\":[\"w\"]", "\"names\":{}"},
        {"\"counts\":[2,6,0]", "\"counts\":[2,6]"},
        {"\"codes\":[1,3,4]", "\"codes\":[1,4,3]"},
        {"\"codes\":[1,3,4]", "\"codes\":[1,3,3]"},
        {"\"codes\":[1,3,4]", "\"codes\":[1,3,9]"},
        {"\"codes\":[1,3,4]", "\"codes\":[1,3,-1]"},
        {"\"codes\":[1,3,4]", "\"codes\":[1,3,4.5]"},
        {"\"codes\":[1,3,4]", "\"codes\":[1,3]"},
        {"\"node\":\"n\"", "\"node\":\"b\""},
        {"\"node\":\"n\"", "\"node\":1"},
        {"\"nodes\":[", "\"nodes\":[{},"},
        {"\"nodes\":[", "\"other\":["},
        {"\"outputs\":", "\"other\":"},
    };
    struct sample s = load(schema_json, "n,b,c,t,y\n1,1,a,w,1\n2,1,b,w v,0\n3,1,a,,1\n,0,b,x w,0\n"
                                        "1,1,a,w,1\n2,1,b,,0\n3,1,a,,1\n,0,b,,0\n");
    ml_recipe_free(s.recipe);
    s.recipe = parse("{\"outputs\":[\"b\",\"c\",\"n\",\"quantile_bin(n,10)\",\"t\","
                     "\"cartesian(b,c)\"]}",
                     s.schema);
    struct ml_encoder *e = fit(&s, s.n);
    char *json = saved(e);
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        char *bad = replaced(json, &damages[i]);
        assert_refused(&s, bad);
        free(bad);
    }
    assert_refused(&s, "1");
    assert_refused(&s, "{}");
    free(json);
    ml_encoder_free(e);
    release(&s);
}

/* One cell at a time through ml_encoder_read gives what the whole data set gives. */
static void cells_and_data_sets_are_encoded_alike(void **state)
{
    (void)state;
    char *csv = mixed(200, 21, 0);
    struct sample s = load(schema_json, csv);
    struct ml_encoder *e = fit(&s, 100);
    struct ml_csr x;
    ml_encoder_apply_dataset(e, &s.data, s.rows, s.n, &x);
    struct ml_csv_options options = ML_CSV_OPTIONS_INIT;
    struct ml_table t;
    struct ml_error err;
    must(ml_table_open(&t, test_path("e.csv"), s.schema, &options, ML_MATCH_EXACT, false, &err));
    struct ml_splitter *splitter = ml_splitter_new(',');
    struct ml_block block = {0};
    struct ml_sparse row = {0};
    struct ml_encoder_work *work = ml_encoder_work_new(e);
    size_t at = 0;
    for (;;) {
        must(ml_source_next(t.source, &block, &err));
        if (block.n_spans == 0)
            break;
        for (size_t i = 0; i < block.n_spans; i++, at++) {
            const struct ml_field *fields;
            struct ml_value values[5] = {0};
            must(ml_table_split(&t, splitter, &block, i, &fields, &err));
            for (size_t c = 0; c < 4; c++)
                ml_encoder_read(e, c, fields[c].s, fields[c].n, &values[c]);
            ml_encoder_apply(e, work, values, &row);
            assert_int_equal(row.n, x.start[at + 1] - x.start[at]);
            assert_memory_equal(row.index, x.index + x.start[at], row.n * sizeof(*row.index));
            assert_memory_equal(row.value, x.value + x.start[at], row.n * sizeof(*row.value));
        }
    }
    assert_int_equal(at, s.n);
    ml_encoder_work_free(work);
    ml_sparse_release(&row);
    ml_block_release(&block);
    ml_splitter_free(splitter);
    ml_table_close(&t);
    ml_csr_release(&x);
    ml_encoder_free(e);
    release(&s);
    free(csv);
}

/* Fits outputs on rows of schema_json's columns. */
static struct sample with_recipe(const char *outputs, const char *rows)
{
    struct ml_strbuf text = {0};
    ml_strbuf_addf(&text, "n,b,c,t,y\n%s", rows);
    struct sample s = load(schema_json, text.bytes);
    ml_recipe_free(s.recipe);
    ml_strbuf_clear(&text);
    ml_strbuf_addf(&text, "{\"outputs\":[%s]}", outputs);
    s.recipe = parse(text.bytes, s.schema);
    ml_strbuf_release(&text);
    return s;
}

/* What the features of data set row i say, sorted as they stand. */
static void assert_row(const struct sample *s, const struct ml_encoder *e, size_t i,
                       const char *want)
{
    struct ml_csr x;
    struct ml_strbuf got = {0};
    ml_encoder_apply_dataset(e, &s->data, &i, 1, &x);
    for (size_t k = 0; k < x.start[1]; k++) {
        ml_strbuf_adds(&got, k > 0 ? "; " : "");
        ml_encoder_describe(e, x.index[k], &got);
    }
    assert_string_equal(got.bytes != NULL ? got.bytes : "", want);
    ml_strbuf_release(&got);
    ml_csr_release(&x);
}

static void cartesian_has_the_combinations_of_two_rows(void **state)
{
    (void)state;
    struct sample s = with_recipe("\"cartesian(b,c)\"", "1,1,a,,1\n1,1,a,,0\n1,0,a,,1\n1,0,b,,0\n"
                                                        "1,0,b,,1\n1,,a,,0\n1,,a,,0\n");
    struct ml_encoder *e = fit(&s, s.n);
    assert_int_equal(ml_encoder_n_features(e), 3);
    assert_row(&s, e, 0, "b = 1 x c = a");
    assert_row(&s, e, 2, ""); /* met once */
    assert_row(&s, e, 3, "b = 0 x c = b");
    assert_row(&s, e, 5, "b missing x c = a");
    size_t n;
    const size_t *columns = ml_encoder_columns(e, 0, &n);
    assert_int_equal(n, 2);
    assert_int_equal(columns[0], 1);
    assert_int_equal(columns[1], 2);
    ml_encoder_free(e);
    release(&s);
}

static void cartesian_of_texts_takes_every_pair(void **state)
{
    (void)state;
    static const char rows[] = "1,1,a,red wine red,1\n1,1,b,red wine,0\n1,1,a,wine,1\n"
                               "1,0,b,red,0\n1,1,a,,1\n";
    struct sample s = with_recipe("\"cartesian(c,t)\"", rows);
    struct ml_encoder *e = fit(&s, s.n);
    assert_row(&s, e, 0, "c = a x t has wine");
    assert_row(&s, e, 1, "c = b x t has red");
    assert_row(&s, e, 4, "");
    ml_encoder_free(e);
    release(&s);
    s = with_recipe("\"cartesian(t,ngram(t,2),b)\"", rows);
    e = fit(&s, s.n);
    assert_row(&s, e, 0,
               "t has red x t has red x b = 1; t has red x t has red wine x b = 1; "
               "t has red x t has wine x b = 1; t has wine x t has red x b = 1; "
               "t has wine x t has red wine x b = 1; t has wine x t has wine x b = 1");
    ml_encoder_free(e);
    release(&s);
}

static void bins_levels_and_numbers_cross(void **state)
{
    (void)state;
    struct ml_strbuf rows = {0};
    for (int i = 0; i < 40; i++)
        ml_strbuf_addf(&rows, "%d,%d,%s,,%d\n", i, i % 2, i % 3 ? "x" : "y", i % 2);
    struct sample s =
        with_recipe("\"n\",\"normalize(n)\",\"cartesian(quantile_bin(n,2),c,b)\"", rows.bytes);
    struct ml_encoder *e = fit(&s, s.n);
    assert_row(&s, e, 0, "n z-score; n in (-inf, 19] x c = y x b = 0");
    assert_row(&s, e, 39, "n z-score; n in (19, inf) x c = y x b = 1");
    assert_int_equal(ml_encoder_n_features(e), 1 + 8);
    char *json = saved(e);
    struct ml_encoder *copy = reload(json, &s);
    char *again = saved(copy);
    assert_string_equal(json, again);
    free(again);
    free(json);
    ml_encoder_free(copy);
    ml_encoder_free(e);
    release(&s);
    ml_strbuf_release(&rows);
}

static void text_goes_through_its_transformations(void **state)
{
    (void)state;
    static const char rows[] = "1,1,a,\"Red, wine\",1\n1,1,b,red Wine!,0\n1,1,a,blue,1\n";
    struct sample s = with_recipe("\"ngram(lowercase(no_punct(t)),2)\"", rows);
    struct ml_encoder *e = fit(&s, s.n);
    assert_row(&s, e, 0, "t has red; t has red wine; t has wine");
    assert_row(&s, e, 2, "");
    ml_encoder_free(e);
    release(&s);
}

static void a_missing_number_shows_once(void **state)
{
    (void)state;
    static const char rows[] = "1,1,a,,1\n2,1,a,,0\n,1,a,,1\n,1,a,,0\n";
    struct sample s = with_recipe("\"normalize(n)\"", rows);
    struct ml_encoder *e = fit(&s, s.n);
    assert_row(&s, e, 0, "n z-score");
    assert_row(&s, e, 2, "n missing");
    assert_int_equal(ml_encoder_n_features(e), 2);
    ml_encoder_free(e);
    release(&s);
    s = with_recipe("\"normalize(n)\",\"quantile_bin(n,2)\"", rows);
    e = fit(&s, s.n);
    assert_int_equal(ml_encoder_n_features(e), 1 + 3);
    assert_row(&s, e, 2, "n missing");
    ml_encoder_free(e);
    release(&s);
}

static void a_product_of_too_many_levels_is_refused(void **state)
{
    (void)state;
    struct ml_strbuf outputs = {0};
    ml_strbuf_adds(&outputs, "\"cartesian(c,b");
    for (int i = 2; i < 40; i++)
        ml_strbuf_addf(&outputs, ",quantile_bin(n,%d)", i);
    ml_strbuf_adds(&outputs, ")\"");
    struct sample s = with_recipe(outputs.bytes, "1,1,a,,1\n2,1,a,,0\n3,1,b,,1\n4,1,b,,0\n");
    struct ml_encoder *e = NULL;
    struct ml_error err = {0};
    assert_false(ml_encoder_fit(&e, s.recipe, &s.data, s.rows, s.n, &err));
    assert_int_equal(err.code, ML_ELIMIT);
    assert_contains(err.msg, "has too many combinations");
    release(&s);
    ml_strbuf_release(&outputs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_the_rows_does_not_matter),
        cmocka_unit_test(saving_and_loading_keeps_every_encoding),
        cmocka_unit_test(rows_held_out_do_not_reach_it),
        cmocka_unit_test(equal_values_share_a_bin),
        cmocka_unit_test(a_number_is_its_z_score_and_its_bin),
        cmocka_unit_test(a_missing_cell_is_a_feature_of_its_own),
        cmocka_unit_test(rare_and_unseen_levels_share_a_slot),
        cmocka_unit_test(a_word_counts_once_and_needs_two_rows),
        cmocka_unit_test(a_constant_number_is_dropped),
        cmocka_unit_test(a_constant_level_is_dropped),
        cmocka_unit_test(a_constant_yes_is_dropped),
        cmocka_unit_test(a_word_of_every_row_is_dropped),
        cmocka_unit_test(a_column_of_nothing_is_dropped),
        cmocka_unit_test(values_too_close_or_too_far_apart_do_no_harm),
        cmocka_unit_test(a_malformed_encoder_is_refused),
        cmocka_unit_test(cells_and_data_sets_are_encoded_alike),
        cmocka_unit_test(cartesian_has_the_combinations_of_two_rows),
        cmocka_unit_test(cartesian_of_texts_takes_every_pair),
        cmocka_unit_test(bins_levels_and_numbers_cross),
        cmocka_unit_test(text_goes_through_its_transformations),
        cmocka_unit_test(a_missing_number_shows_once),
        cmocka_unit_test(a_product_of_too_many_levels_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

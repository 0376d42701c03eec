#include "../lib/testing.h"

#include "recipe/encoder.h"

static const char schema_json[] =
    "{\"targetAttributeName\":\"y\",\"dataFileContainsHeader\":false,\"attributes\":["
    "{\"attributeName\":\"t\",\"attributeType\":\"TEXT\"},"
    "{\"attributeName\":\"u\",\"attributeType\":\"TEXT\"},"
    "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"}]}";

enum { CELL_BYTES = 100 * 1000 };

/* "a0 a1 … " up to n words or CELL_BYTES bytes, whatever comes first. */
static void add_words(struct ml_strbuf *csv, char letter, int n)
{
    size_t start = csv->length;
    for (int i = 0; i < n && csv->length - start < CELL_BYTES - 8; i++)
        ml_strbuf_addf(csv, "%c%d ", letter, i);
}

/* Features of an encoder with one output, fitted on all rows; the first row's in *row. */
static size_t encode(const char *csv, const char *output, struct ml_sparse *row)
{
    char text[200];
    snprintf(text, sizeof(text), "{\"outputs\":[\"%s\"]}", output);
    struct ml_schema *schema = test_schema(schema_json);
    struct ml_csv_options options = ML_CSV_OPTIONS_INIT;
    struct ml_error err;
    struct ml_recipe *recipe = NULL;
    struct ml_dataset data;
    struct ml_encoder *encoder = NULL;
    struct ml_csr x;
    static const size_t rows[] = {0, 1, 2};
    must(ml_recipe_parse(&recipe, text, strlen(text), schema, "recipe", &err));
    must(ml_dataset_load(&data, test_text("l.csv", csv), schema, &options, &test_quiet, &err));
    assert_int_equal(data.n_rows, 3);
    must(ml_encoder_fit(&encoder, recipe, &data, rows, 3, &err));
    size_t n_features = ml_encoder_n_features(encoder);
    ml_encoder_apply_dataset(encoder, &data, rows, 3, &x);
    for (size_t i = x.start[0]; i < x.start[1]; i++)
        ml_sparse_add(row, x.index[i], x.value[i]);
    ml_csr_release(&x);
    ml_encoder_free(encoder);
    ml_dataset_release(&data);
    ml_recipe_free(recipe);
    ml_schema_free(schema);
    return n_features;
}

static void a_long_text_has_all_its_ngrams(void **state)
{
    (void)state;
    struct ml_strbuf csv = {0};
    for (int i = 0; i < 2; i++) {
        add_words(&csv, 'w', CELL_BYTES);
        ml_strbuf_addf(&csv, ",,%d\n", i);
    }
    size_t n_words = 0;
    for (size_t i = 0; csv.bytes[i] != ','; i++)
        n_words += csv.bytes[i] == 'w';
    ml_strbuf_adds(&csv, "other,,0\n");
    struct ml_sparse row = {0};
    size_t n = encode(csv.bytes, "ngram(t,10)", &row);
    assert_int_equal(n, 10 * n_words - 45);
    assert_int_equal(row.n, n);
    ml_sparse_release(&row);
    ml_strbuf_release(&csv);
}

static void a_product_of_texts_stops_at_its_limit(void **state)
{
    (void)state;
    static const struct {
        const char *output;
        int words;
        size_t want;
    } cases[] = {{"cartesian(t,u)", 255, 255 * 255},
                 {"cartesian(t,u)", 256, ML_MAX_ROW_COMBINATIONS},
                 {"cartesian(t,u)", 300, ML_MAX_ROW_COMBINATIONS},
                 {"cartesian(ngram(t,10),osb(u,10))", 4000, ML_MAX_ROW_COMBINATIONS}};
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        struct ml_strbuf csv = {0};
        for (int i = 0; i < 2; i++) {
            add_words(&csv, 't', cases[c].words);
            ml_strbuf_addc(&csv, ',');
            add_words(&csv, 'u', cases[c].words);
            ml_strbuf_addf(&csv, ",%d\n", i);
        }
        ml_strbuf_adds(&csv, "none,none,0\n");
        struct ml_sparse row = {0};
        assert_int_equal(encode(csv.bytes, cases[c].output, &row), cases[c].want);
        assert_int_equal(row.n, cases[c].want);
        ml_sparse_release(&row);
        ml_strbuf_release(&csv);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_text_has_all_its_ngrams),
        cmocka_unit_test(a_product_of_texts_stops_at_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

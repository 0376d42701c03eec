/* Small random tables and models trained on them. */
#ifndef TESTS_LIB_MODELLING_H
#define TESTS_LIB_MODELLING_H

#include "testing.h"

#include "ml/evaluate.h"
#include "ml/predict.h"
#include "ml/train.h"
#include "model/model.h"

#define MODEL_HEADER "id,n,b,c,t,y\n"

static inline struct ml_schema *model_schema(const char *target_type)
{
    char json[1000];
    snprintf(json, sizeof(json),
             "{\"rowId\":\"id\",\"targetAttributeName\":\"y\",\"dataFileContainsHeader\":true,"
             "\"attributes\":[{\"attributeName\":\"id\",\"attributeType\":\"CATEGORICAL\"},"
             "{\"attributeName\":\"n\",\"attributeType\":\"NUMERIC\"},"
             "{\"attributeName\":\"b\",\"attributeType\":\"BINARY\"},"
             "{\"attributeName\":\"c\",\"attributeType\":\"CATEGORICAL\"},"
             "{\"attributeName\":\"t\",\"attributeType\":\"TEXT\"},"
             "{\"attributeName\":\"y\",\"attributeType\":\"%s\"}]}",
             target_type);
    return test_schema(json);
}

/* One row whose label follows from its cells, with noise; label[] names the classes. */
static inline void model_row(struct ml_strbuf *b, struct ml_rng *rng, size_t id,
                             const char *const *label, size_t n_labels)
{
    static const char *const level[] = {"red", "green", "\"b,lue\"", ""};
    static const char *const word[] = {"good", "bad", "\"\"so\"\"", "fine"};
    double n = ml_rng_normal(rng);
    size_t yes = ml_rng_below(rng, 2);
    size_t c = ml_rng_below(rng, 4);
    size_t w = ml_rng_below(rng, 4);
    ml_strbuf_addf(b, "r%zu,", id);
    if (ml_rng_below(rng, 20) > 0)
        ml_strbuf_add_double(b, n);
    ml_strbuf_addf(b, ",%s,%s,\"%s %s\",", yes ? "yes" : "0", level[c], word[w],
                   word[ml_rng_below(rng, 4)]);
    double score =
        n + (yes ? 0.7 : -0.7) + (double)c * 0.3 - (double)w * 0.3 + 0.7 * ml_rng_normal(rng);
    size_t k = score < -0.6 ? 0 : score < 0.6 ? 1 : 2;
    ml_strbuf_adds(b, label[n_labels == 2 ? score > 0 : k]);
    ml_strbuf_addc(b, '\n');
}

static const char *const model_binary_labels[] = {"no", "1"};
static const char *const model_class_labels[] = {"low", "\"mid,dle\"",
                                                 "\xc3\xbc"
                                                 "ber"};

static inline struct ml_strbuf model_csv(size_t n, uint64_t seed, const char *const *label,
                                         size_t n_labels)
{
    struct ml_strbuf b = {0};
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    ml_strbuf_adds(&b, MODEL_HEADER);
    for (size_t i = 0; i < n; i++)
        model_row(&b, &rng, i, label, n_labels);
    return b;
}

static inline struct ml_recipe *model_recipe(const struct ml_schema *schema, size_t bins)
{
    struct ml_strbuf text = {0};
    struct ml_recipe *recipe = NULL;
    struct ml_error err;
    ml_recipe_plain(schema, bins, &text);
    must(ml_recipe_parse(&recipe, text.bytes, text.length, schema, "recipe", &err));
    ml_strbuf_release(&text);
    return recipe;
}

static inline const struct ml_strbuf *model_file(const struct ml_model *model, const char *name)
{
    const struct ml_file *file = ml_files_find(ml_model_files(model), name);
    assert_non_null(file);
    return &file->bytes;
}

static inline void assert_same_bytes(const struct ml_strbuf *a, const struct ml_strbuf *b)
{
    assert_int_equal(a->length, b->length);
    if (a->length > 0)
        assert_memory_equal(a->bytes, b->bytes, a->length);
}

#endif

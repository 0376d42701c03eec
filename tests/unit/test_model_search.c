#include "../lib/modelling.h"

#include <math.h>
#include <time.h>

#include "eval/prob.h"
#include "model/search.h"

static const struct ml_csv_options csv_options = ML_CSV_OPTIONS_INIT;
static const struct ml_split split = {.end = 70.0, .seed = 42};

/* How the target follows from the columns of row(). */
enum kind {
    XOR,      /* of b and d */
    SWITCHED, /* n counts within one category, and the other way round in another */
    ADDITIVE,
    NOISE,
    SINE,
};

static struct ml_schema *schema_of(const char *target)
{
    char json[1000];
    snprintf(json, sizeof(json),
             "{\"targetAttributeName\":\"y\",\"dataFileContainsHeader\":true,\"attributes\":["
             "{\"attributeName\":\"b\",\"attributeType\":\"BINARY\"},"
             "{\"attributeName\":\"d\",\"attributeType\":\"BINARY\"},"
             "{\"attributeName\":\"c\",\"attributeType\":\"CATEGORICAL\"},"
             "{\"attributeName\":\"n\",\"attributeType\":\"NUMERIC\"},"
             "{\"attributeName\":\"m\",\"attributeType\":\"NUMERIC\"},"
             "{\"attributeName\":\"w\",\"attributeType\":\"NUMERIC\"},"
             "{\"attributeName\":\"y\",\"attributeType\":\"%s\"}]}",
             target);
    return test_schema(json);
}

static double signal(enum kind kind, size_t b, size_t d, size_t c, double n, double m)
{
    switch (kind) {
    case XOR:
        return b != d ? 2.0 : -2.0;
    case SWITCHED:
        return c == 0 ? 2.5 * n : c == 1 ? -2.5 * n : 0.0;
    case ADDITIVE:
        return n + 0.5 * m + (b ? 0.7 : -0.7) + 0.5 * (double)c - 0.75;
    case SINE:
        return sin(3.0 * n);
    case NOISE:
        break;
    }
    return 0.0;
}

/* liar > 0: the held-out rows are other ones, which say the target outright. */
static struct ml_strbuf table(enum kind kind, bool values, size_t n_rows, uint64_t seed, int liar)
{
    struct ml_strbuf t = {0};
    struct ml_rng rng;
    ml_rng_init(&rng, seed);
    ml_strbuf_adds(&t, "b,d,c,n,m,w,y\n");
    for (size_t i = 0; i < n_rows; i++) {
        size_t b = ml_rng_below(&rng, 2);
        size_t d = ml_rng_below(&rng, 2);
        size_t c = ml_rng_below(&rng, 4);
        double n = ml_rng_normal(&rng);
        double m = ml_rng_normal(&rng);
        double s = signal(kind, b, d, c, n, m);
        double y = values ? 100.0 * (s + 0.3 * ml_rng_normal(&rng))
                          : (double)(ml_rng_uniform(&rng) < ml_sigmoid(s));
        if (liar > 0 && !ml_split_is_train(&split, i)) {
            y = values ? 1e6 * (double)(liar * (int)(i % 2)) : (double)((i + (size_t)liar) % 2);
            ml_strbuf_addf(&t, "%d,%d,held%d,%g,%g,1,%g\n", y > 0.0, y > 0.0, liar, y, -y, y);
            continue;
        }
        ml_strbuf_addf(&t, "%zu,%zu,c%zu,%.6f,%.6f,%zu,%.9g\n", b, d, c, n, m, 1 + i % 3, y);
    }
    return t;
}

static void load(struct ml_training *t, const struct ml_strbuf *csv, const struct ml_schema *schema)
{
    struct ml_error err;
    must(ml_training_load(t, test_write("search.csv", csv->bytes, csv->length), schema,
                          &csv_options, &split, &test_quiet, &err));
}

static struct ml_fit_plan plan_of(const struct ml_training *t)
{
    bool values = t->problem == ML_REGRESSION_PROBLEM;
    return (struct ml_fit_plan){.learner = values ? &ml_learner_ridge : &ml_learner_logistic,
                                .options = {.seed = 42}};
}

/* Log-loss, or root of the mean squared error, on the held-out rows. */
static double judge(const struct ml_training *t, const char *recipe, size_t n, double c)
{
    struct ml_fit_plan plan = plan_of(t);
    struct ml_recipe *parsed;
    struct ml_fit fit;
    struct ml_error err;
    double sum = 0.0;
    must(ml_recipe_parse(&parsed, recipe, n, t->data.schema, "recipe", &err));
    plan.recipe = parsed;
    plan.options.c = c;
    must(ml_fit(&fit, &plan, t, t->train_rows, t->n_train, &test_quiet, &err));
    for (size_t i = 0; i < t->n_held; i++) {
        double score[2];
        ml_fit_score(&fit, t, &t->held_rows[i], 1, score, NULL);
        sum += t->target != NULL ? pow(t->target[t->held_rows[i]] - score[0], 2.0)
                                 : ml_prob_log_loss(score[t->label[t->held_rows[i]]]);
    }
    ml_fit_release(&fit);
    ml_recipe_free(parsed);
    sum /= (double)t->n_held;
    return t->target != NULL ? sqrt(sum) : sum;
}

struct outcome {
    double plain; /* on held-out rows */
    double found;
    struct ml_search search;
};

static struct outcome run(enum kind kind, bool values, size_t n, uint64_t seed)
{
    struct outcome o;
    struct ml_training t;
    struct ml_strbuf plain = {0};
    struct ml_schema *schema = schema_of(values ? "NUMERIC" : "BINARY");
    struct ml_strbuf csv = table(kind, values, n, seed, 0);
    load(&t, &csv, schema);
    struct ml_fit_plan plan = plan_of(&t);
    ml_search_recipe(&o.search, &plan, &t, ML_EFFORT_DEFAULT, 20, &test_quiet);
    ml_recipe_plain(schema, 20, &plain);
    o.plain = judge(&t, plain.bytes, plain.length, 1.0);
    o.found = judge(&t, o.search.recipe.bytes, o.search.recipe.length, o.search.c);
    ml_strbuf_release(&plain);
    ml_training_release(&t);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
    return o;
}

static void a_planted_cross_is_found_and_pays_on_rows_not_seen(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++)
        for (int values = 0; values <= 1; values++) {
            struct outcome o = run(XOR, values, 1200, seed);
            assert_contains(o.search.recipe.bytes, "\"cartesian(b,d)\"");
            assert_true(o.found < 0.75 * o.plain);
            ml_search_release(&o.search);
            o = run(SWITCHED, values, 2000, seed);
            assert_contains(o.search.recipe.bytes, "\"cartesian(c,quantile_bin(n,");
            assert_true(o.found < 0.85 * o.plain);
            ml_search_release(&o.search);
        }
}

static void where_nothing_crosses_no_cross_is_kept_and_no_harm_done(void **state)
{
    (void)state;
    static const enum kind kinds[] = {ADDITIVE, NOISE};
    for (size_t k = 0; k < 2; k++)
        for (int values = 0; values <= 1; values++) {
            double change = 0.0;
            for (uint64_t seed = 1; seed <= 4; seed++) {
                struct outcome o = run(kinds[k], values, 1000, seed);
                assert_null(strstr(o.search.recipe.bytes, "cartesian"));
                assert_true(o.found < 1.03 * o.plain);
                change += o.found / o.plain - 1.0;
                ml_search_release(&o.search);
            }
            assert_true(change / 4.0 < 0.005);
        }
}

static void bins_bend_where_a_line_cannot(void **state)
{
    (void)state;
    static const char line[] = "{\"outputs\":[\"n\",\"m\",\"b\",\"d\",\"c\"]}";
    struct ml_schema *schema = schema_of("NUMERIC");
    struct ml_strbuf csv = table(SINE, true, 1000, 1, 0);
    struct ml_training t;
    load(&t, &csv, schema);
    struct outcome o = run(SINE, true, 1000, 1);
    assert_true(o.found < 0.7 * judge(&t, line, strlen(line), 1.0));
    assert_true(o.found <= o.plain);
    assert_contains(o.search.tell.bytes, "RMSE out of fold");
    assert_contains(o.search.record.bytes, "\"relative_squared_error\":0.");
    ml_search_release(&o.search);
    ml_training_release(&t);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void the_same_rows_give_the_same_recipe_whatever_is_held_out(void **state)
{
    (void)state;
    for (int values = 0; values <= 1; values++) {
        struct ml_schema *schema = schema_of(values ? "NUMERIC" : "BINARY");
        struct ml_search first = {0};
        for (int liar = 0; liar <= 3; liar++) { /* 0 and 3: the same file */
            struct ml_strbuf csv = table(SWITCHED, values, 1200, 7, liar % 3);
            struct ml_training t;
            struct ml_search s;
            load(&t, &csv, schema);
            struct ml_fit_plan plan = plan_of(&t);
            ml_search_recipe(&s, &plan, &t, ML_EFFORT_DEFAULT, 20, &test_quiet);
            if (liar == 0) {
                first = s;
                assert_contains(s.recipe.bytes, "cartesian");
            } else {
                assert_same_bytes(&first.recipe, &s.recipe);
                assert_same_bytes(&first.record, &s.record);
                assert_true(first.c == s.c);
                ml_search_release(&s);
            }
            ml_training_release(&t);
            ml_strbuf_release(&csv);
        }
        ml_search_release(&first);
        ml_schema_free(schema);
    }
}

static void a_value_of_c_that_is_given_stays(void **state)
{
    (void)state;
    struct ml_schema *schema = schema_of("BINARY");
    struct ml_strbuf csv = table(XOR, false, 800, 3, 0);
    struct ml_training t;
    struct ml_search s;
    load(&t, &csv, schema);
    struct ml_fit_plan plan = plan_of(&t);
    plan.options.c = 0.7;
    ml_search_recipe(&s, &plan, &t, ML_EFFORT_DEFAULT, 20, &test_quiet);
    assert_true(s.c == 0.7);
    assert_contains(s.recipe.bytes, "cartesian(b,d)");
    for (const char *at = s.record.bytes; (at = strstr(at, "\"c\":")) != NULL; at++)
        assert_memory_equal(at, "\"c\":0.7,", 8);
    ml_search_release(&s);
    ml_search_recipe(&s, &plan, &t, ML_EFFORT_LOW, 20, &test_quiet);
    assert_true(s.c == 0.7 && s.record.length == 0 && s.tell.length == 0);
    assert_null(strstr(s.recipe.bytes, "cartesian"));
    ml_search_release(&s);
    ml_training_release(&t);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static void a_fold_of_one_class_leaves_the_plain_recipe_and_a_note(void **state)
{
    (void)state;
    struct ml_schema *schema = schema_of("BINARY");
    struct ml_strbuf csv = {0};
    struct ml_strbuf plain = {0};
    struct ml_training t;
    struct ml_search s;
    bool is_first = true;
    ml_strbuf_adds(&csv, "b,d,c,n,m,w,y\n");
    for (size_t i = 0; i < 300; i++) {
        bool y = is_first && ml_split_is_train(&split, i);
        is_first = is_first && !y;
        ml_strbuf_addf(&csv, "%zu,1,x,%zu,%zu,1,%d\n", i % 2, i, i * 7 % 11, y);
    }
    load(&t, &csv, schema);
    struct ml_fit_plan plan = plan_of(&t);
    ml_search_recipe(&s, &plan, &t, ML_EFFORT_DEFAULT, 4, &test_quiet);
    ml_recipe_plain(schema, 4, &plain);
    assert_same_bytes(&plain, &s.recipe);
    assert_contains(s.tell.bytes, "the plain one, since none could be searched: fold ");
    assert_contains(s.tell.bytes, "one class");
    assert_int_equal(s.record.length, 0);
    ml_search_release(&s);
    ml_strbuf_release(&plain);
    ml_training_release(&t);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
}

static size_t count(const char *text, const char *piece)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, piece)) != NULL; at++)
        n++;
    return n;
}

static struct ml_search search_weighted(enum kind kind, bool balanced, bool with_weight)
{
    struct ml_schema *schema = schema_of("BINARY");
    struct ml_error err;
    struct ml_training t;
    struct ml_search s;
    if (with_weight)
        must(ml_schema_set_weight(schema, "w", &err));
    struct ml_strbuf csv = table(kind, false, 2000, 5, 0);
    load(&t, &csv, schema);
    assert_true((t.weight != NULL) == with_weight);
    struct ml_fit_plan plan = plan_of(&t);
    const double heavy[] = {0.55, 5.0}; /* far from the shares: intercepts are off everywhere */
    plan.options.class_weight = balanced ? heavy : NULL;
    ml_search_recipe(&s, &plan, &t, ML_EFFORT_DEFAULT, 20, &test_quiet);
    ml_training_release(&t);
    ml_strbuf_release(&csv);
    ml_schema_free(schema);
    return s;
}

static void weights_of_rows_and_classes_count_in_the_search(void **state)
{
    (void)state;
    for (int which = 1; which <= 3; which++) {
        struct ml_search s = search_weighted(XOR, which & 1, which & 2);
        assert_contains(s.recipe.bytes, "cartesian(b,d)");
        ml_search_release(&s);
        s = search_weighted(NOISE, which & 1, which & 2);
        assert_int_equal(count(s.record.bytes, "\"crosses\":"), 5); /* the bases: no cross */
        ml_search_release(&s);
    }
}

static void many_columns_are_bounded_by_the_budget(void **state)
{
    (void)state;
    enum { COLUMNS = 200, ROWS = 2000 };
    struct ml_strbuf json = {0};
    struct ml_strbuf csv = {0};
    struct ml_rng rng;
    struct ml_training t;
    struct ml_search s;
    ml_rng_init(&rng, 1);
    ml_strbuf_adds(&json, "{\"targetAttributeName\":\"y\",\"dataFileContainsHeader\":true,"
                          "\"attributes\":[");
    for (int c = 0; c < COLUMNS; c++) {
        ml_strbuf_addf(&json, "{\"attributeName\":\"v%d\",\"attributeType\":\"NUMERIC\"},", c);
        ml_strbuf_addf(&csv, "v%d,", c);
    }
    ml_strbuf_adds(&json, "{\"attributeName\":\"y\",\"attributeType\":\"BINARY\"}]}");
    ml_strbuf_adds(&csv, "y\n");
    for (int i = 0; i < ROWS; i++) {
        for (int c = 0; c < COLUMNS; c++)
            ml_strbuf_addf(&csv, "%.4f,", ml_rng_normal(&rng));
        ml_strbuf_addf(&csv, "%zu\n", ml_rng_below(&rng, 2));
    }
    struct ml_schema *schema = test_schema(json.bytes);
    load(&t, &csv, schema);
    struct ml_fit_plan plan = plan_of(&t);
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    ml_search_recipe(&s, &plan, &t, ML_EFFORT_DEFAULT, 20, &test_quiet);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true(s.record.length > 0);
    assert_true(end.tv_sec - begin.tv_sec < 120); /* some seconds; sanitizers are slow */
    ml_search_release(&s);
    ml_training_release(&t);
    ml_schema_free(schema);
    ml_strbuf_release(&json);
    ml_strbuf_release(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_planted_cross_is_found_and_pays_on_rows_not_seen),
        cmocka_unit_test(where_nothing_crosses_no_cross_is_kept_and_no_harm_done),
        cmocka_unit_test(bins_bend_where_a_line_cannot),
        cmocka_unit_test(the_same_rows_give_the_same_recipe_whatever_is_held_out),
        cmocka_unit_test(a_value_of_c_that_is_given_stays),
        cmocka_unit_test(a_fold_of_one_class_leaves_the_plain_recipe_and_a_note),
        cmocka_unit_test(weights_of_rows_and_classes_count_in_the_search),
        cmocka_unit_test(many_columns_are_bounded_by_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, test_teardown);
}

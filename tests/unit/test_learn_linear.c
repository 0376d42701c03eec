#include "../lib/testing.h"

#include "learn/linear.h"
#include "learn/lines.h"

static const char two[] = "solver_type L2R_LR\nnr_class 2\nlabel 1 0\nnr_feature 3\nbias 1\nw\n"
                          "0.5 \n-2 \n0 \n1e-05 \n";
static const char three[] = "solver_type L1R_LR\nnr_class 3\nlabel 2 0 1\nnr_feature 1\nbias 1\nw\n"
                            "3 1 2 \n30 10 20 \n";

static bool reads(const char *text, size_t n_features, size_t n_classes, struct ml_error *err)
{
    struct ml_linear m = {0};
    if (!ml_linear_read(&m, text, strlen(text), n_features, n_classes, err))
        return false;
    ml_linear_release(&m);
    return true;
}

static void two_classes_have_the_weights_of_class_1(void **state)
{
    (void)state;
    struct ml_linear m;
    struct ml_error err;
    must(ml_linear_read(&m, two, strlen(two), 3, 2, &err));
    assert_int_equal(m.n_vectors, 1);
    assert_true(m.weight[0] == 0.5 && m.weight[1] == -2 && m.weight[2] == 0 && m.bias[0] == 1e-5);
    ml_linear_release(&m);
    static const char turned[] = "solver_type L2R_LR\nnr_class 2\nlabel 0 1\nnr_feature 3\n"
                                 "bias 1\nw\n0.5 \n-2 \n0 \n1e-05 \n";
    must(ml_linear_read(&m, turned, strlen(turned), 3, 2, &err));
    assert_true(m.weight[0] == -0.5 && m.weight[1] == 2 && m.bias[0] == -1e-5);
    ml_linear_release(&m);
}

static void more_classes_are_put_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    struct ml_linear m;
    struct ml_error err;
    must(ml_linear_read(&m, three, strlen(three), 1, 3, &err));
    for (size_t k = 0; k < 3; k++)
        assert_true(m.weight[k] == (double)k + 1 && m.bias[k] == 10 * ((double)k + 1));
    uint32_t index = 0;
    double value = 2;
    struct ml_sparse row = {&index, &value, 1, 1};
    double margin[3];
    ml_linear_margins(&m, &row, margin);
    assert_true(margin[0] == 12 && margin[1] == 24 && margin[2] == 36);
    ml_linear_release(&m);
}

static void writing_and_reading_is_identity(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 8);
    for (size_t k = 2; k <= 5; k++) {
        size_t n_vectors = k == 2 ? 1 : k;
        double weight[35];
        double bias[5];
        for (size_t i = 0; i < 7 * n_vectors; i++)
            weight[i] = ml_rng_below(&rng, 3) == 0 ? 0.0 : ml_rng_normal(&rng);
        for (size_t i = 0; i < n_vectors; i++)
            bias[i] = ml_rng_normal(&rng);
        struct ml_linear m = {7, k, n_vectors, weight, bias};
        struct ml_strbuf text = {0};
        ml_linear_write(&m, "L2R_LR_DUAL", &text);
        struct ml_linear back;
        struct ml_error err;
        must(ml_linear_read(&back, text.bytes, text.length, 7, k, &err));
        assert_memory_equal(back.weight, weight, 7 * n_vectors * sizeof(double));
        assert_memory_equal(back.bias, bias, n_vectors * sizeof(double));
        struct ml_strbuf again = {0};
        ml_linear_write(&back, "L2R_LR_DUAL", &again);
        assert_string_equal(text.bytes, again.bytes);
        ml_strbuf_release(&text);
        ml_strbuf_release(&again);
        ml_linear_release(&back);
    }
}

static void each_malformed_variant_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from; /* in `two`, "" appends at the end */
        const char *to;
        const char *message;
    } cases[] = {
        {"L2R_LR", "MCSVM_CS", "line 1 of the solver's file: no logistic solver"},
        {"L2R_LR", "L2R_LR x", "no logistic solver"},
        {"solver_type", "solver", "no logistic solver"},
        {"solver_type L2R_LR\n", "", "no logistic solver"},
        {"nr_class 2", "nr_class 3", "line 2 of the solver's file: not the number of classes"},
        {"nr_class 2", "nr_class", "not the number of classes"},
        {"nr_class 2", "nr_class 2 2", "not the number of classes"},
        {"nr_class 2", "nr_class 2.5", "not the number of classes"},
        {"nr_class 2\n", "", "not the number of classes"},
        {"label 1 0", "label 1 1", "line 3 of the solver's file: malformed labels"},
        {"label 1 0", "label 1 2", "malformed labels"},
        {"label 1 0", "label -1 0", "malformed labels"},
        {"label 1 0", "label 1", "malformed labels"},
        {"label 1 0", "label 1 0 0", "malformed labels"},
        {"label 1 0", "label 1 x", "malformed labels"},
        {"label 1 0", "label 1 0.5", "malformed labels"},
        {"nr_feature 3", "nr_feature 4", "line 4 of the solver's file: not the number of features"},
        {"nr_feature 3", "nr_feature 1e999", "not the number of features"},
        {"nr_feature 3", "nr_feature -3", "not the number of features"},
        {"bias 1", "bias -1", "line 5 of the solver's file: the bias must be 1"},
        {"bias 1", "bias 0.5", "the bias must be 1"},
        {"\nw\n", "\nv\n", "'w' is missing"},
        {"\nw\n", "\nw 1\n", "'w' is missing"},
        {"0.5 ", "0.5 1", "line 7 of the solver's file: malformed weights"},
        {"0.5 ", "x", "malformed weights"},
        {"0.5 ", "", "malformed weights"},
        {"0.5 ", "nan", "malformed weights"},
        {"0.5 ", "inf", "malformed weights"},
        {"0.5 ", "1e999", "malformed weights"},
        {"0.5 ", "0x1p3", "malformed weights"},
        {"0.5 ", "0,5", "malformed weights"},
        {"0.5 ", "0.5\t1", "malformed weights"},
        {"0.5 \n", "", "malformed weights"},
        {"\n1e-05 \n", "\n", "malformed weights"},
        {"1e-05 \n", "1e-05 \n7 \n", "text after the weights"},
        {"1e-05 \n", "1e-05 \n\n", "text after the weights"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *at = strstr(two, cases[i].from);
        assert_non_null(at);
        struct ml_strbuf text = {0};
        ml_strbuf_add(&text, two, (size_t)(at - two));
        ml_strbuf_adds(&text, cases[i].to);
        ml_strbuf_adds(&text, at + strlen(cases[i].from));
        struct ml_error err = {0};
        if (reads(text.bytes, 3, 2, &err))
            fail_msg("taken: %s", text.bytes);
        assert_int_equal(err.code, ML_EINPUT);
        if (strstr(err.msg, cases[i].message) == NULL)
            fail_msg("'%s' for '%s': %s", cases[i].to, cases[i].from, err.msg);
        ml_strbuf_release(&text);
    }
    struct ml_error err;
    assert_true(reads(two, 3, 2, &err));
    assert_false(reads(two, 4, 2, &err));
    assert_false(reads(two, 3, 3, &err));
    assert_false(reads(three, 1, 2, &err));
    assert_false(reads("", 3, 2, &err));
}

static void no_beginning_of_a_text_is_taken(void **state)
{
    (void)state;
    struct ml_error err;
    for (size_t n = 0; n < strlen(two); n++) {
        char *exact = malloc(n + 1);
        assert_non_null(exact);
        memcpy(exact, two, n);
        struct ml_linear m = {0};
        if (ml_linear_read(&m, exact, n, 3, 2, &err))
            fail_msg("taken: %.*s", (int)n, two);
        ml_linear_release(&m);
        free(exact);
    }
}

static void damaged_texts_do_no_harm(void **state)
{
    (void)state;
    struct ml_rng rng;
    ml_rng_init(&rng, 9);
    for (int i = 0; i < 50000; i++) {
        size_t n = strlen(three);
        char *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, three, n);
        for (size_t k = 1 + ml_rng_below(&rng, 3); k > 0; k--)
            copy[ml_rng_below(&rng, n)] = (char)ml_rng_below(&rng, 256);
        struct ml_linear m = {0};
        struct ml_error err;
        if (ml_linear_read(&m, copy, n, 1, 3, &err))
            ml_linear_release(&m);
        free(copy);
    }
}

static void words_are_separated_by_blanks_alone(void **state)
{
    (void)state;
    static const char text[] = "  a  bc \n\nlast";
    struct ml_lines l = {.text = text, .n = strlen(text)};
    const char *word;
    size_t n;
    assert_true(ml_lines_next(&l));
    assert_true(ml_lines_word(&l, &word, &n) && n == 1 && word[0] == 'a');
    assert_true(ml_lines_word(&l, &word, &n) && n == 2 && word[0] == 'b');
    assert_true(ml_lines_done(&l));
    assert_true(ml_lines_next(&l));
    assert_true(ml_lines_done(&l));
    assert_true(ml_lines_key(&l, "last"));
    assert_int_equal(l.line, 3);
    assert_false(ml_lines_next(&l));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_classes_have_the_weights_of_class_1),
        cmocka_unit_test(more_classes_are_put_in_the_order_of_their_numbers),
        cmocka_unit_test(writing_and_reading_is_identity),
        cmocka_unit_test(each_malformed_variant_is_refused),
        cmocka_unit_test(no_beginning_of_a_text_is_taken),
        cmocka_unit_test(damaged_texts_do_no_harm),
        cmocka_unit_test(words_are_separated_by_blanks_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

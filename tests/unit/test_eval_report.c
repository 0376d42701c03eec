#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "eval/report_json.h"
#include "eval/report_text.h"
#include "eval/text_cell.h"
#include "eval/text_matrix.h"

/* Ten rows, one score exactly 0; seven negatives, three positives. */
static struct ml_binary_eval small_binary(const char *negative, const char *positive, bool has_cost)
{
    static const double score[] = {0.9, 0.7, 0.55, 0.4, 0.4, 0.3, 0.2, 0.1, 0.05, 0};
    static const uint8_t label[] = {1, 1, 0, 1, 0, 0, 0, 0, 0, 0};
    struct ml_binary_options options = {
        .threshold = 0.5,
        .prior = 0.25,
        .has_cost = has_cost,
        .cost_fp = 1,
        .cost_fn = 4,
        .labels = {negative, positive},
    };
    struct ml_binary_eval eval = {0};
    struct ml_error err;
    if (!ml_binary_evaluate(&eval, score, label, 10, &options, &err))
        fail_msg("%s", err.msg);
    return eval;
}

enum { MANY = 14, MANY_ROWS = 500 };

static const char *const many_labels[MANY] = {
    "setosa", "an iris of a kind that has no short name at all",
    "größe",  "tab\there",
    "",       "\xff\xfe",
    "f",      "g",
    "h",      "i",
    "j",      "k",
    "l",      "m",
};

/* Certain answers, right in every second row; class c is rarer the larger c is. */
static struct ml_multiclass_eval many_classes(size_t n_classes)
{
    static double prob[MANY_ROWS * MANY];
    static uint32_t label[MANY_ROWS];
    double priors[MANY];
    struct ml_rng rng;
    ml_rng_init(&rng, 31);
    memset(prob, 0, sizeof(prob));
    for (size_t c = 0; c < n_classes; c++)
        priors[c] = 1.0 / (double)n_classes;
    for (size_t i = 0; i < MANY_ROWS; i++) {
        size_t bound = 1 + ml_rng_below(&rng, n_classes);
        label[i] = (uint32_t)ml_rng_below(&rng, bound);
        prob[i * n_classes + (i % 2 ? label[i] : ml_rng_below(&rng, n_classes))] = 1;
    }
    struct ml_multiclass_options options = {n_classes, many_labels, priors};
    struct ml_multiclass_eval eval = {0};
    struct ml_error err;
    if (!ml_multiclass_evaluate(&eval, prob, label, MANY_ROWS, &options, &err))
        fail_msg("%s", err.msg);
    return eval;
}

static struct ml_json *parsed(const struct ml_strbuf *members)
{
    struct ml_strbuf text = {0};
    ml_strbuf_adds(&text, "{\"model\":\"banking@3\"");
    ml_json_add_comma(&text);
    ml_strbuf_add(&text, members->bytes, members->length);
    ml_strbuf_adds(&text, "}");
    struct ml_json *document = NULL;
    struct ml_error err;
    if (!ml_json_parse(&document, text.bytes, text.length, "report", &err))
        fail_msg("%s", err.msg);
    ml_strbuf_release(&text);
    return document;
}

static double number_at(const struct ml_json *object, const char *name)
{
    const struct ml_json *value = ml_json_get(object, name);
    if (value == NULL)
        fail_msg("no member '%s'", name);
    return ml_json_number(value);
}

static const struct ml_json *item(const struct ml_json *array, size_t i)
{
    const struct ml_json *child = ml_json_first(array);
    for (; child != NULL && i > 0; i--)
        child = ml_json_next(child);
    return child;
}

static void binary_json_has_the_documented_members(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "model",
        "auc",
        "auc_ci",
        "log_loss",
        "brier",
        "threshold",
        "accuracy",
        "precision",
        "recall",
        "f1",
        "fpr",
        "predicted_positive_rate",
        "confusion_matrix",
        "baseline",
        "rows",
        "positives",
        "average_precision",
        "ece",
        "roc",
        "pr",
        "score_histogram",
        "reliability",
    };
    struct ml_binary_eval eval = small_binary("no", "yes", false);
    struct ml_strbuf text = {0};
    ml_report_json_binary(&text, &eval);
    struct ml_json *document = parsed(&text);
    size_t n = 0;
    for (const struct ml_json *m = ml_json_first(document); m != NULL; m = ml_json_next(m))
        assert_string_equal(ml_json_key(m), keys[n++]);
    assert_int_equal(n, sizeof(keys) / sizeof(keys[0]));
    ml_json_free(document);
    ml_strbuf_release(&text);
    ml_binary_eval_release(&eval);
}

static void binary_json_reads_back_to_the_same_numbers(void **state)
{
    (void)state;
    struct ml_binary_eval eval = small_binary("no", "yes", true);
    struct ml_strbuf text = {0};
    ml_report_json_binary(&text, &eval);
    struct ml_json *document = parsed(&text);
    assert_true(number_at(document, "auc") == eval.auc);
    assert_true(number_at(document, "log_loss") == eval.log_loss);
    assert_true(ml_json_number(item(ml_json_get(document, "auc_ci"), 1)) == eval.auc_ci[1]);
    assert_true(number_at(document, "rows") == 10);
    const struct ml_json *base = ml_json_get(document, "baseline");
    assert_string_equal(ml_json_string(ml_json_get(base, "label")), "no");
    assert_true(number_at(base, "accuracy") == 0.7);
    const struct ml_json *matrix = ml_json_get(document, "confusion_matrix");
    const struct ml_json *counts = ml_json_get(matrix, "counts");
    assert_true(ml_json_number(item(item(counts, 0), 1)) == 1);
    assert_true(ml_json_number(item(item(counts, 1), 0)) == 1);
    const struct ml_json *cost = ml_json_get(document, "cost");
    assert_true(number_at(cost, "total") == 5 && number_at(cost, "per_row") == 0.5);
    assert_true(number_at(cost, "theoretical_threshold") == 0.2);
    assert_true(number_at(cost, "least_threshold") == 0.3);
    assert_true(number_at(cost, "least_total") == 2);
    ml_json_free(document);
    ml_strbuf_release(&text);
    ml_binary_eval_release(&eval);
}

static void what_is_not_a_number_is_null_in_json(void **state)
{
    (void)state;
    struct ml_binary_eval eval = small_binary("no", "yes", false);
    struct ml_strbuf text = {0};
    ml_report_json_binary(&text, &eval);
    struct ml_json *document = parsed(&text);
    const struct ml_json *roc = ml_json_get(document, "roc");
    const struct ml_json *last = item(roc, ml_json_count(roc) - 1);
    assert_int_equal(ml_json_type(ml_json_get(last, "threshold")), ML_JSON_NULL);
    assert_true(number_at(last, "tpr") == 1 && number_at(last, "fpr") == 1);
    const struct ml_json *reliability = ml_json_get(document, "reliability");
    assert_int_equal(ml_json_count(reliability), 10);
    assert_true(number_at(item(reliability, 6), "rows") == 0);
    assert_int_equal(ml_json_type(ml_json_get(item(reliability, 6), "mean_score")), ML_JSON_NULL);
    const struct ml_json *histogram = ml_json_get(document, "score_histogram");
    assert_int_equal(ml_json_count(item(ml_json_get(histogram, "counts"), 1)), 100);
    ml_json_free(document);
    ml_strbuf_release(&text);
    ml_binary_eval_release(&eval);
}

static void labels_of_any_bytes_make_valid_json(void **state)
{
    (void)state;
    struct ml_binary_eval eval = small_binary("a\"\\\n\x01", "\xff größe", false);
    struct ml_strbuf text = {0};
    ml_report_json_binary(&text, &eval);
    struct ml_json *document = parsed(&text);
    const struct ml_json *matrix = ml_json_get(document, "confusion_matrix");
    const struct ml_json *labels = ml_json_get(matrix, "labels");
    assert_string_equal(ml_json_string(item(labels, 0)), "a\"\\\n\x01");
    assert_string_equal(ml_json_string(item(labels, 1)), "\xef\xbf\xbd größe");
    ml_json_free(document);
    ml_strbuf_release(&text);
    ml_binary_eval_release(&eval);
}

static void multiclass_json_has_the_documented_members(void **state)
{
    (void)state;
    static const char *const keys[] = {"model",    "rows",     "accuracy",
                                       "log_loss", "macro_f1", "confusion_matrix",
                                       "classes",  "baseline"};
    struct ml_multiclass_eval eval = many_classes(MANY);
    struct ml_strbuf text = {0};
    ml_report_json_multiclass(&text, &eval);
    struct ml_json *document = parsed(&text);
    size_t n = 0;
    for (const struct ml_json *m = ml_json_first(document); m != NULL; m = ml_json_next(m))
        assert_string_equal(ml_json_key(m), keys[n++]);
    assert_int_equal(n, sizeof(keys) / sizeof(keys[0]));
    const struct ml_json *classes = ml_json_get(document, "classes");
    assert_int_equal(ml_json_count(classes), MANY);
    const struct ml_json *first = ml_json_first(classes);
    assert_string_equal(ml_json_string(ml_json_get(first, "label")), "setosa");
    assert_true(number_at(first, "f1") == eval.classes[0].rates.f1);
    assert_true(number_at(first, "support") == (double)eval.classes[0].support);
    ml_json_free(document);
    ml_strbuf_release(&text);
    ml_multiclass_eval_release(&eval);
}

/* Every line at most 80 characters, no blanks at its end, valid UTF-8, no control bytes. */
static void assert_readable(const struct ml_strbuf *text)
{
    assert_true(ml_utf8_is_valid(text->bytes, text->length));
    size_t width = 0;
    for (size_t i = 0; i < text->length; i++) {
        unsigned char c = (unsigned char)text->bytes[i];
        if (c == '\n') {
            if (width > 80 || (i > 0 && text->bytes[i - 1] == ' '))
                fail_msg("a line of %zu characters in\n%s", width, text->bytes);
            width = 0;
            continue;
        }
        assert_true(c >= 0x20 && c != 0x7f);
        width += (c & 0xc0) != 0x80;
    }
    assert_true(text->length > 0 && text->bytes[text->length - 1] == '\n');
}

static void assert_has(const struct ml_strbuf *text, const char *part)
{
    if (strstr(text->bytes, part) == NULL)
        fail_msg("no '%s' in\n%s", part, text->bytes);
}

static void binary_text_reads_like_this(void **state)
{
    (void)state;
    static const char expected[] =
        "rows                            10\n"
        "positive rows                    3   'yes'\n"
        "\n"
        "                             model    baseline\n"
        "auc                         0.9286      0.5000   95 % CI 0.7582 to 1.0000\n"
        "log-loss                    0.3424      0.6173   lower is better\n"
        "brier score                 0.1065      0.2125   lower is better\n"
        "average precision           0.8667      0.3000\n"
        "calibration error (ece)     0.1800\n"
        "\n"
        "above threshold 0.5: 'yes'\n"
        "                             model    baseline\n"
        "accuracy                    0.8000      0.7000   always 'no'\n"
        "precision                   0.6667      0.0000\n"
        "recall                      0.6667      0.0000\n"
        "f1                          0.6667      0.0000\n"
        "false positive rate         0.1429      0.0000\n"
        "predicted positive          0.3000      0.0000\n"
        "\n"
        "confusion matrix: rows true, columns predicted, shares in %\n"
        "                no       yes  all  share\n"
        "no               6         1    7   70.0\n"
        "yes              1         2    3   30.0\n"
        "all              7         3   10\n"
        "share         70.0      30.0\n"
        "\n"
        "cost of a false positive (fp) 1, of a false negative (fn) 4\n"
        "                                     threshold            total          per row\n"
        "this threshold                             0.5           5.0000           0.5000\n"
        "fp / (fp + fn)                             0.2           3.0000           0.3000\n"
        "least on these rows                        0.3           2.0000           0.2000\n"
        "always 'no'                                             12.0000           1.2000\n"
        "always 'yes'                                             7.0000           0.7000\n";
    struct ml_binary_eval eval = small_binary("no", "yes", true);
    struct ml_strbuf text = {0};
    ml_report_text_binary(&text, &eval);
    assert_string_equal(text.bytes, expected);
    assert_readable(&text);
    ml_strbuf_release(&text);
    ml_binary_eval_release(&eval);
}

static void binary_text_leaves_costs_out_unless_asked(void **state)
{
    (void)state;
    struct ml_binary_eval eval = small_binary("no", "yes", false);
    struct ml_strbuf text = {0};
    ml_report_text_binary(&text, &eval);
    assert_null(strstr(text.bytes, "cost"));
    ml_strbuf_release(&text);
    ml_binary_eval_release(&eval);
}

static void hostile_labels_keep_text_readable(void **state)
{
    (void)state;
    char long_label[500];
    memset(long_label, 'x', sizeof(long_label) - 1);
    long_label[sizeof(long_label) - 1] = '\0';
    struct ml_binary_eval eval = small_binary(long_label, "\x1b[31m\xff\n", true);
    eval.threshold = 0.12345678901234567;
    eval.cost.chosen.total = 1.5e200;
    struct ml_strbuf text = {0};
    ml_report_text_binary(&text, &eval);
    assert_readable(&text);
    assert_has(&text, "always 'xxxxxxxxxxxxxxxxxxx…'");
    assert_has(&text, "\\x1b[31m\\xff\\x0a");
    ml_strbuf_release(&text);
    ml_binary_eval_release(&eval);
}

static void multiclass_text_shows_up_to_ten_classes(void **state)
{
    (void)state;
    struct ml_multiclass_eval eval = many_classes(10);
    struct ml_strbuf text = {0};
    ml_report_text_multiclass(&text, &eval);
    assert_readable(&text);
    assert_null(strstr(text.bytes, "others"));
    assert_has(&text, "macro f1");
    assert_has(&text, "größe");
    assert_has(&text, "tab\\x09here");
    ml_strbuf_release(&text);
    ml_multiclass_eval_release(&eval);
}

/* Lines from the one that starts with `first` on, up to an empty line. */
static size_t count_lines(const char *text, const char *first)
{
    const char *at = strstr(text, first);
    size_t n = 0;
    while (at != NULL && *at != '\0' && *at != '\n') {
        n++;
        at = strchr(at, '\n');
        at += at != NULL;
    }
    return n;
}

static void multiclass_text_folds_rare_classes_into_others(void **state)
{
    (void)state;
    struct ml_multiclass_eval eval = many_classes(MANY);
    struct ml_strbuf text = {0};
    ml_report_text_multiclass(&text, &eval);
    assert_readable(&text);
    assert_has(&text, "\nothers ");
    assert_int_equal(count_lines(text.bytes, "confusion matrix"), 1 + 1 + 10 + 2);
    assert_int_equal(count_lines(text.bytes, "class  "), 1 + MANY);
    ml_strbuf_release(&text);
    ml_multiclass_eval_release(&eval);
}

static void folded_matrix_keeps_the_sums(void **state)
{
    (void)state;
    enum { N = 12 };
    size_t counts[N * N];
    size_t order[N];
    for (size_t i = 0; i < N * N; i++)
        counts[i] = 1;
    for (size_t i = 0; i < N; i++)
        order[i] = N - 1 - i;
    struct ml_text_matrix matrix = {N, many_labels, counts, order};
    struct ml_strbuf text = {0};
    ml_text_matrix_add(&text, &matrix);
    assert_readable(&text);
    assert_has(&text,
               "others         3    3    3    3    3    3    3    3    3    9   36   25.0\n");
    assert_has(&text, "all           12   12   12   12   12   12   12   12   12   36  144\n");
    assert_has(&text, "share        8.3  8.3  8.3  8.3  8.3  8.3  8.3  8.3  8.3 25.0\n");
    ml_strbuf_release(&text);
}

static void huge_counts_show_fewer_classes(void **state)
{
    (void)state;
    enum { N = 10 };
    size_t counts[N * N];
    size_t order[N];
    for (size_t i = 0; i < N * N; i++)
        counts[i] = (size_t)1 << 50;
    for (size_t i = 0; i < N; i++)
        order[i] = i;
    struct ml_text_matrix matrix = {N, many_labels, counts, order};
    struct ml_strbuf text = {0};
    ml_text_matrix_add(&text, &matrix);
    assert_readable(&text);
    assert_has(&text, "others");
    ml_strbuf_release(&text);
}

static void cells_are_cut_by_characters_not_bytes(void **state)
{
    (void)state;
    struct ml_strbuf text = {0};
    ml_text_add_left(&text, "größe", 6);
    ml_strbuf_addc(&text, '|');
    ml_text_add_right(&text, "größe", 6);
    ml_strbuf_addc(&text, '|');
    ml_text_add(&text, "größe", 5);
    ml_strbuf_addc(&text, '|');
    ml_text_add_right(&text, "größe", 4);
    ml_strbuf_addc(&text, '|');
    ml_text_add(&text, "größe", 1);
    assert_string_equal(text.bytes, "größe | größe|größe|grö…|…");
    assert_int_equal(ml_text_width("größe"), 5);
    assert_int_equal(ml_text_width("\n"), 4);
    ml_strbuf_release(&text);
}

static void percents_take_four_characters_at_most(void **state)
{
    (void)state;
    struct ml_strbuf text = {0};
    ml_text_add_percent(&text, 0, 5);
    ml_text_add_percent(&text, 0.12345, 5);
    ml_text_add_percent(&text, 0.9994, 5);
    ml_text_add_percent(&text, 0.9996, 5);
    ml_text_add_percent(&text, 1, 5);
    ml_text_add_percent(&text, NAN, 5);
    assert_string_equal(text.bytes, "  0.0 12.3 99.9  100  100    -");
    ml_strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binary_json_has_the_documented_members),
        cmocka_unit_test(binary_json_reads_back_to_the_same_numbers),
        cmocka_unit_test(what_is_not_a_number_is_null_in_json),
        cmocka_unit_test(labels_of_any_bytes_make_valid_json),
        cmocka_unit_test(multiclass_json_has_the_documented_members),
        cmocka_unit_test(binary_text_reads_like_this),
        cmocka_unit_test(binary_text_leaves_costs_out_unless_asked),
        cmocka_unit_test(hostile_labels_keep_text_readable),
        cmocka_unit_test(multiclass_text_shows_up_to_ten_classes),
        cmocka_unit_test(multiclass_text_folds_rare_classes_into_others),
        cmocka_unit_test(folded_matrix_keeps_the_sums),
        cmocka_unit_test(huge_counts_show_fewer_classes),
        cmocka_unit_test(cells_are_cut_by_characters_not_bytes),
        cmocka_unit_test(percents_take_four_characters_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

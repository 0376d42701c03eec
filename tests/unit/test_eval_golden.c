/*
 * Figures of src/eval against scikit-learn, scipy, numpy and pROC. The golden files say which
 * versions made them and how; tests/oracle/eval-check makes them again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "eval/binary.h"
#include "eval/multiclass.h"

enum { MAX_ROWS = 600, MAX_VALUES = 800, MAX_CLASSES = 16, MAX_FILE_BYTES = 1 << 20 };

static const char *const binary_cases[] = {"binary_smooth", "binary_ties", "binary_rare"};
static const char *const multiclass_cases[] = {"multiclass_4", "multiclass_12"};
enum { N_BINARY = 3, N_MULTICLASS = 2 };

static struct ml_strbuf read_golden(const char *name, const char *suffix)
{
    const char *dir = getenv("ML_TEST_DIR");
    char path[512];
    snprintf(path, sizeof(path), "%s/golden/eval/%s%s", dir != NULL ? dir : "tests", name, suffix);
    struct ml_strbuf text = {0};
    struct ml_error err;
    if (!ml_file_read_all(&text, path, MAX_FILE_BYTES, &err))
        fail_msg("%s", err.msg);
    return text;
}

/* The values of the line "name value value…"; fails when there is no such line. */
static size_t values_of(const struct ml_strbuf *text, const char *name, double *values)
{
    size_t length = strlen(name);
    const char *line = text->bytes;
    while (strncmp(line, name, length) != 0 || line[length] != ' ') {
        line = strchr(line, '\n');
        if (line == NULL || *++line == '\0') {
            fail_msg("no line '%s'", name);
            return 0;
        }
    }
    const char *at = line + length;
    size_t n = 0;
    while (*at == ' ' && n < MAX_VALUES) {
        char *end;
        values[n++] = strtod(at, &end);
        at = end;
    }
    return n;
}

static double value_of(const struct ml_strbuf *text, const char *name)
{
    double values[MAX_VALUES];
    assert_int_equal(values_of(text, name, values), 1);
    return values[0];
}

static void assert_value(const struct ml_strbuf *text, const char *name, double actual)
{
    double expected = value_of(text, name);
    if (!(fabs(actual - expected) <= 1e-9 * fmax(1, fabs(expected))))
        fail_msg("%s is %.17g, expected %.17g", name, actual, expected);
}

static void assert_values(const struct ml_strbuf *text, const char *name, const double *actual,
                          size_t n)
{
    double expected[MAX_VALUES];
    assert_int_equal(values_of(text, name, expected), n);
    for (size_t i = 0; i < n; i++)
        if (!(fabs(actual[i] - expected[i]) <= 1e-9))
            fail_msg("%s[%zu] is %.17g, expected %.17g", name, i, actual[i], expected[i]);
}

static void assert_counts(const struct ml_strbuf *text, const char *name, const size_t *actual,
                          size_t n)
{
    double expected[MAX_VALUES];
    assert_int_equal(values_of(text, name, expected), n);
    for (size_t i = 0; i < n; i++)
        if ((double)actual[i] != expected[i])
            fail_msg("%s[%zu] is %zu, expected %g", name, i, actual[i], expected[i]);
}

/* "label,number,number…" lines under a heading: labels and n x *n_columns numbers. */
static size_t read_rows(const char *name, uint32_t *label, double *numbers, size_t *n_columns)
{
    struct ml_strbuf text = read_golden(name, ".csv");
    size_t n = 0;
    size_t n_numbers = 0;
    char *at = strchr(text.bytes, '\n') + 1;
    while (*at != '\0' && n < MAX_ROWS) {
        label[n++] = (uint32_t)strtoul(at, &at, 10);
        while (*at == ',' && n_numbers < MAX_ROWS * MAX_CLASSES)
            numbers[n_numbers++] = strtod(at + 1, &at);
        at += strspn(at, "\r\n");
    }
    ml_strbuf_release(&text);
    assert_true(n > 0 && n_numbers % n == 0);
    *n_columns = n_numbers / n;
    return n;
}

static struct ml_binary_eval evaluate_binary(const char *name, const struct ml_strbuf *expected)
{
    static uint32_t label[MAX_ROWS];
    static double score[MAX_ROWS * MAX_CLASSES];
    uint8_t is_positive[MAX_ROWS];
    size_t n_columns;
    size_t n = read_rows(name, label, score, &n_columns);
    assert_int_equal(n_columns, 1);
    for (size_t i = 0; i < n; i++)
        is_positive[i] = (uint8_t)label[i];
    struct ml_binary_options options = {
        .threshold = value_of(expected, "threshold"),
        .prior = value_of(expected, "prior"),
        .has_cost = true,
        .cost_fp = value_of(expected, "cost_fp"),
        .cost_fn = value_of(expected, "cost_fn"),
        .labels = {"0", "1"},
    };
    struct ml_binary_eval eval = {0};
    struct ml_error err;
    if (!ml_binary_evaluate(&eval, score, is_positive, n, &options, &err))
        fail_msg("%s", err.msg);
    return eval;
}

/* Runs a check on every binary case and its scikit-learn file. */
static void for_each_binary(void (*check)(const struct ml_binary_eval *, const struct ml_strbuf *))
{
    for (size_t i = 0; i < N_BINARY; i++) {
        struct ml_strbuf expected = read_golden(binary_cases[i], ".sklearn.txt");
        struct ml_binary_eval eval = evaluate_binary(binary_cases[i], &expected);
        check(&eval, &expected);
        ml_binary_eval_release(&eval);
        ml_strbuf_release(&expected);
    }
}

static void assert_rates(const struct ml_strbuf *expected, const char *prefix,
                         const struct ml_binary_rates *rates)
{
    const struct {
        const char *name;
        double actual;
    } table[] = {
        {"accuracy", rates->accuracy}, {"precision", rates->precision},
        {"recall", rates->recall},     {"f1", rates->f1},
        {"fpr", rates->fpr},           {"predicted_positive_rate", rates->predicted_positive_rate},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s%s", prefix, table[i].name);
        assert_value(expected, name, table[i].actual);
    }
}

static void check_figures(const struct ml_binary_eval *eval, const struct ml_strbuf *expected)
{
    assert_counts(expected, "rows", &eval->rows, 1);
    assert_counts(expected, "positives", &eval->positives, 1);
    assert_value(expected, "auc", eval->auc);
    assert_value(expected, "auc_by_ranks", eval->auc);
    assert_value(expected, "log_loss", eval->log_loss);
    assert_value(expected, "brier", eval->brier);
    assert_value(expected, "average_precision", eval->average_precision);
    assert_counts(expected, "confusion", &eval->confusion.counts[0][0], 4);
    assert_rates(expected, "", &eval->rates);
}

static void binary_figures_match_scikit_learn(void **state)
{
    (void)state;
    for_each_binary(check_figures);
}

static void check_baseline(const struct ml_binary_eval *eval, const struct ml_strbuf *expected)
{
    const struct ml_binary_baseline *base = &eval->baseline;
    assert_value(expected, "baseline_auc", base->auc);
    assert_value(expected, "baseline_log_loss", base->log_loss);
    assert_value(expected, "baseline_brier", base->brier);
    assert_value(expected, "baseline_average_precision", base->average_precision);
    assert_rates(expected, "baseline_", &base->rates);
}

static void binary_baseline_matches_scikit_learn(void **state)
{
    (void)state;
    for_each_binary(check_baseline);
}

static void check_curves(const struct ml_binary_eval *eval, const struct ml_strbuf *expected)
{
    double fpr[MAX_VALUES];
    double recall[MAX_VALUES];
    double precision[MAX_VALUES];
    size_t n = eval->curve.count;
    assert_true(n <= MAX_VALUES);
    for (size_t i = 0; i < n; i++) {
        fpr[i] = eval->curve.points[i].fpr;
        recall[i] = eval->curve.points[i].recall;
        precision[i] = eval->curve.points[i].precision;
    }
    assert_values(expected, "roc_fpr", fpr, n);
    assert_values(expected, "roc_tpr", recall, n);
    assert_values(expected, "pr_recall", recall, n);
    assert_values(expected, "pr_precision", precision, n);
}

static void roc_and_pr_points_match_scikit_learn(void **state)
{
    (void)state;
    for_each_binary(check_curves);
}

static void check_calibration(const struct ml_binary_eval *eval, const struct ml_strbuf *expected)
{
    const struct ml_calibration *calibration = &eval->calibration;
    size_t rows[ML_RELIABILITY_BINS];
    double means[ML_RELIABILITY_BINS];
    double rates[ML_RELIABILITY_BINS];
    for (size_t b = 0; b < ML_RELIABILITY_BINS; b++) {
        const struct ml_reliability_bin *bin = &calibration->reliability[b];
        rows[b] = bin->rows;
        means[b] = bin->rows > 0 ? bin->mean_score : 0;
        rates[b] = bin->rows > 0 ? bin->observed_rate : 0;
    }
    assert_counts(expected, "histogram_negative", calibration->histogram[0], ML_HISTOGRAM_BINS);
    assert_counts(expected, "histogram_positive", calibration->histogram[1], ML_HISTOGRAM_BINS);
    assert_counts(expected, "reliability_rows", rows, ML_RELIABILITY_BINS);
    assert_values(expected, "reliability_mean_score", means, ML_RELIABILITY_BINS);
    assert_values(expected, "reliability_observed_rate", rates, ML_RELIABILITY_BINS);
    assert_value(expected, "ece", calibration->ece);
}

static void histogram_and_reliability_match_numpy(void **state)
{
    (void)state;
    for_each_binary(check_calibration);
}

static void check_costs(const struct ml_binary_eval *eval, const struct ml_strbuf *expected)
{
    const struct ml_cost *cost = &eval->cost;
    assert_value(expected, "cost_total", cost->chosen.total);
    assert_value(expected, "cost_per_row", cost->chosen.per_row);
    assert_value(expected, "cost_always_negative", cost->always_negative.total);
    assert_value(expected, "cost_always_positive", cost->always_positive.total);
    assert_value(expected, "cost_theoretical_threshold", cost->theoretical.threshold);
    assert_value(expected, "cost_theoretical_total", cost->theoretical.total);
    assert_value(expected, "cost_least_threshold", cost->least.threshold);
    assert_value(expected, "cost_least_total", cost->least.total);
}

static void costs_match_a_search_over_every_threshold(void **state)
{
    (void)state;
    for_each_binary(check_costs);
}

static void delong_interval_matches_proc(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_BINARY; i++) {
        struct ml_strbuf proc = read_golden(binary_cases[i], ".proc.txt");
        static uint32_t label[MAX_ROWS];
        static double score[MAX_ROWS * MAX_CLASSES];
        uint8_t is_positive[MAX_ROWS];
        size_t n_columns;
        size_t n = read_rows(binary_cases[i], label, score, &n_columns);
        for (size_t r = 0; r < n; r++)
            is_positive[r] = (uint8_t)label[r];
        struct ml_auc_interval interval = {0};
        struct ml_error err;
        assert_true(ml_auc_delong(&interval, score, is_positive, n, &err));
        assert_value(&proc, "delong_auc", interval.auc);
        assert_value(&proc, "delong_variance", interval.variance);
        assert_value(&proc, "delong_low", interval.low);
        assert_value(&proc, "delong_high", interval.high);
        ml_strbuf_release(&proc);
    }
}

static void assert_classes(const struct ml_strbuf *expected, const struct ml_multiclass_eval *eval)
{
    double precision[MAX_CLASSES];
    double recall[MAX_CLASSES];
    double f1[MAX_CLASSES];
    size_t support[MAX_CLASSES];
    for (size_t c = 0; c < eval->n_classes; c++) {
        precision[c] = eval->classes[c].rates.precision;
        recall[c] = eval->classes[c].rates.recall;
        f1[c] = eval->classes[c].rates.f1;
        support[c] = eval->classes[c].support;
    }
    assert_values(expected, "precision", precision, eval->n_classes);
    assert_values(expected, "recall", recall, eval->n_classes);
    assert_values(expected, "f1", f1, eval->n_classes);
    assert_counts(expected, "support", support, eval->n_classes);
}

static void check_multiclass(const char *name)
{
    static uint32_t label[MAX_ROWS];
    static double prob[MAX_ROWS * MAX_CLASSES];
    static const char *const labels[MAX_CLASSES] = {"0", "1", "2", "3", "4",  "5",
                                                    "6", "7", "8", "9", "10", "11"};
    double priors[MAX_VALUES];
    struct ml_strbuf expected = read_golden(name, ".sklearn.txt");
    struct ml_multiclass_options options = {.labels = labels, .priors = priors};
    size_t n = read_rows(name, label, prob, &options.n_classes);
    assert_int_equal(values_of(&expected, "priors", priors), options.n_classes);
    struct ml_multiclass_eval eval = {0};
    struct ml_error err;
    assert_true(ml_multiclass_evaluate(&eval, prob, label, n, &options, &err));
    assert_counts(&expected, "rows", &eval.rows, 1);
    assert_value(&expected, "accuracy", eval.accuracy);
    assert_value(&expected, "log_loss", eval.log_loss);
    assert_value(&expected, "macro_f1", eval.macro_f1);
    assert_counts(&expected, "confusion", eval.counts, eval.n_classes * eval.n_classes);
    assert_classes(&expected, &eval);
    assert_value(&expected, "baseline_accuracy", eval.baseline.accuracy);
    assert_value(&expected, "baseline_macro_f1", eval.baseline.macro_f1);
    assert_value(&expected, "baseline_log_loss", eval.baseline.log_loss);
    ml_multiclass_eval_release(&eval);
    ml_strbuf_release(&expected);
}

static void multiclass_figures_match_scikit_learn(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_MULTICLASS; i++)
        check_multiclass(multiclass_cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binary_figures_match_scikit_learn),
        cmocka_unit_test(binary_baseline_matches_scikit_learn),
        cmocka_unit_test(roc_and_pr_points_match_scikit_learn),
        cmocka_unit_test(histogram_and_reliability_match_numpy),
        cmocka_unit_test(costs_match_a_search_over_every_threshold),
        cmocka_unit_test(delong_interval_matches_proc),
        cmocka_unit_test(multiclass_figures_match_scikit_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

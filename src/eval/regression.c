#include "eval/regression.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "eval/decimal.h"
#include "eval/moments.h"
#include "eval/quantile.h"

const double ml_residual_shares[ML_RESIDUAL_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

static bool is_usable(double x)
{
    return fabs(x) <= ML_REGRESSION_LARGEST;
}

bool ml_regression_check(const double *prediction, const double *truth, size_t n,
                         struct ml_error *err)
{
    if (n == 0)
        return ml_fail(err, ML_EINPUT, "no rows to evaluate");
    for (size_t i = 0; i < n; i++) {
        if (!is_usable(prediction[i]))
            return ml_fail(err, ML_EINPUT, "row %zu: prediction %g is not a number up to %g", i + 1,
                           prediction[i], ML_REGRESSION_LARGEST);
        if (!is_usable(truth[i]))
            return ml_fail(err, ML_EINPUT, "row %zu: truth %g is not a number up to %g", i + 1,
                           truth[i], ML_REGRESSION_LARGEST);
    }
    return true;
}

static double quotient_r2(double squares, double spread, size_t n)
{
    if (n < 2)
        return NAN;
    if (spread > 0)
        return 1 - squares / spread;
    return squares > 0 ? 0 : 1;
}

/* Sum of squared distances of the truth from its mean: exactly 0 when all are the same. */
static double spread_of(const double *truth, size_t n)
{
    bool varies = false;
    struct ml_moments moments = {0};
    for (size_t i = 0; i < n; i++) {
        varies = varies || truth[i] < truth[0] || truth[i] > truth[0];
        ml_moments_add(&moments, truth[i]);
    }
    return varies ? moments.m2 : 0;
}

static void measure(struct ml_regression_figures *out, const double *residual, size_t n,
                    double spread)
{
    double squares = 0;
    double absolutes = 0;
    for (size_t i = 0; i < n; i++) {
        squares += residual[i] * residual[i];
        absolutes += fabs(residual[i]);
    }
    out->rmse = sqrt(squares / (double)n);
    out->mae = absolutes / (double)n;
    out->r2 = quotient_r2(squares, spread, n);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void fill_histogram(struct ml_residual_histogram *out, const double *sorted, size_t n)
{
    double farthest = fmax(fabs(sorted[0]), fabs(sorted[n - 1]));
    const size_t half = ML_RESIDUAL_BINS / 2;
    unsigned long long digits;
    int exponent;
    double width = farthest > 0 ? fmax(farthest / (double)half, 1e-300) : 0.1;
    ml_decimal_at_least(width, &digits, &exponent);
    /* The division by 10 was rounded: the edge itself must not fall short. */
    if (ml_decimal(digits * half, exponent) < farthest)
        ml_decimal_at_least(nextafter(ml_decimal(digits, exponent), INFINITY), &digits, &exponent);
    for (size_t i = 0; i <= half; i++) {
        out->edges[half + i] = ml_decimal(digits * i, exponent);
        out->edges[half - i] = i > 0 ? -out->edges[half + i] : 0;
    }
    size_t bin = 0;
    for (size_t i = 0; i < n; i++) {
        while (bin + 1 < ML_RESIDUAL_BINS && sorted[i] >= out->edges[bin + 1])
            bin++;
        out->counts[bin]++;
    }
}

/* Residuals are sorted in place, then replaced by their absolute values, sorted. */
static void describe_residuals(struct ml_regression_eval *eval, double *residual, size_t n)
{
    double sum = 0;
    qsort(residual, n, sizeof(*residual), ascending);
    for (size_t i = 0; i < n; i++)
        sum += residual[i] / (double)n;
    eval->mean_residual = sum;
    for (size_t q = 0; q < ML_RESIDUAL_QUANTILES; q++)
        eval->residual_quantiles[q] = ml_quantile_sorted(residual, n, ml_residual_shares[q]);
    fill_histogram(&eval->histogram, residual, n);
    for (size_t i = 0; i < n; i++)
        residual[i] = fabs(residual[i]);
    qsort(residual, n, sizeof(*residual), ascending);
    eval->median_absolute_error = ml_quantile_sorted(residual, n, 0.5);
}

bool ml_regression_evaluate(struct ml_regression_eval *out, const double *prediction,
                            const double *truth, size_t n, double constant, struct ml_error *err)
{
    if (!ml_regression_check(prediction, truth, n, err))
        return false;
    if (!is_usable(constant))
        return ml_fail(err, ML_EINPUT, "the baseline's prediction %g is not a number up to %g",
                       constant, ML_REGRESSION_LARGEST);
    struct ml_regression_eval eval = {.rows = n, .baseline.prediction = constant};
    double spread = spread_of(truth, n);
    double *residual = ml_xcalloc(n, sizeof(*residual));
    for (size_t i = 0; i < n; i++)
        residual[i] = truth[i] - constant;
    measure(&eval.baseline.figures, residual, n, spread);
    for (size_t i = 0; i < n; i++)
        residual[i] = truth[i] - prediction[i];
    measure(&eval.figures, residual, n, spread);
    describe_residuals(&eval, residual, n);
    free(residual);
    *out = eval;
    return true;
}

#include "eval/paired.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "eval/auc.h"
#include "eval/moments.h"
#include "eval/quantile.h"
#include "eval/special.h"

static const double z_95 = 1.959963984540054; /* the normal distribution's 0.975 quantile */

/* z, p and the normal interval, from the difference and its variance (NaN: unknown). */
static void measure(struct ml_paired *out, double difference, double variance)
{
    double se = sqrt(variance);
    out->difference = difference;
    /* Less is the rounding of differences that are all the same. */
    if (se > 1e-14 * fabs(difference)) {
        out->z = difference / se;
        out->p = ml_normal_two_sided(out->z);
        out->interval = (struct ml_interval){difference - z_95 * se, difference + z_95 * se};
        return;
    }
    bool same = se <= 0 && fabs(difference) <= 0;
    out->z = same ? 0 : NAN;
    out->p = same ? 1 : NAN;
    out->interval = same ? (struct ml_interval){0, 0} : (struct ml_interval){NAN, NAN};
}

/* AUC -------------------------------------------------------------------------------------------
 */

static double variance_of_mean(const struct ml_moments *moments)
{
    return ml_moments_variance(moments) / (double)moments->n;
}

void ml_paired_auc(struct ml_paired *out, const struct ml_ranking *a, const struct ml_ranking *b,
                   const double *score_a, const double *score_b, const uint8_t *label, size_t n)
{
    double *of_a = ml_xcalloc(n, sizeof(*of_a));
    double *of_b = ml_xcalloc(n, sizeof(*of_b));
    struct ml_moments differences[2] = {{0}};
    struct ml_auc_interval auc_a;
    struct ml_auc_interval auc_b;
    ml_auc_delong_ranked(&auc_a, a);
    ml_auc_delong_ranked(&auc_b, b);
    ml_auc_components(of_a, a, score_a, label, n);
    ml_auc_components(of_b, b, score_b, label, n);
    for (size_t i = 0; i < n; i++)
        ml_moments_add(&differences[label[i]], of_b[i] - of_a[i]);
    free(of_a);
    free(of_b);
    *out = (struct ml_paired){.a = auc_a.auc, .b = auc_b.auc};
    measure(out, out->b - out->a,
            variance_of_mean(&differences[0]) + variance_of_mean(&differences[1]));
}

/* Means -----------------------------------------------------------------------------------------
 */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct ml_interval bootstrapped(const double *difference, size_t n,
                                       const struct ml_bootstrap *bootstrap)
{
    size_t resamples = bootstrap->resamples;
    double *means = ml_xcalloc(resamples, sizeof(*means));
    struct ml_rng rng;
    ml_rng_init(&rng, bootstrap->seed);
    for (size_t r = 0; r < resamples; r++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += difference[ml_rng_below(&rng, n)];
        means[r] = sum / (double)n;
    }
    qsort(means, resamples, sizeof(*means), ascending);
    struct ml_interval interval = {ml_quantile_sorted(means, resamples, 0.025),
                                   ml_quantile_sorted(means, resamples, 0.975)};
    free(means);
    return interval;
}

void ml_paired_mean(struct ml_paired *out, const double *loss_a, const double *loss_b, size_t n,
                    const struct ml_bootstrap *bootstrap)
{
    struct ml_moments differences = {0};
    struct ml_moments of_a = {0};
    double *difference = ml_xcalloc(n, sizeof(*difference));
    for (size_t i = 0; i < n; i++) {
        difference[i] = loss_b[i] - loss_a[i];
        ml_moments_add(&of_a, loss_a[i]);
        ml_moments_add(&differences, difference[i]);
    }
    *out = (struct ml_paired){.a = of_a.mean, .b = of_a.mean + differences.mean};
    measure(out, differences.mean, variance_of_mean(&differences));
    if (n <= ML_BOOTSTRAP_MAX_ROWS && isfinite(out->interval.low) &&
        out->interval.low < out->interval.high)
        out->interval = bootstrapped(difference, n, bootstrap);
    free(difference);
}

/* McNemar ---------------------------------------------------------------------------------------
 */

void ml_mcnemar_test(struct ml_mcnemar *out, size_t only_a, size_t only_b)
{
    double less = (double)(only_a < only_b ? only_a : only_b);
    double all = (double)only_a + (double)only_b;
    *out = (struct ml_mcnemar){.only_a = only_a, .only_b = only_b, .p = 1};
    if (all > 0) /* P(X <= less) of a binomial with rate 1/2 */
        out->p = fmin(1, 2 * ml_beta_cdf(all - less, less + 1, 0.5));
}

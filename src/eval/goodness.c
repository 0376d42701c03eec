#include "eval/goodness.h"

#include <math.h>

#include "eval/special.h"

struct ml_sample_ratio ml_sample_ratio_test(const uint64_t *counts, const double *weights, size_t n,
                                            double alpha)
{
    double total = 0;
    double weight = 0;
    double least = INFINITY;
    size_t arms = 0;
    for (size_t i = 0; i < n; i++)
        if (weights[i] > 0) {
            total += (double)counts[i];
            weight += weights[i];
            least = fmin(least, weights[i]);
            arms++;
        }
    struct ml_sample_ratio out = {NAN, arms > 0 ? arms - 1 : 0, NAN, ML_SAMPLE_RATIO_TOO_FEW};
    if (arms < 2 || total <= 0)
        return out;
    out.chi2 = 0;
    for (size_t i = 0; i < n; i++)
        if (weights[i] > 0) {
            double expected = total * (weights[i] / weight);
            double distance = (double)counts[i] - expected;
            out.chi2 += distance * distance / expected;
        }
    out.p = ml_chi_square_sf(out.chi2, (double)out.df);
    if (total * (least / weight) >= ML_SAMPLE_RATIO_LEAST)
        out.status = out.p < alpha ? ML_SAMPLE_RATIO_ALARM : ML_SAMPLE_RATIO_OK;
    return out;
}

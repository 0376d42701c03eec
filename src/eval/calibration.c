#include "eval/calibration.h"

#include <math.h>

/* score * n_bins may round across an edge, hence the second look. */
static size_t bin_of(double score, size_t n_bins)
{
    double n = (double)n_bins;
    size_t bin = (size_t)(score * n);
    if (bin >= n_bins)
        bin = n_bins - 1;
    if (bin > 0 && score < (double)bin / n)
        return bin - 1;
    if (bin + 1 < n_bins && score >= (double)(bin + 1) / n)
        return bin + 1;
    return bin;
}

/* Sums first: mean_score and observed_rate hold totals until finish_bins divides them. */
static void add_step(struct ml_calibration *calibration, const struct ml_score_step *step)
{
    size_t narrow = bin_of(step->score, ML_HISTOGRAM_BINS);
    calibration->histogram[0][narrow] += step->negatives;
    calibration->histogram[1][narrow] += step->positives;

    size_t rows = step->positives + step->negatives;
    struct ml_reliability_bin *bin =
        &calibration->reliability[bin_of(step->score, ML_RELIABILITY_BINS)];
    bin->rows += rows;
    bin->mean_score += (double)rows * step->score;
    bin->observed_rate += (double)step->positives;
}

/* Returns the expected calibration error. */
static double finish_bins(struct ml_reliability_bin *bins, size_t n_rows)
{
    double error = 0;
    for (size_t b = 0; b < ML_RELIABILITY_BINS; b++) {
        struct ml_reliability_bin *bin = &bins[b];
        double rows = (double)bin->rows;
        bin->low = (double)b / ML_RELIABILITY_BINS;
        bin->high = (double)(b + 1) / ML_RELIABILITY_BINS;
        error += fabs(bin->mean_score - bin->observed_rate);
        bin->mean_score = bin->rows > 0 ? bin->mean_score / rows : NAN;
        bin->observed_rate = bin->rows > 0 ? bin->observed_rate / rows : NAN;
    }
    return error / (double)n_rows;
}

void ml_calibration_measure(struct ml_calibration *out, const struct ml_ranking *ranking)
{
    *out = (struct ml_calibration){0};
    for (size_t i = 0; i < ranking->count; i++)
        add_step(out, &ranking->steps[i]);
    out->ece = finish_bins(out->reliability, ranking->positives + ranking->negatives);
}

/* Whether scores can be read as probabilities: where they lie, and what became of rows that got
 * them. */
#ifndef ML_EVAL_CALIBRATION_H
#define ML_EVAL_CALIBRATION_H

#include <stddef.h>

#include "eval/ranking.h"

enum { ML_HISTOGRAM_BINS = 100, ML_RELIABILITY_BINS = 10 };

/* Rows with low <= score < high (in the last bin score <= high). */
struct ml_reliability_bin {
    double low;
    double high;
    size_t rows;
    double mean_score;    /* NaN when there are no rows */
    double observed_rate; /* share of positives among the rows, 0..1; NaN when there are no rows */
};

struct ml_calibration {
    size_t histogram[2][ML_HISTOGRAM_BINS]; /* [class][bin]: rows, equal-width bins on [0,1] */
    struct ml_reliability_bin reliability[ML_RELIABILITY_BINS]; /* equal-width bins on [0,1] */
    double ece; /* expected calibration error, 0..1, 0 is best */
};

/*
 * Calibration of ranked rows, at least one, scores in [0,1]. Bin b of n holds b/n <= score <
 * (b+1)/n with both bounds rounded to double, so a score written 0.29 lies in the hundredth that
 * starts at 0.29; score 1 is in the last bin. ece is the mean over rows of |mean score - observed
 * rate| of the row's reliability bin (Naeini, Cooper & Hauskrecht, AAAI 2015, with equal-width
 * bins). O(steps).
 */
void ml_calibration_measure(struct ml_calibration *out, const struct ml_ranking *ranking);

#endif

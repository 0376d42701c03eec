/* ROC and precision-recall curves: what every threshold would have done to these rows. */
#ifndef ML_EVAL_CURVE_H
#define ML_EVAL_CURVE_H

#include <stddef.h>

#include "eval/ranking.h"

/* One threshold; (fpr, recall) is its ROC point, (recall, precision) its precision-recall point. */
struct ml_curve_point {
    double threshold; /* score > threshold is positive; see ml_ranking_threshold for -INFINITY */
    size_t tp;        /* positive rows above it */
    size_t fp;        /* negative rows above it */
    double fpr;       /* fp / negatives, 0..1 */
    double recall;    /* tp / positives, 0..1: the true positive rate */
    double precision; /* tp / (tp + fp), 0..1; 1 by convention where nothing is positive */
};

/* Zero-initialised is valid and releasable. */
struct ml_curve {
    struct ml_curve_point *points; /* owned: thresholds descending, tp and fp not descending */
    size_t count;                  /* at least 2: from (0,0) to (1,1) */
};

/*
 * The curve of ranked rows, scores in [0,1], both classes present. A point lies between every two
 * neighbouring scores, but one in the middle of a straight stretch of the ROC curve is left out:
 * where the step before it and the step after it add equally many positives and equally many
 * negatives (scikit-learn's roc_curve with drop_intermediate; like there, the origin is put before
 * the first kept point, which is never left out itself). At most 2 min(positives, negatives) + 3
 * points when there are no ties. The precision-recall curve has its points at the same thresholds;
 * along a stretch that was left out its precision is not linear. O(steps).
 */
void ml_curve_build(struct ml_curve *out, const struct ml_ranking *ranking);
void ml_curve_release(struct ml_curve *curve);

/*
 * Average precision, 0..1: the sum over all distinct scores, none left out, of (recall gained at
 * that score) x (precision there), without interpolation (as scikit-learn's
 * average_precision_score). A model without skill has the share of positives. At least one
 * positive. O(steps).
 */
double ml_curve_average_precision(const struct ml_ranking *ranking);

#endif

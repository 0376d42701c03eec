/* How many times as much: intervals for a quotient of two estimates. Thread-safe, O(1). */
#ifndef ML_EVAL_RATIO_H
#define ML_EVAL_RATIO_H

#include "eval/interval.h"

/* An estimate and its interval, low <= value <= high. */
struct ml_estimate {
    double value;
    struct ml_interval interval;
};

/*
 * Interval for b / a from the two's own intervals, a and b independent: MOVER-R of Donner & Zou
 * (Statistical Methods in Medical Research 21, 2012). The quotient r is in it when 0 is in the
 * interval for b - r a made the same way (Newcombe's for Wilson's intervals, Fieller's for
 * symmetric ones), so it holds 1 exactly when the interval for b - a holds 0.
 *
 * Both NaN unless a's value is positive. high is NaN when a's interval reaches 0, for then it has
 * no bound; low is NaN when a's upper arm is longer than its value and b's interval begins below 0.
 */
struct ml_interval ml_ratio_interval(const struct ml_estimate *a, const struct ml_estimate *b);

#endif

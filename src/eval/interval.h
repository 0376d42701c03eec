/* Where a quantity lies, as far as the rows tell. */
#ifndef ML_EVAL_INTERVAL_H
#define ML_EVAL_INTERVAL_H

struct ml_interval {
    double low; /* low <= high; both NaN when the rows do not bound it */
    double high;
};

#endif

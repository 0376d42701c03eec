/*
 * How much a cross of two columns would add to a model that does not have it: a screen that needs
 * one pass over the rows a cross and no fit.
 *
 * Each row has a residual r (truth minus prediction) and a curvature h (of the loss in the
 * prediction's margin; p (1 - p) for log-loss, 1 for half the squared error), both of a prediction
 * made without the row. In each cell of the cross, and for each fold, one Newton step is made from
 * the other folds' rows,
 *
 *     d = sum r / (sum h + ridge), within +- ML_SCREEN_MAX_STEP
 *
 * and judged on the fold's own rows by the quadratic approximation of the loss,
 * d sum r - d^2 sum h / 2. What only fits noise loses there.
 */
#ifndef ML_RECIPE_SCREEN_H
#define ML_RECIPE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ML_SCREEN_RIDGE 10.0
#define ML_SCREEN_MAX_STEP 2.0

enum { ML_SCREEN_MAX_CELLS = 65536 };

/* What the rows are, for all crosses alike. Arrays are borrowed. */
struct ml_screen {
    size_t n_rows;
    size_t n_folds;
    const unsigned char *fold; /* n_rows numbers below n_folds */
    size_t n_outputs;          /* margins of a row: 1, or one a class */
    const double *residual;    /* n_rows x n_outputs */
    const double *curvature;   /* n_rows x n_outputs, >= 0 */
};

/* The levels of one column: n_rows numbers below n_levels. */
struct ml_screen_item {
    const uint32_t *level; /* borrowed */
    size_t n_levels;
};

struct ml_screen_gain {
    double gain;  /* of loss, summed over the rows; negative: it would do harm */
    double score; /* gain over its standard error when there is nothing to gain */
};

/*
 * False, with the cross not looked at, when it has more than ML_SCREEN_MAX_CELLS cells.
 * O(n_rows x n_outputs + cells x folds). Thread-safe.
 */
bool ml_screen_cross(struct ml_screen_gain *out, const struct ml_screen *screen,
                     const struct ml_screen_item *a, const struct ml_screen_item *b);

#endif

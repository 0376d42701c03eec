/* Round numbers: the decimals that people would choose for thresholds and the edges of bins. */
#ifndef ML_EVAL_DECIMAL_H
#define ML_EVAL_DECIMAL_H

/*
 * The double nearest to digits x 10^exponent, so that it prints as that decimal: 3 and -1 give 0.3
 * and not 3 * 0.1. Infinite beyond the largest double. O(1).
 */
double ml_decimal(unsigned long long digits, int exponent);

/*
 * A number that tells low from high, low <= x < high: their middle, rounded to the fewest digits
 * that stay strictly between the two. low itself where no double lies between. 0 <= low < high,
 * both finite. O(1).
 */
double ml_decimal_between(double low, double high);

/* The least of {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8} x 10^k that is at least x; x > 0, <= 1e300. */
void ml_decimal_at_least(double x, unsigned long long *digits, int *exponent);

#endif

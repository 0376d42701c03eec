/*
 * Shares of successes: how sure one may be of one, and whether two differ. Everywhere successes <=
 * trials, and alpha in (0,1) is the chance of error, 0.05 for an interval of 95 %. Thread-safe.
 */
#ifndef ML_EVAL_PROPORTION_H
#define ML_EVAL_PROPORTION_H

#include <stdint.h>

#include "eval/interval.h"

struct ml_proportion {
    uint64_t successes;
    uint64_t trials;
};

/* successes / trials, 0..1; NaN without trials. */
double ml_proportion_rate(const struct ml_proportion *p);

/* Wilson's score interval (JASA 22, 1927), within [0,1]; [0,1] without trials. O(1). */
struct ml_interval ml_proportion_interval(const struct ml_proportion *p, double alpha);

/*
 * Interval for b's rate minus a's, within [-1,1]: Newcombe's hybrid score interval without
 * continuity correction (Statistics in Medicine 17, 1998, method 10). NaN when one has no trials.
 * O(1).
 */
struct ml_interval ml_proportion_difference(const struct ml_proportion *a,
                                            const struct ml_proportion *b, double alpha);

/*
 * Two-sided p-value of "the rates are the same": normal approximation with the pooled rate. 1 when
 * all trials ended alike, NaN when one has no trials. O(1).
 */
double ml_proportion_z_test(const struct ml_proportion *a, const struct ml_proportion *b);

/*
 * The same by Fisher's exact test: the chance, given both margins, of all tables that are not more
 * likely than this one; tables within 1e-7 of its probability count as equal, as in R. Good to ten
 * digits for any counts (eval/saddle.h). 1 when one has no trials. Cost: the tables that matter,
 * about ten standard deviations' worth, and O(log trials) to find them.
 */
double ml_proportion_fisher_test(const struct ml_proportion *a, const struct ml_proportion *b);

/*
 * The smallest of the four counts to be expected were the rates the same. Below 5 the normal
 * approximation is held to be poor (Cochran, Biometrics 10, 1954). NaN without trials.
 */
double ml_proportion_least_expected(const struct ml_proportion *a, const struct ml_proportion *b);

#endif

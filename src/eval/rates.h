/* Rates that follow from counts of right and wrong answers. A division by zero gives 0 everywhere.
 */
#ifndef ML_EVAL_RATES_H
#define ML_EVAL_RATES_H

#include <stddef.h>

/* One class against the rest; all 0..1. */
struct ml_prf {
    double precision; /* hits / predicted; 0 when the class was never predicted */
    double recall;    /* hits / actual; 0 when no row is of the class */
    double f1;        /* harmonic mean of the two: 2 hits / (predicted + actual); 0 without hits */
};

/* hits rows are of the class and predicted so, `predicted` rows predicted so, `actual` rows are so.
 */
void ml_prf_measure(struct ml_prf *out, size_t hits, size_t predicted, size_t actual);

/* Rows of a binary problem by what they are and what was answered; 0 = negative, 1 = positive. */
struct ml_confusion {
    size_t counts[2][2]; /* [true][predicted] */
};

/* All 0..1. */
struct ml_binary_rates {
    double accuracy;                /* right answers / rows */
    double precision;               /* of the rows called positive, the share that is */
    double recall;                  /* of the positive rows, the share called so */
    double f1;                      /* harmonic mean of precision and recall */
    double fpr;                     /* of the negative rows, the share called positive */
    double predicted_positive_rate; /* of all rows, the share called positive */
};

void ml_binary_rates_measure(struct ml_binary_rates *out, const struct ml_confusion *confusion);

#endif

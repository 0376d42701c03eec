/*
 * Tests that may be looked at after every outcome: the chance that one of all the looks errs is
 * what alpha says, where an ordinary p-value would be wrong sooner or later.
 *
 * This is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas
 * ("Time-uniform central limit theory and asymptotic confidence sequences", Annals of Statistics
 * 52, 2024), tuned as GrowthBook does. With n outcomes of both arms together, estimated difference
 * D and its standard error SE, and s^2 = SE^2 n:
 *
 *     rho        = sqrt((-2 ln alpha + ln(1 - 2 ln alpha)) / horizon)
 *     half-width = s sqrt(2 (n rho^2 + 1) / (n rho)^2 ln(sqrt(n rho^2 + 1) / alpha))
 *     p          = min(1, 1/E), E = exp(rho^2 T / (2 (n rho^2 + 1))) / sqrt(n rho^2 + 1),
 *     T          = n D^2 / SE^2
 *
 * It holds where the normal approximation does: not for a handful of outcomes (eval/experiment.h
 * has the floor). All functions are O(1) and thread-safe.
 */
#ifndef ML_EVAL_SEQUENTIAL_H
#define ML_EVAL_SEQUENTIAL_H

struct ml_sequence_options {
    double alpha;   /* (0,1), the level at which decisions are taken */
    double horizon; /* > 0: outcomes at which the sequence is narrowest against a fixed test; must
                       not change while an experiment runs */
};

/* What is known after n outcomes. */
struct ml_sequence_state {
    double difference;
    double se; /* standard error of difference, >= 0 */
    double n;  /* outcomes of both arms together */
};

double ml_sequence_rho(const struct ml_sequence_options *options);

/*
 * Two-sided p-value of "there is no difference", valid at every look; 0..1. It is < alpha exactly
 * when the sequence's interval leaves out 0. 1 when n, se or difference is 0 or NaN: without an
 * estimate of the error nothing can be claimed.
 */
double ml_sequence_p(const struct ml_sequence_options *options,
                     const struct ml_sequence_state *state);

/* Half the width of the interval around difference, at level alpha; NaN where p is 1 for want of an
 * estimate. */
double ml_sequence_half_width(const struct ml_sequence_options *options,
                              const struct ml_sequence_state *state);

/*
 * The n at which ml_sequence_p would come down to `level` (alpha, or less where several tests share
 * it) if the difference and the spread stayed as they are; may be less than state->n. NaN when the
 * difference or its error is 0 or NaN, or the answer is above 1e15.
 */
double ml_sequence_needed(const struct ml_sequence_options *options,
                          const struct ml_sequence_state *state, double level);

#endif

#include "eval/sequential.h"

#include <math.h>
#include <stdbool.h>

static bool has_estimate(const struct ml_sequence_state *state)
{
    return state->n > 0 && state->se > 0 && !isnan(state->difference);
}

double ml_sequence_rho(const struct ml_sequence_options *options)
{
    double x = -2 * log(options->alpha);
    return sqrt((x + log(x + 1)) / options->horizon);
}

/* ln E after n outcomes when T / n is z2 = (difference / se)^2. */
static double log_evidence(double rho, double n, double z2)
{
    double v = n * rho * rho;
    return v / (v + 1) * z2 / 2 - log1p(v) / 2;
}

double ml_sequence_p(const struct ml_sequence_options *options,
                     const struct ml_sequence_state *state)
{
    if (!has_estimate(state))
        return 1;
    double z = state->difference / state->se;
    return exp(-fmax(0, log_evidence(ml_sequence_rho(options), state->n, z * z)));
}

double ml_sequence_half_width(const struct ml_sequence_options *options,
                              const struct ml_sequence_state *state)
{
    if (!has_estimate(state))
        return NAN;
    double rho = ml_sequence_rho(options);
    double v = state->n * rho * rho;
    return state->se * sqrt(2 * (v + 1) / v * (log1p(v) / 2 - log(options->alpha)));
}

/* z2 grows with n in proportion, and the evidence with it once it is above nothing. */
double ml_sequence_needed(const struct ml_sequence_options *options,
                          const struct ml_sequence_state *state, double level)
{
    if (!has_estimate(state) || state->difference == 0)
        return NAN;
    double rho = ml_sequence_rho(options);
    double z = state->difference / state->se;
    double z2_per_outcome = z * z / state->n;
    double low = 0; /* of log10 n */
    double high = 15;
    if (log_evidence(rho, pow(10, high), z2_per_outcome * pow(10, high)) < -log(level))
        return NAN;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        double n = pow(10, middle);
        if (log_evidence(rho, n, z2_per_outcome * n) < -log(level))
            low = middle;
        else
            high = middle;
    }
    return pow(10, high);
}

#include "eval/prob.h"

#include <math.h>

bool ml_prob_is_valid(double x)
{
    return x >= 0 && x <= 1;
}

bool ml_prob_check_scores(const double *score, size_t n, struct ml_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!ml_prob_is_valid(score[i]))
            return ml_fail(err, ML_EINPUT, "row %zu: score %g is not between 0 and 1", i + 1,
                           score[i]);
    return true;
}

double ml_prob_log_loss(double prob)
{
    const double margin = 0x1p-52;
    return -log(fmin(fmax(prob, margin), 1 - margin));
}

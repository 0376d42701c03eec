#include "eval/prob.h"

#include <math.h>

bool ml_prob_is_valid(double x)
{
    return x >= 0 && x <= 1;
}

double ml_prob_log_loss(double prob)
{
    const double margin = 0x1p-52;
    return -log(fmin(fmax(prob, margin), 1 - margin));
}

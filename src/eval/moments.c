#include "eval/moments.h"

#include <math.h>

void ml_moments_add(struct ml_moments *moments, double x)
{
    moments->n++;
    double distance = x - moments->mean;
    moments->mean += distance / (double)moments->n;
    moments->m2 += distance * (x - moments->mean);
}

void ml_moments_merge(struct ml_moments *moments, const struct ml_moments *other)
{
    if (other->n == 0)
        return;
    double n = (double)moments->n;
    double n_other = (double)other->n;
    double distance = other->mean - moments->mean;
    double share = n_other / (n + n_other);
    moments->n += other->n;
    moments->mean += distance * share;
    moments->m2 += other->m2 + distance * distance * n * share;
}

double ml_moments_variance(const struct ml_moments *moments)
{
    return moments->n > 1 ? moments->m2 / (double)(moments->n - 1) : NAN;
}

#include "eval/mean.h"

#include <math.h>

#include "eval/special.h"

struct ml_interval ml_mean_interval(const struct ml_moments *moments, double alpha)
{
    if (moments->n < 2)
        return (struct ml_interval){NAN, NAN};
    double n = (double)moments->n;
    double half_width = ml_student_quantile(alpha, n - 1) * sqrt(ml_moments_variance(moments) / n);
    return (struct ml_interval){moments->mean - half_width, moments->mean + half_width};
}

struct ml_welch ml_welch_test(const struct ml_moments *a, const struct ml_moments *b, double alpha)
{
    struct ml_welch welch = {NAN, NAN, NAN, NAN, {NAN, NAN}};
    if (a->n == 0 || b->n == 0)
        return welch;
    welch.difference = b->mean - a->mean;
    double square_a = ml_moments_variance(a) / (double)a->n;
    double square_b = ml_moments_variance(b) / (double)b->n;
    double square = square_a + square_b;
    welch.se = sqrt(square);
    if (!(square > 0))
        return welch;
    double share_a = square_a / square; /* shares, because squares of squares may underflow */
    double share_b = square_b / square;
    welch.df =
        1 / (share_a * share_a / (double)(a->n - 1) + share_b * share_b / (double)(b->n - 1));
    welch.p = ml_student_two_sided(welch.difference / welch.se, welch.df);
    double half_width = ml_student_quantile(alpha, welch.df) * welch.se;
    welch.interval = (struct ml_interval){
        .low = welch.difference - half_width,
        .high = welch.difference + half_width,
    };
    return welch;
}

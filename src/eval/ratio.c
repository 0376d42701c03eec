#include "eval/ratio.h"

#include <math.h>
#include <stdbool.h>

/*
 * One root r of (b - r a)^2 = arm_b^2 + r^2 arm_a^2, where the two arms are the lengths from value
 * to bound that matter on this side. The smaller root is the lower bound, the larger the upper one.
 */
static double root(double a, double arm_a, double b, double arm_b, bool larger)
{
    double square = (a - arm_a) * (a + arm_a);
    double constant = (b - arm_b) * (b + arm_b);
    double discriminant = fmax(0, a * a * arm_b * arm_b + arm_a * arm_a * constant);
    double sum = a * b + sqrt(discriminant);
    if (larger)
        return square > 0 ? sum / square : NAN;
    if (square > 0)
        return (a * b - sqrt(discriminant)) / square;
    if (constant < 0)
        return NAN;
    return sum > 0 ? constant / sum : 0; /* the same root, written without the square */
}

struct ml_interval ml_ratio_interval(const struct ml_estimate *a, const struct ml_estimate *b)
{
    if (!(a->value > 0))
        return (struct ml_interval){NAN, NAN};
    return (struct ml_interval){
        .low = root(a->value, a->interval.high - a->value, b->value, b->value - b->interval.low,
                    false),
        .high =
            root(a->value, a->value - a->interval.low, b->value, b->interval.high - b->value, true),
    };
}

#include "eval/decimal.h"

#include <math.h>
#include <stdio.h>

#include "base/number.h"

double ml_decimal(unsigned long long digits, int exponent)
{
    char text[48];
    double x = INFINITY;
    int n = snprintf(text, sizeof(text), "%llue%d", digits, exponent);
    return ml_number_parse(text, (size_t)n, &x) == ML_NUMBER_OK ? x : INFINITY;
}

double ml_decimal_between(double low, double high)
{
    double middle = low + (high - low) / 2;
    if (!(low < middle && middle < high))
        return low;
    unsigned long long digits;
    int exponent;
    double best = middle;
    unsigned long long unit = 10;
    ml_number_shortest(middle, &digits, &exponent);
    for (int dropped = 1; unit <= digits; dropped++, unit *= 10) {
        double x = ml_decimal((digits + unit / 2) / unit, exponent + dropped);
        if (low < x && x < high)
            best = x;
    }
    return best;
}

void ml_decimal_at_least(double x, unsigned long long *digits, int *exponent)
{
    static const unsigned long long steps[] = {10, 12, 15, 20, 25, 30, 40, 50, 60, 80};
    for (*exponent = (int)floor(log10(x)) - 2;; ++*exponent)
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            *digits = steps[i];
            if (ml_decimal(*digits, *exponent) >= x)
                return;
        }
}

#include "eval/psi.h"

#include <math.h>

double ml_psi(const double *reference, const uint64_t *current, size_t n)
{
    double total_then = 0;
    double total_now = 0;
    for (size_t i = 0; i < n; i++) {
        total_then += reference[i];
        total_now += (double)current[i];
    }
    if (!(total_then > 0 && total_now > 0))
        return NAN;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double then = fmax(ML_PSI_LEAST_SHARE, reference[i] / total_then);
        double now = fmax(ML_PSI_LEAST_SHARE, (double)current[i] / total_now);
        sum += (now - then) * log(now / then);
    }
    return sum;
}

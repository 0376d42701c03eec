#include "eval/holm.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

struct test {
    double p;
    size_t index;
};

static int by_p(const void *left, const void *right)
{
    const struct test *a = left;
    const struct test *b = right;
    return (a->p > b->p) - (a->p < b->p);
}

void ml_holm_adjust(double *adjusted, const double *p, size_t n)
{
    if (n == 0)
        return;
    struct test *tests = ml_xcalloc(n, sizeof(*tests));
    for (size_t i = 0; i < n; i++)
        tests[i] = (struct test){.p = isnan(p[i]) ? INFINITY : p[i], .index = i};
    qsort(tests, n, sizeof(*tests), by_p);
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fmin(1, (double)(n - i) * tests[i].p));
        adjusted[tests[i].index] = isinf(tests[i].p) ? NAN : largest;
    }
    free(tests);
}

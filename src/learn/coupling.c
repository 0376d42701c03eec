#include "learn/coupling.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { MAX_ITERATIONS = 1000 };
static const double TOLERANCE = 1e-13;

/* The p that minimises p'Qp on the simplex has Qp = (p'Qp) e. */
static void make_q(double *q, const double *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            if (i == j)
                continue;
            q[i * n + i] += r[j * n + i] * r[j * n + i];
            q[i * n + j] = -r[j * n + i] * r[i * n + j];
        }
}

/* Fills qp = Qp, gives p'Qp. */
static double multiply(double *qp, const double *q, const double *p, size_t n)
{
    double pqp = 0.0;
    for (size_t i = 0; i < n; i++) {
        qp[i] = 0.0;
        for (size_t j = 0; j < n; j++)
            qp[i] += q[i * n + j] * p[j];
        pqp += p[i] * qp[i];
    }
    return pqp;
}

static double worst(const double *qp, double pqp, size_t n)
{
    double error = 0.0;
    for (size_t i = 0; i < n; i++)
        error = fmax(error, fabs(qp[i] - pqp));
    return error;
}

/* Algorithm 2 of the paper: each p[i] in turn goes to its optimum, then all are rescaled. */
static void sweep(double *p, double *qp, double pqp, const double *q, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double diff = (pqp - qp[i]) / q[i * n + i];
        double total = 1.0 + diff;
        p[i] += diff;
        pqp = (pqp + diff * (diff * q[i * n + i] + 2.0 * qp[i])) / total / total;
        for (size_t j = 0; j < n; j++) {
            qp[j] = (qp[j] + diff * q[i * n + j]) / total;
            p[j] /= total;
        }
    }
}

static void normalise(double *p, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        p[i] = fmax(p[i], 0.0); /* rounding may go below */
        sum += p[i];
    }
    for (size_t i = 0; i < n; i++)
        p[i] /= sum;
}

void ml_coupling_solve(double *out, const double *pairwise, size_t n)
{
    double *q = ml_xcalloc(n * n + n, sizeof(*q));
    double *qp = q + n * n;
    make_q(q, pairwise, n);
    for (size_t i = 0; i < n; i++)
        out[i] = 1.0 / (double)n;
    for (int i = 0; i < MAX_ITERATIONS; i++) {
        double pqp = multiply(qp, q, out, n);
        if (worst(qp, pqp, n) < TOLERANCE)
            break;
        sweep(out, qp, pqp, q, n);
    }
    normalise(out, n);
    free(q);
}

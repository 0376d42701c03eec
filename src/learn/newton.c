#include "learn/newton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { MAX_NEWTON = 200, MAX_HALVINGS = 60 };
static const double ARMIJO = 1e-4; /* share of the promised decrease that a step must bring */

/* One class against the rest. Vectors of n features have the bias last. */
struct machine {
    const struct ml_csr *x;
    size_t n;   /* features and the bias */
    double *y;  /* rows: 1 or -1 */
    double *c;  /* rows: C s_i c_i */
    double *z;  /* rows: w'x_i */
    double *zd; /* rows: of the direction */
    double *h;  /* rows: c_i p (1 - p) */
    double *w;  /* the solution so far */
    double *g;  /* gradient */
    double *d;  /* direction */
    double *r;  /* the rest of these: conjugate gradients */
    double *p;
    double *hp;
};

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double norm(const double *a, size_t n)
{
    return sqrt(dot(a, a, n));
}

/* out: rows of X v */
static void multiply(const struct machine *m, const double *v, double *out)
{
    const struct ml_csr *x = m->x;
    for (size_t i = 0; i < x->n_rows; i++) {
        double sum = v[m->n - 1];
        for (size_t k = x->start[i]; k < x->start[i + 1]; k++)
            sum += x->value[k] * v[x->index[k]];
        out[i] = sum;
    }
}

/* out += X' a, a a value a row */
static void add_transposed(const struct machine *m, const double *a, double *out)
{
    const struct ml_csr *x = m->x;
    for (size_t i = 0; i < x->n_rows; i++) {
        if (a[i] == 0.0)
            continue;
        for (size_t k = x->start[i]; k < x->start[i + 1]; k++)
            out[x->index[k]] += a[i] * x->value[k];
        out[m->n - 1] += a[i];
    }
}

/* The objective at w + t d, from the margins alone. */
static double value_at(const struct machine *m, double t)
{
    double sum = 0.0;
    for (size_t j = 0; j < m->n; j++) {
        double w = m->w[j] + t * m->d[j];
        sum += 0.5 * w * w;
    }
    for (size_t i = 0; i < m->x->n_rows; i++) {
        double margin = m->y[i] * (m->z[i] + t * m->zd[i]);
        if (m->c[i] > 0.0)
            sum += m->c[i] * (margin >= 0.0 ? log1p(exp(-margin)) : log1p(exp(margin)) - margin);
    }
    return sum;
}

/* The gradient at w, and the curvature of each row's loss there. */
static void differentiate(struct machine *m)
{
    memcpy(m->g, m->w, m->n * sizeof(*m->g));
    for (size_t i = 0; i < m->x->n_rows; i++) {
        double e = exp(-fabs(m->z[i]));
        double wrong = m->y[i] * m->z[i] >= 0.0 ? e / (1.0 + e) : 1.0 / (1.0 + e);
        m->h[i] = m->c[i] * e / ((1.0 + e) * (1.0 + e));
        m->zd[i] = -m->c[i] * m->y[i] * wrong;
    }
    add_transposed(m, m->zd, m->g);
}

/* d: about the solution of (I + X' diag(h) X) d = -g. */
static void find_direction(struct machine *m)
{
    double start = norm(m->g, m->n);
    double goal = fmin(0.1, sqrt(start)) * start;
    for (size_t j = 0; j < m->n; j++) {
        m->d[j] = 0.0;
        m->r[j] = -m->g[j];
        m->p[j] = m->r[j];
    }
    double rr = dot(m->r, m->r, m->n);
    for (size_t i = 0; i < m->n + 10 && sqrt(rr) > goal; i++) {
        multiply(m, m->p, m->zd);
        for (size_t k = 0; k < m->x->n_rows; k++)
            m->zd[k] *= m->h[k];
        memcpy(m->hp, m->p, m->n * sizeof(*m->hp));
        add_transposed(m, m->zd, m->hp);
        double alpha = rr / dot(m->p, m->hp, m->n);
        for (size_t j = 0; j < m->n; j++) {
            m->d[j] += alpha * m->p[j];
            m->r[j] -= alpha * m->hp[j];
        }
        double next = dot(m->r, m->r, m->n);
        for (size_t j = 0; j < m->n; j++)
            m->p[j] = m->r[j] + next / rr * m->p[j];
        rr = next;
    }
}

/* Goes along d as far as it helps; false when it does not. */
static bool step(struct machine *m)
{
    multiply(m, m->d, m->zd);
    double slope = dot(m->g, m->d, m->n);
    double value = value_at(m, 0.0);
    double t = 1.0;
    for (int i = 0; i < MAX_HALVINGS; i++, t /= 2.0) {
        double next = value_at(m, t);
        if (!(next <= value + ARMIJO * t * slope) || !(next < value))
            continue;
        for (size_t j = 0; j < m->n; j++)
            m->w[j] += t * m->d[j];
        for (size_t k = 0; k < m->x->n_rows; k++)
            m->z[k] += t * m->zd[k];
        return true;
    }
    return false;
}

/* The gradient's length at w = 0, which the tolerance is relative to. */
static double norm_at_zero(struct machine *m)
{
    memset(m->d, 0, m->n * sizeof(*m->d));
    for (size_t i = 0; i < m->x->n_rows; i++)
        m->zd[i] = -0.5 * m->c[i] * m->y[i];
    add_transposed(m, m->zd, m->d);
    return norm(m->d, m->n);
}

static void solve(struct machine *m, double epsilon)
{
    size_t positives = 0;
    size_t n_rows = m->x->n_rows;
    for (size_t i = 0; i < n_rows; i++)
        positives += m->y[i] > 0.0;
    size_t rarer = positives < n_rows - positives ? positives : n_rows - positives;
    double goal = epsilon * (double)(rarer > 0 ? rarer : 1) / (double)n_rows * norm_at_zero(m);
    multiply(m, m->w, m->z);
    for (int i = 0; i < MAX_NEWTON; i++) {
        differentiate(m);
        if (!(norm(m->g, m->n) > goal))
            return;
        find_direction(m);
        if (!step(m))
            return;
    }
}

static void machine_init(struct machine *m, const struct ml_csr *x)
{
    m->x = x;
    m->n = x->n_columns + 1;
    double *rows = ml_xcalloc(5 * x->n_rows, sizeof(*rows));
    double *features = ml_xcalloc(6 * m->n, sizeof(*features));
    m->y = rows;
    m->c = rows + x->n_rows;
    m->z = rows + 2 * x->n_rows;
    m->zd = rows + 3 * x->n_rows;
    m->h = rows + 4 * x->n_rows;
    m->w = features;
    m->g = features + m->n;
    m->d = features + 2 * m->n;
    m->r = features + 3 * m->n;
    m->p = features + 4 * m->n;
    m->hp = features + 5 * m->n;
}

static void machine_release(struct machine *m)
{
    free(m->y);
    free(m->w);
}

/* Class `positive` against the others; for two classes each has its own weight. */
static void set_target(struct machine *m, const struct ml_newton_task *t, size_t positive)
{
    for (size_t i = 0; i < t->x->n_rows; i++) {
        bool own = t->label[i] == positive;
        bool weighed = t->class_weight != NULL && (own || t->n_classes == 2);
        m->y[i] = own ? 1.0 : -1.0;
        m->c[i] = t->c * (t->weight != NULL ? t->weight[i] : 1.0) *
                  (weighed ? t->class_weight[t->label[i]] : 1.0);
    }
}

bool ml_newton_train(struct ml_linear *out, const struct ml_newton_task *t, struct ml_error *err)
{
    size_t k = t->n_classes == 2 ? 1 : t->n_classes;
    struct ml_linear l = {t->x->n_columns, t->n_classes, k, NULL, NULL};
    l.weight = ml_xcalloc(l.n_features * k, sizeof(*l.weight));
    l.bias = ml_xcalloc(k, sizeof(*l.bias));
    struct machine m;
    machine_init(&m, t->x);
    bool finite = true;
    for (size_t v = 0; v < k; v++) {
        set_target(&m, t, k == 1 ? 1 : v);
        for (size_t j = 0; j < l.n_features; j++)
            m.w[j] = t->start != NULL ? t->start->weight[j * k + v] : 0.0;
        m.w[l.n_features] = t->start != NULL ? t->start->bias[v] : 0.0;
        solve(&m, t->epsilon);
        for (size_t j = 0; j < l.n_features; j++) {
            l.weight[j * k + v] = m.w[j];
            finite = finite && isfinite(m.w[j]);
        }
        l.bias[v] = m.w[l.n_features];
        finite = finite && isfinite(l.bias[v]) && isfinite(norm(m.g, m.n));
    }
    machine_release(&m);
    if (!finite) {
        ml_linear_release(&l);
        return ml_fail(err, ML_EINTERNAL, "Newton's method found no finite weights");
    }
    *out = l;
    return true;
}

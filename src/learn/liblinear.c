#include "learn/liblinear.h"

#include <linear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const struct {
    const char *name;
    int number;
} solvers[] = {
    {"L2R_LR", L2R_LR},
    {"L1R_LR", L1R_LR},
    {"L2R_LR_DUAL", L2R_LR_DUAL},
    {"L2R_L2LOSS_SVR", L2R_L2LOSS_SVR},
};

static int solver_number(const char *name)
{
    for (size_t i = 0; i < sizeof(solvers) / sizeof(solvers[0]); i++)
        if (strcmp(solvers[i].name, name) == 0)
            return solvers[i].number;
    abort(); /* a learner names one of the list */
}

static void print_nothing(const char *text)
{
    (void)text;
}

/* Rows in LIBLINEAR's form: 1-based indices, the bias as the last feature, -1 at the end. */
static void make_problem(struct problem *p, const struct ml_liblinear_task *t)
{
    const struct ml_csr *x = t->x;
    size_t n_nodes = x->start[x->n_rows] + 2 * x->n_rows;
    struct feature_node *node = ml_xcalloc(n_nodes, sizeof(*node));
    p->l = (int)x->n_rows;
    p->n = (int)x->n_columns + 1;
    p->bias = 1.0;
    p->y = ml_xcalloc(x->n_rows, sizeof(*p->y));
    p->x = ml_xcalloc(x->n_rows, sizeof(*p->x));
    for (size_t i = 0; i < x->n_rows; i++) {
        double scale = t->scale != NULL ? t->scale[i] : 1.0;
        p->y[i] = t->y[i];
        p->x[i] = node;
        for (size_t k = x->start[i]; k < x->start[i + 1]; k++)
            *node++ = (struct feature_node){(int)x->index[k] + 1, scale * x->value[k]};
        *node++ = (struct feature_node){p->n, scale};
        *node++ = (struct feature_node){-1, 0.0};
    }
}

static void set_class_weights(struct parameter *parameter, const struct ml_liblinear_task *t)
{
    int *labels = ml_xcalloc(t->n_classes, sizeof(*labels));
    double *weights = ml_xcalloc(t->n_classes, sizeof(*weights));
    for (size_t k = 0; k < t->n_classes; k++)
        labels[k] = (int)k;
    memcpy(weights, t->class_weight, t->n_classes * sizeof(*weights));
    parameter->nr_weight = (int)t->n_classes;
    parameter->weight_label = labels;
    parameter->weight = weights;
}

/* LIBLINEAR orders classes by first appearance; ours are in order of their numbers. */
static void take_weights(struct ml_linear *out, const struct model *m,
                         const struct ml_liblinear_task *t)
{
    size_t n = t->n_classes <= 2 ? 1 : t->n_classes;
    *out = (struct ml_linear){t->x->n_columns, t->n_classes, n, NULL, NULL};
    out->weight = ml_xcalloc(out->n_features * n, sizeof(*out->weight));
    out->bias = ml_xcalloc(n, sizeof(*out->bias));
    for (size_t i = 0; i <= out->n_features; i++) {
        double *row = i < out->n_features ? out->weight + i * n : out->bias;
        for (size_t k = 0; k < n; k++) {
            double w = m->w[i * n + k];
            if (n == 1)
                row[0] = t->n_classes == 0 || m->label[0] == 1 ? w : -w;
            else
                row[m->label[k]] = w;
        }
    }
}

/* The weights to start from, in the solver's order of classes: that of their first rows. */
static double *order_start(const struct ml_liblinear_task *t)
{
    const struct ml_linear *m = t->start;
    size_t *order = ml_xcalloc(t->n_classes, sizeof(*order));
    bool *seen = ml_xcalloc(t->n_classes, sizeof(*seen));
    size_t n_seen = 0;
    for (size_t i = 0; n_seen < t->n_classes; i++) {
        size_t k = (size_t)t->y[i];
        if (!seen[k])
            order[n_seen++] = k;
        seen[k] = true;
    }
    double *start = ml_xcalloc((m->n_features + 1) * m->n_vectors, sizeof(*start));
    for (size_t i = 0; i <= m->n_features; i++) {
        const double *row = i < m->n_features ? m->weight + i * m->n_vectors : m->bias;
        for (size_t k = 0; k < m->n_vectors; k++)
            start[i * m->n_vectors + k] = m->n_vectors > 1 ? row[order[k]]
                                          : order[0] == 1  ? row[0]
                                                           : -row[0];
    }
    free(order);
    free(seen);
    return start;
}

static bool solve(struct ml_linear *out, const struct problem *p, const struct parameter *parameter,
                  const struct ml_liblinear_task *t, struct ml_error *err)
{
    set_print_string_function(print_nothing);
    srand((unsigned)t->seed); /* in the child process: nobody else draws */
    struct model *m = train(p, parameter);
    struct ml_linear linear;
    take_weights(&linear, m, t);
    free_and_destroy_model(&m);
    if (!ml_linear_is_finite(&linear)) {
        ml_linear_release(&linear);
        return ml_fail(err, ML_EINTERNAL, "LIBLINEAR found no finite weights");
    }
    *out = linear;
    return true;
}

bool ml_liblinear_train(struct ml_linear *out, const struct ml_liblinear_task *t,
                        struct ml_error *err)
{
    struct problem p;
    make_problem(&p, t);
    struct parameter parameter = {
        .solver_type = solver_number(t->solver),
        .eps = t->epsilon,
        .C = t->c,
    };
    if (t->class_weight != NULL)
        set_class_weights(&parameter, t);
    if (t->start != NULL)
        parameter.init_sol = order_start(t);
    const char *complaint = check_parameter(&p, &parameter);
    bool ok = complaint == NULL || ml_fail(err, ML_EINPUT, "LIBLINEAR: %s", complaint);
    if (ok)
        ok = solve(out, &p, &parameter, t, err);
    free(parameter.init_sol);
    free(parameter.weight_label);
    free(parameter.weight);
    free(p.x[0]);
    free(p.x);
    free(p.y);
    return ok;
}

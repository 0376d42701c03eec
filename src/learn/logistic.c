/* LIBLINEAR's only user: logistic regression, L2 (primal or dual) or L1, one-vs-rest for k > 2. */
#include <linear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "learn/learner.h"
#include "learn/linear.h"
#include "learn/newton.h"

static const double NEWTON_EPSILON = 1e-6; /* near the optimum its steps are short and few */

static int solver_of(const struct ml_learner_options *o)
{
    if (o->penalty == ML_PENALTY_L1)
        return L1R_LR;
    return o->dual ? L2R_LR_DUAL : L2R_LR;
}

static const char *solver_name(int solver)
{
    return solver == L1R_LR ? "L1R_LR" : solver == L2R_LR_DUAL ? "L2R_LR_DUAL" : "L2R_LR";
}

static bool check(struct ml_learner_options *o, const struct ml_training_set *set,
                  struct ml_error *err)
{
    bool weighted = set->weight != NULL;
    if (weighted && (o->dual || o->penalty == ML_PENALTY_L1))
        return ml_fail(
            err, ML_EUNSUPPORTED,
            "algorithm 'logistic' has weights of rows with the l2 penalty and the primal "
            "problem only");
    if (o->dual && o->penalty == ML_PENALTY_L1)
        return ml_fail(err, ML_EINPUT, "the dual solver has no L1 penalty");
    if (o->c == 0.0)
        o->c = 1.0;
    if (o->epsilon == 0.0)
        o->epsilon = weighted  ? NEWTON_EPSILON
                     : o->dual ? 0.1
                               : 0.01; /* LIBLINEAR's own defaults */
    return true;
}

static void print_nothing(const char *text)
{
    (void)text;
}

/* Rows in LIBLINEAR's form: 1-based indices, the bias as the last feature, -1 at the end. */
static void make_problem(struct problem *p, const struct ml_training_set *set)
{
    const struct ml_csr *x = set->x;
    size_t n_nodes = x->start[x->n_rows] + 2 * x->n_rows;
    struct feature_node *node = ml_xcalloc(n_nodes, sizeof(*node));
    p->l = (int)x->n_rows;
    p->n = (int)x->n_columns + 1;
    p->bias = 1.0;
    p->y = ml_xcalloc(x->n_rows, sizeof(*p->y));
    p->x = ml_xcalloc(x->n_rows, sizeof(*p->x));
    for (size_t i = 0; i < x->n_rows; i++) {
        p->y[i] = set->label[i];
        p->x[i] = node;
        for (size_t k = x->start[i]; k < x->start[i + 1]; k++)
            *node++ = (struct feature_node){(int)x->index[k] + 1, x->value[k]};
        *node++ = (struct feature_node){p->n, 1.0};
        *node++ = (struct feature_node){-1, 0.0};
    }
}

/* LIBLINEAR orders classes by first appearance; ours are in order of their numbers. */
static void take_weights(struct ml_linear *out, const struct model *m,
                         const struct ml_training_set *set)
{
    size_t n = set->n_classes == 2 ? 1 : set->n_classes;
    *out = (struct ml_linear){set->x->n_columns, set->n_classes, n, NULL, NULL};
    out->weight = ml_xcalloc(out->n_features * n, sizeof(*out->weight));
    out->bias = ml_xcalloc(n, sizeof(*out->bias));
    for (size_t i = 0; i <= out->n_features; i++) {
        double *row = i < out->n_features ? out->weight + i * n : out->bias;
        for (size_t k = 0; k < n; k++) {
            double w = m->w[i * n + k];
            if (n == 1)
                row[0] = m->label[0] == 1 ? w : -w;
            else
                row[m->label[k]] = w;
        }
    }
}

static bool all_finite(const struct ml_linear *m)
{
    for (size_t i = 0; i < m->n_features * m->n_vectors; i++)
        if (!isfinite(m->weight[i]))
            return false;
    for (size_t k = 0; k < m->n_vectors; k++)
        if (!isfinite(m->bias[k]))
            return false;
    return true;
}

/* Where the solver shall start: the weights of an earlier fit in the solver's order of classes. */
static double *start_of(const struct ml_training_set *set, const struct ml_learner_options *o)
{
    struct ml_linear m;
    struct ml_error err;
    if (o->warm == NULL || solver_of(o) != L2R_LR ||
        !ml_linear_read(&m, o->warm->bytes, o->warm->length, set->x->n_columns, set->n_classes,
                        &err))
        return NULL;
    size_t *order = ml_xcalloc(set->n_classes, sizeof(*order)); /* classes as they appear */
    bool *seen = ml_xcalloc(set->n_classes, sizeof(*seen));
    size_t n_seen = 0;
    for (size_t i = 0; n_seen < set->n_classes; i++) {
        if (!seen[set->label[i]])
            order[n_seen++] = set->label[i];
        seen[set->label[i]] = true;
    }
    double *start = ml_xcalloc((m.n_features + 1) * m.n_vectors, sizeof(*start));
    for (size_t i = 0; i <= m.n_features; i++) {
        const double *row = i < m.n_features ? m.weight + i * m.n_vectors : m.bias;
        for (size_t k = 0; k < m.n_vectors; k++)
            start[i * m.n_vectors + k] = m.n_vectors > 1 ? row[order[k]]
                                         : order[0] == 1 ? row[0]
                                                         : -row[0];
    }
    free(order);
    free(seen);
    ml_linear_release(&m);
    return start;
}

/* Rows with weights: LIBLINEAR has none. */
static bool train_weighted(struct ml_strbuf *out, const struct ml_training_set *set,
                           const struct ml_learner_options *o, struct ml_error *err)
{
    struct ml_newton_task task = {.x = set->x,
                                  .label = set->label,
                                  .n_classes = set->n_classes,
                                  .weight = set->weight,
                                  .class_weight = o->class_weight,
                                  .c = o->c,
                                  .epsilon = o->epsilon};
    struct ml_linear linear;
    struct ml_linear start = {0};
    struct ml_error unusable;
    if (o->warm != NULL && ml_linear_read(&start, o->warm->bytes, o->warm->length,
                                          set->x->n_columns, set->n_classes, &unusable))
        task.start = &start;
    bool ok = ml_newton_train(&linear, &task, err);
    if (ok) {
        ml_linear_write(&linear, "L2R_LR", out);
        ml_linear_release(&linear);
    }
    ml_linear_release(&start);
    return ok;
}

static bool train_logistic(struct ml_strbuf *out, const struct ml_training_set *set,
                           const struct ml_learner_options *o, struct ml_error *err)
{
    if (set->weight != NULL)
        return train_weighted(out, set, o, err);
    struct problem p;
    make_problem(&p, set);
    struct parameter parameter = {
        .solver_type = solver_of(o),
        .eps = o->epsilon,
        .C = o->c,
        .p = 0.1,
    };
    parameter.init_sol = start_of(set, o);
    int *labels = ml_xcalloc(set->n_classes, sizeof(*labels));
    double *weights = ml_xcalloc(set->n_classes, sizeof(*weights));
    if (o->class_weight != NULL) {
        for (size_t k = 0; k < set->n_classes; k++)
            labels[k] = (int)k;
        memcpy(weights, o->class_weight, set->n_classes * sizeof(*weights));
        parameter.nr_weight = (int)set->n_classes;
        parameter.weight_label = labels;
        parameter.weight = weights;
    }
    const char *complaint = check_parameter(&p, &parameter);
    bool ok = complaint == NULL || ml_fail(err, ML_EINPUT, "LIBLINEAR: %s", complaint);
    if (ok) {
        set_print_string_function(print_nothing);
        srand((unsigned)o->seed); /* in the child process: nobody else draws */
        struct model *m = train(&p, &parameter);
        struct ml_linear linear;
        take_weights(&linear, m, set);
        free_and_destroy_model(&m);
        ok = all_finite(&linear) || ml_fail(err, ML_EINTERNAL, "LIBLINEAR found no finite weights");
        if (ok)
            ml_linear_write(&linear, solver_name(parameter.solver_type), out);
        ml_linear_release(&linear);
    }
    free(parameter.init_sol);
    free(labels);
    free(weights);
    free(p.x[0]);
    free(p.x);
    free(p.y);
    return ok;
}

static bool load(void **out, const char *text, size_t n, size_t n_features, size_t n_classes,
                 struct ml_error *err)
{
    struct ml_linear m;
    if (!ml_linear_read(&m, text, n, n_features, n_classes, err))
        return false;
    struct ml_linear *linear = ml_xmalloc(sizeof(*linear));
    *linear = m;
    *out = linear;
    return true;
}

/* LIBLINEAR's predict_probability: sigmoids of the one-vs-rest margins, divided by their sum. */
static void predict_row(const void *predictor, const struct ml_sparse *row, double *probability,
                        double *margin)
{
    const struct ml_linear *m = predictor;
    if (m->n_vectors == 1) {
        ml_linear_margins(m, row, margin);
        probability[1] = ml_sigmoid(*margin);
        probability[0] = 1.0 - probability[1];
        return;
    }
    ml_linear_margins(m, row, probability);
    double sum = 0.0;
    for (size_t k = 0; k < m->n_vectors; k++) {
        probability[k] = ml_sigmoid(probability[k]);
        sum += probability[k];
    }
    for (size_t k = 0; k < m->n_vectors; k++)
        probability[k] = sum > 0.0 ? probability[k] / sum : 1.0 / (double)m->n_vectors;
}

static void explain_row(const void *predictor, const struct ml_sparse *row, double *bias,
                        double *terms)
{
    ml_linear_terms(predictor, row, bias, terms);
}

static void free_linear(void *predictor)
{
    ml_linear_release(predictor);
    free(predictor);
}

const struct ml_learner_ops ml_learner_logistic = {
    .name = "logistic",
    .solver_name = "LIBLINEAR 2.30",
    .file_name = "liblinear.model",
    .check = check,
    .train = train_logistic,
    .load = load,
    .predict = predict_row,
    .explain = explain_row,
    .free = free_linear,
};

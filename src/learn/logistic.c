/* Logistic regression, L2 (primal or dual) or L1, one-vs-rest for k > 2. */
#include <stdlib.h>

#include "base/alloc.h"
#include "learn/learner.h"
#include "learn/liblinear.h"
#include "learn/newton.h"

static const double NEWTON_EPSILON = 1e-6; /* near the optimum its steps are short and few */

static const char *solver_of(const struct ml_learner_options *o)
{
    if (o->penalty == ML_PENALTY_L1)
        return "L1R_LR";
    return o->dual ? "L2R_LR_DUAL" : "L2R_LR";
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

/* Where the solver shall start: the weights of an earlier fit on the same features. */
static bool read_start(struct ml_linear *out, const struct ml_training_set *set,
                       const struct ml_learner_options *o)
{
    struct ml_error err;
    return o->warm != NULL && o->penalty == ML_PENALTY_L2 && !o->dual &&
           ml_linear_read(out, o->warm->bytes, o->warm->length, set->x->n_columns, set->n_classes,
                          &err);
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
    double *y = ml_xcalloc(set->x->n_rows, sizeof(*y));
    for (size_t i = 0; i < set->x->n_rows; i++)
        y[i] = set->label[i];
    struct ml_liblinear_task task = {
        .solver = solver_of(o),
        .x = set->x,
        .y = y,
        .n_classes = set->n_classes,
        .class_weight = o->class_weight,
        .c = o->c,
        .epsilon = o->epsilon,
        .seed = o->seed,
    };
    struct ml_linear start = {0};
    if (read_start(&start, set, o))
        task.start = &start;
    struct ml_linear linear;
    bool ok = ml_liblinear_train(&linear, &task, err);
    if (ok) {
        ml_linear_write(&linear, task.solver, out);
        ml_linear_release(&linear);
    }
    ml_linear_release(&start);
    free(y);
    return ok;
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

const struct ml_learner_ops ml_learner_logistic = {
    .name = "logistic",
    .solves = ML_SOLVES_CLASSES,
    .solver_name = ML_LIBLINEAR_NAME,
    .file_name = "liblinear.model",
    .check = check,
    .train = train_logistic,
    .load = ml_linear_load,
    .predict = predict_row,
    .explain = ml_linear_explain,
    .free = ml_linear_free,
};

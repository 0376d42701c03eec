/*
 * Ridge regression: LIBLINEAR's L2-loss support vector regression with an insensitive zone of 0,
 *
 *     minimise  1/2 |w|^2 + C sum_i weight_i (z_i - w x_i)^2,    z = (y - mean) / deviation
 *
 * over the standardised target, so that C and epsilon mean the same in euros and in cents. The bias
 * is one of the w: what is penalised of it is its distance from the weighted mean. The predictions
 * are those of scikit-learn's Ridge(alpha = 1 / (2 C), fit_intercept = False) with a column of ones
 * on y - mean, within 1e-6 deviations with the default epsilon.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "learn/learner.h"
#include "learn/liblinear.h"

static bool check(struct ml_learner_options *o, const struct ml_training_set *set,
                  struct ml_error *err)
{
    double largest = 0.0;
    for (size_t i = 0; set->weight != NULL && i < set->x->n_rows; i++)
        largest = fmax(largest, set->weight[i]);
    if (set->weight != NULL && largest == 0.0)
        return ml_fail(err, ML_EINPUT, "no row has a weight above 0");
    if (o->penalty == ML_PENALTY_L1)
        return ml_fail(err, ML_EINPUT, "algorithm 'ridge' has no L1 penalty");
    if (o->dual)
        return ml_fail(err, ML_EINPUT, "algorithm 'ridge' has no dual solver");
    if (o->class_weight != NULL)
        return ml_fail(err, ML_EINPUT, "algorithm 'ridge' has no classes to weigh");
    if (o->c == 0.0)
        o->c = 1.0;
    if (o->epsilon == 0.0)
        o->epsilon = 1e-10; /* LIBLINEAR's own, 1e-4, is seen in the third digit */
    return true;
}

static double weight_of(const struct ml_training_set *set, size_t i)
{
    return set->weight != NULL ? set->weight[i] : 1.0;
}

/* Centre and unit of the target. */
struct unit {
    double mean;
    double deviation; /* population standard deviation, > 0: 1 for a constant target */
};

/*
 * Weighted, in steps that neither overflow nor vanish: targets reach from 1e-300 to 1e40, weights
 * any height.
 */
static struct unit measure(const struct ml_training_set *set)
{
    struct unit u = {0.0, 1.0};
    double sum = 0.0;
    double farthest = 0.0;
    double squares = 0.0;
    size_t n = set->x->n_rows;
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(set, i);
        sum += w / (double)n;
        if (w > 0.0)
            u.mean += (set->target[i] - u.mean) * (w / (double)n / sum);
    }
    for (size_t i = 0; i < n; i++)
        if (weight_of(set, i) > 0.0)
            farthest = fmax(farthest, fabs(set->target[i] - u.mean));
    if (farthest <= 4.0 * DBL_EPSILON * fabs(u.mean) || farthest == 0.0)
        return u; /* rounding of the mean is no spread */
    for (size_t i = 0; i < n; i++) {
        double d = (set->target[i] - u.mean) / farthest;
        squares += weight_of(set, i) / (double)n / sum * d * d;
    }
    u.deviation = farthest * sqrt(squares);
    return u;
}

/* Weights for the standardised target become weights for the target itself. */
static void restore_unit(struct ml_linear *m, const struct unit *u)
{
    for (size_t i = 0; i < m->n_features; i++)
        m->weight[i] *= u->deviation;
    m->bias[0] = u->mean + m->bias[0] * u->deviation;
}

static bool train_ridge(struct ml_strbuf *out, const struct ml_training_set *set,
                        const struct ml_learner_options *o, struct ml_error *err)
{
    struct unit unit = measure(set);
    size_t n = set->x->n_rows;
    double *y = ml_xcalloc(n, sizeof(*y));
    double *scale = ml_xcalloc(n, sizeof(*scale));
    for (size_t i = 0; i < n; i++) {
        scale[i] = sqrt(weight_of(set, i));
        y[i] = scale[i] * ((set->target[i] - unit.mean) / unit.deviation);
    }
    struct ml_liblinear_task task = {
        .solver = "L2R_L2LOSS_SVR",
        .x = set->x,
        .y = y,
        .scale = scale,
        .c = o->c,
        .epsilon = o->epsilon,
        .seed = o->seed,
    };
    struct ml_linear linear;
    bool ok = ml_liblinear_train(&linear, &task, err);
    free(y);
    free(scale);
    if (!ok)
        return false;
    restore_unit(&linear, &unit);
    ok = ml_linear_is_finite(&linear) ||
         ml_fail(err, ML_EINTERNAL, "the target is too large for finite weights");
    if (ok)
        ml_linear_write(&linear, task.solver, out);
    ml_linear_release(&linear);
    return ok;
}

static void predict_row(const void *predictor, const struct ml_sparse *row, double *value,
                        double *margin)
{
    ml_linear_margins(predictor, row, margin);
    *margin = fmin(fmax(*margin, -DBL_MAX), DBL_MAX);
    value[0] = *margin;
}

const struct ml_learner_ops ml_learner_ridge = {
    .name = "ridge",
    .solver_name = ML_LIBLINEAR_NAME,
    .solves = ML_SOLVES_VALUES,
    .file_name = "liblinear.model",
    .check = check,
    .train = train_ridge,
    .load = ml_linear_load,
    .predict = predict_row,
    .explain = ml_linear_explain,
    .free = ml_linear_free,
};

/*
 * L2-regularised logistic regression with a weight for each row: what LIBLINEAR cannot do. Newton's
 * method; each step by conjugate gradients, as far as the line search accepts it (Nocedal & Wright,
 * Numerical Optimization, 2nd ed. 2006, algorithm 7.1).
 */
#ifndef ML_LEARN_NEWTON_H
#define ML_LEARN_NEWTON_H

#include <stdbool.h>

#include "learn/linear.h"

struct ml_newton_task {
    const struct ml_csr *x;
    const uint32_t *label;         /* x->n_rows class numbers */
    size_t n_classes;              /* 2 or more; more than two are learnt one against the rest */
    const double *weight;          /* x->n_rows, >= 0 and finite; NULL: all 1 */
    const double *class_weight;    /* n_classes, > 0; NULL: all 1 */
    double c;                      /* > 0 */
    double epsilon;                /* > 0 */
    const struct ml_linear *start; /* of the same features and classes; NULL: 0 */
};

/*
 * Minimises, the bias being one more feature of value 1,
 *
 *     1/2 w'w + C sum_i s_i c_i log(1 + exp(-y_i w'x_i))
 *
 * with s_i the row's weight and c_i that of its class (1 for "the rest"): LIBLINEAR's L2R_LR where
 * all weights are 1. Stops like it, when the gradient is at most epsilon * the share of the rarer
 * class of what it is at w = 0, or when rounding allows no further step. ML_EINTERNAL when a weight
 * is not finite. O(entries) a conjugate gradient step.
 */
bool ml_newton_train(struct ml_linear *out, const struct ml_newton_task *task, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

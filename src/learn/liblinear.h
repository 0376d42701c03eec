/*
 * LIBLINEAR's only user: its solvers behind one function, for the learners that are linear.
 *
 * Called in a child process, where the library may draw from rand() and may crash.
 */
#ifndef ML_LEARN_LIBLINEAR_H
#define ML_LEARN_LIBLINEAR_H

#include <stdbool.h>
#include <stdint.h>

#include "learn/linear.h"

#define ML_LIBLINEAR_NAME "LIBLINEAR 2.30"

struct ml_liblinear_task {
    const char *solver; /* LIBLINEAR's name of it: "L2R_LR", "L1R_LR", "L2R_LR_DUAL" for classes,
                           "L2R_L2LOSS_SVR" for values */
    const struct ml_csr *x;
    const double *y;               /* x->n_rows class numbers or values */
    const double *scale;           /* x->n_rows factors of a row and its bias, >= 0; NULL: all 1 */
    size_t n_classes;              /* 0: y are values */
    const double *class_weight;    /* n_classes, > 0; NULL: all 1 */
    const struct ml_linear *start; /* "L2R_LR": where to begin; NULL: at 0 */
    double c;
    double epsilon;
    uint64_t seed;
};

/*
 * The weights, that of the bias (one more feature, of value 1, penalised like the others) among
 * them. ML_EINPUT when LIBLINEAR refuses a parameter, ML_EINTERNAL when a weight is not finite.
 */
bool ml_liblinear_train(struct ml_linear *out, const struct ml_liblinear_task *task,
                        struct ml_error *err) __attribute__((warn_unused_result));

#endif

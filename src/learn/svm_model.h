/*
 * Support vector machines in libsvm's text format: written and read by us, readable by
 * svm-predict, used without the library.
 */
#ifndef ML_LEARN_SVM_MODEL_H
#define ML_LEARN_SVM_MODEL_H

#include <stdbool.h>

#include "base/error.h"
#include "base/sparse.h"
#include "base/strbuf.h"
#include "learn/learner.h"

/*
 * One machine for each pair of classes, with support vectors in common. The classes have an order
 * of their own, libsvm's: `label` gives the class number at each place, and a pair (i, j), i < j,
 * is of places. Its decision value is positive on the side of label[i].
 */
struct ml_svm {
    enum ml_kernel kernel;
    double gamma; /* RBF */
    size_t n_features;
    size_t n_classes;
    size_t n_pairs;    /* (0, 1), (0, 2), ..., (1, 2), ... */
    size_t *label;     /* owned; n_classes */
    size_t *n_vectors; /* owned; n_classes: support vectors of each, in order of places */
    double *rho;       /* owned; n_pairs */
    double *prob_a;    /* owned; n_pairs: P(label[i]) = 1 / (1 + exp(a * decision + b)) */
    double *prob_b;
    double *coef; /* owned; vector.n_rows x (n_classes - 1): against each other place */
    struct ml_csr vector;
};

/* Room for all but coef and the vectors. */
void ml_svm_init(struct ml_svm *svm, size_t n_features, size_t n_classes);
void ml_svm_release(struct ml_svm *svm);

/* Where the pair of places i < j is among the n_pairs. */
size_t ml_svm_pair(const struct ml_svm *svm, size_t i, size_t j);

void ml_svm_write(const struct ml_svm *svm, struct ml_strbuf *buf);
bool ml_svm_read(struct ml_svm *out, const char *text, size_t n, size_t n_features,
                 size_t n_classes, struct ml_error *err) __attribute__((warn_unused_result));

/* decision: n_pairs values. Thread-safe. */
void ml_svm_decisions(const struct ml_svm *svm, const struct ml_sparse *row, double *decision);

#endif

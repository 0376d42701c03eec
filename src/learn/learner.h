/*
 * What can be learnt with: one table of functions a solver library, one file each.
 *
 * A learner sees a sparse matrix and class numbers or values, never a schema. It trains in a child
 * process and hands back the solver's own text file; a predictor is made from that text by our
 * strict reader, so training and loading go one way. A new learner is a new file and a line in
 * learn/learner.c.
 */
#ifndef ML_LEARN_LEARNER_H
#define ML_LEARN_LEARNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/sparse.h"
#include "base/strbuf.h"

enum ml_penalty {
    ML_PENALTY_L2,
    ML_PENALTY_L1,
};

enum ml_kernel {
    ML_KERNEL_LINEAR,
    ML_KERNEL_RBF,
};

struct ml_learner_options {
    double c;                     /* inverse regularisation, > 0; 0: the learner's default */
    double epsilon;               /* stopping tolerance, > 0; 0: the learner's default */
    enum ml_penalty penalty;      /* logistic */
    bool dual;                    /* logistic, L2 only: coordinate descent on the dual */
    enum ml_kernel kernel;        /* svm */
    double gamma;                 /* svm, RBF; 0: 1 / number of features */
    const double *class_weight;   /* n_classes, > 0; NULL: all 1 */
    uint64_t seed;                /* for whatever is drawn at random */
    const struct ml_strbuf *warm; /* text of a fit of the same set to start from, where the learner
                                     can; NULL: none */
};

struct ml_training_set {
    const struct ml_csr *x;
    const uint32_t *label; /* x->n_rows class numbers, each class present; NULL for values */
    size_t n_classes;      /* 2 or more; 0 for values */
    const double *target;  /* x->n_rows finite values, within ML_MAX_TARGET; NULL for classes */
    const double *weight;  /* x->n_rows, >= 0 and finite; NULL: all 1 */
};

/* What a learner can learn: one bit a kind of problem. */
enum {
    ML_SOLVES_CLASSES = 1,
    ML_SOLVES_VALUES = 2,
};

struct ml_learner_ops {
    const char *name;        /* in model.json and on the command line: "logistic" */
    const char *solver_name; /* "LIBLINEAR 2.30"; for provenance */
    unsigned solves;         /* ML_SOLVES_… */
    const char *file_name;   /* of its text in a bundle: "liblinear.model" */

    /* Fills in what is 0 and refuses what makes no sense. */
    bool (*check)(struct ml_learner_options *options, const struct ml_training_set *set,
                  struct ml_error *err);

    /*
     * Trains and appends the solver's text. Runs in a child process, where the libraries may call
     * exit, print, or crash.
     */
    bool (*train)(struct ml_strbuf *out, const struct ml_training_set *set,
                  const struct ml_learner_options *options, struct ml_error *err);

    /*
     * Reads the text strictly: counts, ranges and order are checked before anything is used.
     * n_classes is 0 for values.
     */
    bool (*load)(void **out, const char *text, size_t n, size_t n_features, size_t n_classes,
                 struct ml_error *err);

    /*
     * Probabilities of the n_classes for a row: finite, >= 0, summing to 1. For two classes *margin
     * becomes the log-odds of class 1 (probability[1] = 1 / (1 + exp(-margin))). Without classes,
     * probability[0] and *margin become the value, finite. Thread-safe.
     */
    void (*predict)(const void *predictor, const struct ml_sparse *row, double *probability,
                    double *margin);

    /*
     * What adds up to the margins: NULL where nothing does (kernels). n_margins is 1 for two
     * classes and for values, else n_classes, and counts in both: bias, n_margins; terms, row->n x
     * n_margins. A margin is the log-odds of class 1, or of class k against the rest, or the value.
     * Thread-safe.
     */
    void (*explain)(const void *predictor, const struct ml_sparse *row, double *bias,
                    double *terms);

    void (*free)(void *predictor);
};

extern const struct ml_learner_ops ml_learner_logistic; /* LIBLINEAR */
extern const struct ml_learner_ops ml_learner_ridge;    /* LIBLINEAR, for values */
extern const struct ml_learner_ops ml_learner_svm;      /* libsvm */
extern const struct ml_learner_ops ml_learner_majority; /* class shares or mean, whatever the row */

/* The learner of that name, or NULL. */
const struct ml_learner_ops *ml_learner_find(const char *name);
/* "logistic, ridge, svm, majority", for messages. */
const char *ml_learner_names(void);
/* Whether it learns classes, n_classes of them, or values (0). */
bool ml_learner_solves(const struct ml_learner_ops *learner, size_t n_classes);

/* 1 / (1 + exp(-margin)) without overflow. */
double ml_sigmoid(double margin);

#endif

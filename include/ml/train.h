/*
 * From a data file and a schema to a judged model.
 *
 *     struct ml_train_options options = ML_TRAIN_OPTIONS_INIT;
 *     if (!ml_train(&model, "banking.csv", schema, &options, &talk, &err)) …
 *     ml_registry_publish(registry, "banking", model, &version, &err);
 *
 * Nothing of the held-out rows reaches the encoder or the solver. The same data, path, schema,
 * options and library versions give the same model, byte for byte. The solver runs in a child
 * process: do not call this from a process that cannot fork. Training data must fit into memory.
 */
#ifndef ML_TRAIN_H
#define ML_TRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ml/data.h"
#include "ml/model.h"
#include "ml/split.h"

struct ml_class_weight {
    const char *label;
    double weight; /* > 0 */
};

/* How hard a recipe is searched for where none is given (logistic and ridge only). */
enum ml_effort {
    ML_EFFORT_LOW,     /* the plain recipe: no search */
    ML_EFFORT_DEFAULT, /* some seconds for tens of thousands of rows */
    ML_EFFORT_HIGH,    /* about ten times that */
};

struct ml_train_options {
    struct ml_csv_options csv;

    const char *algorithm; /* "logistic", "svm" for classes, "ridge" for a NUMERIC target,
                              "majority" for both; NULL: logistic or ridge, as the target asks */
    double c;              /* inverse regularisation; 0: the algorithm's default, 1 */
    double epsilon;        /* solver's stopping tolerance; 0: the library's own default (ridge:
                              1e-10, which gives six digits) */
    const char *penalty;   /* logistic: "l2", "l1" */
    bool dual;             /* logistic: solve the dual */
    const char *kernel;    /* svm: "rbf", "linear" */
    double gamma;          /* svm, rbf; 0: 1 / number of features */

    const char *recipe;      /* JSON text in Amazon ML's language; NULL: one is suggested */
    const char *recipe_name; /* what messages call it */
    enum ml_effort effort;   /* of the search for it */
    size_t bins; /* quantile bins of NUMERIC columns, 2..1000, without a search; 0: 50, but
                    no more than one for 50 training rows */

    /* Refused for a NUMERIC target. */
    bool balanced;                               /* weigh classes inversely to their frequency */
    const struct ml_class_weight *class_weights; /* or by hand; labels not named weigh 1 */
    size_t n_class_weights;

    const char *weight; /* column of row weights, in place of the schema's; NULL: as it says */

    double split;          /* percent: the rows in [split_begin, split) train (ml/split.h) */
    double split_begin;    /* percent; default 0 */
    bool complement;       /* the others train instead */
    const char *strategy;  /* "random", "sequential" */
    uint64_t seed;         /* of the split and of whatever the solver draws */
    const char *seed_text; /* what the seed was hashed from, for the record; NULL or "": nothing */

    double threshold; /* stored in a binary model, 0..1; -1: 0.5; refused for a NUMERIC target */
    const char
        *threshold_by;       /* binary: choose it on out-of-fold scores of the training rows by a
                                criterion of ml/threshold.h, but "cost"; NULL: as above. Not both */
    double threshold_number; /* of that criterion, where it has one */

    const char *tune;     /* choose C by cross-validation of the training rows: "auc", "logloss",
                             "f1", "accuracy", "brier"; of a NUMERIC target "rmse", "mae", "r2"; NULL:
                             c as it is. c must be 0 then */
    size_t folds;         /* of that, of calibration and of threshold_by, 2..100 */
    const double *tune_c; /* values of C to choose among, > 0; none: a grid of our own */
    size_t n_tune_c;

    const char *calibrate; /* "platt", "isotonic": curves between scores and probabilities, fitted
                              on out-of-fold scores of the training rows; NULL or "none": none */
};

#define ML_TRAIN_OPTIONS_INIT                                                                      \
    {                                                                                              \
        .csv = ML_CSV_OPTIONS_INIT, .penalty = "l2", .kernel = "rbf", .split = 70.0,               \
        .strategy = "random", .seed = 42, .threshold = -1.0, .folds = 5,                           \
        .effort = ML_EFFORT_DEFAULT                                                                \
    }

/* Whether the options make sense by themselves, before any data is read; ml_train checks too. */
bool ml_train_options_check(const struct ml_train_options *options, struct ml_error *err)
    __attribute__((warn_unused_result));

struct ml_train_summary {
    size_t n_rows;     /* in the file */
    size_t n_train;    /* rows that trained */
    size_t n_held_out; /* rows that judged */
    size_t n_rejected;
    size_t n_missing; /* cells */
    size_t n_invalid; /* cells, treated as missing */
    size_t n_features;
};

struct ml_evaluation; /* ml/evaluate.h */

/*
 * *evaluation (may be NULL) becomes the judgement on the held-out rows, or NULL when there were
 * none or they hold one class only (then talk->note says so); it borrows the model.
 */
bool ml_train(struct ml_model **out, const char *data, const struct ml_schema *schema,
              const struct ml_train_options *options, const struct ml_talk *talk,
              struct ml_train_summary *summary, struct ml_evaluation **evaluation,
              struct ml_error *err) __attribute__((warn_unused_result));

#endif

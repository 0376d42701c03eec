/* The options that say what is learnt and how, which several commands share. */
#ifndef ML_CLI_TRAIN_OPTIONS_H
#define ML_CLI_TRAIN_OPTIONS_H

#include "base/strbuf.h"
#include "cli/cli.h"
#include "ml/train.h"

struct cli_train {
    struct cli_csv csv;
    struct ml_train_options train;
    const char *schema;
    const char *recipe;
    const char *effort;
    const char *class_weight;
    const char *tune_c;
    struct cli_split split;
    struct ml_selection rows;        /* what split says; its seed is what train points to */
    struct ml_class_weight *weights; /* owned, as are their labels; what train points to */
    double *values_of_c;             /* owned; the same */
    struct ml_strbuf recipe_text;    /* the same */
};

#define CLI_TRAIN_INIT                                                                             \
    {                                                                                              \
        .csv = CLI_CSV_INIT, .train = ML_TRAIN_OPTIONS_INIT, .rows = ML_SELECTION_INIT             \
    }

#define CLI_TRAIN_OPTIONS(t)                                                                       \
    {"schema", CLI_STRING, &(t)->schema, "FILE",                                                   \
     "the schema (default: DATA.schema, or DATA/.schema of a directory)"},                         \
        {"algorithm", CLI_STRING, &(t)->train.algorithm, "NAME",                                   \
         "classes: logistic (default), svm; a NUMERIC target: ridge (default); or majority"},      \
        {"split", CLI_STRING, &(t)->split.range, "RANGE",                                          \
         "the rows that train: percentages as 70 (default; 0-70) or 30-100, or Amazon ML's "       \
         "JSON; the rest judges"},                                                                 \
        {"strategy", CLI_STRING, &(t)->split.strategy, "NAME",                                     \
         "random (default), or sequential: in the data's order"},                                  \
        {"seed", CLI_STRING, &(t)->split.seed, "SEED",                                             \
         "of the split and the solver: any text (default 42)"},                                    \
        {"complement", CLI_FLAG, &(t)->split.complement, NULL,                                     \
         "the rows outside the split train"},                                                      \
        {"threshold", CLI_NUMBER, &(t)->train.threshold, "T",                                      \
         "binary: score > T is label 1 (default 0.5)"},                                            \
        {"c", CLI_NUMBER, &(t)->train.c, "C",                                                      \
         "inverse regularisation (default: the search's, or 1)"},                                  \
        {"penalty", CLI_STRING, &(t)->train.penalty, "NAME", "logistic: l2 (default), l1"},        \
        {"dual", CLI_FLAG, &(t)->train.dual, NULL, "logistic: solve the dual problem"},            \
        {"kernel", CLI_STRING, &(t)->train.kernel, "NAME", "svm: rbf (default), linear"},          \
        {"gamma", CLI_NUMBER, &(t)->train.gamma, "G",                                              \
         "svm, rbf (default: 1 / number of features)"},                                            \
        {"epsilon", CLI_NUMBER, &(t)->train.epsilon, "E",                                          \
         "solver's tolerance (default: the library's; ridge: 1e-10)"},                             \
        {"recipe", CLI_STRING, &(t)->recipe, "FILE",                                               \
         "how columns become features (default: one is searched for)"},                            \
        {"effort", CLI_STRING, &(t)->effort, "NAME",                                               \
         "of that search: low (none: the plain recipe), default, high"},                           \
        {"bins", CLI_COUNT, &(t)->train.bins, "N",                                                 \
         "without a search: quantile bins of a NUMERIC column (default 50, at most one for 50 "    \
         "training rows)"},                                                                        \
        {"class-weight", CLI_STRING, &(t)->class_weight, "W",                                      \
         "classes: balanced, or LABEL=W,LABEL=W,…"},                                               \
        {"weight", CLI_STRING, &(t)->train.weight, "COLUMN",                                       \
         "how much each row counts in training (default: the schema's rowWeight)"},                \
        {"folds", CLI_COUNT, &(t)->train.folds, "K", "of cross-validation (default 5)"},           \
        CLI_CSV_OPTIONS(&(t)->csv)

/* Of those that train. */
#define CLI_TUNE_OPTIONS(t)                                                                        \
    {"calibrate", CLI_STRING, &(t)->train.calibrate, "METHOD",                                     \
     "platt or isotonic, on out-of-fold scores (default: none)"},                                  \
        {"tune", CLI_STRING, &(t)->train.tune, "METRIC",                                           \
         "choose C (svm, rbf: and gamma) by cross-validation: auc, logloss, f1, accuracy, brier; " \
         "rmse, mae, r2"},                                                                         \
    {                                                                                              \
        "tune-c", CLI_STRING, &(t)->tune_c, "LIST",                                                \
            "values of C to choose among (default: 2^-10 to 2^6 in steps of 4)"                    \
    }

/* What was parsed becomes ml_train's options; no file is read. ML_EINPUT, as wrong usage. */
bool cli_train_settle(struct cli_train *options, struct ml_error *err);
/*
 * The same, and the recipe is read, and the schema is read: FILE, or the one beside the
 * data. CLI_USAGE or CLI_FAILED after a message. cli_train_release in any case.
 */
enum cli_status cli_train_ready(struct cli_train *options, const struct cli_command *command,
                                const char *data, struct ml_schema **schema);
/* The schema in a file, or the one beside the data. */
bool cli_load_schema(struct ml_schema **out, const char *data, const char *path,
                     struct ml_error *err);
bool cli_read_recipe(struct ml_strbuf *out, const char *path, struct ml_error *err);

void cli_train_release(struct cli_train *options);

#endif

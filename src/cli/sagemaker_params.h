/*
 * SageMaker's hyperparameters: our own training options under their names ('_' for '-'), and those
 * of Linear Learner that mean something here. Every value is a string; numbers and booleans are
 * taken too.
 */
#ifndef ML_CLI_SAGEMAKER_PARAMS_H
#define ML_CLI_SAGEMAKER_PARAMS_H

#include "base/json.h"
#include "cli/train_options.h"

enum sagemaker_predictor {
    SAGEMAKER_ANY,
    SAGEMAKER_BINARY,
    SAGEMAKER_MULTICLASS,
    SAGEMAKER_REGRESSION,
};

struct sagemaker_params {
    struct cli_train train; /* train.train is ready for ml_train */
    const char *name;       /* of the model in reports, or NULL */
    const char *schema;     /* its JSON text, or NULL */
    enum sagemaker_predictor predictor;
    double num_classes; /* at most so many; 0: not said */
    const char *criterion;
    double f_beta;
    double target_recall;
    double target_precision;
    char weight[64];          /* what positive_example_weight_mult is to class_weight */
    struct ml_strbuf ignored; /* "epochs, mini_batch_size" */
    struct ml_json *json;     /* owned: text above points into it */
    char **texts;             /* owned, with what they point to: values that were no strings */
    size_t n_texts;
};

/*
 * Reads the file; one that does not exist says nothing. An unknown name, or a value that is wrong
 * in itself, is ML_EINPUT with the name. has_validation: all rows train, and 'split' is refused.
 * Release in any case.
 */
bool sagemaker_params_read(struct sagemaker_params *out, const char *path, bool has_validation,
                           struct ml_error *err);
void sagemaker_params_release(struct sagemaker_params *params);

/* Whether the target's type is what predictor_type says; an inferred one is made so if it can be.
 */
bool sagemaker_params_target(const struct sagemaker_params *params, struct ml_schema *schema,
                             bool is_inferred, struct ml_error *err);

#endif

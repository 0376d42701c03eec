/* What SageMaker's answers hold: Linear Learner's shape, or keys as XGBoost's container has them.
 */
#ifndef ML_PROTOCOL_SAGEMAKER_OUTPUT_H
#define ML_PROTOCOL_SAGEMAKER_OUTPUT_H

#include "protocol/protocol.h"

enum ml_sagemaker_key {
    ML_SAGEMAKER_SCORE, /* alone: XGBoost's shape when nothing is selected */
    ML_SAGEMAKER_PREDICTED_LABEL,
    ML_SAGEMAKER_LABELS,
    ML_SAGEMAKER_PROBABILITY,   /* P("1"), or that of the predicted label among many */
    ML_SAGEMAKER_PROBABILITIES, /* in the order of the labels */
    ML_SAGEMAKER_RAW_SCORE,     /* probabilities are scores too */
    ML_SAGEMAKER_RAW_SCORES,
    ML_SAGEMAKER_PREDICTED_SCORE, /* of a regression */
    ML_N_SAGEMAKER_KEYS,
};

struct ml_sagemaker_keys {
    enum ml_sagemaker_key key[ML_N_SAGEMAKER_KEYS];
    size_t n; /* 0: Linear Learner's shape */
};

enum ml_sagemaker_type { ML_SAGEMAKER_CSV, ML_SAGEMAKER_JSON, ML_SAGEMAKER_JSON_LINES };

/* "predicted_label, probabilities", in any case; NULL: no keys. ML_EINPUT names what is wrong. */
bool ml_sagemaker_parse_keys(struct ml_sagemaker_keys *out, const char *text, struct ml_error *err)
    __attribute__((warn_unused_result));

/* Whether the model has all the keys: a regression has no labels. Else a 400 that names one. */
bool ml_sagemaker_check_keys(const struct ml_sagemaker_keys *keys, const struct ml_model *model,
                             struct ml_call_fault *fault) __attribute__((warn_unused_result));

/* The whole body. Every answer's model has the keys. */
void ml_sagemaker_write_answers(struct ml_strbuf *buf, enum ml_sagemaker_type type,
                                const struct ml_sagemaker_keys *keys,
                                const struct ml_call_answer *answers, size_t n);

#endif

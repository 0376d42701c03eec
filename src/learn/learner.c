#include "learn/learner.h"

#include <math.h>
#include <string.h>

static const struct ml_learner_ops *const learners[] = {
    &ml_learner_logistic,
    &ml_learner_ridge,
    &ml_learner_svm,
    &ml_learner_majority,
};

const struct ml_learner_ops *ml_learner_find(const char *name)
{
    for (size_t i = 0; i < sizeof(learners) / sizeof(learners[0]); i++)
        if (strcmp(learners[i]->name, name) == 0)
            return learners[i];
    return NULL;
}

const char *ml_learner_names(void)
{
    return "logistic, ridge, svm, majority";
}

bool ml_learner_solves(const struct ml_learner_ops *learner, size_t n_classes)
{
    return (learner->solves & (n_classes > 0 ? ML_SOLVES_CLASSES : ML_SOLVES_VALUES)) != 0;
}

double ml_sigmoid(double margin)
{
    if (margin >= 0.0)
        return 1.0 / (1.0 + exp(-margin));
    double e = exp(margin);
    return e / (1.0 + e);
}

#include "model/train_options.h"

#include <math.h>
#include <string.h>

#include "learn/calibrator.h"
#include "learn/learner.h"
#include "model/figures.h"

static bool in_list(const char *s, const char *a, const char *b)
{
    return strcmp(s, a) == 0 || strcmp(s, b) == 0;
}

/* Whether x is a number the solvers can take as "default" (0) or positive. */
static bool is_zero_or_more(double x)
{
    return x >= 0.0 && isfinite(x);
}

bool ml_has_default_threshold(const struct ml_train_options *o)
{
    return o->threshold == -1.0;
}

static bool check_names(const struct ml_train_options *o, struct ml_error *err)
{
    if (o->algorithm != NULL && ml_learner_find(o->algorithm) == NULL)
        return ml_fail(err, ML_EINPUT, "unknown algorithm '%.64s'; known are %s", o->algorithm,
                       ml_learner_names());
    if (!in_list(o->penalty, "l2", "l1"))
        return ml_fail(err, ML_EINPUT, "unknown penalty '%.64s'; known are l2, l1", o->penalty);
    if (!in_list(o->kernel, "rbf", "linear"))
        return ml_fail(err, ML_EINPUT, "unknown kernel '%.64s'; known are rbf, linear", o->kernel);
    enum ml_calibration_method method;
    if (o->calibrate != NULL && !ml_calibration_find(&method, o->calibrate))
        return ml_fail(err, ML_EINPUT,
                       "unknown calibration '%.64s'; known are platt, isotonic, none",
                       o->calibrate);
    if (!in_list(o->strategy, "random", "sequential"))
        return ml_fail(err, ML_EINPUT, "unknown strategy '%.64s'; known are random, sequential",
                       o->strategy);
    return true;
}

static bool check_tuning(const struct ml_train_options *o, struct ml_error *err)
{
    enum ml_metric metric;
    if (o->folds < 2 || o->folds > 100)
        return ml_fail(err, ML_EINPUT, "the number of folds must be from 2 to 100");
    if (o->tune == NULL)
        return o->n_tune_c == 0 ||
               ml_fail(err, ML_EINPUT, "values of C to choose among need a metric to choose by");
    if (!ml_metric_find(&metric, o->tune))
        return ml_fail(
            err, ML_EINPUT,
            "unknown metric '%.64s'; known are auc, logloss, f1, accuracy, brier, rmse, mae, r2",
            o->tune);
    if (o->c != 0.0)
        return ml_fail(err, ML_EINPUT, "C is given and to be chosen at once");
    for (size_t i = 0; i < o->n_tune_c; i++)
        if (!(o->tune_c[i] > 0.0) || !isfinite(o->tune_c[i]))
            return ml_fail(err, ML_EINPUT, "values of C must be positive numbers");
    return true;
}

bool ml_train_options_check(const struct ml_train_options *o, struct ml_error *err)
{
    if (!check_names(o, err))
        return false;
    if (!is_zero_or_more(o->c) || !is_zero_or_more(o->epsilon) || !is_zero_or_more(o->gamma))
        return ml_fail(err, ML_EINPUT, "C, epsilon and gamma must be positive numbers");
    if (o->bins == 1 || o->bins > 1000)
        return ml_fail(err, ML_EINPUT, "the number of bins must be from 2 to 1000");
    struct ml_selection rows = {
        .begin = o->split_begin, .end = o->split, .complement = o->complement};
    if (!ml_selection_check(&rows, err))
        return false;
    if (!ml_has_default_threshold(o) && !(o->threshold >= 0.0 && o->threshold <= 1.0))
        return ml_fail(err, ML_EINPUT, "the threshold must be from 0 to 1");
    if (!ml_has_default_threshold(o) && o->threshold_by != NULL)
        return ml_fail(err, ML_EINPUT, "the threshold is given and to be chosen at once");
    return check_tuning(o, err);
}

/*
 * model.json: written once when a model is trained, read strictly when one is loaded.
 *
 *     {"format":2, "problem":"binary", "schema":{…}, "recipe":{…}, "encoder":{…},
 * "labels":["0","1"], "prior":[0.887,0.113], "algorithm":"logistic", "library":"LIBLINEAR 2.30",
 *      "parameters":{…}, "threshold":0.5, "scores":{…}, "provenance":{…}, "columns":[…],
 * "metrics":{…}}
 *
 * A regression has "labels":[], and "target":{"mean":…,"deviation":…,"min":…,"max":…} in place of
 * prior and threshold.
 *
 * No time and no host in it: the same data, schema, seed and version give the same bytes.
 */
#ifndef ML_MODEL_BUNDLE_H
#define ML_MODEL_BUNDLE_H

#include "data/dataset.h"
#include "model/model.h"

enum {
    ML_BUNDLE_FORMAT = 2,
    ML_MAX_BUNDLE_BYTES = 1024 * 1024 * 1024,
};

/*
 * The file's text. tuning: how the options were chosen, as JSON, or NULL. metrics: the members of
 * the evaluation on the held-out rows, or "" when there were none.
 */
void ml_bundle_write(const struct ml_model *model, const struct ml_dataset *data,
                     const struct ml_learner_options *options, const char *tuning,
                     const char *search, const char *metrics, struct ml_strbuf *buf);

#endif

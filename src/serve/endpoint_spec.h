/*
 * What an endpoint is told to be: its definition as JSON has it, in mlserved.json, in the admin API
 * and in state/endpoints.json.
 *
 *     {"variants":[{"name":"A","model":"banking@champion","weight":0.9,"threshold":0.4},…],
 *      "shadows":[{"name":"S","model":"banking@4"}], "threshold":0.35, "key":"customer_id",
 *      "coverage":1, "metric":"positive", "goal":"higher", "log":true}
 */
#ifndef ML_SERVE_ENDPOINT_SPEC_H
#define ML_SERVE_ENDPOINT_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json.h"

enum { ML_MAX_VARIANTS = 16, ML_SPEC_NAME_BYTES = 65, ML_SPEC_REFERENCE_BYTES = 140 };

struct ml_variant_spec {
    char name[ML_SPEC_NAME_BYTES];
    char model[ML_SPEC_REFERENCE_BYTES]; /* a reference: "banking@champion" */
    double weight;                       /* >= 0, finite */
    double threshold;                    /* NaN: the endpoint's */
    bool is_shadow;
};

enum ml_spec_metric {
    ML_SPEC_METRIC_AUTO, /* positive for binary models, accuracy for multiclass ones; all there is
                            for regressions: their squared error, signed by the goal */
    ML_SPEC_METRIC_POSITIVE,
    ML_SPEC_METRIC_ACCURACY,
};

/* Plain data: copied by assignment. */
struct ml_endpoint_spec {
    char name[ML_SPEC_NAME_BYTES];
    struct ml_variant_spec variants[ML_MAX_VARIANTS]; /* shadows behind the others */
    size_t n_variants;                                /* shadows included */
    size_t n_assigned;                                /* without shadows */
    double threshold;                                 /* NaN: the model's */
    double coverage;                                  /* 0..1 */
    char key[ML_SPEC_NAME_BYTES * 4]; /* a record's field that is the assignment key; "": none */
    enum ml_spec_metric metric;
    bool lower_is_better;
    bool log;
};

/* The rule for endpoints' and variants' names: [A-Za-z0-9][A-Za-z0-9._-]{0,63} without "..". */
bool ml_spec_is_name(const char *s, size_t n);

/* An endpoint with one variant, "main", of that model. */
void ml_spec_of_model(struct ml_endpoint_spec *out, const char *model);

/*
 * Reads a definition. Messages begin with the field: "variants[1].weight: must be …".
 * base: what members that are absent keep (PATCH), or NULL for the defaults (PUT). A "variants" or
 * "shadows" object changes those of the base by name; an array replaces them.
 */
bool ml_spec_read(struct ml_endpoint_spec *out, const char *name, const struct ml_json *object,
                  const struct ml_endpoint_spec *base, struct ml_error *err)
    __attribute__((warn_unused_result));

/* The members but for variants and shadows; and all members. Without braces. */
void ml_spec_write_settings(struct ml_strbuf *buf, const struct ml_endpoint_spec *spec);
void ml_spec_write(struct ml_strbuf *buf, const struct ml_endpoint_spec *spec);

#endif

#include <math.h>
#include <string.h>

#include "protocol/oip_parts.h"

const char *const ml_oip_output_names[] = {"predict", "predict_proba", "contributions"};

static bool has_labels(const struct ml_model *model)
{
    return ml_model_problem(model) != ML_REGRESSION_PROBLEM;
}

static bool find_kind(enum ml_oip_output_kind *kind, const char *name, const struct ml_model *model,
                      struct ml_call_fault *fault)
{
    char quoted[80];
    bool is_known = false;
    for (size_t i = 0; i < ML_OIP_N_OUTPUTS && !is_known; i++) {
        is_known = name != NULL && strcmp(name, ml_oip_output_names[i]) == 0;
        *kind = (enum ml_oip_output_kind)i;
    }
    if (name == NULL)
        return ml_call_refuse(fault, "unknown_output", NULL,
                              "each of \"outputs\" must be an object with a \"name\"");
    if (!is_known)
        return ml_call_refuse(fault, "unknown_output", NULL,
                              "output '%s' is none of predict, predict_proba, contributions",
                              ml_quote(quoted, sizeof(quoted), name, strlen(name)));
    return *kind != ML_OIP_PREDICT_PROBA || has_labels(model) ||
           ml_call_refuse(fault, "unknown_output", NULL,
                          "output 'predict_proba' is for models with labels: '%s' is a regression",
                          ml_model_name(model));
}

static bool read_classes(struct ml_oip_output *out, const struct ml_json *parameters,
                         const struct ml_model *model, struct ml_call_fault *fault)
{
    const struct ml_json *classes = ml_json_get(parameters, "classification");
    const char *name = ml_oip_output_names[out->kind];
    if (classes == NULL)
        return true;
    double k = ml_json_number(classes);
    if (!(k >= 1.0 && k == floor(k)))
        return ml_call_refuse(fault, "invalid_request", "classification",
                              "output '%s': 'classification' must be a whole number from 1", name);
    if (!has_labels(model) || out->kind == ML_OIP_CONTRIBUTIONS)
        return ml_call_refuse(fault, "invalid_request", "classification",
                              "output '%s': 'classification' is for labels, which it has none of",
                              name);
    out->classes = k < 1e9 ? (size_t)k : 1000000000; /* all that there are */
    return true;
}

static bool read_output(struct ml_oip_wire *wire, const struct ml_json *o,
                        const struct ml_model *model, struct ml_call_fault *fault)
{
    struct ml_oip_output out = {0};
    const struct ml_json *parameters = ml_json_get(o, "parameters");
    if (!find_kind(&out.kind, ml_json_string(ml_json_get(o, "name")), model, fault))
        return false;
    for (size_t i = 0; i < wire->n_outputs; i++)
        if (wire->outputs[i].kind == out.kind)
            return ml_call_refuse(fault, "invalid_request", "outputs",
                                  "output '%s' is asked for twice", ml_oip_output_names[out.kind]);
    if (ml_json_bool(ml_json_get(parameters, "binary_data"), false))
        return ml_call_refuse(fault, "unsupported", "outputs",
                              "output '%s': binary tensors are not supported: 'binary_data' must "
                              "be false",
                              ml_oip_output_names[out.kind]);
    if (!read_classes(&out, parameters, model, fault))
        return false;
    wire->outputs[wire->n_outputs++] = out;
    return true;
}

bool ml_oip_read_outputs(struct ml_oip_wire *wire, struct ml_call *call,
                         const struct ml_json *outputs, const struct ml_model *model,
                         struct ml_call_fault *fault)
{
    bool is_there = outputs != NULL && ml_json_type(outputs) != ML_JSON_NULL;
    bool has_contributions = false;
    if (is_there && ml_json_type(outputs) != ML_JSON_ARRAY)
        return ml_call_refuse(fault, "invalid_request", "outputs", "\"outputs\" must be a list");
    for (const struct ml_json *o = is_there ? ml_json_first(outputs) : NULL; o != NULL;
         o = ml_json_next(o))
        if (!read_output(wire, o, model, fault))
            return false;
    if (wire->n_outputs == 0)
        wire->outputs[wire->n_outputs++] = (struct ml_oip_output){ML_OIP_PREDICT, 0};
    for (size_t i = 0; i < wire->n_outputs; i++)
        has_contributions |= wire->outputs[i].kind == ML_OIP_CONTRIBUTIONS;
    if (call->explain && !has_contributions)
        wire->outputs[wire->n_outputs++] = (struct ml_oip_output){ML_OIP_CONTRIBUTIONS, 0};
    call->explain |= has_contributions;
    return true;
}

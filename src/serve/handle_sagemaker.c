/*
 * InvokeEndpoint as SageMaker's clients send it: what they say of the call stands in headers.
 *
 * A value of X-Amzn-SageMaker-Session-Id other than NEW_SESSION is the assignment key: all calls of
 * a session go to one variant. Target-Model and Inference-Component name the model behind a
 * variant. Enable-Explanations is passed over.
 */
#include <string.h>

#include "protocol/invocations.h"
#include "protocol/sagemaker_client.h"
#include "serve/handlers.h"
#include "serve/uuid.h"

static bool refuse_header(struct ml_exchange *x, const char *name, const char *what)
{
    ml_reply_error(x, 400, "bad_request", NULL, "the header %s %s", name, what);
    return false;
}

/* "banking@2" is named so, or by "banking" alone. */
static bool is_model(const struct ml_variant *v, const char *name)
{
    size_t n = strlen(name);
    const char *model = v->spec->model;
    if (strcmp(model, name) == 0)
        return true;
    if (v->loaded != NULL && strcmp(ml_model_name(v->loaded->model), name) == 0)
        return true;
    return strncmp(model, name, n) == 0 && model[n] == '@';
}

/*
 * The variant behind a model that a header names. One that several variants have says nothing when
 * all have it, and is ambiguous otherwise.
 */
static bool pin_model(struct ml_exchange *x, const struct ml_endpoint *e, const char *header,
                      struct ml_handle_options *options)
{
    const char *name = ml_request_header(x, header);
    const struct ml_variant *pinned = NULL;
    size_t n = 0;
    if (name == NULL)
        return true;
    for (size_t i = 0; i < e->spec.n_assigned; i++) {
        const struct ml_variant *v = &e->variants[i];
        if (!is_model(v, name) ||
            (options->variant != NULL && strcmp(options->variant, v->spec->name) != 0))
            continue;
        pinned = v;
        n++;
    }
    if (n == 0)
        return refuse_header(x, header, "names no model behind a variant that may answer");
    if (n > 1 && n < e->spec.n_assigned)
        return refuse_header(x, header, "names the model of several variants");
    if (n == 1)
        options->variant = pinned->spec->name;
    return true;
}

static bool read_headers(struct ml_exchange *x, const struct ml_endpoint *e,
                         struct ml_handle_options *options)
{
    const char *session = ml_request_header(x, "X-Amzn-SageMaker-Session-Id");
    const char *variant = ml_request_header(x, "X-Amzn-SageMaker-Target-Variant");
    const char *id = ml_request_header(x, "X-Amzn-SageMaker-Inference-Id");
    const char *attributes = ml_request_header(x, "X-Amzn-SageMaker-Custom-Attributes");
    if (!ml_sagemaker_is_inference_id(id))
        return refuse_header(x, "X-Amzn-SageMaker-Inference-Id",
                             "must be 1 to 64 printable ASCII characters, no space first");
    if (!ml_sagemaker_is_attributes(attributes))
        return refuse_header(x, "X-Amzn-SageMaker-Custom-Attributes",
                             "must be at most 1024 printable ASCII characters");
    if (!ml_sagemaker_is_session(session))
        return refuse_header(x, "X-Amzn-SageMaker-Session-Id",
                             "must be 1 to 256 visible ASCII characters");
    if (variant != NULL && !ml_spec_is_name(variant, strlen(variant)))
        return refuse_header(x, "X-Amzn-SageMaker-Target-Variant", "is no name of a variant");
    options->inference_id = id;
    options->variant = variant;
    if (session != NULL && strcmp(session, "NEW_SESSION") != 0)
        options->key = session;
    if (attributes != NULL)
        ml_reply_header(x, "X-Amzn-SageMaker-Custom-Attributes", attributes);
    return pin_model(x, e, "X-Amzn-SageMaker-Target-Model", options) &&
           pin_model(x, e, "X-Amzn-SageMaker-Inference-Component", options);
}

void ml_handle_sagemaker_invoke(struct ml_exchange *x)
{
    struct ml_handle_options options = {.is_together = true};
    char request_id[ML_UUID_BYTES];
    ml_uuid_make(request_id);
    ml_reply_header(x, "x-amzn-RequestId", request_id);
    struct ml_endpoint *e = ml_handle_find(x);
    if (e == NULL)
        return;
    if (read_headers(x, e, &options))
        ml_handle_wire(x, &ml_invoked_protocol, e, &options);
    if (x->reply.status == 200)
        ml_reply_header(x, "x-Amzn-Invoked-Production-Variant", x->log_variant);
    ml_endpoint_unref(e);
}

/* A container knows no variants: the endpoint's own split, and the headers are not looked at. */
void ml_handle_sagemaker_invoke_model(struct ml_exchange *x)
{
    struct ml_endpoint *e = ml_handle_find(x);
    if (e == NULL)
        return; /* 404: such a model is not loaded */
    ml_handle_wire(x, &ml_invoked_protocol, e, &(struct ml_handle_options){.is_together = true});
    ml_endpoint_unref(e);
}

/* POST /: Amazon's JSON protocols, by the operation in X-Amz-Target. */
#include <string.h>

#include "serve/handlers.h"

/* A service by the prefix of its targets. */
static const struct {
    const char *prefix;
    enum ml_protocol_id protocol;
    void (*handle)(struct ml_exchange *x, const char *operation);
} services[] = {
    {"SageMaker.", ML_PROTOCOL_SAGEMAKER, ml_handle_sagemaker_control},
    {"AmazonML_20141212.", ML_PROTOCOL_AMAZONML, ml_handle_amazonml},
    {NULL, 0, NULL},
};

void ml_handle_aws(struct ml_exchange *x)
{
    const char *target = ml_request_header(x, "X-Amz-Target");
    if (target != NULL)
        ml_reply_request_id(x);
    for (size_t i = 0; target != NULL && services[i].prefix != NULL; i++) {
        size_t n = strlen(services[i].prefix);
        if (strncmp(target, services[i].prefix, n) != 0 ||
            !x->server->config->protocols.on[services[i].protocol])
            continue;
        services[i].handle(x, target + n);
        return;
    }
    if (target == NULL) {
        x->protocol = NULL;
        ml_reply_error(x, 404, "not_found", NULL,
                       "nothing is at this path but operations that X-Amz-Target names");
        return;
    }
    ml_reply_error(x, 404, "unknown_operation", NULL,
                   "the operation of X-Amz-Target is not known here");
}

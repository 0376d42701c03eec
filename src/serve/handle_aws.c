/* POST /: Amazon's JSON protocols, by the operation in X-Amz-Target. */
#include <string.h>

#include "serve/handlers.h"

/* A service by the prefix of its targets. */
static const struct {
    const char *prefix;
    const char *key; /* in the configuration */
    enum ml_protocol_id protocol;
    void (*handle)(struct ml_exchange *x, const char *operation);
} services[] = {
    {"SageMaker.", "protocols.sagemaker", ML_PROTOCOL_SAGEMAKER, ml_handle_sagemaker_control},
    {"AmazonML_20141212.", "protocols.amazonml", ML_PROTOCOL_AMAZONML, ml_handle_amazonml},
    {NULL, NULL, 0, NULL},
};

void ml_handle_aws(struct ml_exchange *x)
{
    const char *target = ml_request_header(x, "X-Amz-Target");
    if (target != NULL)
        ml_reply_request_id(x);
    for (size_t i = 0; target != NULL && services[i].prefix != NULL; i++) {
        size_t n = strlen(services[i].prefix);
        if (strncmp(target, services[i].prefix, n) != 0)
            continue;
        if (x->server->config->protocols.on[services[i].protocol])
            services[i].handle(x, target + n);
        else
            ml_reply_error(x, 404, "unknown_operation", NULL, "'%s' is off in the configuration",
                           services[i].key);
        return;
    }
    if (target == NULL) {
        x->protocol = NULL;
        ml_reply_error(x, 404, "not_found", NULL,
                       "nothing is at this path but operations that X-Amz-Target names");
        return;
    }
    char quoted[100];
    ml_quote(quoted, sizeof(quoted), target, strlen(target));
    ml_reply_error(x, 404, "unknown_operation", NULL,
                   "'%s' is an operation of no service that is known here: those of X-Amz-Target "
                   "begin with '%s' or '%s'",
                   quoted, services[0].prefix, services[1].prefix);
}

/*
 * Serving as SageMaker runs a container: `serve`, port 8080, the bundle in <prefix>/model, settings
 * by environment variables.
 */
#ifndef ML_SERVE_CONTAINER_H
#define ML_SERVE_CONTAINER_H

#include "serve/config.h"

/*
 * What the environment says, as defaults that mlserved.json and options go over:
 * SAGEMAKER_BIND_TO_PORT, SAGEMAKER_MAX_PAYLOAD_IN_MB, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT,
 * SAGEMAKER_INFERENCE_OUTPUT, SAGEMAKER_MULTI_MODEL. ML_EINPUT with the variable's name.
 */
bool ml_container_configure(struct ml_config *config, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * After the file and the options. Without a state folder that was asked for it is in /tmp, and no
 * predictions are logged.
 *
 * Unless config->models or $ML_MODELS names a registry: makes one of what <prefix>/model holds,
 * which is only read: a bundle, one folder with a bundle (as `mlctl models export` packs it), or a
 * registry. A bundle is checked and kept under config->state as version 1 of "model" or of its
 * folder's name, and is the default endpoint. In multi-model mode the registry is an empty one.
 */
bool ml_container_models(struct ml_config *config, const char *prefix, struct ml_error *err)
    __attribute__((warn_unused_result));

/* $ML_SAGEMAKER_PREFIX, else /opt/ml. */
const char *ml_container_prefix(void);
/* Whether something is laid down to be served: <prefix>/model, or multi-model mode. */
bool ml_container_is_there(const char *prefix);

#endif

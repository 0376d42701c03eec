/* What SageMaker's clients and multi-model containers are asked. api/sagemaker.yaml describes it.
 */
#include "serve/handlers.h"

enum {
    TRUTH = ML_ROUTE_BODY | ML_ROUTE_ANY_TYPE | ML_ROUTE_ADMITTED,
    CALL = ML_ROUTE_BODY | ML_ROUTE_ANY_TYPE | ML_ROUTE_ADMITTED | ML_ROUTE_LARGE
};

/* Refuses in the words of SageMaker's clients. */
const struct ml_route ml_sagemaker_routes[] = {
    {ML_POST, "/endpoints/{}/invocations", ml_handle_sagemaker_invoke, CALL, ML_SCOPE_PREDICT},
    {.pattern = NULL},
};

/* A container's: bare errors. */
const struct ml_route ml_sagemaker_model_routes[] = {
    {ML_POST, "/models", ml_handle_sagemaker_load, ML_ROUTE_BODY | ML_ROUTE_ANY_TYPE,
     ML_SCOPE_ADMIN},
    {ML_GET, "/models", ml_handle_sagemaker_models, 0, ML_SCOPE_ADMIN},
    {ML_GET, "/models/{}", ml_handle_sagemaker_model, 0, ML_SCOPE_ADMIN},
    {ML_DELETE, "/models/{}", ml_handle_sagemaker_unload, 0, ML_SCOPE_ADMIN},
    {ML_POST, "/models/{}/invoke", ml_handle_sagemaker_invoke_model, CALL, ML_SCOPE_PREDICT},
    {.pattern = NULL},
};

/* Our own. */
const struct ml_route ml_truth_routes[] = {
    {ML_POST, "/v1/endpoints/{}/ground-truth", ml_handle_truth, TRUTH, ML_SCOPE_PREDICT},
    {.pattern = NULL},
};

/* Our own routes, and the sets of all. api/openapi.yaml describes the same, and the tests compare
 * them. */
#include "protocol/aws_json.h"
#include "protocol/invocations.h"
#include "protocol/sagemaker_client.h"
#include "protocol/oip.h"
#include "protocol/v1.h"
#include "serve/handlers.h"

enum {
    PREDICT = ML_ROUTE_BODY | ML_ROUTE_ADMITTED,
    BATCH = ML_ROUTE_BODY | ML_ROUTE_ADMITTED | ML_ROUTE_SPOOL,
    EITHER = ML_SCOPE_PREDICT | ML_SCOPE_ADMIN,
};

#define E "/v1/endpoints/{}"
#define ANY ((enum ml_scope)EITHER)

static const struct ml_route native[] = {
    {ML_POST, "/predict", ml_handle_predict_default, PREDICT, ML_SCOPE_PREDICT},
    {ML_POST, E "/predict", ml_handle_predict, PREDICT, ML_SCOPE_PREDICT},
    {ML_POST, E "/batch", ml_handle_batch, BATCH, ML_SCOPE_PREDICT},
    {ML_POST, E "/outcomes", ml_handle_outcome, PREDICT, ML_SCOPE_PREDICT},
    {ML_GET, E "/experiment", ml_handle_experiment, 0, ML_SCOPE_ADMIN},
    {ML_GET, "/v1/endpoints", ml_handle_endpoints, 0, ML_SCOPE_ADMIN},
    {ML_GET, E, ml_handle_endpoint, 0, ML_SCOPE_ADMIN},
    {ML_PUT, E, ml_handle_put_endpoint, ML_ROUTE_BODY, ML_SCOPE_ADMIN},
    {ML_PATCH, E, ml_handle_patch_endpoint, ML_ROUTE_BODY, ML_SCOPE_ADMIN},
    {ML_DELETE, E, ml_handle_delete_endpoint, 0, ML_SCOPE_ADMIN},
    {ML_POST, "/v1/reload", ml_handle_reload, ML_ROUTE_BODY, ML_SCOPE_ADMIN},
    {ML_GET, "/v1/models", ml_handle_models, 0, ML_SCOPE_ADMIN},
    {ML_GET, "/v1/models/{}", ml_handle_model, 0, ML_SCOPE_ADMIN},
    {ML_GET, "/v1/models/{}/{}", ml_handle_model_version, 0, ML_SCOPE_ADMIN},
    {ML_GET, "/healthz", ml_handle_health, ML_ROUTE_OPEN, ML_SCOPE_NONE},
    {ML_GET, "/readyz", ml_handle_ready, ML_ROUTE_OPEN, ML_SCOPE_NONE},
    {ML_GET, "/metrics", ml_handle_metrics, 0, ANY},
    {ML_GET, "/openapi.json", ml_handle_openapi, 0, ANY},
    {.pattern = NULL},
};

const struct ml_route_set ml_route_sets[] = {
    {native, 0, NULL},
    {ml_aws_routes, 1u << ML_PROTOCOL_AMAZONML | 1u << ML_PROTOCOL_SAGEMAKER,
     &ml_aws_json_protocol},
    {ml_invocations_routes, 1u << ML_PROTOCOL_SAGEMAKER | 1u << ML_PROTOCOL_MLFLOW,
     &ml_invocations_protocol},
    {ml_sagemaker_routes, 1u << ML_PROTOCOL_SAGEMAKER, &ml_sagemaker_client_protocol},
    {ml_sagemaker_model_routes, 1u << ML_PROTOCOL_SAGEMAKER, NULL},
    {ml_truth_routes, 1u << ML_PROTOCOL_SAGEMAKER, NULL},
    {ml_oip_routes, 1u << ML_PROTOCOL_OIP, &ml_oip_protocol},
    {ml_v1_routes, 1u << ML_PROTOCOL_V1, &ml_v1_protocol},
    {NULL, 0, NULL},
};

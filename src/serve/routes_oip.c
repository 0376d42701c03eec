/* The Open Inference Protocol. api/oip.yaml describes it. */
#include "serve/handle_oip.h"

enum {
    INFER = ML_ROUTE_BODY | ML_ROUTE_ANY_TYPE | ML_ROUTE_ADMITTED,
    CHANGE = ML_ROUTE_BODY | ML_ROUTE_ANY_TYPE,
    EITHER = ML_SCOPE_PREDICT | ML_SCOPE_ADMIN,
};

#define E "/v2/models/{}"
#define ANY ((enum ml_scope)EITHER)

const struct ml_route ml_oip_routes[] = {
    {ML_GET, "/v2", ml_handle_oip_server, 0, ANY},
    {ML_GET, "/v2/", ml_handle_oip_server, 0, ANY},
    {ML_GET, "/v2/health/live", ml_handle_oip_live, ML_ROUTE_OPEN, ML_SCOPE_NONE},
    {ML_GET, "/v2/health/ready", ml_handle_oip_ready, ML_ROUTE_OPEN, ML_SCOPE_NONE},
    {ML_GET, "/v2/models", ml_handle_oip_models, 0, ANY},
    {ML_GET, E, ml_handle_oip_model, 0, ANY},
    {ML_GET, E "/versions/{}", ml_handle_oip_version, 0, ANY},
    {ML_GET, E "/ready", ml_handle_oip_model_ready, ML_ROUTE_OPEN, ML_SCOPE_NONE},
    {ML_GET, E "/versions/{}/ready", ml_handle_oip_version_ready, ML_ROUTE_OPEN, ML_SCOPE_NONE},
    {ML_POST, E "/infer", ml_handle_oip_infer, INFER, ML_SCOPE_PREDICT},
    {ML_POST, E "/versions/{}/infer", ml_handle_oip_version_infer, INFER, ML_SCOPE_PREDICT},
    {ML_POST, "/v2/repository/index", ml_handle_oip_index, CHANGE, ML_SCOPE_ADMIN},
    {ML_POST, "/v2/repository/models/{}/load", ml_handle_oip_load, CHANGE, ML_SCOPE_ADMIN},
    {ML_POST, "/v2/repository/models/{}/unload", ml_handle_oip_unload, CHANGE, ML_SCOPE_ADMIN},
    {.pattern = NULL},
};

/* What SageMaker's hosting and MLflow's clients ask a server. api/invocations.yaml describes it. */
#include "serve/handlers.h"

const struct ml_route ml_invocations_routes[] = {
    {ML_POST, "/invocations", ml_handle_invocations,
     ML_ROUTE_BODY | ML_ROUTE_ANY_TYPE | ML_ROUTE_ADMITTED | ML_ROUTE_LARGE, ML_SCOPE_PREDICT},
    {ML_GET, "/execution-parameters", ml_handle_execution_parameters, 0,
     (enum ml_scope)(ML_SCOPE_PREDICT | ML_SCOPE_ADMIN)},
    {ML_GET, "/ping", ml_handle_ping, ML_ROUTE_OPEN, ML_SCOPE_NONE},
    {ML_GET, "/health", ml_handle_ping, ML_ROUTE_OPEN, ML_SCOPE_NONE},
    {ML_GET, "/version", ml_handle_version, ML_ROUTE_OPEN, ML_SCOPE_NONE},
    {.pattern = NULL},
};

/* Amazon's JSON protocols share one route. api/aws.yaml describes it. */
#include "serve/handlers.h"

const struct ml_route ml_aws_routes[] = {
    /* Each operation checks for the admin scope itself: Predict needs the other. */
    {ML_POST, "/", ml_handle_aws, ML_ROUTE_BODY | ML_ROUTE_ANY_TYPE | ML_ROUTE_ADMITTED,
     (enum ml_scope)(ML_SCOPE_PREDICT | ML_SCOPE_ADMIN)},
    {.pattern = NULL},
};

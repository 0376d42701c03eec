/* KServe's first protocol, and TensorFlow Serving's. api/v1.yaml describes it. */
#include "serve/handle_oip.h"

enum { CALL = ML_ROUTE_BODY | ML_ROUTE_ANY_TYPE | ML_ROUTE_ADMITTED };

#define E "/v1/models/{}"

const struct ml_route ml_v1_routes[] = {
    {ML_POST, E ":predict", ml_handle_v1_predict, CALL, ML_SCOPE_PREDICT},
    {ML_POST, E "/versions/{}:predict", ml_handle_v1_version_predict, CALL, ML_SCOPE_PREDICT},
    {ML_POST, E "/labels/{}:predict", ml_handle_v1_label_predict, CALL, ML_SCOPE_PREDICT},
    {ML_POST, E ":classify", ml_handle_v1_classify, CALL, ML_SCOPE_PREDICT},
    {ML_POST, E "/versions/{}:classify", ml_handle_v1_version_classify, CALL, ML_SCOPE_PREDICT},
    {ML_POST, E "/labels/{}:classify", ml_handle_v1_label_classify, CALL, ML_SCOPE_PREDICT},
    {.pattern = NULL},
};

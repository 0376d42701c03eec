/*
 * The handlers, by file:
 *   handle_predict.c    predictions, JSON and CSV
 *   handle_batch.c      batches, in a job
 *   handle_outcomes.c   what really happened; the experiment
 *   handle_endpoints.c  endpoints: look, create, change, delete
 *   handle_models.c     models: look
 *   handle_aws.c        POST /: Amazon's JSON protocols by their target
 *   handle_invocations.c  /invocations of SageMaker's containers and MLflow, what they ask besides
 *   handle_sagemaker.c  SageMaker's InvokeEndpoint; ..._control.c: its control plane;
 *                       ..._models.c: models that are loaded and unloaded
 *   handle_truth.c      SageMaker's ground-truth records, as outcomes
 *   handle_oip.c, handle_oip_repository.c, handle_v1.c    handle_oip.h
 *   handle_amazonml.c   Amazon Machine Learning's operations
 *   handle_ops.c        health, readiness, metrics, the OpenAPI description, reload
 */
#ifndef ML_SERVE_HANDLERS_H
#define ML_SERVE_HANDLERS_H

#include "serve/exchange.h"
#include "serve/predict.h"
#include "serve/router.h"
#include "serve/server.h"

void ml_handle_predict(struct ml_exchange *x);
void ml_handle_predict_default(struct ml_exchange *x);
void ml_handle_batch(struct ml_exchange *x);
void ml_handle_outcome(struct ml_exchange *x);
void ml_handle_experiment(struct ml_exchange *x);
void ml_handle_endpoints(struct ml_exchange *x);
void ml_handle_endpoint(struct ml_exchange *x);
void ml_handle_put_endpoint(struct ml_exchange *x);
void ml_handle_patch_endpoint(struct ml_exchange *x);
void ml_handle_delete_endpoint(struct ml_exchange *x);
void ml_handle_models(struct ml_exchange *x);
void ml_handle_model(struct ml_exchange *x);
void ml_handle_model_version(struct ml_exchange *x);
void ml_handle_health(struct ml_exchange *x);
void ml_handle_ready(struct ml_exchange *x);
void ml_handle_metrics(struct ml_exchange *x);
void ml_handle_openapi(struct ml_exchange *x);
void ml_handle_reload(struct ml_exchange *x);
void ml_handle_aws(struct ml_exchange *x);
void ml_handle_invocations(struct ml_exchange *x);
void ml_handle_execution_parameters(struct ml_exchange *x);
void ml_handle_ping(struct ml_exchange *x);
void ml_handle_version(struct ml_exchange *x);

void ml_handle_sagemaker_invoke(struct ml_exchange *x);
void ml_handle_sagemaker_control(struct ml_exchange *x, const char *operation);
void ml_handle_sagemaker_load(struct ml_exchange *x);
void ml_handle_sagemaker_models(struct ml_exchange *x);
void ml_handle_sagemaker_model(struct ml_exchange *x);
void ml_handle_sagemaker_unload(struct ml_exchange *x);
void ml_handle_sagemaker_invoke_model(struct ml_exchange *x);
void ml_handle_truth(struct ml_exchange *x);
void ml_handle_amazonml(struct ml_exchange *x, const char *operation);

/* Tables of routes, one a routes_*.c. */
extern const struct ml_route ml_aws_routes[];
extern const struct ml_route ml_invocations_routes[];
extern const struct ml_route ml_sagemaker_routes[];
extern const struct ml_route ml_sagemaker_model_routes[];
extern const struct ml_route ml_truth_routes[];
extern const struct ml_route ml_oip_routes[];
extern const struct ml_route ml_v1_routes[];

/*
 * Answers a prediction through an endpoint in a protocol's words: read, predict, write, and the
 * headers X-Variant and X-Inference-Id (of the first record). options: what the protocol takes from
 * path and headers; the query's and the body's own go over it.
 */
struct ml_handle_options {
    const char *variant; /* pinned, or NULL */
    const char *key;     /* assignment key, or NULL */
    const char *inference_id;
    bool is_together; /* as in struct ml_call */
    void *wire;       /* what the protocol reads in place of the body, or NULL */
};
void ml_handle_wire(struct ml_exchange *x, const struct ml_protocol *protocol,
                    struct ml_endpoint *endpoint, const struct ml_handle_options *options);

/* Why the daemon is not ready, or NULL: what /readyz says. */
const char *ml_handle_unready(struct ml_server *server);

/* The default endpoint or the only one, or NULL after a refusal that names them. Unref it. */
struct ml_endpoint *ml_handle_default(struct ml_exchange *x);

/* The endpoint of the path, or NULL after a 404 that names it. Unref it. */
struct ml_endpoint *ml_handle_find(struct ml_exchange *x);

/* A fault from a call as a reply. */
void ml_handle_fault(struct ml_exchange *x, const struct ml_call_fault *fault);

/* Reads ?threshold= and ?variant=, ?key=, ?strict= into the call; false after a reply. */
bool ml_handle_query(struct ml_exchange *x, struct ml_call *call);

/*
 * Defers the exchange and runs the function in the pool, which must finish it; afterwards the
 * exchange is not the caller's any more. False: the pool is full, and that has been answered.
 */
bool ml_handle_later(struct ml_exchange *x, struct ml_jobs *jobs, void (*run)(void *exchange));

#endif

/*
 * KServe's protocols: version 2 (the Open Inference Protocol) and version 1. A model's name there
 * is an endpoint's here; its versions are those of the models that the endpoint's variants have,
 * shadows left out.
 */
#ifndef ML_SERVE_HANDLE_OIP_H
#define ML_SERVE_HANDLE_OIP_H

#include "serve/handlers.h"

/* handle_oip.c */
void ml_handle_oip_server(struct ml_exchange *x);
void ml_handle_oip_live(struct ml_exchange *x);
void ml_handle_oip_ready(struct ml_exchange *x);
void ml_handle_oip_models(struct ml_exchange *x);
void ml_handle_oip_model(struct ml_exchange *x);
void ml_handle_oip_version(struct ml_exchange *x);
void ml_handle_oip_model_ready(struct ml_exchange *x);
void ml_handle_oip_version_ready(struct ml_exchange *x);
void ml_handle_oip_infer(struct ml_exchange *x);
void ml_handle_oip_version_infer(struct ml_exchange *x);

/* handle_oip_repository.c */
void ml_handle_oip_index(struct ml_exchange *x);
void ml_handle_oip_load(struct ml_exchange *x);
void ml_handle_oip_unload(struct ml_exchange *x);

/* handle_v1.c */
void ml_handle_v1_predict(struct ml_exchange *x);
void ml_handle_v1_version_predict(struct ml_exchange *x);
void ml_handle_v1_label_predict(struct ml_exchange *x);
void ml_handle_v1_classify(struct ml_exchange *x);
void ml_handle_v1_version_classify(struct ml_exchange *x);
void ml_handle_v1_label_classify(struct ml_exchange *x);

/* The variant whose model has the version that the path's second name is, or NULL after a 404. */
const struct ml_variant *ml_handle_find_version(struct ml_exchange *x,
                                                const struct ml_endpoint *endpoint);

/* Whether the variant's model has the version of an earlier variant: versions are told once. */
bool ml_handle_is_repeated(const struct ml_endpoint *endpoint, size_t variant);

#endif

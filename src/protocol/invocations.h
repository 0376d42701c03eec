/*
 * POST /invocations, which SageMaker's containers and MLflow's scoring server share. The body
 * decides whose it is:
 *
 *     "dataframe_split", "dataframe_records" or "inputs"                      MLflow
 *     "instances" whose first is an object with "features" or "data"          SageMaker
 *     "instances" of anything else                                            MLflow
 *     "record" or "records"                                                   our own
 *     CSV whose first line is mostly names of columns                         MLflow; SageMaker
 * where Accept names text/csv any other CSV, JSON Lines, anything else SageMaker
 *
 * When only one of the two is switched on, it reads everything but our own. JSON is parsed once.
 */
#ifndef ML_PROTOCOL_INVOCATIONS_H
#define ML_PROTOCOL_INVOCATIONS_H

#include "protocol/protocol.h"

/* refuse: in SageMaker's words, which are our own, since it does not know the request. */
extern const struct ml_protocol ml_invocations_protocol;

/*
 * The same where SageMaker's clients call, /endpoints/NAME/invocations and a loaded model's:
 * answers have SageMaker's shape, of CSV with a line of names and of any "instances" too. "record"
 * and "records" stay our own. "dataframe_split", "dataframe_records" and "inputs" are MLflow's, and
 * answered so, while MLflow is switched on: a SageMaker endpoint that hosts MLflow's container does
 * the same.
 */
extern const struct ml_protocol ml_invoked_protocol;

/* Whose words refuse a request whose body has not been read: MLflow's where it is the only one that
 * is switched on, else its own. */
const struct ml_protocol *ml_invocations_words(const struct ml_protocol_settings *settings);

/* After its `read`, failed or not: whose the body was. Never NULL; borrowed for ever. */
const struct ml_protocol *ml_invocations_chosen(const struct ml_call *call);

#endif

/*
 * Signed requests (AWS Signature Version 4), where the operator has configured keys: what routing
 * asks for, in two steps.
 */
#ifndef ML_SERVE_SIGNED_H
#define ML_SERVE_SIGNED_H

#include "serve/exchange.h"

/* Whether there are keys and the request has, or seems to have, a signature. */
bool ml_signed_is(const struct ml_exchange *x);

/*
 * When the headers are complete: checks all but signature and body and begins the body's digest.
 * What the key opens, or 0 after a reply. Asked a second time, only what the key opens.
 */
unsigned ml_signed_admit(struct ml_exchange *x);

/* When the body is complete: the rest, for scope. False after a reply. True when unsigned. */
bool ml_signed_check(struct ml_exchange *x, enum ml_scope scope);

#endif

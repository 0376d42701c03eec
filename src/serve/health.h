/* Asking a daemon from outside whether it is ready, where there is no HTTP client. */
#ifndef ML_SERVE_HEALTH_H
#define ML_SERVE_HEALTH_H

#include "base/error.h"

/*
 * GET /readyz at ADDRESS:PORT, in at most some seconds, without TLS. False and ML_EIO when nobody
 * answers, or not 200; the message then has the status line.
 */
bool ml_health_ask(const char *where, struct ml_error *err) __attribute__((warn_unused_result));

#endif

/* A request's query and header fields as a signature sees them. */
#ifndef ML_SERVE_HTTP_SIGNED_H
#define ML_SERVE_HTTP_SIGNED_H

#include <microhttpd.h>

#include "base/arena.h"
#include "serve/sigv4.h"

/*
 * Fills out->query, in the arena, and out->fields, which borrow from the connection. The query is
 * put together from what libmicrohttpd has taken apart; a blank in it was a '+'.
 */
void ml_http_signed_parts(struct ml_sigv4_request *out, struct MHD_Connection *connection,
                          struct ml_arena *arena);

#endif

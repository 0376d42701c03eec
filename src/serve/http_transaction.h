/*
 * One HTTP request as libmicrohttpd tells of it, call by call, made into an exchange and back.
 */
#ifndef ML_SERVE_HTTP_TRANSACTION_H
#define ML_SERVE_HTTP_TRANSACTION_H

#include <microhttpd.h>

#include "serve/conns.h"
#include "serve/exchange.h"
#include "serve/server.h"

/* What the callbacks share. */
struct ml_http_context {
    struct ml_server *server;
    struct ml_conns *conns;
    struct ml_limits limits; /* the configuration's, fitted to the system's */
    atomic_size_t suspended; /* requests that wait for a job or for the disk */
};

/* libmicrohttpd's callbacks; cls is a struct ml_http_context. */
enum MHD_Result ml_http_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *data,
                                   size_t *data_bytes, void **state);
void ml_http_on_completed(void *cls, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode why);
void ml_http_on_connection(void *cls, struct MHD_Connection *connection, void **socket_state,
                           enum MHD_ConnectionNotificationCode what);
void *ml_http_on_target(void *cls, const char *target, struct MHD_Connection *connection);
size_t ml_http_keep_escapes(void *cls, struct MHD_Connection *connection, char *text);

#endif

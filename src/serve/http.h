/*
 * The sockets: http* are libmicrohttpd's only users.
 *
 *     acceptor ── accept, count, refuse ──> one of N workers, each a thread that runs a daemon
 *
 * libmicrohttpd's own thread pool is not used: its limit on connections leaves clients waiting in
 * the kernel's queue instead of being told, and stopping to accept at that limit aborts the process
 * (MHD_quiesce_daemon with epoll in 0.9.75). An acceptor of ours decides before libmicrohttpd sees
 * a connection, and simply ends when it is time to drain. Nor are its own threads: http_worker.h.
 */
#ifndef ML_SERVE_HTTP_H
#define ML_SERVE_HTTP_H

#include "serve/server.h"

struct ml_http;

/*
 * Starts to listen at config->listen, or at a socket that systemd has passed. *url becomes
 * "http://127.0.0.1:8080" with the real port, to be freed with free.
 */
bool ml_http_start(struct ml_http **out, struct ml_server *server, char **url, struct ml_error *err)
    __attribute__((warn_unused_result));

/* Whether certificate and key can be read and belong together, as a start would find. */
bool ml_http_check_tls(struct ml_server *server, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * Accepts no more, answers everything that was accepted, closes idle connections, and returns when
 * none is left or the time is over. is_over: asked now and then; true ends it at once.
 */
void ml_http_drain(struct ml_http *http, double seconds, bool (*is_over)(void));
/*
 * Closes all connections and ends all threads; jobs of the server must have been finished. False
 * when a request still waits for somebody: libmicrohttpd cannot be stopped then.
 */
bool ml_http_stop(struct ml_http *http);

#endif

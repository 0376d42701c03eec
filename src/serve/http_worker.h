/*
 * A thread that runs one libmicrohttpd daemon, connection by connection handed to it.
 *
 * The daemon has no thread of its own: libmicrohttpd's (0.9.75) asks epoll again, and waits,
 * whenever it got the 128 events it has room for, so that with 128 busy connections it answers once
 * a second. MHD_run never waits; we do that before. Such a daemon may be touched by one thread
 * only, so new connections come through a queue.
 */
#ifndef ML_SERVE_HTTP_WORKER_H
#define ML_SERVE_HTTP_WORKER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "serve/conns.h"

struct ml_http_worker;

/* Takes the daemon over, which must use epoll. NULL when there is no thread or descriptor left. */
struct ml_http_worker *ml_http_worker_start(struct MHD_Daemon *daemon, struct ml_conns *conns);
/* Takes the descriptor over; conn is its entry. Any thread. */
void ml_http_worker_add(struct ml_http_worker *worker, struct ml_conn *conn, int fd,
                        const struct sockaddr_storage *address, socklen_t address_bytes);
/* The worker whose thread asks; NULL in other threads. */
struct ml_http_worker *ml_http_worker_current(void);
/* To be called after MHD_resume_connection, which does not wake a daemon of this kind. Any thread.
 */
void ml_http_worker_wake(struct ml_http_worker *worker);
/* Ends the thread, closes every connection and frees all, the daemon included. */
void ml_http_worker_stop(struct ml_http_worker *worker);

#endif

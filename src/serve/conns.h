/*
 * Open connections by file descriptor: how many, from where, and until when each may do what it
 * does.
 *
 * libmicrohttpd's own timeout is one of inactivity, which a byte now and then satisfies for ever.
 * The deadlines here are absolute: a watch thread shuts a connection down when its phase has lasted
 * too long, and libmicrohttpd then closes it.
 *
 *     IDLE ── request line ──> HEADERS ── last header ──> BODY ──> HANDLING ──> WRITING ──> IDLE
 */
#ifndef ML_SERVE_CONNS_H
#define ML_SERVE_CONNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "serve/config.h"
#include "serve/metrics.h"

enum ml_phase {
    ML_PHASE_CLOSED,
    ML_PHASE_NEW,  /* accepted, nothing read: as strict as HEADERS */
    ML_PHASE_IDLE, /* between requests */
    ML_PHASE_HEADERS,
    ML_PHASE_BODY,
    ML_PHASE_HANDLING,
    ML_PHASE_WRITING,
};

struct ml_conns;
struct ml_conn; /* one connection; valid until ml_conns_close */

struct ml_conns *ml_conns_new(const struct ml_limits *limits, struct ml_metrics *metrics);
void ml_conns_free(struct ml_conns *conns); /* after all have been closed */

/* Whether another connection from this address may come; *per_ip tells which limit says no. */
bool ml_conns_may_open(struct ml_conns *conns, const struct sockaddr *address, bool *per_ip);
/* A connection just accepted. NULL when its descriptor is beyond the table. */
struct ml_conn *ml_conns_open(struct ml_conns *conns, int fd, const struct sockaddr *address);
/* The open connection of that descriptor. */
struct ml_conn *ml_conns_find(struct ml_conns *conns, int fd);
/* Before its descriptor is closed. */
void ml_conns_close(struct ml_conns *conns, struct ml_conn *conn);

/* A new phase begins now. extra_seconds is added to its time. Any thread; no lock. */
void ml_conn_enter(struct ml_conns *conns, struct ml_conn *conn, enum ml_phase phase,
                   double extra_seconds);

/* The request line has come: the time for headers runs from here, or from the connection. */
void ml_conn_begin_request(struct ml_conns *conns, struct ml_conn *conn);
/* Moves the deadline of the phase it is in: `seconds` beyond the phase's own, from its start. */
void ml_conn_extend(struct ml_conns *conns, struct ml_conn *conn, enum ml_phase phase,
                    double seconds);

size_t ml_conns_count(const struct ml_conns *conns);

/* Shuts down every connection, whatever it does. */
void ml_conns_shut_all(struct ml_conns *conns);

/*
 * Shuts down what is past its deadline; with close_idle also what has been idle for a moment and
 * has sent nothing that waits to be read. Called a few times a second by one thread.
 */
void ml_conns_watch(struct ml_conns *conns, bool close_idle);

#endif

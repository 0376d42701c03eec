#include "serve/conns.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/alloc.h"

enum { IDLE_GRACE_MS = 100, ADDRESS_BYTES = 16, MAX_TABLE = 1 << 20 };

struct ml_conn {
    int fd;
    atomic_int phase; /* enum ml_phase */
    atomic_int_least64_t deadline_ms;
    atomic_int_least64_t since_ms;
    bool is_shut; /* these two under the lock */
    bool at_end;  /* the client had closed when we last looked */
    unsigned char address[ADDRESS_BYTES];
};

struct ml_conns {
    const struct ml_limits *limits;
    struct ml_metrics *metrics;
    pthread_mutex_t
        lock; /* opening, closing and shutting down: a descriptor is never reused under us */
    struct ml_conn *table; /* owned; by descriptor */
    size_t n_table;
    size_t n_used; /* one past the highest descriptor seen */
    atomic_size_t count;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct ml_conns *ml_conns_new(const struct ml_limits *limits, struct ml_metrics *metrics)
{
    struct ml_conns *c = ml_xcalloc(1, sizeof(*c));
    struct rlimit files = {.rlim_cur = 1024};
    c->limits = limits;
    c->metrics = metrics;
    pthread_mutex_init(&c->lock, NULL);
    getrlimit(RLIMIT_NOFILE, &files);
    c->n_table = files.rlim_cur < MAX_TABLE ? (size_t)files.rlim_cur : MAX_TABLE;
    c->table = ml_xcalloc(c->n_table, sizeof(*c->table)); /* untouched pages take no memory */
    return c;
}

void ml_conns_free(struct ml_conns *c)
{
    if (c == NULL)
        return;
    pthread_mutex_destroy(&c->lock);
    free(c->table);
    free(c);
}

/* IPv4 as it stands in IPv6; whatever else there is counts as one address. */
static void copy_address(unsigned char to[ADDRESS_BYTES], const struct sockaddr *address)
{
    memset(to, 0, ADDRESS_BYTES);
    if (address->sa_family == AF_INET)
        memcpy(to + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    else if (address->sa_family == AF_INET6)
        memcpy(to, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
}

static size_t count_from(struct ml_conns *c, const unsigned char *address)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_used; i++)
        n += atomic_load_explicit(&c->table[i].phase, memory_order_relaxed) != ML_PHASE_CLOSED &&
             memcmp(c->table[i].address, address, ADDRESS_BYTES) == 0;
    return n;
}

bool ml_conns_may_open(struct ml_conns *c, const struct sockaddr *address, bool *per_ip)
{
    *per_ip = false;
    if (ml_conns_count(c) >= c->limits->connections)
        return false;
    if (c->limits->connections_per_ip == 0)
        return true;
    unsigned char from[ADDRESS_BYTES];
    copy_address(from, address);
    pthread_mutex_lock(&c->lock);
    *per_ip = count_from(c, from) >= c->limits->connections_per_ip;
    pthread_mutex_unlock(&c->lock);
    return !*per_ip;
}

static double seconds_of(const struct ml_limits *l, enum ml_phase phase)
{
    switch (phase) {
    case ML_PHASE_NEW:
    case ML_PHASE_HEADERS:
        return l->header_seconds;
    case ML_PHASE_IDLE:
        return l->idle_seconds;
    case ML_PHASE_BODY:
        return l->body_seconds;
    case ML_PHASE_HANDLING:
        return l->handle_seconds;
    case ML_PHASE_WRITING:
        return l->write_seconds;
    case ML_PHASE_CLOSED:
        break;
    }
    return 0.0;
}

void ml_conn_enter(struct ml_conns *c, struct ml_conn *conn, enum ml_phase phase,
                   double extra_seconds)
{
    int64_t now = now_ms();
    double seconds = seconds_of(c->limits, phase) + extra_seconds;
    atomic_store_explicit(&conn->since_ms, now, memory_order_relaxed);
    atomic_store_explicit(&conn->deadline_ms, now + (int64_t)(seconds * 1000.0),
                          memory_order_relaxed);
    atomic_store_explicit(&conn->phase, (int)phase, memory_order_release);
}

void ml_conn_begin_request(struct ml_conns *c, struct ml_conn *conn)
{
    if (conn != NULL && atomic_load_explicit(&conn->phase, memory_order_relaxed) == ML_PHASE_IDLE)
        ml_conn_enter(c, conn, ML_PHASE_HEADERS, 0.0);
    else if (conn != NULL)
        atomic_store_explicit(&conn->phase, ML_PHASE_HEADERS, memory_order_release);
}

void ml_conn_extend(struct ml_conns *c, struct ml_conn *conn, enum ml_phase phase, double seconds)
{
    int64_t since = atomic_load_explicit(&conn->since_ms, memory_order_relaxed);
    double total = seconds_of(c->limits, phase) + seconds;
    atomic_store_explicit(&conn->deadline_ms, since + (int64_t)(total * 1000.0),
                          memory_order_relaxed);
}

struct ml_conn *ml_conns_open(struct ml_conns *c, int fd, const struct sockaddr *address)
{
    if (fd < 0 || (size_t)fd >= c->n_table)
        return NULL;
    struct ml_conn *conn = &c->table[fd];
    pthread_mutex_lock(&c->lock);
    conn->fd = fd;
    conn->is_shut = false;
    conn->at_end = false;
    copy_address(conn->address, address);
    if ((size_t)fd >= c->n_used)
        c->n_used = (size_t)fd + 1;
    ml_conn_enter(c, conn, ML_PHASE_NEW, 0.0);
    pthread_mutex_unlock(&c->lock);
    atomic_fetch_add(&c->count, 1);
    atomic_fetch_add(&c->metrics->connections, 1);
    ml_count(&c->metrics->n_connections, 1);
    return conn;
}

struct ml_conn *ml_conns_find(struct ml_conns *c, int fd)
{
    return fd >= 0 && (size_t)fd < c->n_table ? &c->table[fd] : NULL;
}

void ml_conns_close(struct ml_conns *c, struct ml_conn *conn)
{
    pthread_mutex_lock(&c->lock);
    bool was_open = atomic_exchange(&conn->phase, (int)ML_PHASE_CLOSED) != ML_PHASE_CLOSED;
    pthread_mutex_unlock(&c->lock);
    if (!was_open)
        return; /* libmicrohttpd told of it already */
    atomic_fetch_sub(&c->count, 1);
    atomic_fetch_sub(&c->metrics->connections, 1);
}

size_t ml_conns_count(const struct ml_conns *c)
{
    return atomic_load(&c->count);
}

static bool has_input(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

/*
 * The client has closed before its request was whole, which libmicrohttpd would not mind until the
 * deadline. Seen twice, so that what has just come is not mistaken for nothing.
 */
static bool is_abandoned(struct ml_conn *conn, int phase)
{
    char byte;
    bool before = conn->at_end;
    bool is_reading = phase == ML_PHASE_NEW || phase == ML_PHASE_HEADERS || phase == ML_PHASE_BODY;
    conn->at_end = is_reading && recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    return before && conn->at_end;
}

static void shut(struct ml_conn *conn)
{
    conn->is_shut = true;
    shutdown(conn->fd, SHUT_RDWR);
}

static void watch(struct ml_conns *c, struct ml_conn *conn, int64_t now, bool close_idle)
{
    int phase = atomic_load_explicit(&conn->phase, memory_order_acquire);
    if (phase == ML_PHASE_CLOSED || conn->is_shut)
        return;
    if (now > atomic_load_explicit(&conn->deadline_ms, memory_order_relaxed)) {
        /* What is between two requests has not been refused anything. */
        if (phase != ML_PHASE_IDLE)
            ml_count(&c->metrics->rejected[ML_REJECT_TIMEOUT], 1);
        shut(conn);
        return;
    }
    if (is_abandoned(conn, phase)) {
        shut(conn);
        return;
    }
    bool is_idle = phase == ML_PHASE_IDLE || phase == ML_PHASE_NEW;
    if (close_idle && is_idle &&
        now - atomic_load_explicit(&conn->since_ms, memory_order_relaxed) > IDLE_GRACE_MS &&
        !has_input(conn->fd)) {
        conn->is_shut = true;
        shutdown(conn->fd, SHUT_RD); /* what is on its way can still be answered */
    }
}

void ml_conns_watch(struct ml_conns *c, bool close_idle)
{
    int64_t now = now_ms();
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->n_used; i++)
        watch(c, &c->table[i], now, close_idle);
    pthread_mutex_unlock(&c->lock);
}

void ml_conns_shut_all(struct ml_conns *c)
{
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->n_used; i++)
        if (atomic_load(&c->table[i].phase) != ML_PHASE_CLOSED)
            shutdown(c->table[i].fd, SHUT_RDWR);
    pthread_mutex_unlock(&c->lock);
}

#define _GNU_SOURCE /* accept4 */
#include "serve/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "serve/conns.h"
#include "serve/http_transaction.h"
#include "serve/http_worker.h"
#include "serve/listener.h"
#include "serve/refusals.h"

enum {
    WATCH_MS = 200,
    SLACK_NS = 2000000,
    MAX_THREADS = 64,
    SPARE_FILES = 64 + ML_MAX_REFUSALS,
    LAST_WAITS = 1000,
    /* Room for 16 KB of headers; libmicrohttpd clears it all for each request. */
    CONNECTION_BYTES = 24 * 1024,
    MAX_PEM_BYTES = 1024 * 1024
};

struct ml_http {
    struct ml_http_context context;
    struct ml_http_worker *workers[MAX_THREADS];
    size_t n_workers;
    size_t next;                 /* worker for the next connection */
    int listen_fd;               /* -1 once closed; the acceptor's */
    int wake[2];                 /* a byte wakes the acceptor */
    struct ml_refusals refusals; /* the acceptor's */
    pthread_t acceptor;
    bool has_acceptor;
    atomic_bool stopping;
    struct ml_strbuf certificate;
    struct ml_strbuf key;
};

static void hand_over(struct ml_http *h, int fd, const struct sockaddr_storage *from, socklen_t n)
{
    struct ml_conns *conns = h->context.conns;
    struct ml_metrics *metrics = &h->context.server->metrics;
    const struct sockaddr *address = (const struct sockaddr *)(const void *)from;
    bool per_ip;
    if (!ml_conns_may_open(conns, address, &per_ip)) {
        ml_count(&metrics->rejected[per_ip ? ML_REJECT_PER_IP : ML_REJECT_CONNECTIONS], 1);
        ml_refusals_add(&h->refusals, fd, per_ip);
        return;
    }
    struct ml_conn *conn = ml_conns_open(conns, fd, address);
    if (conn == NULL) {
        close(fd);
        return;
    }
    ml_http_worker_add(h->workers[h->next++ % h->n_workers], conn, fd, from, n);
}

/* Everything that waits. */
static void accept_all(struct ml_http *h)
{
    for (;;) {
        struct sockaddr_storage from = {0};
        socklen_t n = sizeof(from);
        int fd = accept4(h->listen_fd, (struct sockaddr *)(void *)&from, &n,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            hand_over(h, fd, &from, n);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            struct timespec pause = {0, 10000000};
            nanosleep(&pause, NULL);
        }
        return;
    }
}

static void *accept_loop(void *ctx)
{
    struct ml_http *h = ctx;
    struct ml_conns *conns = h->context.conns;
    int64_t watched = 0;
    while (!atomic_load(&h->stopping)) {
        struct pollfd fds[2] = {
            {.fd = h->wake[0], .events = POLLIN},
            {.fd = h->listen_fd, .events = POLLIN}, /* ignored when negative */
        };
        bool busy = ml_conns_count(conns) > 0 || h->refusals.n > 0;
        poll(fds, 2, busy || h->listen_fd < 0 ? WATCH_MS / (h->listen_fd < 0 ? 10 : 1) : -1);
        bool draining = atomic_load(&h->context.server->draining);
        if (h->listen_fd >= 0 && (draining || (fds[1].revents & POLLIN) != 0))
            accept_all(h);
        if (draining && h->listen_fd >= 0) {
            close(h->listen_fd);
            h->listen_fd = -1;
        }
        char bytes[64];
        if ((fds[0].revents & POLLIN) != 0 && read(h->wake[0], bytes, sizeof(bytes)) < 0)
            break;
        int64_t now = ml_monotonic_ns();
        if (now - watched < (int64_t)(draining ? WATCH_MS / 10 : WATCH_MS) * 1000000 - SLACK_NS)
            continue;
        watched = now;
        ml_conns_watch(conns, draining);
        ml_refusals_sweep(&h->refusals);
    }
    ml_refusals_close(&h->refusals);
    return NULL;
}

static void wake_acceptor(struct ml_http *h)
{
    ssize_t n = write(h->wake[1], "", 1);
    (void)n; /* a full pipe wakes as well */
}

static struct MHD_Daemon *start_daemon(struct ml_http *h)
{
    unsigned flags =
        MHD_USE_NO_LISTEN_SOCKET | MHD_USE_EPOLL | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;
    const struct ml_config *c = h->context.server->config;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, h->certificate.bytes},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, h->key.bytes},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    bool has_tls = c->tls_certificate != NULL;
    return MHD_start_daemon(
        flags | (has_tls ? (unsigned)MHD_USE_TLS : 0u), 0, NULL, NULL, ml_http_on_request,
        &h->context, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_ARRAY,
        has_tls ? tls : plain, MHD_OPTION_CONNECTION_LIMIT, (unsigned)(c->limits.connections + 16),
        MHD_OPTION_NOTIFY_COMPLETED, ml_http_on_completed, &h->context,
        MHD_OPTION_NOTIFY_CONNECTION, ml_http_on_connection, &h->context,
        MHD_OPTION_URI_LOG_CALLBACK, ml_http_on_target, &h->context, MHD_OPTION_UNESCAPE_CALLBACK,
        ml_http_keep_escapes, NULL, MHD_OPTION_END);
}

/* Room for the connections; fewer of them where the system gives less. */
static void raise_files(struct ml_server *s, struct ml_limits *limits)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return;
    rlim_t wanted = limits->connections + SPARE_FILES;
    if (r.rlim_cur < wanted) {
        r.rlim_cur = r.rlim_max < wanted ? r.rlim_max : wanted;
        setrlimit(RLIMIT_NOFILE, &r);
        getrlimit(RLIMIT_NOFILE, &r);
    }
    if (r.rlim_cur < wanted) {
        limits->connections =
            (size_t)(r.rlim_cur > 2 * SPARE_FILES ? r.rlim_cur - SPARE_FILES : r.rlim_cur / 2);
        char n[24];
        snprintf(n, sizeof(n), "%zu", limits->connections);
        ml_log(&s->log, ML_LOG_WARNING, "fewer connections than configured: too few open files",
               {"connections", n});
    }
}

static bool read_tls(struct ml_http *h, struct ml_error *err)
{
    const struct ml_config *c = h->context.server->config;
    if (c->tls_certificate == NULL)
        return true;
    if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
        return ml_fail(err, ML_EUNSUPPORTED, "this libmicrohttpd cannot do TLS");
    return ml_file_read_all(&h->certificate, c->tls_certificate, MAX_PEM_BYTES, err) &&
           ml_file_read_all(&h->key, c->tls_key, MAX_PEM_BYTES, err);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool fail_to_start(const struct ml_http *h, struct ml_error *err)
{
    const struct ml_config *c = h->context.server->config;
    if (h->certificate.length == 0)
        return ml_fail(err, ML_EINPUT, "unable to start the HTTP threads");
    return ml_fail(err, ML_EINPUT, "'tls': %s is no certificate in PEM, or %s is not its key",
                   c->tls_certificate, c->tls_key);
}

bool ml_http_check_tls(struct ml_server *server, struct ml_error *err)
{
    struct ml_http h = {.context = {.server = server}};
    bool ok = read_tls(&h, err);
    if (ok && h.certificate.length > 0) {
        struct MHD_Daemon *daemon = start_daemon(&h);
        ok = daemon != NULL || fail_to_start(&h, err);
        if (daemon != NULL)
            MHD_stop_daemon(daemon);
    }
    ml_strbuf_release(&h.certificate);
    ml_strbuf_release(&h.key);
    return ok;
}

static bool start_threads(struct ml_http *h, struct ml_error *err)
{
    size_t threads = h->context.server->config->threads;
    if (threads == 0) {
        long n = sysconf(_SC_NPROCESSORS_ONLN);
        threads = n > 0 ? (size_t)n : 1;
    }
    for (size_t i = 0; i < threads && i < MAX_THREADS; i++) {
        struct MHD_Daemon *daemon = start_daemon(h);
        if (daemon == NULL)
            return fail_to_start(h, err);
        h->workers[i] = ml_http_worker_start(daemon, h->context.conns);
        if (h->workers[i] == NULL)
            return ml_fail(err, ML_EINTERNAL, "unable to start a thread");
        h->n_workers++;
    }
    if (pthread_create(&h->acceptor, NULL, accept_loop, h) != 0)
        return ml_fail(err, ML_EINTERNAL, "unable to start a thread");
    h->has_acceptor = true;
    return true;
}

static char *make_url(const struct ml_config *c, unsigned port)
{
    char host[64] = "";
    unsigned unused;
    struct ml_error err;
    struct ml_strbuf url = {0};
    if (!ml_config_split_listen(c->listen, host, &unused, &err) || host[0] == '\0')
        memcpy(host, "0.0.0.0", sizeof("0.0.0.0"));
    bool v6 = strchr(host, ':') != NULL;
    ml_strbuf_addf(&url, "%s://%s%s%s:%u", c->tls_certificate != NULL ? "https" : "http",
                   v6 ? "[" : "", host, v6 ? "]" : "", port);
    return ml_strbuf_take(&url);
}

bool ml_http_start(struct ml_http **out, struct ml_server *server, char **url, struct ml_error *err)
{
    struct ml_http *h = ml_xcalloc(1, sizeof(*h));
    unsigned port = 0;
    h->context.server = server;
    h->context.limits = server->config->limits;
    h->listen_fd = h->wake[0] = h->wake[1] = -1;
    raise_files(server, &h->context.limits);
    h->context.conns = ml_conns_new(&h->context.limits, &server->metrics);
    bool ok =
        pipe(h->wake) == 0 || ml_fail(err, ML_EIO, "unable to make a pipe: %s", strerror(errno));
    ok = ok && read_tls(h, err) &&
         ml_listener_open(&h->listen_fd, server->config->listen, &port, err) &&
         start_threads(h, err);
    if (!ok) {
        (void)ml_http_stop(h);
        return false;
    }
    *url = make_url(server->config, port);
    *out = h;
    return true;
}

void ml_http_drain(struct ml_http *h, double seconds, bool (*is_over)(void))
{
    struct timespec pause = {0, 5000000};
    int64_t end = ml_monotonic_ns() + (int64_t)(seconds * 1e9);
    atomic_store(&h->context.server->draining, true);
    wake_acceptor(h);
    /* The acceptor takes what waits at the door before it closes it. */
    nanosleep(&pause, NULL);
    while (ml_conns_count(h->context.conns) > 0 && ml_monotonic_ns() < end && !is_over())
        nanosleep(&pause, NULL);
}

/* Outcomes are answered by the store's thread, which is still there. */
static bool wait_for_suspended(struct ml_http *h)
{
    struct timespec pause = {0, 2000000};
    for (int i = 0; i < LAST_WAITS && atomic_load(&h->context.suspended) > 0; i++)
        nanosleep(&pause, NULL);
    ml_conns_shut_all(h->context.conns);
    for (int i = 0; i < LAST_WAITS && ml_conns_count(h->context.conns) > 0; i++)
        nanosleep(&pause, NULL);
    return atomic_load(&h->context.suspended) == 0;
}

bool ml_http_stop(struct ml_http *h)
{
    if (!wait_for_suspended(h))
        return false;
    atomic_store(&h->stopping, true);
    if (h->has_acceptor) {
        wake_acceptor(h);
        pthread_join(h->acceptor, NULL);
    }
    for (size_t i = 0; i < h->n_workers; i++)
        ml_http_worker_stop(h->workers[i]);
    close_fd(&h->listen_fd);
    close_fd(&h->wake[0]);
    close_fd(&h->wake[1]);
    ml_conns_free(h->context.conns);
    ml_strbuf_release(&h->certificate);
    ml_strbuf_release(&h->key);
    free(h);
    return true;
}

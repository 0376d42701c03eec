#include "serve/http_worker.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"

enum { FEW_ARRIVALS = 64 };

struct arrival {
    struct ml_conn *conn;
    int fd;
    socklen_t address_bytes;
    struct sockaddr_storage address;
};

struct arrivals {
    struct arrival *list; /* owned */
    size_t n;
    size_t capacity;
};

struct ml_http_worker {
    struct MHD_Daemon *daemon;
    struct ml_conns *conns;
    pthread_t thread;
    int wake_fd; /* an eventfd */
    atomic_bool stopping;
    pthread_mutex_t lock;
    struct arrivals arrivals; /* under the lock: accepted, not yet in the daemon */
};

static _Thread_local struct ml_http_worker *self;

struct ml_http_worker *ml_http_worker_current(void)
{
    return self;
}

void ml_http_worker_wake(struct ml_http_worker *w)
{
    uint64_t one = 1;
    ssize_t n = write(w->wake_fd, &one, sizeof(one));
    (void)n; /* a full counter wakes as well */
}

static void add_arrivals(struct ml_http_worker *w, struct arrivals *mine)
{
    uint64_t count;
    ssize_t n = read(w->wake_fd, &count, sizeof(count));
    (void)n;
    pthread_mutex_lock(&w->lock);
    struct arrivals theirs = w->arrivals;
    w->arrivals = *mine;
    *mine = theirs;
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < mine->n; i++) {
        const struct arrival *a = &mine->list[i];
        if (MHD_add_connection(w->daemon, a->fd, (const struct sockaddr *)(const void *)&a->address,
                               a->address_bytes) != MHD_YES)
            ml_conns_close(w->conns, a->conn);
    }
    mine->n = 0;
    if (mine->capacity > FEW_ARRIVALS) { /* a storm's list is not kept */
        free(mine->list);
        *mine = (struct arrivals){0};
    }
}

static void *work(void *ctx)
{
    struct ml_http_worker *w = self = ctx;
    struct arrivals mine = {0};
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd fds[2] = {
        {.fd = info->epoll_fd, .events = POLLIN},
        {.fd = w->wake_fd, .events = POLLIN},
    };
    while (!atomic_load_explicit(&w->stopping, memory_order_acquire)) {
        if (fds[1].revents != 0)
            add_arrivals(w, &mine);
        MHD_run(w->daemon);
        MHD_UNSIGNED_LONG_LONG ms;
        bool must_hurry = MHD_get_timeout(w->daemon, &ms) == MHD_YES && ms == 0;
        poll(fds, 2, must_hurry ? 0 : -1);
    }
    free(mine.list);
    return NULL;
}

struct ml_http_worker *ml_http_worker_start(struct MHD_Daemon *daemon, struct ml_conns *conns)
{
    struct ml_http_worker *w = ml_xcalloc(1, sizeof(*w));
    w->daemon = daemon;
    w->conns = conns;
    pthread_mutex_init(&w->lock, NULL);
    w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->wake_fd >= 0 && pthread_create(&w->thread, NULL, work, w) == 0)
        return w;
    if (w->wake_fd >= 0)
        close(w->wake_fd);
    MHD_stop_daemon(daemon);
    pthread_mutex_destroy(&w->lock);
    free(w);
    return NULL;
}

void ml_http_worker_add(struct ml_http_worker *w, struct ml_conn *conn, int fd,
                        const struct sockaddr_storage *address, socklen_t address_bytes)
{
    struct arrivals *a = &w->arrivals;
    pthread_mutex_lock(&w->lock);
    if (a->n == a->capacity)
        a->list = ml_grow(a->list, a->n, &a->capacity, sizeof(*a->list));
    a->list[a->n++] = (struct arrival){conn, fd, address_bytes, *address};
    pthread_mutex_unlock(&w->lock);
    ml_http_worker_wake(w);
}

void ml_http_worker_stop(struct ml_http_worker *w)
{
    atomic_store(&w->stopping, true);
    ml_http_worker_wake(w);
    pthread_join(w->thread, NULL);
    for (size_t i = 0; i < w->arrivals.n; i++) {
        ml_conns_close(w->conns, w->arrivals.list[i].conn);
        close(w->arrivals.list[i].fd);
    }
    MHD_stop_daemon(w->daemon);
    close(w->wake_fd);
    pthread_mutex_destroy(&w->lock);
    free(w->arrivals.list);
    free(w);
}

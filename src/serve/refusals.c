#include "serve/refusals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/server.h"

enum { LINGER_MS = 1000, MAX_READS = 16 };

static int64_t now_ms(void)
{
    return ml_monotonic_ns() / 1000000;
}

static struct ml_refusal *at(struct ml_refusals *r, size_t i)
{
    return &r->ring[(r->first + i) % ML_MAX_REFUSALS];
}

static void close_oldest(struct ml_refusals *r)
{
    if (at(r, 0)->fd >= 0)
        close(at(r, 0)->fd);
    r->first = (r->first + 1) % ML_MAX_REFUSALS;
    r->n--;
}

/* Reads what has come; whether the client has closed. */
static bool is_over(int fd)
{
    char unread[4096];
    ssize_t n = 1;
    for (int i = 0; i < MAX_READS && n > 0; i++)
        n = recv(fd, unread, sizeof(unread), MSG_DONTWAIT);
    return n > 0 ? false : n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void ml_refusals_add(struct ml_refusals *r, int fd, bool per_ip)
{
    static const char busy[] = "{\"error\":{\"code\":\"overloaded\","
                               "\"message\":\"too many connections are open\"}}\n";
    static const char many[] = "{\"error\":{\"code\":\"too_many_connections\","
                               "\"message\":\"too many connections from this address\"}}\n";
    const char *body = per_ip ? many : busy;
    char text[512];
    int length =
        snprintf(text, sizeof(text),
                 "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                 "Content-Length: %zu\r\nRetry-After: 1\r\nConnection: close\r\n\r\n%s",
                 per_ip ? "429 Too Many Requests" : "503 Service Unavailable", strlen(body), body);
    ssize_t n = send(fd, text, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)n; /* who does not take it has no room for a few bytes: then nothing helps */
    shutdown(fd, SHUT_WR);
    if (r->n == ML_MAX_REFUSALS) {
        (void)is_over(at(r, 0)->fd);
        close_oldest(r);
    }
    *at(r, r->n++) = (struct ml_refusal){fd, now_ms()};
}

void ml_refusals_sweep(struct ml_refusals *r)
{
    int64_t now = r->n > 0 ? now_ms() : 0;
    for (size_t i = 0; i < r->n; i++) {
        struct ml_refusal *one = at(r, i);
        if (one->fd < 0 || (!is_over(one->fd) && now - one->since_ms < LINGER_MS))
            continue;
        close(one->fd);
        one->fd = -1;
    }
    while (r->n > 0 && at(r, 0)->fd < 0)
        close_oldest(r);
}

void ml_refusals_close(struct ml_refusals *r)
{
    while (r->n > 0)
        close_oldest(r);
}

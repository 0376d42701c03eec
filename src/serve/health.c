#include "serve/health.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "serve/config.h"

enum { TIMEOUT_SECONDS = 2 };

static bool connect_to(int *out, const char *where, struct ml_error *err)
{
    char host[64];
    char service[16];
    unsigned port;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list;
    struct timeval limit = {.tv_sec = TIMEOUT_SECONDS};
    if (!ml_config_split_listen(where, host, &port, err))
        return false;
    snprintf(service, sizeof(service), "%u", port);
    int e = getaddrinfo(host[0] != '\0' ? host : "127.0.0.1", service, &hints, &list);
    if (e != 0)
        return ml_fail(err, ML_EINPUT, "unable to connect to '%s': %s", where, gai_strerror(e));
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
              setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
              connect(fd, list->ai_addr, list->ai_addrlen) == 0;
    if (!ok)
        ml_fail_errno(err, "connect to", where);
    freeaddrinfo(list);
    if (!ok && fd >= 0)
        close(fd);
    *out = fd;
    return ok;
}

bool ml_health_ask(const char *where, struct ml_error *err)
{
    static const char request[] =
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static const char wanted[] = "HTTP/1.1 200";
    char reply[64] = "";
    size_t n = 0;
    int fd = -1;
    if (!connect_to(&fd, where, err))
        return false;
    ssize_t got = send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL);
    while (got > 0 && n < sizeof(wanted) - 1) {
        got = recv(fd, reply + n, sizeof(reply) - 1 - n, 0);
        n += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    reply[strcspn(reply, "\r\n")] = '\0';
    return strncmp(reply, wanted, sizeof(wanted) - 1) == 0 ||
           ml_fail(err, ML_EIO, "%s: %s", where, n > 0 ? reply : "no answer");
}

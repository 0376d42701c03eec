#include "serve/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/config.h"
#include "serve/systemd.h"

enum { BACKLOG = 4096 };

static unsigned port_of(int fd)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof(a);
    if (getsockname(fd, (struct sockaddr *)(void *)&a, &n) != 0)
        return 0;
    if (a.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)(void *)&a)->sin6_port);
    return a.ss_family == AF_INET ? ntohs(((struct sockaddr_in *)(void *)&a)->sin_port) : 0;
}

static int bind_to(const struct addrinfo *a)
{
    int one = 1;
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int e = errno;
    close(fd);
    errno = e;
    return -1;
}

bool ml_listener_open(int *out, const char *where, unsigned *port, struct ml_error *err)
{
    char host[64];
    char service[16];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list;
    int fd = ml_systemd_socket();
    if (fd < 0) {
        if (!ml_config_split_listen(where, host, port, err))
            return false;
        snprintf(service, sizeof(service), "%u", *port);
        int e = getaddrinfo(host[0] != '\0' ? host : NULL, service, &hints, &list);
        if (e != 0)
            return ml_fail(err, ML_EINPUT, "unable to listen at '%s': %s", where, gai_strerror(e));
        fd = bind_to(list);
        freeaddrinfo(list);
        if (fd < 0)
            return ml_fail_errno(err, "listen at", where);
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    *port = port_of(fd);
    *out = fd;
    return true;
}

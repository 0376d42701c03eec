/* The listening socket. */
#ifndef ML_SERVE_LISTENER_H
#define ML_SERVE_LISTENER_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Binds to "127.0.0.1:8080", "[::1]:0" or ":8080", non-blocking; or takes the socket that systemd
 * has passed. *port becomes the real one.
 */
bool ml_listener_open(int *fd, const char *listen, unsigned *port, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

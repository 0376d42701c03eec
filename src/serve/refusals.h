/*
 * Connections that are turned away at the door, with an answer.
 *
 * Closing right after the answer would lose it: the request is often still on its way, and what
 * comes to a closed socket makes the client's system drop what it had received. So they linger,
 * answered and half closed, until the client closes, a second is over, or others need the room.
 */
#ifndef ML_SERVE_REFUSALS_H
#define ML_SERVE_REFUSALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ML_MAX_REFUSALS = 256 };

/* Zero-initialised is empty. One thread: the acceptor's. */
struct ml_refusals {
    struct ml_refusal {
        int fd;
        int64_t since_ms;
    } ring[ML_MAX_REFUSALS]; /* the oldest at first % ML_MAX_REFUSALS */
    size_t first;
    size_t n;
};

/* Answers 503, or 429 when it is about one address, and takes the descriptor over. */
void ml_refusals_add(struct ml_refusals *refusals, int fd, bool per_ip);
/* Closes those whose time has come; to be called a few times a second while n > 0. */
void ml_refusals_sweep(struct ml_refusals *refusals);
void ml_refusals_close(struct ml_refusals *refusals);

#endif

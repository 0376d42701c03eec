/*
 * Predictions on their way to the log: a ring of fixed size. Not thread-safe: the store's lock is
 * around it.
 */
#ifndef ML_SERVE_ROW_QUEUE_H
#define ML_SERVE_ROW_QUEUE_H

#include "serve/store.h"

struct ml_row_queue {
    struct ml_waiting_row *rows; /* owned; capacity */
    size_t capacity;
    size_t head; /* the oldest */
    size_t n;
};

/* Takes its memory at once. */
void ml_row_queue_init(struct ml_row_queue *queue, size_t capacity);
void ml_row_queue_release(struct ml_row_queue *queue);

/* Appends copies of all n rows, or of none when there is no room for all. */
bool ml_row_queue_add(struct ml_row_queue *queue, const struct ml_prediction_row *rows, size_t n)
    __attribute__((warn_unused_result));
/* Moves the oldest n (at most queue->n) rows out. */
void ml_row_queue_take(struct ml_row_queue *queue, struct ml_prediction_row *rows, size_t n);

bool ml_row_queue_is_half_full(const struct ml_row_queue *queue);

#endif

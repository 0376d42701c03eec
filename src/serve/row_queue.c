#include "serve/row_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/*
 * Most ids are our own, which are short: room for the longest in every row would be a megabyte and
 * a half more.
 */
struct ml_waiting_row {
    int64_t time_ms;
    int64_t arm;
    uint64_t key_hash;
    double score;
    char *long_id; /* owned; NULL: id */
    char id[ML_ULID_BYTES];
    uint8_t assignment;
    bool has_key;
    bool is_follower;
    uint16_t label;
};

void ml_row_queue_init(struct ml_row_queue *q, size_t capacity)
{
    *q = (struct ml_row_queue){.capacity = capacity};
    q->rows = ml_xcalloc(capacity, sizeof(*q->rows));
    memset(q->rows, 0xff, capacity * sizeof(*q->rows)); /* takes its memory now */
}

void ml_row_queue_release(struct ml_row_queue *q)
{
    for (size_t i = 0; i < q->n; i++)
        free(q->rows[(q->head + i) % q->capacity].long_id);
    free(q->rows);
    *q = (struct ml_row_queue){0};
}

static void pack(struct ml_waiting_row *to, const struct ml_prediction_row *row)
{
    *to = (struct ml_waiting_row){
        .time_ms = row->time_ms,
        .arm = row->arm,
        .key_hash = row->key_hash,
        .score = row->score,
        .assignment = row->assignment,
        .has_key = row->has_key,
        .is_follower = row->is_follower,
        .label = row->label,
    };
    size_t n = strlen(row->id) + 1;
    if (n <= sizeof(to->id))
        memcpy(to->id, row->id, n);
    else
        to->long_id = ml_xstrdup(row->id);
}

static void unpack(struct ml_prediction_row *to, struct ml_waiting_row *row)
{
    *to = (struct ml_prediction_row){
        .time_ms = row->time_ms,
        .arm = row->arm,
        .key_hash = row->key_hash,
        .score = row->score,
        .assignment = row->assignment,
        .has_key = row->has_key,
        .is_follower = row->is_follower,
        .label = row->label,
    };
    const char *id = row->long_id != NULL ? row->long_id : row->id;
    memcpy(to->id, id, strlen(id) + 1);
    free(row->long_id);
}

bool ml_row_queue_add(struct ml_row_queue *q, const struct ml_prediction_row *rows, size_t n)
{
    if (n > q->capacity - q->n)
        return false;
    for (size_t i = 0; i < n; i++)
        pack(&q->rows[(q->head + q->n + i) % q->capacity], &rows[i]);
    q->n += n;
    return true;
}

void ml_row_queue_take(struct ml_row_queue *q, struct ml_prediction_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        unpack(&rows[i], &q->rows[(q->head + i) % q->capacity]);
    q->head = (q->head + n) % q->capacity;
    q->n -= n;
}

bool ml_row_queue_is_half_full(const struct ml_row_queue *q)
{
    return q->n >= q->capacity / 2;
}

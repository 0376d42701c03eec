#include "serve/row_queue.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { SHORT_ID = ML_ULID_BYTES - 1, BEFORE_ID = offsetof(struct ml_prediction_row, id) };

/*
 * Most ids are our own, which are short: room for the longest in every row would be a megabyte and
 * a half more.
 */
struct ml_waiting_row {
    char *long_id;             /* owned; NULL: id */
    char id[SHORT_ID];         /* with a NUL when it is shorter */
    char before_id[BEFORE_ID]; /* the row's other members as they are */
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
    size_t n = strlen(row->id);
    memcpy(to->before_id, row, BEFORE_ID);
    to->long_id = n > SHORT_ID ? ml_xstrdup(row->id) : NULL;
    if (n <= SHORT_ID)
        memcpy(to->id, row->id, n < SHORT_ID ? n + 1 : n);
}

static void unpack(struct ml_prediction_row *to, const struct ml_waiting_row *row)
{
    const char *id = row->long_id != NULL ? row->long_id : row->id;
    size_t n = row->long_id != NULL ? strlen(id) : strnlen(id, SHORT_ID);
    memcpy(to, row->before_id, BEFORE_ID);
    memcpy(to->id, id, n);
    to->id[n] = '\0';
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

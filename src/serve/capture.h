/*
 * Data capture: for a share of the calls, what was asked and answered, as SageMaker writes it:
 *
 *     {directory}/{endpoint}/{variant}/yyyy/mm/dd/hh/{uuid of this run}.jsonl
 *     {"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT",
 *       "data":"33,student\n","encoding":"CSV"},"endpointOutput":{…}},
 *      "eventMetadata":{"eventId":"<uuid>","inferenceId":"req-7",
 *       "inferenceTime":"2026-11-23T20:28:01Z"},"eventVersion":"0"}
 *
 * Encoding is CSV or JSON by the body's kind, BASE64 where it is neither or no UTF-8. The
 * inferenceId is that of the first record, and what outcomes and ground truth are told by. The
 * eventId is the same where the id is ours, so that a merge by either finds the prediction; a
 * client's id need not be unique, and then it is a UUID of its own. A thread
 * of its own writes whole lines, each with one write(2), from a queue bounded in bytes: when that
 * is full, lines are dropped and counted. Requests never wait. All functions are thread-safe; a
 * NULL capture wants nothing.
 */
#ifndef ML_SERVE_CAPTURE_H
#define ML_SERVE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "serve/log.h"

struct ml_capture;

struct ml_capture_options {
    const char *directory;           /* made when it is first needed */
    double percent;                  /* of the calls, 0..100 */
    const struct ml_json *endpoints; /* names of those that are captured; NULL: all */
    const struct ml_log *log;        /* of a disk that refuses; or NULL */
    size_t queue_bytes;              /* 0: 8 MB */
};

/* All but `log` may go afterwards. ML_EINPUT: endpoints that are no strings. */
bool ml_capture_open(struct ml_capture **out, const struct ml_capture_options *options,
                     struct ml_error *err) __attribute__((warn_unused_result));
/* Writes what is queued. NULL is fine. */
void ml_capture_close(struct ml_capture *capture);

/* Draws whether this call is one of the share. */
bool ml_capture_wants(const struct ml_capture *capture, const char *endpoint);

/* One body. type NULL: none was sent. */
struct ml_capture_body {
    const char *type;
    const char *bytes;
    size_t n;
};

struct ml_capture_event {
    const char *endpoint; /* valid names: they become folders */
    const char *variant;
    const char *inference_id;
    const char *event_id; /* NULL: a new UUID */
    int64_t time_ms;      /* since 1970, UTC */
    struct ml_capture_body input;
    struct ml_capture_body output;
};

/* Queues a copy of the event. */
void ml_capture_add(struct ml_capture *capture, const struct ml_capture_event *event);

struct ml_capture_stats {
    uint64_t written;
    uint64_t dropped; /* the queue was full */
    uint64_t failed;  /* the disk refused */
};

/* All 0 for NULL. */
void ml_capture_stats(struct ml_capture *capture, struct ml_capture_stats *out);

#endif

#include "serve/capture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/utf8.h"
#include "protocol/body_kind.h"
#include "serve/assign.h"
#include "serve/uuid.h"

enum { QUEUE_BYTES = 8 * 1024 * 1024, OPEN_FILES = 8 };

/* A copied event; its texts lie behind it in one piece of memory. */
struct entry {
    struct entry *next;
    size_t bytes;
    struct ml_capture_event event;
    char text[];
};

struct open_file {
    char *path; /* owned; NULL: free */
    int fd;
};

struct ml_capture {
    char *directory; /* owned */
    double share;
    char **endpoints; /* owned; n_endpoints; none: all */
    size_t n_endpoints;
    const struct ml_log *log;
    size_t queue_bytes;
    char run[ML_UUID_BYTES];
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct entry *first; /* owned list */
    struct entry **last;
    size_t n_bytes;
    bool closing;
    pthread_t thread;
    /* The thread's own: */
    struct open_file files[OPEN_FILES];
    size_t next_file; /* to be replaced */
    bool is_failing;
    atomic_uint_least64_t written;
    atomic_uint_least64_t dropped;
    atomic_uint_least64_t failed;
};

static struct tm utc_of(int64_t time_ms)
{
    struct tm t;
    time_t seconds = (time_t)(time_ms / 1000);
    gmtime_r(&seconds, &t);
    return t;
}

static char *path_of(const struct ml_capture *c, const struct ml_capture_event *e)
{
    struct tm t = utc_of(e->time_ms);
    char hour[32];
    struct ml_strbuf path = {0};
    strftime(hour, sizeof(hour), "%Y/%m/%d/%H", &t);
    ml_strbuf_addf(&path, "%s/%s/%s/%s/%s.jsonl", c->directory, e->endpoint, e->variant, hour,
                   c->run);
    return ml_strbuf_take(&path);
}

static void close_file(struct open_file *f)
{
    if (f->path != NULL)
        close(f->fd);
    free(f->path);
    *f = (struct open_file){0};
}

static bool open_new(struct open_file *f, const char *path, struct ml_error *err)
{
    char *dir = ml_xstrdup(path);
    *strrchr(dir, '/') = '\0';
    bool ok = ml_dir_make(dir, err);
    free(dir);
    if (!ok)
        return false;
    f->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (f->fd < 0)
        return ml_fail_errno(err, "open", path);
    f->path = ml_xstrdup(path);
    return true;
}

/* Whoever takes what was captured away may delete a file that is open. */
static bool is_deleted(const struct open_file *f)
{
    struct stat st;
    return fstat(f->fd, &st) == 0 && st.st_nlink == 0;
}

/* The file, opened unless it was lately; NULL on failure. */
static struct open_file *find_file(struct ml_capture *c, const char *path, struct ml_error *err)
{
    size_t i = 0;
    while (i < OPEN_FILES && (c->files[i].path == NULL || strcmp(c->files[i].path, path) != 0))
        i++;
    if (i < OPEN_FILES && !is_deleted(&c->files[i]))
        return &c->files[i];
    struct open_file *f = &c->files[i < OPEN_FILES ? i : c->next_file++ % OPEN_FILES];
    close_file(f);
    return open_new(f, path, err) ? f : NULL;
}

/* A line that did not get there whole is taken back. */
static bool append(struct open_file *f, const struct ml_strbuf *line, struct ml_error *err)
{
    struct stat st;
    if (fstat(f->fd, &st) != 0)
        return ml_fail_errno(err, "look at", f->path);
    if (ml_file_write(f->fd, line->bytes, line->length, f->path, err))
        return true;
    if (ftruncate(f->fd, st.st_size) != 0)
        ml_fail_context(err, "half a line stays");
    return false;
}

static void write_body(struct ml_strbuf *buf, const char *name, const char *mode,
                       const struct ml_capture_body *b)
{
    enum ml_body_kind kind = ml_body_kind(b->type, b->bytes, b->n);
    bool is_text = memchr(b->bytes, '\0', b->n) == NULL && ml_utf8_is_valid(b->bytes, b->n);
    bool is_json = kind == ML_BODY_JSON || kind == ML_BODY_NDJSON;
    const char *encoding = !is_text              ? "BASE64"
                           : is_json             ? "JSON"
                           : kind == ML_BODY_CSV ? "CSV"
                                                 : "BASE64";
    const char *type = b->type != NULL       ? b->type
                       : is_json             ? "application/json"
                       : kind == ML_BODY_CSV ? "text/csv"
                                             : "application/octet-stream";
    ml_json_add_key(buf, name);
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "observedContentType", type);
    ml_json_key_string(buf, "mode", mode);
    ml_json_add_key(buf, "data");
    if (encoding[0] == 'B') {
        ml_strbuf_addc(buf, '"');
        ml_base64_add(buf, b->bytes, b->n);
        ml_strbuf_addc(buf, '"');
    } else {
        ml_json_add_string(buf, b->bytes, b->n);
    }
    ml_json_key_string(buf, "encoding", encoding);
    ml_strbuf_addc(buf, '}');
}

static void write_line(struct ml_strbuf *buf, const struct ml_capture_event *e)
{
    char event_id[ML_UUID_BYTES];
    char time[32];
    struct tm t = utc_of(e->time_ms);
    if (e->event_id == NULL)
        ml_uuid_make(event_id);
    strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", &t);
    ml_strbuf_adds(buf, "{\"captureData\":{");
    write_body(buf, "endpointInput", "INPUT", &e->input);
    write_body(buf, "endpointOutput", "OUTPUT", &e->output);
    ml_strbuf_adds(buf, "},\"eventMetadata\":{");
    ml_json_key_string(buf, "eventId", e->event_id != NULL ? e->event_id : event_id);
    ml_json_key_string(buf, "inferenceId", e->inference_id);
    ml_json_key_string(buf, "inferenceTime", time);
    ml_strbuf_adds(buf, "},\"eventVersion\":\"0\"}\n");
}

static void write_entry(struct ml_capture *c, const struct entry *entry)
{
    struct ml_strbuf line = {0};
    struct ml_error err;
    char *path = path_of(c, &entry->event);
    struct open_file *f = find_file(c, path, &err);
    write_line(&line, &entry->event);
    bool ok = f != NULL && append(f, &line, &err);
    atomic_fetch_add(ok ? &c->written : &c->failed, 1);
    if (!ok && !c->is_failing && c->log != NULL)
        ml_log(c->log, ML_LOG_ERROR, "calls are not captured", {"error", err.msg});
    c->is_failing = !ok;
    ml_strbuf_release(&line);
    free(path);
}

static void *write_loop(void *ctx)
{
    struct ml_capture *c = ctx;
    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (c->first == NULL && !c->closing)
            pthread_cond_wait(&c->wake, &c->lock);
        struct entry *e = c->first;
        if (e == NULL)
            break;
        c->first = e->next;
        if (c->first == NULL)
            c->last = &c->first;
        c->n_bytes -= e->bytes;
        pthread_mutex_unlock(&c->lock);
        write_entry(c, e);
        free(e);
        pthread_mutex_lock(&c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static bool read_endpoints(struct ml_capture *c, const struct ml_json *list, struct ml_error *err)
{
    c->endpoints = ml_xcalloc(list != NULL ? ml_json_count(list) : 0, sizeof(*c->endpoints));
    for (const struct ml_json *v = ml_json_first(list); v != NULL; v = ml_json_next(v)) {
        if (ml_json_string(v) == NULL)
            return ml_fail(err, ML_EINPUT, "'capture.endpoints' must hold strings");
        c->endpoints[c->n_endpoints++] = ml_xstrdup(ml_json_string(v));
    }
    return true;
}

static void release(struct ml_capture *c)
{
    for (size_t i = 0; i < OPEN_FILES; i++)
        close_file(&c->files[i]);
    for (size_t i = 0; i < c->n_endpoints; i++)
        free(c->endpoints[i]);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->wake);
    free(c->endpoints);
    free(c->directory);
    free(c);
}

bool ml_capture_open(struct ml_capture **out, const struct ml_capture_options *o,
                     struct ml_error *err)
{
    struct ml_capture *c = ml_xcalloc(1, sizeof(*c));
    c->directory = ml_xstrdup(o->directory);
    c->share = o->percent / 100.0;
    c->log = o->log;
    c->queue_bytes = o->queue_bytes > 0 ? o->queue_bytes : QUEUE_BYTES;
    c->last = &c->first;
    ml_uuid_make(c->run);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    bool ok = read_endpoints(c, o->endpoints, err);
    if (ok && pthread_create(&c->thread, NULL, write_loop, c) != 0)
        ok = ml_fail(err, ML_EINTERNAL, "unable to start a thread");
    if (!ok) {
        release(c);
        return false;
    }
    *out = c;
    return true;
}

void ml_capture_close(struct ml_capture *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&c->lock);
    c->closing = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    release(c);
}

bool ml_capture_wants(const struct ml_capture *c, const char *endpoint)
{
    if (c == NULL || ml_assign_random() >= c->share)
        return false;
    bool is_named = c->n_endpoints == 0;
    for (size_t i = 0; i < c->n_endpoints && !is_named; i++)
        is_named = strcmp(c->endpoints[i], endpoint) == 0;
    return is_named;
}

/* Copies n bytes and a NUL to *at, which moves on. */
static const char *copy(char **at, const char *s, size_t n)
{
    char *to = *at;
    if (n > 0)
        memcpy(to, s, n);
    to[n] = '\0';
    *at = to + n + 1;
    return to;
}

static const char *copy_text(char **at, const char *s)
{
    return s != NULL ? copy(at, s, strlen(s)) : NULL;
}

static size_t text_bytes(const char *s)
{
    return s != NULL ? strlen(s) + 1 : 0;
}

static struct entry *new_entry(const struct ml_capture_event *e)
{
    size_t bytes = sizeof(struct entry) + text_bytes(e->endpoint) + text_bytes(e->variant) +
                   text_bytes(e->inference_id) + text_bytes(e->event_id) +
                   text_bytes(e->input.type) + text_bytes(e->output.type) + e->input.n + 1 +
                   e->output.n + 1;
    struct entry *entry = ml_xcalloc(1, bytes);
    char *at = entry->text;
    entry->bytes = bytes;
    entry->event = (struct ml_capture_event){
        .endpoint = copy_text(&at, e->endpoint),
        .variant = copy_text(&at, e->variant),
        .inference_id = copy_text(&at, e->inference_id),
        .event_id = copy_text(&at, e->event_id),
        .time_ms = e->time_ms,
        .input = {copy_text(&at, e->input.type), NULL, e->input.n},
        .output = {copy_text(&at, e->output.type), NULL, e->output.n},
    };
    entry->event.input.bytes = copy(&at, e->input.bytes, e->input.n);
    entry->event.output.bytes = copy(&at, e->output.bytes, e->output.n);
    return entry;
}

void ml_capture_add(struct ml_capture *c, const struct ml_capture_event *event)
{
    struct entry *e = new_entry(event);
    pthread_mutex_lock(&c->lock);
    bool ok = c->n_bytes + e->bytes <= c->queue_bytes && !c->closing;
    if (ok) {
        *c->last = e;
        c->last = &e->next;
        c->n_bytes += e->bytes;
        pthread_cond_signal(&c->wake);
    }
    pthread_mutex_unlock(&c->lock);
    if (ok)
        return;
    atomic_fetch_add(&c->dropped, 1);
    free(e);
}

void ml_capture_stats(struct ml_capture *c, struct ml_capture_stats *out)
{
    *out = (struct ml_capture_stats){0};
    if (c == NULL)
        return;
    out->written = atomic_load(&c->written);
    out->dropped = atomic_load(&c->dropped);
    out->failed = atomic_load(&c->failed);
}

#include "serve/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/lockfile.h"
#include "serve/row_queue.h"
#include "serve/store_writer.h"

enum {
    RETRY_MS = 500,
    GATHER_MS = 100, /* predictions wait at most so long for more of them */
    CHUNK_ROWS = 1024,
    MAX_OUTCOMES = 4096,
    PRUNE_ROWS = 5000,
    SIZE_EVERY = 32, /* commits between two looks at the file's size */
    MAX_NAMED = 16,
};

struct ml_store {
    struct ml_store_options options;
    char *path; /* owned */
    int lock_fd;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_cond_t begun;
    struct ml_row_queue rows;         /* predictions that wait */
    struct ml_outcome *first_outcome; /* borrowed list */
    struct ml_outcome **last_outcome;
    size_t n_outcomes;
    struct ml_store_begin *begins; /* borrowed list, the latest first */
    bool is_asleep;                /* the writer waits for anything at all */
    bool closing;
    pthread_t thread;
    struct ml_store_writer writer; /* the thread's */
    struct ml_prediction_row chunk[CHUNK_ROWS];
    size_t n_commits;
    pthread_mutex_t read_lock;
    struct ml_db reader; /* opened when first needed */
    bool has_reader;
    atomic_uint_least64_t logged;
    atomic_uint_least64_t dropped;
    atomic_uint_least64_t repeated;
    atomic_uint_least64_t pruned;
    atomic_uint_least64_t failed_commits;
    atomic_uint_least64_t file_bytes;
    atomic_bool is_writable;
};

/* What one transaction works on. */
struct load {
    size_t n_rows;
    struct ml_outcome *outcomes;
    struct ml_store_begin *begins;
};

/* The next rows into the chunk; the ring has room again at once. */
static size_t take_chunk(struct ml_store *s, size_t max)
{
    pthread_mutex_lock(&s->lock);
    size_t n = max < CHUNK_ROWS ? max : CHUNK_ROWS;
    ml_row_queue_take(&s->rows, s->chunk, n);
    pthread_mutex_unlock(&s->lock);
    return n;
}

static bool write_rows(struct ml_store *s, size_t *left, struct ml_error *err)
{
    while (*left > 0) {
        size_t n = take_chunk(s, *left);
        *left -= n;
        for (size_t i = 0; i < n; i++)
            if (!ml_writer_predict(&s->writer, &s->chunk[i], err))
                return false;
    }
    return true;
}

static bool apply(struct ml_store *s, const struct load *load, size_t *left, struct ml_error *err)
{
    bool is_durable = load->outcomes != NULL || load->begins != NULL;
    if (!ml_db_begin(&s->writer.db, is_durable, err) || !write_rows(s, left, err))
        return false;
    for (struct ml_store_begin *b = load->begins; b != NULL; b = b->next)
        if (!ml_writer_begin(&s->writer, b, err))
            return false;
    for (struct ml_outcome *o = load->outcomes; o != NULL; o = o->next)
        if (!ml_writer_outcome(&s->writer, o, err))
            return false;
    return ml_writer_commit(&s->writer, err);
}

/* Room for new rows, a little with each commit. */
static void look_at_size(struct ml_store *s)
{
    uint64_t bytes = 0;
    size_t n = 0;
    struct ml_error err;
    bool is_over = s->options.max_bytes > 0 && atomic_load(&s->file_bytes) > s->options.max_bytes;
    if (!is_over && s->n_commits++ % SIZE_EVERY != 0)
        return;
    if (!ml_db_size(&s->writer.db, &bytes, &err))
        return;
    atomic_store(&s->file_bytes, bytes);
    if (s->options.max_bytes == 0 || bytes <= s->options.max_bytes)
        return;
    if (ml_db_begin(&s->writer.db, false, &err) &&
        ml_db_prune(&s->writer.db, PRUNE_ROWS, &n, &err) && ml_db_commit(&s->writer.db, &err))
        atomic_fetch_add(&s->pruned, n);
    else
        ml_db_rollback(&s->writer.db);
}

static void answer_outcomes(struct ml_outcome *list, bool ok, const struct ml_error *err)
{
    while (list != NULL) {
        struct ml_outcome *o = list;
        list = o->next; /* the outcome is its owner's again once it is done */
        if (!ok) {
            o->status = ML_OUTCOME_FAILED;
            o->err = *err;
        }
        o->done(o);
    }
}

static void answer_begins(struct ml_store *s, struct ml_store_begin *list, bool ok,
                          const struct ml_error *err)
{
    pthread_mutex_lock(&s->lock);
    while (list != NULL) {
        struct ml_store_begin *b = list;
        list = b->next;
        b->ok = ok;
        if (!ok)
            b->err = *err;
        b->is_done = true;
    }
    pthread_cond_broadcast(&s->begun);
    pthread_mutex_unlock(&s->lock);
}

/* Whether the disk takes writes again. */
static void try_again(struct ml_store *s)
{
    struct ml_error err;
    bool ok = ml_db_begin(&s->writer.db, true, &err) && ml_db_touch(&s->writer.db, &err) &&
              ml_db_commit(&s->writer.db, &err);
    if (!ok)
        ml_db_rollback(&s->writer.db);
    atomic_store(&s->is_writable, ok);
}

static void work_off(struct ml_store *s, const struct load *load)
{
    struct ml_error err = {0};
    size_t left = load->n_rows;
    s->writer.n_repeated = 0;
    bool ok = apply(s, load, &left, &err);
    if (ok) {
        atomic_fetch_add(&s->logged, load->n_rows);
        atomic_fetch_add(&s->repeated, s->writer.n_repeated);
    } else {
        ml_writer_rollback(&s->writer);
        while (left > 0) /* their time is over too */
            left -= take_chunk(s, left);
        atomic_fetch_add(&s->dropped, load->n_rows);
        atomic_fetch_add(&s->failed_commits, 1);
    }
    atomic_store(&s->is_writable, ok);
    answer_begins(s, load->begins, ok, &err);
    answer_outcomes(load->outcomes, ok, &err);
    if (ok)
        look_at_size(s);
}

static bool is_urgent(const struct ml_store *s)
{
    return s->first_outcome != NULL || s->begins != NULL || s->closing ||
           ml_row_queue_is_half_full(&s->rows);
}

static struct timespec after_ms(long ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += ms * 1000000L;
    t.tv_sec += t.tv_nsec / 1000000000L;
    t.tv_nsec %= 1000000000L;
    return t;
}

/*
 * Waits under the lock until there is enough to write; false at the end. After a commit that failed
 * it comes back without anything, to try again: a daemon that says it is not ready is sent nothing
 * that could find out.
 */
static bool wait_for_load(struct ml_store *s)
{
    struct timespec until = after_ms(RETRY_MS);
    while (s->rows.n == 0 && !is_urgent(s)) {
        s->is_asleep = true;
        bool is_over = !atomic_load(&s->is_writable)
                           ? pthread_cond_timedwait(&s->wake, &s->lock, &until) != 0
                           : pthread_cond_wait(&s->wake, &s->lock) != 0;
        s->is_asleep = false;
        if (is_over)
            return true;
    }
    until = after_ms(GATHER_MS);
    while (!is_urgent(s) && pthread_cond_timedwait(&s->wake, &s->lock, &until) == 0)
        continue;
    return s->rows.n > 0 || s->first_outcome != NULL || s->begins != NULL;
}

static void *write_loop(void *ctx)
{
    struct ml_store *s = ctx;
    pthread_mutex_lock(&s->lock);
    while (wait_for_load(s)) {
        struct load load = {s->rows.n, s->first_outcome, s->begins};
        s->first_outcome = NULL;
        s->last_outcome = &s->first_outcome;
        s->n_outcomes = 0;
        s->begins = NULL;
        pthread_mutex_unlock(&s->lock);
        if (load.n_rows == 0 && load.outcomes == NULL && load.begins == NULL)
            try_again(s);
        else
            work_off(s, &load);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

bool ml_store_log(struct ml_store *s, const struct ml_prediction_row *rows, size_t n)
{
    pthread_mutex_lock(&s->lock);
    bool was_urgent = ml_row_queue_is_half_full(&s->rows);
    bool ok = !s->closing && ml_row_queue_add(&s->rows, rows, n);
    /* A writer that gathers wakes by itself: no system call for the usual row. */
    if (ok && (s->is_asleep || (!was_urgent && ml_row_queue_is_half_full(&s->rows))))
        pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    if (!ok)
        atomic_fetch_add(&s->dropped, n);
    return ok;
}

bool ml_store_is_id(const char *id)
{
    size_t n = strlen(id);
    for (size_t i = 0; i < n; i++)
        if (id[i] < ' ' || id[i] > '~')
            return false;
    return n > 0 && n < ML_STORE_ID_BYTES && id[0] != ' ';
}

bool ml_store_outcome(struct ml_store *s, struct ml_outcome *o)
{
    o->next = NULL;
    pthread_mutex_lock(&s->lock);
    bool ok = s->n_outcomes < MAX_OUTCOMES && !s->closing;
    if (ok) {
        *s->last_outcome = o;
        s->last_outcome = &o->next;
        s->n_outcomes++;
        pthread_cond_signal(&s->wake);
    }
    pthread_mutex_unlock(&s->lock);
    return ok;
}

bool ml_store_begin(struct ml_store *s, const struct ml_store_experiment *experiment,
                    int64_t *arm_ids, struct ml_error *err)
{
    struct ml_store_begin b = {.experiment = experiment, .arm_ids = arm_ids};
    pthread_mutex_lock(&s->lock);
    b.next = s->begins;
    /* cppcheck-suppress autoVariables ; this call waits until it is off the list */
    s->begins = &b;
    pthread_cond_signal(&s->wake);
    while (!b.is_done)
        pthread_cond_wait(&s->begun, &s->lock);
    pthread_mutex_unlock(&s->lock);
    if (!b.ok)
        *err = b.err;
    return b.ok;
}

/* One daemon a folder: two would each believe to be the only writer. */
static bool take_lock(struct ml_store *s, struct ml_error *err)
{
    return ml_lockfile_take(&s->lock_fd, s->options.dir, "mlserved.lock", "mlserved", err);
}

static void init_sync(struct ml_store *s)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->read_lock, NULL);
    pthread_cond_init(&s->wake, &monotonic);
    pthread_cond_init(&s->begun, NULL);
    pthread_condattr_destroy(&monotonic);
}

static void release(struct ml_store *s)
{
    ml_writer_release(&s->writer);
    if (s->has_reader)
        ml_db_close(&s->reader);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->read_lock);
    pthread_cond_destroy(&s->wake);
    pthread_cond_destroy(&s->begun);
    ml_row_queue_release(&s->rows);
    free(s->path);
    free(s);
}

bool ml_store_open(struct ml_store **out, const struct ml_store_options *options,
                   struct ml_error *err)
{
    struct ml_store *s = ml_xcalloc(1, sizeof(*s));
    s->options = *options;
    s->lock_fd = -1;
    s->last_outcome = &s->first_outcome;
    s->path = ml_path_join(options->dir, ML_STORE_FILE);
    init_sync(s);
    atomic_store(&s->is_writable, true);
    ml_row_queue_init(&s->rows, options->queue_rows);
    mode_t mask = umask(0077);
    bool ok = ml_dir_make(options->dir, err) && take_lock(s, err) &&
              ml_db_open(&s->writer.db, s->path, true, err);
    umask(mask);
    if (ok && pthread_create(&s->thread, NULL, write_loop, s) != 0)
        ok = ml_fail(err, ML_EINTERNAL, "unable to start a thread");
    if (!ok) {
        release(s);
        return false;
    }
    *out = s;
    return true;
}

void ml_store_close(struct ml_store *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    release(s);
}

void ml_store_stats(struct ml_store *s, struct ml_store_stats *out)
{
    pthread_mutex_lock(&s->lock);
    size_t queued = s->rows.n;
    pthread_mutex_unlock(&s->lock);
    *out = (struct ml_store_stats){
        .logged = atomic_load(&s->logged),
        .dropped = atomic_load(&s->dropped),
        .repeated = atomic_load(&s->repeated),
        .pruned = atomic_load(&s->pruned),
        .failed_commits = atomic_load(&s->failed_commits),
        .queued = queued,
        .queue_rows = s->options.queue_rows,
        .file_bytes = atomic_load(&s->file_bytes),
        .is_writable = atomic_load(&s->is_writable),
    };
}

static bool read_report(struct ml_db *db, const char *endpoint, struct ml_arm_report *out,
                        struct ml_error *err)
{
    struct ml_arm_report r = {0};
    bool found;
    if (!ml_db_find_experiment(db, endpoint, &r, &found, err))
        return false;
    if (!found)
        return ml_fail(err, ML_ENOTFOUND, "endpoint '%.64s' has no experiment", endpoint);
    if (!ml_db_load_arms(db, &r, NULL, err)) {
        ml_arm_report_release(&r);
        return false;
    }
    *out = r;
    return true;
}

bool ml_store_report(struct ml_store *s, const char *endpoint, struct ml_arm_report *out,
                     struct ml_error *err)
{
    pthread_mutex_lock(&s->read_lock);
    if (!s->has_reader)
        s->has_reader = ml_db_open(&s->reader, s->path, false, err);
    bool ok = s->has_reader && read_report(&s->reader, endpoint, out, err);
    pthread_mutex_unlock(&s->read_lock);
    return ok;
}

static bool choose_endpoint(struct ml_db *db, char name[ML_STORE_NAME_BYTES], struct ml_error *err)
{
    char names[MAX_NAMED][ML_STORE_NAME_BYTES];
    size_t n;
    if (!ml_db_endpoints(db, names, MAX_NAMED, &n, err))
        return false;
    if (n == 0)
        return ml_fail(err, ML_ENOTFOUND, "there is no experiment");
    if (n == 1) {
        memcpy(name, names[0], ML_STORE_NAME_BYTES);
        return true;
    }
    struct ml_strbuf list = {0};
    for (size_t i = 0; i < n; i++)
        ml_strbuf_addf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    ml_fail(err, ML_EINPUT, "name one of the endpoints: %s", list.bytes);
    ml_strbuf_release(&list);
    return false;
}

bool ml_store_read_report(const char *dir, const char *endpoint, struct ml_arm_report *out,
                          struct ml_error *err)
{
    struct ml_db db;
    char name[ML_STORE_NAME_BYTES];
    char *path = ml_path_join(dir, ML_STORE_FILE);
    struct stat st;
    bool ok = stat(path, &st) == 0 || ml_fail_errno(err, "open", path);
    ok = ok && ml_db_open(&db, path, false, err);
    free(path);
    if (!ok)
        return false;
    if (endpoint == NULL && choose_endpoint(&db, name, err))
        endpoint = name;
    ok = endpoint != NULL && read_report(&db, endpoint, out, err);
    ml_db_close(&db);
    return ok;
}

void ml_arm_report_release(struct ml_arm_report *r)
{
    free(r->arms);
    *r = (struct ml_arm_report){0};
}

/* What several unit tests need: temporary files, pipes fed piecemeal, schemas, collected notes. */
#ifndef TESTS_LIB_TESTING_H
#define TESTS_LIB_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "base/strbuf.h"
#include "ml/data.h"
#include "ml/schema.h"

/* Fails the test with the error's message; `err` must be in scope. */
#define must(call)                                                                                 \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s: %s", #call, err.msg);                                                    \
    } while (0)

#define assert_contains(text, part)                                                                \
    do {                                                                                           \
        if (strstr((text), (part)) == NULL)                                                        \
            fail_msg("'%s' does not contain '%s'", (text), (part));                                \
    } while (0)

static char test_tmp_dir[512];

static inline int test_remove_entry(const char *path, const struct stat *st, int kind,
                                    struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

/* Group teardown: removes what test_path's folder holds. */
static inline int test_teardown(void **state)
{
    (void)state;
    if (test_tmp_dir[0] != '\0')
        nftw(test_tmp_dir, test_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    test_tmp_dir[0] = '\0';
    return 0;
}

static inline const char *test_dir(void)
{
    if (test_tmp_dir[0] == '\0') {
        const char *tmp = getenv("TMPDIR");
        char template[400];
        snprintf(template, sizeof(template), "%s/ml-test-XXXXXX",
                 tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
        assert_non_null(mkdtemp(template));
        char *real = realpath(template, NULL);
        assert_non_null(real);
        snprintf(test_tmp_dir, sizeof(test_tmp_dir), "%s", real);
        free(real);
    }
    return test_tmp_dir;
}

/* A path in the temporary folder; the last eight stay valid. */
static inline const char *test_path(const char *name)
{
    static char paths[8][768];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", test_dir(), name);
    return path;
}

static inline const char *test_write(const char *name, const void *bytes, size_t n)
{
    const char *path = test_path(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    if (n > 0)
        assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

static inline const char *test_text(const char *name, const char *text)
{
    return test_write(name, text, strlen(text));
}

static inline struct ml_strbuf test_read(const char *path)
{
    struct ml_strbuf buf = {0};
    struct ml_error err;
    must(ml_file_read_all(&buf, path, (size_t)1 << 30, &err));
    return buf;
}

static inline size_t test_count_entries(const char *dir)
{
    char command[1024];
    snprintf(command, sizeof(command), "ls -A '%s' | wc -l", dir);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    size_t n = 0;
    assert_int_equal(fscanf(f, "%zu", &n), 1);
    pclose(f);
    return n;
}

/* A pipe with a name, into which a thread writes bytes in random pieces. */
struct test_pipe {
    char path[768];
    const char *bytes; /* borrowed */
    size_t n;
    uint64_t seed;
    size_t max_piece;
    pthread_t thread;
};

static inline void *test_pipe_run(void *ctx)
{
    struct test_pipe *p = ctx;
    struct ml_rng rng;
    ml_rng_init(&rng, p->seed);
    int fd = open(p->path, O_WRONLY);
    for (size_t at = 0; fd >= 0 && at < p->n;) {
        size_t piece = 1 + ml_rng_below(&rng, p->max_piece);
        piece = piece < p->n - at ? piece : p->n - at;
        ssize_t written = write(fd, p->bytes + at, piece);
        if (written < 0)
            break;
        at += (size_t)written;
        /* short texts byte by byte: slowly enough that the reader sees each byte alone */
        bool slow = p->max_piece == 1 && p->n <= 64;
        if (slow || ml_rng_below(&rng, 4) == 0) {
            struct timespec pause = {0, slow ? 200000 : (long)ml_rng_below(&rng, 30000)};
            nanosleep(&pause, NULL);
        }
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static inline const char *test_pipe_start(struct test_pipe *p, const char *bytes, size_t n,
                                          uint64_t seed, size_t max_piece)
{
    static int number;
    char name[32];
    snprintf(name, sizeof(name), "pipe-%d", number++);
    snprintf(p->path, sizeof(p->path), "%s", test_path(name));
    p->bytes = bytes;
    p->n = n;
    p->seed = seed;
    p->max_piece = max_piece;
    assert_int_equal(mkfifo(p->path, 0600), 0);
    assert_int_equal(pthread_create(&p->thread, NULL, test_pipe_run, p), 0);
    return p->path;
}

static inline void test_pipe_end(struct test_pipe *p)
{
    pthread_join(p->thread, NULL);
    unlink(p->path);
}

static inline struct ml_schema *test_schema(const char *json)
{
    struct ml_schema *schema = NULL;
    struct ml_error err;
    must(ml_schema_parse(&schema, json, strlen(json), "schema", &err));
    return schema;
}

/* $SHARED (default ../shared)/part, or NULL when it is not there. */
static inline const char *test_shared(const char *part)
{
    static char path[1024];
    const char *root = getenv("SHARED");
    snprintf(path, sizeof(path), "%s/%s", root != NULL && root[0] != '\0' ? root : "../shared",
             part);
    return access(path, R_OK) == 0 ? path : NULL;
}

/* Notes, one a line. */
struct test_notes {
    struct ml_strbuf text;
    size_t n;
};

static inline void test_note(void *ctx, const char *line)
{
    struct test_notes *notes = ctx;
    ml_strbuf_adds(&notes->text, line);
    ml_strbuf_addc(&notes->text, '\n');
    notes->n++;
}

static const struct ml_talk test_quiet = {0};

static inline void test_touch_all(void)
{
    (void)test_quiet;
}

#endif

#define _GNU_SOURCE /* O_TMPFILE, memfd_create */
#include "serve/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"

enum { BUFFER_BYTES = 64 * 1024 };

/* An unnamed file; where the file system has none of those, a named one that is unlinked at once.
 */
static int open_unnamed(const char *dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    char *path = ml_path_join(dir, "spool-XXXXXX");
    fd = mkstemp(path);
    if (fd >= 0)
        unlink(path);
    free(path);
    return fd;
}

bool ml_spool_flush(struct ml_spool *s, struct ml_error *err)
{
    if (s->fd < 0 || s->memory.length == 0)
        return true;
    bool ok = ml_file_write(s->fd, s->memory.bytes, s->memory.length, "spool file", err);
    ml_strbuf_clear(&s->memory);
    return ok;
}

bool ml_spool_add(struct ml_spool *s, const void *bytes, size_t n, size_t memory_limit,
                  const char *dir, struct ml_error *err)
{
    if (s->fd < 0 && s->memory.length + n > memory_limit) {
        s->fd = open_unnamed(dir);
        if (s->fd < 0)
            return ml_fail_errno(err, "create a file in", dir);
        if (!ml_spool_flush(s, err))
            return false;
        ml_strbuf_release(&s->memory);
    }
    s->bytes += n;
    ml_strbuf_add(&s->memory, bytes, n);
    return s->fd < 0 || s->memory.length < BUFFER_BYTES || ml_spool_flush(s, err);
}

bool ml_spool_to_file(struct ml_spool *s, struct ml_error *err)
{
    if (s->fd < 0)
        s->fd = memfd_create("mlserved-batch", MFD_CLOEXEC);
    if (s->fd < 0)
        return ml_fail_errno(err, "create", "a file in memory");
    return ml_spool_flush(s, err);
}

void ml_spool_release(struct ml_spool *s)
{
    ml_strbuf_release(&s->memory);
    if (s->fd >= 0)
        close(s->fd);
    *s = (struct ml_spool){.fd = -1};
}

/*
 * Open-file-description locks, which POSIX.1-2024 took over from Linux: the older fcntl locks
 * belong to the process, so two threads would both get one, and closing any descriptor would drop
 * it.
 */
#define _GNU_SOURCE
#include "registry/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

static int set_lock(int fd, int command, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
    int result;
    do
        result = fcntl(fd, command, &lock);
    while (result != 0 && errno == EINTR);
    return result;
}

bool ml_lock_take(int *out, const char *dir, struct ml_error *err)
{
    char *path = ml_path_join(dir, ".lock");
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    bool ok = fd >= 0 && set_lock(fd, F_OFD_SETLKW, F_WRLCK) == 0;
    if (!ok) {
        ml_fail_errno(err, "lock", path);
        if (fd >= 0)
            close(fd);
    }
    free(path);
    if (ok)
        *out = fd;
    return ok;
}

void ml_lock_release(int lock)
{
    /* Not by close alone: a child forked meanwhile by another thread holds a copy. */
    set_lock(lock, F_OFD_SETLK, F_UNLCK);
    close(lock);
}

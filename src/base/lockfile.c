#define _GNU_SOURCE /* flock */
#include "base/lockfile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"

bool ml_lockfile_take(int *fd, const char *dir, const char *name, const char *who,
                      struct ml_error *err)
{
    char *path = ml_path_join(dir, name);
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool ok = *fd >= 0 || ml_fail_errno(err, "open", path);
    if (ok && flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        close(*fd);
        *fd = -1;
        ok = ml_fail(err, ML_ECONFLICT, "'%s' is in use by another %s", dir, who);
    }
    free(path);
    return ok;
}

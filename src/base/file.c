#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/tempfile.h"

bool ml_file_open(int *out, const char *path, struct ml_error *err)
{
    if (strcmp(path, "-") == 0) {
        *out = STDIN_FILENO;
        return true;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return ml_fail_errno(err, "open", path);
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        return ml_fail(err, ML_EINPUT, "unable to read '%s': it is a directory", path);
    }
    *out = fd;
    return true;
}

void ml_file_close(int fd)
{
    if (fd != STDIN_FILENO)
        close(fd);
}

bool ml_file_read(size_t *out, int fd, void *to, size_t bytes, const char *path,
                  struct ml_error *err)
{
    ssize_t n;
    do
        n = read(fd, to, bytes);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return ml_fail_errno(err, "read", path);
    *out = (size_t)n;
    return true;
}

bool ml_file_read_all(struct ml_strbuf *out, const char *path, size_t max_bytes,
                      struct ml_error *err)
{
    int fd;
    if (!ml_file_open(&fd, path, err))
        return false;
    struct ml_strbuf buf = {0};
    size_t n = 1;
    bool ok = true;
    while (ok && n > 0 && buf.length <= max_bytes) {
        char *to = ml_strbuf_reserve(&buf, 65536);
        ok = ml_file_read(&n, fd, to, 65536, path, err);
        buf.length += ok ? n : 0;
    }
    ml_file_close(fd);
    if (ok && buf.length > max_bytes)
        ok = ml_fail(err, ML_ELIMIT, "'%s' is larger than %zu bytes", path, max_bytes);
    if (!ok) {
        ml_strbuf_release(&buf);
        return false;
    }
    ml_strbuf_reserve(&buf, 0)[0] = '\0';
    *out = buf;
    return true;
}

bool ml_file_is_same(const char *a, const char *b)
{
    struct stat x;
    struct stat y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

bool ml_file_digest(char hex[ML_DIGEST_HEX], const char *path, struct ml_error *err)
{
    enum { CHUNK = 65536 };
    int fd;
    if (!ml_file_open(&fd, path, err))
        return false;
    char *chunk = ml_xmalloc(CHUNK);
    struct ml_digest *digest = ml_digest_new();
    bool ok = true;
    for (size_t n = 1; ok && n > 0;) {
        ok = ml_file_read(&n, fd, chunk, CHUNK, path, err);
        ml_digest_update(digest, chunk, ok ? n : 0);
    }
    ml_digest_finish(digest, hex);
    free(chunk);
    ml_file_close(fd);
    return ok;
}

bool ml_file_write(int fd, const void *bytes, size_t n, const char *path, struct ml_error *err)
{
    const char *from = bytes;
    while (n > 0) {
        ssize_t written = write(fd, from, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return ml_fail_errno(err, "write", path);
        from += written;
        n -= (size_t)written;
    }
    return true;
}

/* ".<name>.tmp-<pid>-<serial>" beside path. */
static char *sibling_name(const char *path, unsigned serial)
{
    const char *slash = strrchr(path, '/');
    size_t dir_bytes = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    struct ml_strbuf buf = {0};
    ml_strbuf_add(&buf, path, dir_bytes);
    ml_strbuf_addf(&buf, ".%s.tmp-%ld-%u", path + dir_bytes, (long)getpid(), serial);
    return ml_strbuf_take(&buf);
}

/*
 * The sibling gets the mode of the file that it will replace (old), or what the umask leaves. Takes
 * path.
 */
static bool open_sibling(struct ml_output *out, char *path, const struct stat *old,
                         struct ml_error *err)
{
    static atomic_uint serial;
    char *tmp = sibling_name(path, atomic_fetch_add(&serial, 1));
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 || (old != NULL && fchmod(fd, old->st_mode & 07777) != 0)) {
        ml_fail_errno(err, "create a file beside", path);
        if (fd >= 0) {
            close(fd);
            unlink(tmp);
        }
        free(tmp);
        free(path);
        return false;
    }
    ml_tempfile_remember(tmp);
    *out = (struct ml_output){.fd = fd, .path = path, .tmp_path = tmp};
    return true;
}

bool ml_output_open(struct ml_output *out, const char *path, struct ml_error *err)
{
    if (path == NULL || strcmp(path, "-") == 0) {
        *out = (struct ml_output){.fd = STDOUT_FILENO, .path = ml_xstrdup("standard output")};
        return true;
    }
    struct stat st;
    bool exists = stat(path, &st) == 0;
    if (exists && S_ISDIR(st.st_mode))
        return ml_fail(err, ML_EIO, "unable to write '%s': it is a directory", path);
    if (!exists || S_ISREG(st.st_mode)) {
        /* Through a symbolic link, so that the file it points to is replaced and not the link. */
        char *target = exists ? realpath(path, NULL) : NULL;
        return open_sibling(out, target != NULL ? target : ml_xstrdup(path), exists ? &st : NULL,
                            err);
    }
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return ml_fail_errno(err, "write", path);
    *out = (struct ml_output){.fd = fd, .path = ml_xstrdup(path)};
    return true;
}

bool ml_output_write(struct ml_output *out, const void *bytes, size_t n, struct ml_error *err)
{
    return ml_file_write(out->fd, bytes, n, out->path, err);
}

/* fsync is refused by pipes and terminals, for which it means nothing. */
static bool sync_file(int fd, const char *path, struct ml_error *err)
{
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
        return ml_fail_errno(err, "write", path);
    return true;
}

bool ml_output_commit(struct ml_output *out, struct ml_error *err)
{
    if (out->fd == STDOUT_FILENO)
        return true;
    bool ok = sync_file(out->fd, out->path, err);
    if (close(out->fd) != 0 && ok)
        ok = ml_fail_errno(err, "write", out->path);
    out->fd = -1;
    if (!ok || out->tmp_path == NULL)
        return ok;
    if (rename(out->tmp_path, out->path) != 0)
        return ml_fail_errno(err, "replace", out->path);
    ml_tempfile_forget(out->tmp_path);
    free(out->tmp_path);
    out->tmp_path = NULL;
    const char *slash = strrchr(out->path, '/');
    if (slash == NULL)
        return ml_dir_sync(".", err);
    char *dir = ml_xmemdup0(out->path, (size_t)(slash - out->path) + 1);
    ok = ml_dir_sync(dir, err);
    free(dir);
    return ok;
}

void ml_output_release(struct ml_output *out)
{
    if (out->fd > STDERR_FILENO)
        close(out->fd);
    if (out->tmp_path != NULL) {
        unlink(out->tmp_path);
        ml_tempfile_forget(out->tmp_path);
    }
    free(out->tmp_path);
    free(out->path);
    *out = (struct ml_output){.fd = -1};
}

bool ml_file_replace(const char *path, const void *bytes, size_t n, struct ml_error *err)
{
    struct ml_output out;
    if (!ml_output_open(&out, path, err))
        return false;
    bool ok = ml_output_write(&out, bytes, n, err) && ml_output_commit(&out, err);
    ml_output_release(&out);
    return ok;
}

bool ml_file_create(const char *path, const void *bytes, size_t n, struct ml_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return ml_fail_errno(err, "create", path);
    bool ok = ml_file_write(fd, bytes, n, path, err) && sync_file(fd, path, err);
    if (close(fd) != 0 && ok)
        ok = ml_fail_errno(err, "write", path);
    if (!ok)
        unlink(path);
    return ok;
}

bool ml_dir_sync(const char *path, struct ml_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ml_fail_errno(err, "open", path);
    bool ok = sync_file(fd, path, err);
    close(fd);
    return ok;
}

bool ml_dir_make(const char *path, struct ml_error *err)
{
    char *partial = ml_xstrdup(path);
    bool ok = true;
    for (char *at = partial; ok && *at != '\0';) {
        at += strspn(at, "/");
        at += strcspn(at, "/");
        char kept = *at;
        *at = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            ok = ml_fail_errno(err, "create directory", partial);
        *at = kept;
    }
    free(partial);
    struct stat st;
    if (ok && (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)))
        ok = ml_fail(err, ML_EIO, "'%s' is not a directory", path);
    return ok;
}

void ml_dir_remove(const char *path)
{
    DIR *dir = opendir(path);
    if (dir != NULL) {
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
            unlinkat(dirfd(dir), entry->d_name, 0);
        closedir(dir);
    }
    rmdir(path);
}

char *ml_path_join(const char *dir, const char *name)
{
    struct ml_strbuf buf = {0};
    ml_strbuf_addf(&buf, "%s/%s", dir, name);
    return ml_strbuf_take(&buf);
}

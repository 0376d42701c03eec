#include "amazonml/location.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"

struct place {
    const char *location; /* as it was given, for messages */
    char *root;           /* owned; without links */
    char *wanted;         /* owned; absolute, as the location spells it, without a final '/' */
    bool is_folder;       /* it ends in '/' */
};

static bool refuse(const struct place *p, enum ml_err code, const char *why, struct ml_error *err)
{
    char quoted[300];
    return ml_fail(err, code, "'%s' %s",
                   ml_quote(quoted, sizeof(quoted), p->location, strlen(p->location)), why);
}

static bool fail_outside(const struct place *p, struct ml_error *err)
{
    return refuse(p, ML_EINPUT, "is not inside of the folder that 'amazonml.data' names", err);
}

static bool is_inside(const char *path, const char *root)
{
    size_t n = strlen(root);
    n -= n == 1; /* "/" */
    return strncmp(path, root, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* The number of bytes of "scheme:" at the start, or 0. */
static size_t scheme_bytes(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+.-");
    return n > 0 && s[n] == ':' ? n + 1 : 0;
}

/* What the location means, as an absolute path in p->wanted. */
static bool read_location(struct place *p, struct ml_error *err)
{
    const char *s = p->location;
    size_t n = scheme_bytes(s);
    if (strlen(s) > ML_MAX_LOCATION_BYTES)
        return refuse(p, ML_EINPUT, "is longer than 2048 bytes", err);
    if (strncmp(s, "s3://", 5) == 0) {
        s += 5;
        if (s[0] == '\0' || s[0] == '/')
            return refuse(p, ML_EINPUT, "names no bucket", err);
    } else if (strncmp(s, "file:///", 8) == 0) {
        s += 7;
    } else if (n > 0) {
        return refuse(p, ML_EINPUT,
                      "is no location: it begins with s3://, file:/// or '/', or is a path inside "
                      "of the folder that holds the data",
                      err);
    }
    if (s[0] == '\0')
        return refuse(p, ML_EINPUT, "is no location", err);
    n = strlen(s);
    p->is_folder = s[n - 1] == '/';
    char *path = ml_xmemdup0(s, n - p->is_folder);
    p->wanted = s[0] == '/' ? ml_xstrdup(path) : ml_path_join(p->root, path);
    free(path);
    return true;
}

/* Takes path; gives it its final '/' back. */
static void give(char **out, char *path, bool is_folder)
{
    struct ml_strbuf buf = {0};
    ml_strbuf_adds(&buf, path);
    if (is_folder && path[strlen(path) - 1] != '/')
        ml_strbuf_addc(&buf, '/');
    free(path);
    *out = ml_strbuf_take(&buf);
}

/* realpath, whose failure does not tell what is where nobody may look. */
static char *resolve(const struct place *p, const char *path, struct ml_error *err)
{
    char *found = realpath(path[0] != '\0' ? path : "/", NULL);
    int error = errno;
    bool ok = found != NULL && is_inside(found, p->root);
    if (ok)
        return found;
    bool is_hidden =
        found != NULL || !is_inside(path, p->root) || strstr(p->location, "..") != NULL;
    free(found);
    if (is_hidden)
        fail_outside(p, err);
    else if (error == ENOENT || error == ENOTDIR)
        refuse(p, ML_ENOTFOUND, "does not exist", err);
    else
        refuse(p, ML_EIO, "cannot be reached", err);
    return NULL;
}

/* Data in a directory are the files in it: a link there must not lead out either. */
static bool check_entry(const struct place *p, DIR *dir, const char *folder, const char *entry,
                        struct ml_error *err)
{
    struct stat st;
    if (fstatat(dirfd(dir), entry, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISLNK(st.st_mode))
        return true;
    char *path = ml_path_join(folder, entry);
    char *target = realpath(path, NULL);
    bool ok =
        (target != NULL && is_inside(target, p->root)) ||
        refuse(p, ML_EINPUT, "holds a link that leads out of the folder that holds the data", err);
    free(path);
    free(target);
    return ok;
}

static bool check_entries(const struct place *p, const char *folder, struct ml_error *err)
{
    DIR *dir = opendir(folder);
    bool ok = dir != NULL || refuse(p, ML_EIO, "cannot be read", err);
    for (struct dirent *e; ok && (e = readdir(dir)) != NULL;)
        ok = check_entry(p, dir, folder, e->d_name, err);
    if (dir != NULL)
        closedir(dir);
    return ok;
}

static bool resolve_existing(char **out, const struct place *p, struct ml_error *err)
{
    struct stat st;
    char *found = resolve(p, p->wanted, err);
    if (found == NULL)
        return false;
    bool ok = stat(found, &st) == 0 || refuse(p, ML_ENOTFOUND, "does not exist", err);
    if (ok && !S_ISDIR(st.st_mode) && (p->is_folder || !S_ISREG(st.st_mode)))
        ok = refuse(p, ML_EINPUT,
                    p->is_folder ? "is not a directory" : "is neither a file nor a directory", err);
    if (ok && S_ISDIR(st.st_mode))
        ok = check_entries(p, found, err);
    if (ok)
        give(out, found, p->is_folder);
    else
        free(found);
    return ok;
}

/* Whether something has that name: what realpath did not find is then a link to nowhere. */
static bool exists(const char *path)
{
    struct stat st;
    return path[0] == '\0' || lstat(path, &st) == 0;
}

static bool check_part(const struct place *p, const char *part, struct ml_error *err)
{
    if (part[0] == '\0' || strcmp(part, ".") == 0 || strcmp(part, "..") == 0)
        return refuse(p, ML_EINPUT, "must not have '..', '.' or empty parts", err);
    return true;
}

/* Cuts from `parent` what does not exist; `rest` is then that, with its '/' in front. */
static bool find_parent(char *parent, const struct place *p, struct ml_error *err)
{
    while (!exists(parent)) {
        if (errno != ENOENT && errno != ENOTDIR)
            return true; /* resolving it will say why */
        char *slash = strrchr(parent, '/');
        if (!check_part(p, slash + 1, err))
            return false;
        *slash = '\0';
    }
    return true;
}

static bool resolve_new(char **out, const struct place *p, struct ml_error *err)
{
    struct stat st;
    char *parent = ml_xstrdup(p->wanted);
    char *found = find_parent(parent, p, err) ? resolve(p, parent, err) : NULL;
    const char *rest = p->wanted + strlen(parent);
    bool ok = found != NULL;
    if (ok && (rest[0] != '\0' || p->is_folder) && (stat(found, &st) != 0 || !S_ISDIR(st.st_mode)))
        ok = refuse(p, ML_EINPUT, "leads through what is not a directory", err);
    if (ok) {
        struct ml_strbuf buf = {0};
        ml_strbuf_adds(&buf, strcmp(found, "/") == 0 ? "" : found);
        ml_strbuf_adds(&buf, rest);
        ml_strbuf_adds(&buf, buf.length == 0 ? "/" : "");
        give(out, ml_strbuf_take(&buf), p->is_folder);
    }
    free(found);
    free(parent);
    return ok;
}

bool ml_location_resolve(char **path, const char *location, const char *root, bool must_exist,
                         struct ml_error *err)
{
    struct place p = {.location = location, .root = realpath(root, NULL)};
    if (p.root == NULL)
        return ml_fail_errno(err, "open", root);
    bool ok = read_location(&p, err) &&
              (must_exist ? resolve_existing(path, &p, err) : resolve_new(path, &p, err));
    free(p.wanted);
    free(p.root);
    return ok;
}

bool ml_location_keep_off(const char *path, const char *location, const char *root, const char *own,
                          struct ml_error *err)
{
    const struct place p = {.location = location, .root = realpath(root, NULL)};
    char *folder = realpath(own, NULL);
    bool is_off =
        p.root == NULL || folder == NULL || is_inside(p.root, folder) || !is_inside(path, folder);
    free(folder);
    free(p.root);
    return is_off || refuse(&p, ML_EINPUT, "is where the server keeps what is its own", err);
}

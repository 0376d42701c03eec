#include "data/parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "ml/schema.h"

static const char schema_suffix[] = ".schema";

static bool is_directory(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool ends_with(const char *s, const char *suffix)
{
    size_t n = strlen(s);
    size_t k = strlen(suffix);
    return n >= k && memcmp(s + n - k, suffix, k) == 0;
}

/* The directory's path with one slash behind it. */
static char *folder_of(const char *path)
{
    struct ml_strbuf buf = {0};
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/' && path[n - 2] == '/')
        n--;
    ml_strbuf_add(&buf, path, n);
    if (n == 0 || path[n - 1] != '/')
        ml_strbuf_addc(&buf, '/');
    return ml_strbuf_take(&buf);
}

static void add_file(struct ml_parts *p, char *path, const char *name)
{
    p->files = ml_xrealloc(p->files, p->n + 1, sizeof(*p->files));
    p->files[p->n++] = (struct ml_part_file){path, ml_xstrdup(name)};
}

static bool add_entry(struct ml_parts *p, const char *folder, const char *entry,
                      struct ml_error *err)
{
    struct stat st;
    char quoted[200];
    ml_quote(quoted, sizeof(quoted), entry, strlen(entry));
    char *path = NULL;
    struct ml_strbuf joined = {0};
    ml_strbuf_addf(&joined, "%s%s", folder, entry);
    path = ml_strbuf_take(&joined);
    bool ok = stat(path, &st) == 0 || ml_fail_errno(err, "open", path);
    if (ok && !S_ISREG(st.st_mode))
        ok = ml_fail(err, ML_EINPUT,
                     "%s: '%s' is not a file; a directory of data holds nothing but files", p->name,
                     quoted);
    if (ok && strchr(entry, '\n') != NULL)
        ok = ml_fail(err, ML_EINPUT, "%s: '%s': a line end in a file's name", p->name, quoted);
    if (!ok) {
        free(path);
        return false;
    }
    p->bytes += (uint64_t)st.st_size;
    joined = (struct ml_strbuf){0};
    ml_strbuf_addf(&joined, "%s%s%s", p->name, ends_with(p->name, "/") ? "" : "/", entry);
    add_file(p, path, joined.bytes);
    ml_strbuf_release(&joined);
    return true;
}

static int compare_files(const void *a, const void *b)
{
    const struct ml_part_file *x = a;
    const struct ml_part_file *y = b;
    return strcmp(x->path, y->path);
}

static bool list_folder(struct ml_parts *p, const char *path, struct ml_error *err)
{
    char *folder = folder_of(path);
    DIR *dir = opendir(folder);
    bool ok = dir != NULL || ml_fail_errno(err, "read", path);
    errno = 0;
    for (struct dirent *entry; ok && (entry = readdir(dir)) != NULL; errno = 0)
        if (entry->d_name[0] != '.' && !ends_with(entry->d_name, schema_suffix))
            ok = add_entry(p, folder, entry->d_name, err);
    if (ok && errno != 0)
        ok = ml_fail_errno(err, "read", path);
    if (dir != NULL)
        closedir(dir);
    free(folder);
    if (ok && p->n == 0)
        ok = ml_fail(err, ML_EINPUT, "%s: there is no data file in the directory", p->name);
    if (ok)
        qsort(p->files, p->n, sizeof(*p->files), compare_files);
    return ok;
}

struct ml_parts ml_parts_single(const char *name, uint64_t bytes)
{
    struct ml_parts p = {.name = ml_xstrdup(name), .bytes = bytes};
    add_file(&p, ml_xstrdup(name), name);
    return p;
}

bool ml_parts_list(struct ml_parts *out, const char *path, const char *name, struct ml_error *err)
{
    struct ml_parts p = {.is_directory = is_directory(path)};
    struct stat st;
    p.name = ml_xstrdup(name != NULL ? name : strcmp(path, "-") == 0 ? "standard input" : path);
    if (!p.is_directory) {
        add_file(&p, ml_xstrdup(path), p.name);
        int failed = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(path, &st);
        p.bytes = failed == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    } else if (!list_folder(&p, path, err)) {
        ml_parts_release(&p);
        return false;
    }
    *out = p;
    return true;
}

void ml_parts_release(struct ml_parts *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->files[i].path);
        free(p->files[i].name);
    }
    free(p->files);
    free(p->name);
    *p = (struct ml_parts){0};
}

void ml_parts_add_line(const struct ml_parts *p, size_t i, const char hex[ML_DIGEST_HEX],
                       struct ml_digest *digest)
{
    const char *name = strrchr(p->files[i].path, '/') + 1;
    ml_digest_update(digest, hex, ML_DIGEST_HEX - 1);
    ml_digest_update(digest, "  ", 2);
    ml_digest_update(digest, name, strlen(name));
    ml_digest_update(digest, "\n", 1);
}

bool ml_parts_digest(char hex[ML_DIGEST_HEX], const char *path, struct ml_error *err)
{
    struct ml_parts p;
    if (!is_directory(path))
        return ml_file_digest(hex, path, err);
    if (!ml_parts_list(&p, path, NULL, err))
        return false;
    struct ml_digest *digest = ml_digest_new();
    bool ok = true;
    for (size_t i = 0; ok && i < p.n; i++) {
        char one[ML_DIGEST_HEX];
        ok = ml_file_digest(one, p.files[i].path, err);
        if (ok)
            ml_parts_add_line(&p, i, one, digest);
    }
    char whole[ML_DIGEST_HEX];
    ml_digest_finish(digest, whole);
    ml_parts_release(&p);
    if (ok)
        memcpy(hex, whole, sizeof(whole));
    return ok;
}

bool ml_parts_hold(const char *path, const char *out)
{
    struct ml_parts p;
    struct ml_error err;
    if (out == NULL || !ml_parts_list(&p, path, NULL, &err))
        return false;
    bool found = false;
    for (size_t i = 0; i < p.n && !found; i++)
        found = ml_file_is_same(p.files[i].path, out);
    ml_parts_release(&p);
    return found;
}

char *ml_schema_path(const char *data, bool *exists)
{
    struct ml_strbuf beside = {0};
    char *folder = is_directory(data) ? folder_of(data) : NULL;
    ml_strbuf_addf(&beside, "%s%s", folder != NULL ? folder : data, schema_suffix);
    free(folder);
    *exists = access(beside.bytes, F_OK) == 0;
    if (*exists || !ends_with(data, ".gz"))
        return ml_strbuf_take(&beside);
    struct ml_strbuf unpacked = {0};
    ml_strbuf_add(&unpacked, data, strlen(data) - strlen(".gz"));
    ml_strbuf_adds(&unpacked, schema_suffix);
    *exists = access(unpacked.bytes, F_OK) == 0;
    ml_strbuf_release(*exists ? &beside : &unpacked);
    return ml_strbuf_take(*exists ? &unpacked : &beside);
}

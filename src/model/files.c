#include "model/files.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/file.h"

enum { HEX_DIGITS = ML_DIGEST_HEX - 1, QUOTE_BYTES = 200 };

struct sum {
    char hex[ML_DIGEST_HEX];
    char name[ML_MAX_FILE_NAME + 1];
};

struct sums {
    struct sum line[ML_MAX_FILES];
    size_t n;
};

/* Not isalnum: the rule must not depend on the locale. */
static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool ml_files_is_name(const char *s, size_t n)
{
    if (n == 0 || n > ML_MAX_FILE_NAME || !is_letter_or_digit(s[0]))
        return false;
    for (size_t i = 1; i < n; i++) {
        if (!is_letter_or_digit(s[i]) && s[i] != '.' && s[i] != '_' && s[i] != '-')
            return false;
        if (s[i] == '.' && s[i - 1] == '.')
            return false;
    }
    return true;
}

void ml_files_add(struct ml_files *files, const char *name, struct ml_strbuf *bytes)
{
    assert(ml_files_is_name(name, strlen(name)) && strcmp(name, ML_FILES_SUMS) != 0);
    assert(files->n < ML_MAX_FILES && ml_files_find(files, name) == NULL);
    files->file = ml_xrealloc(files->file, files->n + 1, sizeof(*files->file));
    size_t at = files->n++;
    for (; at > 0 && strcmp(files->file[at - 1].name, name) > 0; at--)
        files->file[at] = files->file[at - 1];
    files->file[at] = (struct ml_file){.name = ml_xstrdup(name), .bytes = *bytes};
    *bytes = (struct ml_strbuf){0};
}

const struct ml_file *ml_files_find(const struct ml_files *files, const char *name)
{
    for (size_t i = 0; i < files->n; i++)
        if (strcmp(files->file[i].name, name) == 0)
            return &files->file[i];
    return NULL;
}

size_t ml_files_total_bytes(const struct ml_files *files)
{
    size_t total = 0;
    for (size_t i = 0; i < files->n; i++)
        total += files->file[i].bytes.length;
    return total;
}

void ml_files_release(struct ml_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->file[i].name);
        ml_strbuf_release(&files->file[i].bytes);
    }
    free(files->file);
    *files = (struct ml_files){0};
}

void ml_files_sums(const struct ml_files *files, struct ml_strbuf *text)
{
    for (size_t i = 0; i < files->n; i++) {
        const struct ml_file *file = &files->file[i];
        char hex[ML_DIGEST_HEX];
        ml_digest_of(file->bytes.bytes, file->bytes.length, hex);
        ml_strbuf_addf(text, "%s  %s\n", hex, file->name);
    }
}

static const struct sum *find_sum(const struct sums *sums, const char *name)
{
    for (size_t i = 0; i < sums->n; i++)
        if (strcmp(sums->line[i].name, name) == 0)
            return &sums->line[i];
    return NULL;
}

/* One line without its end: 64 digits, two blanks, a name. */
static bool parse_sum(struct sum *out, const char *line, size_t n)
{
    enum { NAME_AT = HEX_DIGITS + 2 };
    if (n <= NAME_AT || memcmp(line + HEX_DIGITS, "  ", 2) != 0)
        return false;
    for (size_t i = 0; i < HEX_DIGITS; i++)
        if (!(line[i] >= '0' && line[i] <= '9') && !(line[i] >= 'a' && line[i] <= 'f'))
            return false;
    if (!ml_files_is_name(line + NAME_AT, n - NAME_AT))
        return false;
    *out = (struct sum){0};
    memcpy(out->hex, line, HEX_DIGITS);
    memcpy(out->name, line + NAME_AT, n - NAME_AT);
    return strcmp(out->name, ML_FILES_SUMS) != 0;
}

static bool parse_sums(struct sums *out, const char *text, size_t n, const char *where,
                       struct ml_error *err)
{
    out->n = 0;
    for (size_t at = 0; at < n;) {
        size_t number = out->n + 1;
        if (out->n == ML_MAX_FILES)
            return ml_fail(err, ML_EINPUT, "%s/" ML_FILES_SUMS ": more than %d files", where,
                           (int)ML_MAX_FILES);
        const char *end = memchr(text + at, '\n', n - at);
        struct sum sum;
        if (end == NULL || !parse_sum(&sum, text + at, (size_t)(end - text) - at))
            return ml_fail(err, ML_EINPUT,
                           "%s/" ML_FILES_SUMS ":%zu: not a SHA-256 digest, two blanks and a name",
                           where, number);
        if (find_sum(out, sum.name) != NULL)
            return ml_fail(err, ML_EINPUT, "%s/" ML_FILES_SUMS ":%zu: '%s' is there twice", where,
                           number, sum.name);
        out->line[out->n++] = sum;
        at = (size_t)(end - text) + 1;
    }
    if (out->n == 0)
        return ml_fail(err, ML_EINPUT, "%s/" ML_FILES_SUMS ": it is empty", where);
    return true;
}

static bool check_sum(const struct sum *sum, const struct ml_strbuf *bytes, const char *where,
                      struct ml_error *err)
{
    char hex[ML_DIGEST_HEX];
    ml_digest_of(bytes->bytes, bytes->length, hex);
    if (strcmp(hex, sum->hex) != 0)
        return ml_fail(err, ML_EINPUT, "%s/%s: its digest is not the one in " ML_FILES_SUMS, where,
                       sum->name);
    return true;
}

static bool fail_missing(const char *where, const char *name, struct ml_error *err)
{
    return ml_fail(err, ML_EINPUT, "%s/%s: the file is missing", where, name);
}

static bool fail_extra(const char *where, const char *name, struct ml_error *err)
{
    char quoted[QUOTE_BYTES];
    return ml_fail(err, ML_EINPUT, "%s: '%s' does not belong there: it is not in " ML_FILES_SUMS,
                   where, ml_quote(quoted, sizeof(quoted), name, strlen(name)));
}

bool ml_files_check(const struct ml_files *files, const char *sums_text, size_t n,
                    const char *where, struct ml_error *err)
{
    struct sums sums;
    if (!parse_sums(&sums, sums_text, n, where, err))
        return false;
    for (size_t i = 0; i < sums.n; i++) {
        const struct ml_file *file = ml_files_find(files, sums.line[i].name);
        if (file == NULL)
            return fail_missing(where, sums.line[i].name, err);
        if (!check_sum(&sums.line[i], &file->bytes, where, err))
            return false;
    }
    for (size_t i = 0; i < files->n; i++)
        if (find_sum(&sums, files->file[i].name) == NULL)
            return fail_extra(where, files->file[i].name, err);
    return true;
}

static bool create_file(const char *dir, const char *name, const struct ml_strbuf *bytes,
                        struct ml_error *err)
{
    char *path = ml_path_join(dir, name);
    bool ok = ml_file_create(path, bytes->bytes, bytes->length, err);
    free(path);
    return ok;
}

/* Catches what a disk, a file system or a second writer made of it before anyone relies on it. */
static bool read_back(const char *dir, const struct ml_files *files, const struct ml_strbuf *sums,
                      struct ml_error *err)
{
    struct ml_files copy = {0};
    if (!ml_files_load(&copy, dir, ml_files_total_bytes(files), err))
        return false;
    bool ok = ml_files_check(&copy, sums->bytes, sums->length, dir, err);
    ml_files_release(&copy);
    return ok;
}

bool ml_files_save(const char *dir, const struct ml_files *files, struct ml_error *err)
{
    assert(files->n > 0);
    struct ml_strbuf sums = {0};
    ml_files_sums(files, &sums);
    bool ok = true;
    for (size_t i = 0; ok && i < files->n; i++)
        ok = create_file(dir, files->file[i].name, &files->file[i].bytes, err);
    ok = ok && create_file(dir, ML_FILES_SUMS, &sums, err) && ml_dir_sync(dir, err) &&
         read_back(dir, files, &sums, err);
    ml_strbuf_release(&sums);
    return ok;
}

/* O_NONBLOCK: a pipe in the file's place must be refused, not waited for. */
static bool open_regular(int *out, size_t *bytes, int dir_fd, const char *dir, const char *name,
                         struct ml_error *err)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return fail_missing(dir, name, err);
    if (fd < 0 && errno == ELOOP)
        return ml_fail(err, ML_EINPUT, "%s/%s: not a regular file", dir, name);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        ml_fail_errno(err, "open", name);
        if (fd >= 0)
            close(fd);
        return ml_fail_context(err, "%s", dir);
    }
    if (!S_ISREG(st.st_mode)) {
        close(fd);
        return ml_fail(err, ML_EINPUT, "%s/%s: not a regular file", dir, name);
    }
    *out = fd;
    *bytes = (size_t)st.st_size;
    return true;
}

static bool read_regular(struct ml_strbuf *out, int dir_fd, const char *dir, const char *name,
                         size_t max_bytes, struct ml_error *err)
{
    int fd = -1;
    size_t bytes = 0;
    if (!open_regular(&fd, &bytes, dir_fd, dir, name, err))
        return false;
    struct ml_strbuf buf = {0};
    bool ok =
        bytes <= max_bytes ||
        ml_fail(err, ML_ELIMIT, "%s/%s: %zu bytes, more than the %zu that are left of the limit",
                dir, name, bytes, max_bytes);
    char *to = ok ? ml_strbuf_reserve(&buf, bytes + 1) : NULL;
    /* One byte more than expected, so that a file that grows meanwhile is noticed. */
    for (size_t got = 1; ok && got > 0 && buf.length <= bytes;) {
        ok = ml_file_read(&got, fd, to + buf.length, bytes + 1 - buf.length, name, err);
        buf.length += ok ? got : 0;
    }
    close(fd);
    if (ok && buf.length != bytes)
        ok = ml_fail(err, ML_EINPUT, "%s/%s: it changes while it is being read", dir, name);
    if (!ok) {
        ml_strbuf_release(&buf);
        return false;
    }
    to[bytes] = '\0';
    *out = buf;
    return true;
}

static bool load_sums(struct sums *out, int dir_fd, const char *dir, struct ml_error *err)
{
    struct ml_strbuf text = {0};
    if (!read_regular(&text, dir_fd, dir, ML_FILES_SUMS, ML_MAX_SUMS_BYTES, err))
        return false;
    bool ok = parse_sums(out, text.bytes, text.length, dir, err);
    ml_strbuf_release(&text);
    return ok;
}

static bool refuse_extra(int dir_fd, const struct sums *sums, const char *dir, struct ml_error *err)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = fd >= 0 ? fdopendir(fd) : NULL;
    if (listing == NULL) {
        ml_fail_errno(err, "read", dir);
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool ok = true;
    struct dirent *entry;
    while (ok && (errno = 0, entry = readdir(listing)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, ML_FILES_SUMS) != 0 &&
            find_sum(sums, name) == NULL)
            ok = fail_extra(dir, name, err);
    }
    if (ok && errno != 0)
        ok = ml_fail_errno(err, "read", dir);
    closedir(listing);
    return ok;
}

static bool load_listed(struct ml_files *files, int dir_fd, const struct sums *sums,
                        const char *dir, size_t max_bytes, struct ml_error *err)
{
    for (size_t i = 0; i < sums->n; i++) {
        const struct sum *sum = &sums->line[i];
        struct ml_strbuf bytes = {0};
        if (!read_regular(&bytes, dir_fd, dir, sum->name, max_bytes, err))
            return false;
        if (!check_sum(sum, &bytes, dir, err)) {
            ml_strbuf_release(&bytes);
            return false;
        }
        max_bytes -= bytes.length;
        ml_files_add(files, sum->name, &bytes);
    }
    return true;
}

bool ml_files_load(struct ml_files *out, const char *dir, size_t max_bytes, struct ml_error *err)
{
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0)
        return ml_fail_errno(err, "open", dir);
    struct sums sums;
    struct ml_files files = {0};
    bool ok = load_sums(&sums, dir_fd, dir, err) && refuse_extra(dir_fd, &sums, dir, err) &&
              load_listed(&files, dir_fd, &sums, dir, max_bytes, err);
    close(dir_fd);
    if (!ok) {
        ml_files_release(&files);
        return false;
    }
    *out = files;
    return true;
}

#include <string.h>

#include "registry/archive.h"
#include "registry/ustar.h"

enum {
    PATH_BYTES =
        sizeof(((struct ml_ustar *)0)->prefix) + 1 + sizeof(((struct ml_ustar *)0)->name) + 1
};

struct reader {
    const char *bytes;
    size_t n;
    size_t at;
    const char *where;
    struct ml_archive archive;
    struct ml_strbuf sums;
    bool has_sums;
};

struct entry {
    char path[PATH_BYTES]; /* "folder/name" */
    const char *name;      /* within path */
    size_t bytes;
};

void ml_archive_release(struct ml_archive *archive)
{
    ml_files_release(&archive->files);
    archive->folder[0] = '\0';
}

static bool fail_at(const struct reader *r, const char *what, struct ml_error *err)
{
    return ml_fail(err, ML_EINPUT, "%s: at byte %zu: %s", r->where, r->at, what);
}

/* The text in a field: no bytes after its NUL, which a full field does not have. */
static bool get_text(char *out, const char *field, size_t width)
{
    size_t n = strnlen(field, width);
    for (size_t i = n; i < width; i++)
        if (field[i] != '\0')
            return false;
    memcpy(out, field, n);
    out[n] = '\0';
    return true;
}

/* Octal digits up to the field's last bytes, which are NULs or blanks. */
static bool get_octal(size_t *out, const char *field, size_t width)
{
    size_t value = 0;
    size_t i = 0;
    for (; i < width && field[i] >= '0' && field[i] <= '7'; i++)
        value = value * 8 + (size_t)(field[i] - '0');
    if (i == 0 || i == width)
        return false;
    for (; i < width; i++)
        if (field[i] != '\0' && field[i] != ' ')
            return false;
    *out = value;
    return true;
}

static bool is_zero(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != '\0')
            return false;
    return true;
}

static bool get_path(struct entry *entry, const struct ml_ustar *header)
{
    char prefix[sizeof(header->prefix) + 1];
    char name[sizeof(header->name) + 1];
    if (!get_text(prefix, header->prefix, sizeof(header->prefix)) ||
        !get_text(name, header->name, sizeof(header->name)))
        return false;
    size_t n = strlen(prefix);
    memcpy(entry->path, prefix, n);
    if (n > 0)
        entry->path[n++] = '/';
    memcpy(entry->path + n, name, strlen(name) + 1);
    return true;
}

static bool read_header(const struct reader *r, struct entry *entry, struct ml_error *err)
{
    struct ml_ustar header;
    memcpy(&header, r->bytes + r->at, sizeof(header));
    size_t checksum;
    if (memcmp(header.magic, "ustar", sizeof(header.magic)) != 0 ||
        memcmp(header.version, "00", sizeof(header.version)) != 0)
        return fail_at(r, "not the header of a ustar entry", err);
    if (!get_octal(&checksum, header.checksum, sizeof(header.checksum)) ||
        checksum != ml_ustar_checksum(&header))
        return fail_at(r, "the header's checksum is wrong", err);
    if (header.type != '0' || !is_zero(header.link_name, sizeof(header.link_name)))
        return fail_at(r, "not a regular file", err);
    if (!get_octal(&entry->bytes, header.size, sizeof(header.size)) ||
        entry->bytes > r->n - r->at - sizeof(header))
        return fail_at(r, "a file larger than what is left of the archive", err);
    if (!get_path(entry, &header))
        return fail_at(r, "bytes after the end of a file name", err);
    return true;
}

static bool fail_path(const struct reader *r, const struct entry *entry, const char *what,
                      struct ml_error *err)
{
    char quoted[PATH_BYTES];
    return ml_fail(err, ML_EINPUT, "%s: at byte %zu: '%s': %s", r->where, r->at,
                   ml_quote(quoted, sizeof(quoted), entry->path, strlen(entry->path)), what);
}

/* One folder, the same for all entries, and one file name. */
static bool check_path(struct reader *r, struct entry *entry, struct ml_error *err)
{
    size_t folder_bytes = strcspn(entry->path, "/");
    entry->name = entry->path + folder_bytes + (entry->path[folder_bytes] == '/');
    if (!ml_files_is_name(entry->path, folder_bytes) ||
        !ml_files_is_name(entry->name, strlen(entry->name)))
        return fail_path(r, entry, "not a model name, '/' and a file name", err);
    char *folder = r->archive.folder;
    if (folder[0] == '\0')
        memcpy(folder, entry->path, folder_bytes);
    if (strlen(folder) != folder_bytes || memcmp(folder, entry->path, folder_bytes) != 0)
        return fail_path(r, entry, "a second folder, where one is expected", err);
    return true;
}

static bool keep_file(struct reader *r, const struct entry *entry, struct ml_error *err)
{
    bool is_sums = strcmp(entry->name, ML_FILES_SUMS) == 0;
    if (is_sums ? r->has_sums : ml_files_find(&r->archive.files, entry->name) != NULL)
        return fail_path(r, entry, "it is there twice", err);
    if (!is_sums && r->archive.files.n == ML_MAX_FILES)
        return fail_path(r, entry, "too many files", err);
    const char *bytes = r->bytes + r->at + ML_USTAR_BLOCK;
    if (is_sums) {
        r->has_sums = true;
        ml_strbuf_add(&r->sums, bytes, entry->bytes);
        return true;
    }
    struct ml_strbuf copy = {0};
    ml_strbuf_add(&copy, bytes, entry->bytes);
    ml_files_add(&r->archive.files, entry->name, &copy);
    return true;
}

static bool read_entry(struct reader *r, struct ml_error *err)
{
    struct entry entry;
    if (!read_header(r, &entry, err) || !check_path(r, &entry, err) || !keep_file(r, &entry, err))
        return false;
    size_t end = r->at + ML_USTAR_BLOCK + entry.bytes;
    /* Cannot pass the end: the archive is whole blocks. */
    size_t next = (end + ML_USTAR_BLOCK - 1) / ML_USTAR_BLOCK * ML_USTAR_BLOCK;
    if (!is_zero(r->bytes + end, next - end))
        return fail_path(r, &entry, "the padding after it is not zero", err);
    r->at = next;
    return true;
}

static bool read_all(struct reader *r, struct ml_error *err)
{
    if (r->n == 0 || r->n % ML_USTAR_BLOCK != 0)
        return ml_fail(err, ML_EINPUT, "%s: %zu bytes: not a tar archive, or only part of one",
                       r->where, r->n);
    while (r->at < r->n && !is_zero(r->bytes + r->at, ML_USTAR_BLOCK))
        if (!read_entry(r, err))
            return false;
    if (r->n - r->at < 2 * ML_USTAR_BLOCK || !is_zero(r->bytes + r->at, r->n - r->at))
        return fail_at(r, "the archive does not end in blocks of zeros", err);
    if (!r->has_sums)
        return ml_fail(err, ML_EINPUT, "%s: there is no " ML_FILES_SUMS " in it", r->where);
    return true;
}

static bool check_digests(const struct reader *r, struct ml_error *err)
{
    return ml_files_check(&r->archive.files, r->sums.bytes, r->sums.length, r->archive.folder,
                          err) ||
           ml_fail_context(err, "%s", r->where);
}

bool ml_archive_read(struct ml_archive *out, const char *bytes, size_t n, const char *where,
                     struct ml_error *err)
{
    struct reader r = {.bytes = bytes, .n = n, .where = where};
    bool ok = read_all(&r, err) && check_digests(&r, err);
    ml_strbuf_release(&r.sums);
    if (!ok) {
        ml_archive_release(&r.archive);
        return false;
    }
    *out = r.archive;
    return true;
}

#include <string.h>

#include "registry/archive.h"
#include "registry/ustar.h"

size_t ml_ustar_checksum(const struct ml_ustar *header)
{
    const unsigned char *bytes = (const unsigned char *)header;
    const size_t at = offsetof(struct ml_ustar, checksum);
    size_t sum = 0;
    for (size_t i = 0; i < sizeof(*header); i++)
        sum += i >= at && i < at + sizeof(header->checksum) ? ' ' : bytes[i];
    return sum;
}

/* width - 1 octal digits and a NUL. */
static void put_octal(char *field, size_t width, size_t value)
{
    field[width - 1] = '\0';
    for (size_t i = width - 1; i-- > 0; value /= 8)
        field[i] = (char)('0' + value % 8);
}

/* "folder/name" stands in `name` where it fits: there are readers that know nothing else. */
static void put_path(struct ml_ustar *header, const char *folder, const char *name)
{
    size_t folder_bytes = strlen(folder);
    size_t name_bytes = strlen(name);
    if (folder_bytes + 1 + name_bytes > sizeof(header->name)) {
        memcpy(header->prefix, folder, folder_bytes);
        memcpy(header->name, name, name_bytes);
        return;
    }
    memcpy(header->name, folder, folder_bytes);
    header->name[folder_bytes] = '/';
    memcpy(header->name + folder_bytes + 1, name, name_bytes);
}

static bool write_entry(struct ml_output *out, const char *folder, const char *name,
                        const struct ml_strbuf *bytes, struct ml_error *err)
{
    static const char zeros[ML_USTAR_BLOCK];
    struct ml_ustar header = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
    put_path(&header, folder, name);
    put_octal(header.mode, sizeof(header.mode), 0644);
    put_octal(header.uid, sizeof(header.uid), 0);
    put_octal(header.gid, sizeof(header.gid), 0);
    put_octal(header.size, sizeof(header.size), bytes->length);
    put_octal(header.mtime, sizeof(header.mtime), 0);
    put_octal(header.major, sizeof(header.major), 0);
    put_octal(header.minor, sizeof(header.minor), 0);
    put_octal(header.checksum, sizeof(header.checksum) - 1, ml_ustar_checksum(&header));
    header.checksum[sizeof(header.checksum) - 1] = ' ';
    size_t padding = (ML_USTAR_BLOCK - bytes->length % ML_USTAR_BLOCK) % ML_USTAR_BLOCK;
    return ml_output_write(out, &header, sizeof(header), err) &&
           ml_output_write(out, bytes->bytes, bytes->length, err) &&
           ml_output_write(out, zeros, padding, err);
}

bool ml_archive_write(struct ml_output *out, const char *folder, const struct ml_files *files,
                      struct ml_error *err)
{
    static const char end[2 * ML_USTAR_BLOCK];
    struct ml_strbuf sums = {0};
    ml_files_sums(files, &sums);
    bool ok = write_entry(out, folder, ML_FILES_SUMS, &sums, err);
    ml_strbuf_release(&sums);
    for (size_t i = 0; ok && i < files->n; i++)
        ok = write_entry(out, folder, files->file[i].name, &files->file[i].bytes, err);
    return ok && ml_output_write(out, end, sizeof(end), err);
}

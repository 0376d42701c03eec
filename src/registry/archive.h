/*
 * One bundle in one file: a plain ustar archive (POSIX.1-2008, pax, "ustar Interchange Format"),
 * which any tar lists and unpacks. Entries <folder>/SHA256SUMS, then <folder>/<file> in the order
 * of their bytes; mode 0644, owner and times 0, so that the same bundle gives the same bytes.
 *
 * Not by libarchive: it reads dozens of formats and filters where we want one shape with a handful
 * of regular files, and would bring libxml2 and ICU into a daemon of a few megabytes. The reader
 * here refuses whatever the writer does not write, other owners, modes and times excepted.
 */
#ifndef ML_REGISTRY_ARCHIVE_H
#define ML_REGISTRY_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/file.h"
#include "model/model.h"

enum { ML_ARCHIVE_MAX_EXTRA = 64 * 1024 }; /* headers, padding and SHA256SUMS, generously */

struct ml_archive {
    char folder[ML_NAME_BYTES];
    struct ml_files files; /* their digests are those of SHA256SUMS */
};

bool ml_archive_write(struct ml_output *out, const char *folder, const struct ml_files *files,
                      struct ml_error *err) __attribute__((warn_unused_result));

/*
 * Reads n bytes; `where` stands in front of messages. ML_EINPUT unless they are whole blocks of
 * right checksum, holding regular files of one folder (name by the rule, no duplicates, no links)
 * that SHA256SUMS vouches for, and at least two zero blocks after them.
 */
bool ml_archive_read(struct ml_archive *out, const char *bytes, size_t n, const char *where,
                     struct ml_error *err) __attribute__((warn_unused_result));
void ml_archive_release(struct ml_archive *archive);

#endif

/*
 * The files of one bundle in memory, and their way to and from a directory.
 *
 * On disk they stand beside SHA256SUMS, which `sha256sum -c` reads. Loading trusts nothing: names,
 * sizes and digests are checked before the bytes reach anyone who parses them.
 */
#ifndef ML_MODEL_FILES_H
#define ML_MODEL_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"

#define ML_FILES_SUMS "SHA256SUMS"

enum {
    ML_MAX_FILES = 16,
    ML_MAX_FILE_NAME = 64,
    ML_MAX_SUMS_BYTES = 4096, /* 16 lines of 131 bytes fit */
};

struct ml_file {
    char *name; /* owned; ml_files_is_name holds and it is not SHA256SUMS */
    struct ml_strbuf bytes;
};

/* Zero-initialised is the empty set. Distinct names, in the order of their bytes. */
struct ml_files {
    struct ml_file *file;
    size_t n; /* at most ML_MAX_FILES */
};

/* [A-Za-z0-9][A-Za-z0-9._-]{0,63} without "..": the rule for files, models and aliases. */
bool ml_files_is_name(const char *s, size_t n);

/* Takes bytes (leaving *bytes empty). The name must be valid and new, the set not full. */
void ml_files_add(struct ml_files *files, const char *name, struct ml_strbuf *bytes);
/* The file of that name, borrowed until the next add, or NULL. */
const struct ml_file *ml_files_find(const struct ml_files *files, const char *name);
size_t ml_files_total_bytes(const struct ml_files *files);
void ml_files_release(struct ml_files *files);

/* Appends the text of SHA256SUMS: "<64 hex digits>  <name>\n" for each file. */
void ml_files_sums(const struct ml_files *files, struct ml_strbuf *text);

/*
 * Whether the files are exactly those in the text of a SHA256SUMS and have its digests.
 * ML_EINPUT if not; messages start with `where`, as in "where/model.json: its digest is …".
 */
bool ml_files_check(const struct ml_files *files, const char *sums, size_t n, const char *where,
                    struct ml_error *err) __attribute__((warn_unused_result));

/*
 * Writes at least one file and SHA256SUMS into an existing, empty directory, makes them and their
 * names durable, then reads them back and compares. After a failure the directory holds rubbish
 * that the caller removes.
 */
bool ml_files_save(const char *dir, const struct ml_files *files, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * The same into an existing directory that cannot be replaced as a whole, such as a mounted one,
 * and must be empty (ML_ECONFLICT). Each file appears complete; SHA256SUMS, without which nothing
 * loads, comes last. A failure takes back what it can.
 */
bool ml_files_place(const char *dir, const struct ml_files *files, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Whether the directory exists and holds nothing: before the work, not after it. */
bool ml_files_check_place(const char *dir, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * Reads a directory that ml_files_save wrote: max_bytes limits the files together (ML_ELIMIT).
 * ML_EINPUT when SHA256SUMS is malformed, or a file is missing, changed, not a regular file, or
 * present and not listed. ML_ENOTFOUND without the directory.
 */
bool ml_files_load(struct ml_files *out, const char *dir, size_t max_bytes, struct ml_error *err)
    __attribute__((warn_unused_result));

#endif

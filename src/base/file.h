/* Files: read whole, replace atomically, make a rename durable. */
#ifndef ML_BASE_FILE_H
#define ML_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/strbuf.h"

/*
 * Opens a regular file, pipe or device for reading ("-" is standard input; a directory is refused)
 * and gives its descriptor, to be closed with ml_file_close.
 */
bool ml_file_open(int *out, const char *path, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_file_close(int fd); /* leaves standard input open */

/* read(2) that retries EINTR. *out is 0 at the end of the file. `path` is for the message. */
bool ml_file_read(size_t *out, int fd, void *to, size_t bytes, const char *path,
                  struct ml_error *err) __attribute__((warn_unused_result));

/* Reads a whole file of at most max_bytes (ML_ELIMIT beyond). */
bool ml_file_read_all(struct ml_strbuf *out, const char *path, size_t max_bytes,
                      struct ml_error *err) __attribute__((warn_unused_result));

/* Whether both paths are the same regular file (false when either does not exist). */
bool ml_file_is_same(const char *a, const char *b);

/* The SHA-256 of a whole file, in constant memory. */
bool ml_file_digest(char hex[ML_DIGEST_HEX], const char *path, struct ml_error *err)
    __attribute__((warn_unused_result));

/* write(2) until all is written. */
bool ml_file_write(int fd, const void *bytes, size_t n, const char *path, struct ml_error *err)
    __attribute__((warn_unused_result));

/*
 * A file that appears under its name complete or not at all: written as a hidden sibling, made
 * durable, renamed. Where the name is not a regular file (a pipe, /dev/stdout) it is written to
 * directly, since there is nothing to replace.
 *
 *     struct ml_output out;
 *     if (!ml_output_open(&out, path, err)) return false;
 *     ok = ml_output_write(&out, ...) && ml_output_commit(&out, err);
 *     ml_output_release(&out);            // after a failure: removes the sibling
 */
struct ml_output {
    int fd;
    char *path;     /* owned */
    char *tmp_path; /* owned; NULL when written directly */
};

/* path "-" or NULL: standard output. */
bool ml_output_open(struct ml_output *out, const char *path, struct ml_error *err)
    __attribute__((warn_unused_result));
bool ml_output_write(struct ml_output *out, const void *bytes, size_t n, struct ml_error *err)
    __attribute__((warn_unused_result));
bool ml_output_commit(struct ml_output *out, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_output_release(struct ml_output *out);

/* ml_output_* in one call. */
bool ml_file_replace(const char *path, const void *bytes, size_t n, struct ml_error *err)
    __attribute__((warn_unused_result));

/* Creates path (must not exist, mode 0666 less umask), writes it and makes it durable. */
bool ml_file_create(const char *path, const void *bytes, size_t n, struct ml_error *err)
    __attribute__((warn_unused_result));

/* fsync on a directory: makes creations and renames in it survive a power cut. */
bool ml_dir_sync(const char *path, struct ml_error *err) __attribute__((warn_unused_result));

/* Creates the directory and the missing ones above it. */
bool ml_dir_make(const char *path, struct ml_error *err) __attribute__((warn_unused_result));

/* Removes a directory and the plain files in it (no subdirectories); best effort. */
void ml_dir_remove(const char *path);

/* "dir/name" in fresh memory, to be freed with free. */
char *ml_path_join(const char *dir, const char *name);

#endif

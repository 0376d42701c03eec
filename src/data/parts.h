/*
 * The files that the name of some data stands for: one, or all those of a directory.
 *
 * A directory's files are its regular files and links to such, in the order of their names' bytes,
 * without those whose name begins with '.' or ends in ".schema". Anything else in it is refused: a
 * folder or a pipe that is silently left out would be rows that are silently left out.
 */
#ifndef ML_DATA_PARTS_H
#define ML_DATA_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"

struct ml_part_file {
    char *path; /* owned */
    char *name; /* owned; what messages call it */
};

struct ml_parts {
    char *name; /* owned; of the whole, for messages */
    bool is_directory;
    struct ml_part_file *files; /* owned */
    size_t n;                   /* at least 1 */
    uint64_t bytes;             /* of all files as stored; 0: unknown, as of a pipe */
};

/*
 * path "-" is standard input. name: what messages call it, in place of the path; or NULL. A path
 * that does not exist is one file: opening it says so. ML_EINPUT for a directory without files.
 */
bool ml_parts_list(struct ml_parts *out, const char *path, const char *name, struct ml_error *err)
    __attribute__((warn_unused_result));
/* Something that is not a file, of that name and size. */
struct ml_parts ml_parts_single(const char *name, uint64_t bytes);
void ml_parts_release(struct ml_parts *parts);

/* A line of what ml_parts_digest is the SHA-256 of: "<digest of the file>  <its name>\n". */
void ml_parts_add_line(const struct ml_parts *parts, size_t i, const char hex[ML_DIGEST_HEX],
                       struct ml_digest *digest);

/*
 * The digest of data: of one file, the SHA-256 of its bytes as stored; of a directory, the SHA-256
 * of the lines that sha256sum prints for its files inside it, so that names, order and contents all
 * count:
 *
 *     cd dir && sha256sum part-1.csv part-2.csv | sha256sum
 */
bool ml_parts_digest(char hex[ML_DIGEST_HEX], const char *path, struct ml_error *err)
    __attribute__((warn_unused_result));

/* Whether writing to `out` (a path, or NULL) would replace one of the files that `path` names. */
bool ml_parts_hold(const char *path, const char *out);

#endif

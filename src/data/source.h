/*
 * A CSV file, or a directory of such files, as a stream of blocks of whole records, in constant
 * memory.
 *
 *     open -> (peek, skip_header) -> next, next, … until it gives an empty block -> close
 *
 * A block is self-contained: it may be parsed in another thread while the source reads on. The rows
 * of a file are numbered from 0 in order, rejected ones included, so that a row's number does not
 * depend on what is wrong with others; the header is not a row. A wholly empty line at the end of
 * the file is not a row either; one in the middle is a row of one empty field.
 *
 * Files may be gzip (data/input.h). A directory is its files one after the other (data/parts.h):
 * rows are numbered through, lines begin at 1 in each; when the first file's first line is taken
 * out as a header, each other file must begin with a header of the same names. A file of no bytes
 * adds nothing. A block holds rows of one file.
 */
#ifndef ML_DATA_SOURCE_H
#define ML_DATA_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "data/frame.h"
#include "ml/data.h"

enum { ML_BLOCK_BYTES = 256 * 1024 };

struct ml_span {
    uint32_t offset; /* into the block's bytes */
    uint32_t length;
    uint32_t line; /* lines from the block's first */
    enum ml_frame_status status;
};

struct ml_block {
    struct ml_strbuf text; /* owned */
    struct ml_span *spans; /* owned */
    size_t n_spans;
    size_t spans_capacity;
    size_t first_line; /* 1-based line of the block's first byte in its file */
    size_t file;       /* number of that file, 0 unless the source is a directory */
    const char *name;  /* what messages call it; borrowed from the source */
    size_t first_row;  /* number of the block's first record */
};

void ml_block_release(struct ml_block *block);

struct ml_source; /* opaque; one thread at a time */

enum {
    ML_SOURCE_DIGEST = 1, /* compute the digest (data/parts.h) of the stored bytes on the way */
    ML_SOURCE_PLAIN = 2,  /* gzip is not unpacked but refused for its NUL bytes */
};

/*
 * path: a file, a directory, or "-" for standard input. name: what messages call it; NULL: the
 * path. UTF-16 text is refused (ML_EINPUT).
 */
bool ml_source_open(struct ml_source **out, const char *path, const char *name, char delimiter,
                    unsigned flags, struct ml_error *err) __attribute__((warn_unused_result));
/* The same over n bytes in memory, which are copied. */
bool ml_source_open_memory(struct ml_source **out, const char *bytes, size_t n, const char *name,
                           char delimiter, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_source_close(struct ml_source *source);

/*
 * Looks at the first record's bytes, borrowed until the next call; call at most once, first.
 * ML_EINPUT when the file is empty or the record malformed; it may be 1 MB long.
 * ml_source_skip_header then takes it out of the stream: it was the header.
 */
bool ml_source_peek(struct ml_source *source, const char **text, size_t *n, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_source_skip_header(struct ml_source *source);

/*
 * Fills block with the next records (about ML_BLOCK_BYTES; less when a pipe has no more at the
 * moment). n_spans 0: the end. The block's memory is reused.
 */
bool ml_source_next(struct ml_source *source, struct ml_block *block, struct ml_error *err)
    __attribute__((warn_unused_result));

/* Whether ml_source_next would not have to wait for another process. */
bool ml_source_is_ready(const struct ml_source *source);

const char *ml_source_name(const struct ml_source *source); /* of the whole, for messages */
const char *ml_source_file(const struct ml_source *source); /* of the file that is being read */
size_t ml_source_rows(const struct ml_source *source);      /* rows given so far */
uint64_t ml_source_bytes(const struct ml_source *source);   /* read so far, as stored */
/* Bytes of all files as stored, or 0 when unknown. */
uint64_t ml_source_size(const struct ml_source *source);
/* After the empty block, once, if asked for at open. */
void ml_source_digest(struct ml_source *source, char hex[ML_DIGEST_HEX]);

#endif

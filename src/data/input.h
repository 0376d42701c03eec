/*
 * The bytes of one file, pipe or standard input, unpacked when they are gzip.
 *
 * What begins with gzip's two magic bytes is unpacked, whatever its name; what is named *.gz and
 * does not begin so is refused. Nothing is read ahead of what is asked for: a pipe's first line is
 * given out as soon as it is there. Constant memory.
 */
#ifndef ML_DATA_INPUT_H
#define ML_DATA_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"

struct ml_input; /* opaque; one thread at a time */

/*
 * path "-" is standard input. name: what messages call it, borrowed. is_plain: gzip is not looked
 * for. digest (may be NULL, borrowed) gets the bytes as they are stored.
 */
bool ml_input_open(struct ml_input **out, const char *path, const char *name, bool is_plain,
                   struct ml_digest *digest, struct ml_error *err)
    __attribute__((warn_unused_result));
void ml_input_close(struct ml_input *input);

/*
 * Fills `to` with 1 to `bytes` bytes, *out of them; 0 at the end. ML_EINPUT for gzip data that is
 * damaged or ends too early.
 */
bool ml_input_read(size_t *out, struct ml_input *input, char *to, size_t bytes,
                   struct ml_error *err) __attribute__((warn_unused_result));

/* Whether a read would not have to wait for another process. */
bool ml_input_is_ready(const struct ml_input *input);

uint64_t ml_input_bytes(const struct ml_input *input); /* read so far, as stored */

#endif

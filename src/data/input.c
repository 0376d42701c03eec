#include "data/input.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/gzip.h"

enum { PACKED_BYTES = 64 * 1024 };

struct ml_input {
    int fd;
    const char *name;         /* borrowed */
    struct ml_digest *digest; /* borrowed; NULL unless wanted */
    uint64_t n_bytes;
    bool has_looked; /* whether it is gzip is known */
    bool must_be_gzip;
    struct ml_gunzip *gunzip; /* owned; NULL: it is not packed */
    char *packed;             /* owned; what gunzip is being fed */
};

bool ml_input_open(struct ml_input **out, const char *path, const char *name, bool is_plain,
                   struct ml_digest *digest, struct ml_error *err)
{
    int fd;
    if (!ml_file_open(&fd, path, err))
        return false;
    struct ml_input *in = ml_xcalloc(1, sizeof(*in));
    in->fd = fd;
    in->name = name;
    in->digest = digest;
    in->has_looked = is_plain;
    in->must_be_gzip = !is_plain && ml_gzip_is_name(path);
    *out = in;
    return true;
}

void ml_input_close(struct ml_input *in)
{
    if (in == NULL)
        return;
    ml_gunzip_free(in->gunzip);
    free(in->packed);
    ml_file_close(in->fd);
    free(in);
}

static bool read_stored(size_t *out, struct ml_input *in, char *to, size_t bytes,
                        struct ml_error *err)
{
    if (!ml_file_read(out, in->fd, to, bytes, in->name, err))
        return false;
    if (in->digest != NULL)
        ml_digest_update(in->digest, to, *out);
    in->n_bytes += *out;
    return true;
}

static bool unpack(size_t *out, struct ml_input *in, char *to, size_t bytes, struct ml_error *err)
{
    *out = 0;
    while (*out == 0) {
        if (ml_gunzip_wants_input(in->gunzip)) {
            size_t n;
            if (!read_stored(&n, in, in->packed, PACKED_BYTES, err))
                return false;
            if (n == 0)
                return ml_gunzip_is_whole(in->gunzip) ||
                       ml_fail(err, ML_EINPUT, "%s: the gzip data ends too early", in->name);
            ml_gunzip_feed(in->gunzip, in->packed, n);
        }
        if (!ml_gunzip_next(out, in->gunzip, to, bytes, in->name, err))
            return false;
    }
    return true;
}

/* A first byte that may be gzip's waits for the second; any other is given out at once. */
static bool read_start(size_t *out, struct ml_input *in, char *to, size_t bytes,
                       struct ml_error *err)
{
    size_t n;
    size_t more = 0;
    bytes = bytes < PACKED_BYTES ? bytes : PACKED_BYTES;
    if (!read_stored(&n, in, to, bytes, err))
        return false;
    if (n == 1 && to[0] == '\x1f' && bytes > 1 && !read_stored(&more, in, to + 1, bytes - 1, err))
        return false;
    n += more;
    in->has_looked = true;
    *out = n;
    if (!ml_gzip_is_start(to, n))
        return !in->must_be_gzip ||
               ml_fail(err, ML_EINPUT, "%s: not gzip data, which its name promises", in->name);
    in->packed = ml_xmalloc(PACKED_BYTES);
    memcpy(in->packed, to, n);
    in->gunzip = ml_gunzip_new();
    ml_gunzip_feed(in->gunzip, in->packed, n);
    return unpack(out, in, to, bytes, err);
}

bool ml_input_read(size_t *out, struct ml_input *in, char *to, size_t bytes, struct ml_error *err)
{
    if (!in->has_looked)
        return read_start(out, in, to, bytes, err);
    if (in->gunzip != NULL)
        return unpack(out, in, to, bytes, err);
    return read_stored(out, in, to, bytes, err);
}

bool ml_input_is_ready(const struct ml_input *in)
{
    struct pollfd input = {.fd = in->fd, .events = POLLIN};
    return (in->gunzip != NULL && !ml_gunzip_wants_input(in->gunzip)) || poll(&input, 1, 0) != 0;
}

uint64_t ml_input_bytes(const struct ml_input *in)
{
    return in->n_bytes;
}

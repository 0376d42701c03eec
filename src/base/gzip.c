#include "base/gzip.h"

#define ZLIB_CONST /* its input is const, as it is in fact */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"

/* Added to the window's bits: a gzip header and trailer instead of zlib's. */
enum { WINDOW_BITS = 15, GZIP_FORM = 16, PACK_BYTES = 32 * 1024 };

struct ml_gunzip {
    z_stream z;
    bool is_full;  /* the last call filled its room: there may be more without input */
    bool is_whole; /* between members */
};

struct ml_gzip {
    z_stream z;
};

bool ml_gzip_is_name(const char *path)
{
    size_t n = strlen(path);
    return n > 3 && memcmp(path + n - 3, ".gz", 3) == 0;
}

bool ml_gzip_is_start(const char *bytes, size_t n)
{
    return n >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0;
}

static voidpf allocate(voidpf ctx, uInt n, uInt bytes)
{
    (void)ctx;
    return ml_xcalloc(n, bytes);
}

static void release(voidpf ctx, voidpf memory)
{
    (void)ctx;
    free(memory);
}

struct ml_gunzip *ml_gunzip_new(void)
{
    struct ml_gunzip *g = ml_xcalloc(1, sizeof(*g));
    g->z.zalloc = allocate;
    g->z.zfree = release;
    /* Can fail for want of memory only, which allocate() does not return from. */
    (void)inflateInit2(&g->z, WINDOW_BITS + GZIP_FORM);
    return g;
}

void ml_gunzip_free(struct ml_gunzip *g)
{
    if (g == NULL)
        return;
    inflateEnd(&g->z);
    free(g);
}

void ml_gunzip_feed(struct ml_gunzip *g, const char *bytes, size_t n)
{
    g->z.next_in = (const Bytef *)bytes;
    g->z.avail_in = (uInt)n;
}

bool ml_gunzip_wants_input(const struct ml_gunzip *g)
{
    return g->z.avail_in == 0 && !g->is_full;
}

bool ml_gunzip_is_whole(const struct ml_gunzip *g)
{
    return g->is_whole;
}

static bool fail_stream(const struct ml_gunzip *g, const char *name, struct ml_error *err)
{
    if (g->is_whole)
        return ml_fail(err, ML_EINPUT, "%s: bytes behind the end of the gzip data", name);
    return ml_fail(err, ML_EINPUT, "%s: damaged gzip data (%s)", name,
                   g->z.msg != NULL ? g->z.msg : "unknown cause");
}

bool ml_gunzip_next(size_t *out, struct ml_gunzip *g, char *to, size_t bytes, const char *name,
                    struct ml_error *err)
{
    uInt room = bytes < UINT_MAX ? (uInt)bytes : UINT_MAX;
    g->z.next_out = (Bytef *)to;
    g->z.avail_out = room;
    while (g->z.avail_out > 0 && (g->z.avail_in > 0 || g->is_full)) {
        int status = inflate(&g->z, Z_NO_FLUSH);
        g->is_full = false;
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            return fail_stream(g, name, err);
        g->is_whole = status == Z_STREAM_END || (g->is_whole && g->z.total_in == 0);
        if (status == Z_STREAM_END)
            (void)inflateReset(&g->z);
        if (status == Z_BUF_ERROR)
            break;
    }
    g->is_full = g->z.avail_out == 0 && !g->is_whole;
    *out = room - g->z.avail_out;
    return true;
}

struct ml_gzip *ml_gzip_new(void)
{
    enum { MEMORY_LEVEL = 8 };
    struct ml_gzip *g = ml_xcalloc(1, sizeof(*g));
    g->z.zalloc = allocate;
    g->z.zfree = release;
    (void)deflateInit2(&g->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS + GZIP_FORM,
                       MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
    return g;
}

void ml_gzip_free(struct ml_gzip *g)
{
    if (g == NULL)
        return;
    deflateEnd(&g->z);
    free(g);
}

static void pack(struct ml_gzip *g, int flush, struct ml_strbuf *out)
{
    do {
        g->z.next_out = (Bytef *)ml_strbuf_reserve(out, PACK_BYTES);
        g->z.avail_out = PACK_BYTES;
        (void)deflate(&g->z, flush); /* cannot fail: room is there and the state is ours */
        out->length += PACK_BYTES - g->z.avail_out;
    } while (g->z.avail_out == 0);
}

void ml_gzip_add(struct ml_gzip *g, const void *bytes, size_t n, struct ml_strbuf *out)
{
    const char *from = bytes;
    while (n > 0) {
        uInt piece = n < UINT_MAX ? (uInt)n : UINT_MAX;
        g->z.next_in = (const Bytef *)from;
        g->z.avail_in = piece;
        pack(g, Z_NO_FLUSH, out);
        from += piece;
        n -= piece;
    }
}

void ml_gzip_end(struct ml_gzip *g, struct ml_strbuf *out)
{
    pack(g, Z_FINISH, out);
}

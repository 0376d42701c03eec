#include "base/packed.h"

bool ml_packed_open(struct ml_packed *out, const char *path, struct ml_error *err)
{
    struct ml_packed p = {0};
    if (!ml_output_open(&p.file, path, err))
        return false;
    p.gzip = path != NULL && ml_gzip_is_name(path) ? ml_gzip_new() : NULL;
    *out = p;
    return true;
}

static bool write_ready(struct ml_packed *p, struct ml_error *err)
{
    bool ok =
        p->ready.length == 0 || ml_output_write(&p->file, p->ready.bytes, p->ready.length, err);
    ml_strbuf_clear(&p->ready);
    return ok;
}

bool ml_packed_write(struct ml_packed *p, const void *bytes, size_t n, struct ml_error *err)
{
    if (p->gzip == NULL)
        return ml_output_write(&p->file, bytes, n, err);
    ml_gzip_add(p->gzip, bytes, n, &p->ready);
    return write_ready(p, err);
}

bool ml_packed_commit(struct ml_packed *p, struct ml_error *err)
{
    if (p->gzip != NULL) {
        ml_gzip_end(p->gzip, &p->ready);
        if (!write_ready(p, err))
            return false;
    }
    return ml_output_commit(&p->file, err);
}

void ml_packed_release(struct ml_packed *p)
{
    ml_output_release(&p->file);
    ml_gzip_free(p->gzip);
    ml_strbuf_release(&p->ready);
    p->gzip = NULL;
}

#include "data/sample.h"

#include <string.h>

#include "base/error.h"

static const struct ml_sample_kind *const kinds[] = {&ml_sample_banking, &ml_sample_restaurant};

static const struct ml_sample_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    }
    return NULL;
}

const char *ml_sample_kinds(void)
{
    return "banking, restaurant";
}

size_t ml_sample_default_rows(const char *kind)
{
    const struct ml_sample_kind *found = find_kind(kind);
    return found != NULL ? found->default_rows : 0;
}

void ml_sample_row(struct ml_strbuf *line, struct ml_sample_truth *truth,
                   const struct ml_sample_kind *kind, uint64_t seed, uint64_t row)
{
    struct ml_rng rng;
    ml_rng_init(&rng, ml_mix64(seed, row));
    ml_strbuf_clear(line);
    kind->add_row(line, truth, &rng);
    ml_strbuf_addc(line, '\n');
}

static bool write_rows(const struct ml_sample_kind *kind, size_t n_rows, uint64_t seed,
                       ml_sample_write_fn write, void *ctx, struct ml_error *err)
{
    struct ml_strbuf line = {0};
    ml_strbuf_adds(&line, kind->header);
    ml_strbuf_addc(&line, '\n');
    bool ok = write(ctx, line.bytes, line.length, err);
    for (size_t row = 0; ok && row < n_rows; row++) {
        struct ml_sample_truth truth;
        ml_sample_row(&line, &truth, kind, seed, row);
        ok = write(ctx, line.bytes, line.length, err);
    }
    ml_strbuf_release(&line);
    return ok;
}

bool ml_sample(const char *kind, size_t n_rows, uint64_t seed, ml_sample_write_fn write, void *ctx,
               struct ml_error *err)
{
    const struct ml_sample_kind *found = find_kind(kind);
    if (found == NULL) {
        char quoted[80];
        return ml_fail(err, ML_EINPUT, "no sample of kind '%s', only: %s",
                       ml_quote(quoted, sizeof(quoted), kind, strlen(kind)), ml_sample_kinds());
    }
    return write_rows(found, n_rows, seed, write, ctx, err);
}

#include "data/split.h"

#include <string.h>
#include <sys/stat.h>

#include "base/rng.h"
#include "data/table.h"

static bool is_inside(const struct ml_split *split, size_t row)
{
    if (split->strategy == ML_SPLIT_SEQUENTIAL) {
        double n = (double)split->n_rows;
        return (double)row >= n * split->begin / 100.0 && (double)row < n * split->end / 100.0;
    }
    double u = (double)(ml_mix64(split->seed, row) >> 11) * 0x1p-53 * 100.0;
    return u >= split->begin && u < split->end;
}

bool ml_split_is_train(const struct ml_split *split, size_t row)
{
    return is_inside(split, row) != split->complement;
}

static bool can_be_read_twice(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 &&
           (stat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

static bool count_rows(size_t *out, const char *path, bool has_header,
                       const struct ml_csv_options *options, struct ml_error *err)
{
    struct ml_source *s;
    struct ml_block block = {0};
    const char *text;
    size_t n;
    if (!ml_source_open(&s, path, options->name, options->delimiter,
                        options->plain ? ML_SOURCE_PLAIN : 0, err))
        return false;
    bool ok = !has_header || ml_source_peek(s, &text, &n, err);
    if (ok && has_header)
        ml_source_skip_header(s);
    do
        ok = ok && ml_source_next(s, &block, err);
    while (ok && block.n_spans > 0);
    *out = ml_source_rows(s);
    ml_block_release(&block);
    ml_source_close(s);
    return ok;
}

bool ml_split_open(struct ml_split *out, const struct ml_selection *selection, const char *path,
                   const struct ml_schema *schema, const struct ml_csv_options *options,
                   struct ml_error *err)
{
    struct ml_split split = {
        .strategy = selection->strategy,
        .begin = selection->begin,
        .end = selection->end,
        .complement = selection->complement,
        .seed = selection->seed,
    };
    if (!ml_selection_check(selection, err))
        return false;
    if (split.strategy == ML_SPLIT_SEQUENTIAL) {
        if (!can_be_read_twice(path))
            return ml_fail(err, ML_EINPUT,
                           "%s: a sequential split needs to know how many rows there are, which "
                           "only a file or a directory tells",
                           strcmp(path, "-") == 0 ? "standard input" : path);
        if (!count_rows(&split.n_rows, path, ml_table_has_header(schema, options), options, err))
            return false;
    }
    *out = split;
    return true;
}

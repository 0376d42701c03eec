#include <math.h>
#include <string.h>

#include "base/packed.h"
#include "data/parts.h"
#include "ml/predict.h"
#include "model/batch.h"

struct encoding {
    const struct ml_model *model;
    size_t target_field;
    enum ml_part part;
};

static bool wants(const void *ctx, size_t row)
{
    const struct encoding *e = ctx;
    bool trains = ml_split_is_train(&e->model->provenance.split, row);
    return e->part == ML_PART_ALL || trains == (e->part == ML_PART_TRAIN);
}

static bool write_row(const void *ctx, struct ml_scorer *scorer, const struct ml_field *fields,
                      struct ml_strbuf *out, struct ml_error *err)
{
    const struct encoding *e = ctx;
    const struct ml_field *cell = &fields[e->target_field];
    double truth;
    if (!ml_model_read_target(e->model, cell->s, cell->n, &truth, err))
        return false;
    const struct ml_sparse *row = ml_scorer_features(scorer);
    ml_strbuf_add_double(out, truth);
    for (size_t i = 0; i < row->n; i++) {
        ml_strbuf_addc(out, ' ');
        ml_strbuf_add_u64(out, (uint64_t)row->index[i] + 1);
        ml_strbuf_addc(out, ':');
        ml_strbuf_add_double(out, row->value[i]);
    }
    ml_strbuf_addc(out, '\n');
    return true;
}

static bool write_out(void *sink_ctx, const struct ml_strbuf *bytes, struct ml_error *err)
{
    return ml_packed_write(sink_ctx, bytes->bytes, bytes->length, err);
}

static const struct ml_batch_ops encode_ops = {
    .wants = wants,
    .row = write_row,
    .sink = write_out,
};

static bool run(struct encoding *e, struct ml_table *t, const char *out,
                const struct ml_predict_options *o, const struct ml_talk *talk,
                struct ml_predict_summary *summary, struct ml_error *err)
{
    struct ml_packed output;
    if (!ml_packed_open(&output, out, err))
        return false;
    struct ml_batch batch = {
        .model = e->model,
        .table = t,
        .ops = &encode_ops,
        .ctx = e,
        .sink_ctx = &output,
        .jobs = o->jobs,
        .max_rejected = o->csv.max_rejected,
        .talk = talk,
        .stage = "encoding",
    };
    struct ml_batch_count count = {0};
    bool ok = ml_batch_run(&batch, &count, err) && ml_packed_commit(&output, err);
    ml_packed_release(&output);
    summary->n_rows = count.n_rows;
    summary->n_rejected = count.n_rejected;
    summary->n_invalid = count.n_invalid;
    return ok;
}

/* The split is one of rows by number: it means nothing in another file. */
static bool check_digest(const struct ml_model *m, const char *in, struct ml_error *err)
{
    char digest[ML_DIGEST_HEX];
    if (strcmp(in, "-") == 0)
        return ml_fail(err, ML_EINPUT, "the parts of standard input are not known; name the file");
    if (!ml_parts_digest(digest, in, err))
        return false;
    return strcmp(digest, m->provenance.data_digest) == 0 ||
           ml_fail(err, ML_ECONFLICT, "'%s' is not the file that the model was trained on", in);
}

bool ml_encode(const struct ml_model *model, const char *in, const char *out, enum ml_part part,
               const struct ml_predict_options *options, const struct ml_talk *talk,
               struct ml_predict_summary *summary, struct ml_error *err)
{
    if (ml_parts_hold(in, out))
        return ml_fail(err, ML_EINPUT, "'%s' is both the data and the output", out);
    if (part != ML_PART_ALL && !check_digest(model, in, err))
        return false;
    struct ml_table t;
    if (!ml_table_open(&t, in, model->schema, &options->csv, ML_MATCH_NAMES, false, err))
        return false;
    struct encoding e = {.model = model, .part = part};
    bool ok = t.has_target || ml_fail(err, ML_EINPUT, "%s: the target's column is not in the data",
                                      ml_source_name(t.source));
    while (ok && t.column_of[e.target_field] != model->schema->target)
        e.target_field++;
    ok = ok && run(&e, &t, out, options, talk, summary, err);
    summary->n_ignored_columns = t.n_ignored;
    ml_table_close(&t);
    return ok;
}

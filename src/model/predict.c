#include "ml/predict.h"

#include "base/packed.h"
#include "data/parts.h"
#include "model/answer_line.h"
#include "model/answers.h"
#include "model/batch.h"

struct predictor {
    const struct ml_model *model;
    double threshold;
    enum ml_numbers numbers;
    const struct ml_split *split; /* NULL: all rows */
    long tag_field;               /* or -1 */
    long target_field;            /* or -1 */
};

static long field_of(const struct ml_table *t, long column)
{
    for (size_t f = 0; column >= 0 && f < t->n_fields; f++)
        if (t->column_of[f] == column)
            return (long)f;
    return -1;
}

static bool wants(const void *ctx, size_t row)
{
    const struct predictor *p = ctx;
    return ml_split_is_train(p->split, row);
}

static bool write_row(const void *ctx, struct ml_scorer *scorer, const struct ml_field *fields,
                      struct ml_strbuf *out, struct ml_error *err)
{
    (void)err;
    const struct predictor *p = ctx;
    ml_answer_line(p->model, p->tag_field >= 0 ? &fields[p->tag_field] : NULL,
                   p->target_field >= 0 ? &fields[p->target_field] : NULL, ml_scorer_score(scorer),
                   p->threshold, p->numbers, out);
    return true;
}

static void write_blank(const void *ctx, struct ml_strbuf *out)
{
    (void)ctx;
    ml_strbuf_addc(out, '\n');
}

static bool write_lines(void *sink_ctx, const struct ml_strbuf *bytes, struct ml_error *err)
{
    const struct ml_answer_sink *sink = sink_ctx;
    return sink->lines(sink->ctx, bytes->bytes, bytes->length, err);
}

static bool pass_file(void *sink_ctx, size_t file, const char *name, struct ml_error *err)
{
    const struct ml_answer_sink *sink = sink_ctx;
    return sink->file(sink->ctx, file, name, err);
}

static bool write_header(const struct predictor *p, const struct ml_answer_sink *sink,
                         struct ml_error *err)
{
    struct ml_strbuf line = {0};
    ml_answer_header(p->model, p->tag_field >= 0, p->target_field >= 0, &line);
    bool ok = sink->header(sink->ctx, line.bytes, line.length, err);
    ml_strbuf_release(&line);
    return ok;
}

static bool run(const struct predictor *p, struct ml_table *t, struct ml_answer_sink *sink,
                const struct ml_predict_options *o, const struct ml_talk *talk,
                struct ml_predict_summary *summary, struct ml_error *err)
{
    struct ml_batch_ops ops = {.row = write_row, .rejected = write_blank, .sink = write_lines};
    ops.file = sink->file != NULL ? pass_file : NULL;
    ops.wants = p->split != NULL ? wants : NULL;
    struct ml_batch batch = {
        .model = p->model,
        .table = t,
        .ops = &ops,
        .ctx = p,
        .sink_ctx = sink,
        .jobs = o->jobs,
        .max_rejected = o->csv.max_rejected,
        .talk = talk,
        .stage = "scoring",
    };
    struct ml_batch_count count;
    if (!write_header(p, sink, err) || !ml_batch_run(&batch, &count, err))
        return false;
    summary->n_rows = count.n_rows;
    summary->n_rejected = count.n_rejected;
    summary->n_invalid = count.n_invalid;
    if (count.n_rows > 0 && count.n_rejected == count.n_rows)
        return ml_fail(err, ML_EINPUT, "%s: none of the %zu rows can be scored",
                       ml_source_name(t->source), count.n_rows);
    return true;
}

bool ml_answer_rows(const struct ml_model *model, const char *in, const struct ml_answer_sink *sink,
                    const struct ml_predict_options *options, const struct ml_talk *talk,
                    struct ml_predict_summary *summary, struct ml_error *err)
{
    struct ml_split split;
    if (options->rows != NULL &&
        !ml_split_open(&split, options->rows, in, model->schema, &options->csv, err))
        return false;
    struct ml_table t;
    if (options->threshold >= 0.0 && model->problem != ML_BINARY_PROBLEM)
        return ml_fail(err, ML_EUNSUPPORTED, "a %s model has no threshold",
                       ml_problem_name(model->problem));
    if (!ml_table_open(&t, in, model->schema, &options->csv, ML_MATCH_NAMES, false, err))
        return false;
    struct predictor p = {
        .model = model,
        .threshold = options->threshold >= 0.0 ? options->threshold : model->threshold,
        .numbers = options->numbers,
        .split = options->rows != NULL ? &split : NULL,
        .tag_field = field_of(&t, model->schema->row_id),
        .target_field = field_of(&t, model->schema->target),
    };
    struct ml_answer_sink s = *sink;
    summary->n_ignored_columns = t.n_ignored;
    bool ok = run(&p, &t, &s, options, talk, summary, err);
    ml_table_close(&t);
    return ok;
}

bool ml_predict_to(const struct ml_model *model, const char *in, ml_predict_sink sink,
                   void *sink_ctx, const struct ml_predict_options *options,
                   const struct ml_talk *talk, struct ml_predict_summary *summary,
                   struct ml_error *err)
{
    struct ml_answer_sink s = {.header = sink, .lines = sink, .ctx = sink_ctx};
    return ml_answer_rows(model, in, &s, options, talk, summary, err);
}

/* Opened at the first bytes: a file whose header is refused makes no output. */
struct output {
    struct ml_packed file;
    const char *path;
    bool is_open;
};

static bool write_to_output(void *ctx, const void *bytes, size_t n, struct ml_error *err)
{
    struct output *o = ctx;
    if (!o->is_open && !ml_packed_open(&o->file, o->path, err))
        return false;
    o->is_open = true;
    return ml_packed_write(&o->file, bytes, n, err);
}

bool ml_predict(const struct ml_model *model, const char *in, const char *out,
                const struct ml_predict_options *options, const struct ml_talk *talk,
                struct ml_predict_summary *summary, struct ml_error *err)
{
    if (ml_parts_hold(in, out))
        return ml_fail(err, ML_EINPUT, "'%s' is both the data and the output", out);
    struct output output = {.path = out};
    bool ok = ml_predict_to(model, in, write_to_output, &output, options, talk, summary, err) &&
              ml_packed_commit(&output.file, err);
    if (output.is_open)
        ml_packed_release(&output.file);
    return ok;
}

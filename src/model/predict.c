#include "ml/predict.h"

#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "model/batch.h"

struct predictor {
    const struct ml_model *model;
    const struct ml_table *table;
    double threshold;
    enum ml_numbers numbers;
    long tag_field;    /* or -1 */
    long target_field; /* or -1 */
};

static long field_of(const struct ml_table *t, long column)
{
    for (size_t f = 0; column >= 0 && f < t->n_fields; f++)
        if (t->column_of[f] == column)
            return (long)f;
    return -1;
}

/* A CSV field, quoted where RFC 4180 needs it. */
static void add_field(struct ml_strbuf *out, const char *s, size_t n)
{
    bool plain = true;
    for (size_t i = 0; i < n && plain; i++)
        plain = s[i] != ',' && s[i] != '"' && s[i] != '\n' && s[i] != '\r';
    if (plain) {
        ml_strbuf_add(out, s, n);
        return;
    }
    ml_strbuf_addc(out, '"');
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"')
            ml_strbuf_addc(out, '"');
        ml_strbuf_addc(out, s[i]);
    }
    ml_strbuf_addc(out, '"');
}

static void add_number(const struct predictor *p, struct ml_strbuf *out, double x)
{
    ml_strbuf_addc(out, ',');
    char *to = ml_strbuf_reserve(out, ML_NUMBER_BYTES);
    out->length += p->numbers == ML_NUMBERS_AMAZONML ? ml_number_format_amazonml(to, x)
                                                     : ml_number_format(to, x);
}

/* The truth as the output names it: a known label's own spelling, else the cell as it is. */
static void add_truth(const struct predictor *p, const struct ml_field *cell, struct ml_strbuf *out)
{
    long label = ml_model_find_label(p->model, cell->s, cell->n);
    if (label >= 0)
        add_field(out, p->model->labels[label], strlen(p->model->labels[label]));
    else
        add_field(out, cell->s, cell->n);
    ml_strbuf_addc(out, ',');
}

static bool write_row(const void *ctx, struct ml_scorer *scorer, const struct ml_field *fields,
                      struct ml_strbuf *out, struct ml_error *err)
{
    (void)err;
    const struct predictor *p = ctx;
    const struct ml_model *m = p->model;
    if (p->tag_field >= 0) {
        add_field(out, fields[p->tag_field].s, fields[p->tag_field].n);
        ml_strbuf_addc(out, ',');
    }
    if (p->target_field >= 0)
        add_truth(p, &fields[p->target_field], out);
    const double *probability = ml_scorer_score(scorer);
    const char *answer = m->labels[ml_model_decide(m, probability, p->threshold)];
    add_field(out, answer, strlen(answer));
    if (m->problem == ML_BINARY_PROBLEM)
        add_number(p, out, probability[1]);
    else
        for (size_t k = 0; k < m->n_labels; k++)
            add_number(p, out, probability[k]);
    ml_strbuf_addc(out, '\n');
    return true;
}

static void write_blank(const void *ctx, struct ml_strbuf *out)
{
    (void)ctx;
    ml_strbuf_addc(out, '\n');
}

static bool write_out(void *sink_ctx, const struct ml_strbuf *bytes, struct ml_error *err)
{
    return ml_output_write(sink_ctx, bytes->bytes, bytes->length, err);
}

static bool write_header(const struct predictor *p, struct ml_output *out, struct ml_error *err)
{
    struct ml_strbuf line = {0};
    if (p->tag_field >= 0)
        ml_strbuf_adds(&line, "tag,");
    if (p->target_field >= 0)
        ml_strbuf_adds(&line, "trueLabel,");
    ml_strbuf_adds(&line, "bestAnswer");
    if (p->model->problem == ML_BINARY_PROBLEM) {
        ml_strbuf_adds(&line, ",score");
    } else {
        for (size_t k = 0; k < p->model->n_labels; k++) {
            ml_strbuf_addc(&line, ',');
            add_field(&line, p->model->labels[k], strlen(p->model->labels[k]));
        }
    }
    ml_strbuf_addc(&line, '\n');
    bool ok = ml_output_write(out, line.bytes, line.length, err);
    ml_strbuf_release(&line);
    return ok;
}

static const struct ml_batch_ops predict_ops = {
    .row = write_row,
    .rejected = write_blank,
    .sink = write_out,
};

static bool run(const struct predictor *p, struct ml_table *t, struct ml_output *out,
                const struct ml_predict_options *o, const struct ml_talk *talk,
                struct ml_predict_summary *summary, struct ml_error *err)
{
    struct ml_batch batch = {
        .model = p->model,
        .table = t,
        .ops = &predict_ops,
        .ctx = p,
        .sink_ctx = out,
        .jobs = o->jobs,
        .max_rejected = o->csv.max_rejected,
        .talk = talk,
        .stage = "scoring",
    };
    struct ml_batch_count count;
    if (!write_header(p, out, err) || !ml_batch_run(&batch, &count, err))
        return false;
    summary->n_rows = count.n_rows;
    summary->n_rejected = count.n_rejected;
    summary->n_invalid = count.n_invalid;
    if (count.n_rows > 0 && count.n_rejected == count.n_rows)
        return ml_fail(err, ML_EINPUT, "%s: none of the %zu rows can be scored",
                       ml_source_name(t->source), count.n_rows);
    return ml_output_commit(out, err);
}

bool ml_predict(const struct ml_model *model, const char *in, const char *out,
                const struct ml_predict_options *options, const struct ml_talk *talk,
                struct ml_predict_summary *summary, struct ml_error *err)
{
    if (out != NULL && ml_file_is_same(in, out))
        return ml_fail(err, ML_EINPUT, "'%s' is both the data and the output", out);
    struct ml_table t;
    if (!ml_table_open(&t, in, model->schema, &options->csv, ML_MATCH_NAMES, false, err))
        return false;
    struct predictor p = {
        .model = model,
        .table = &t,
        .threshold = options->threshold >= 0.0 ? options->threshold : model->threshold,
        .numbers = options->numbers,
        .tag_field = field_of(&t, model->schema->row_id),
        .target_field = field_of(&t, model->schema->target),
    };
    struct ml_output output;
    bool ok = ml_output_open(&output, out, err);
    if (ok) {
        summary->n_ignored_columns = t.n_ignored;
        ok = run(&p, &t, &output, options, talk, summary, err);
        ml_output_release(&output);
    }
    ml_table_close(&t);
    return ok;
}

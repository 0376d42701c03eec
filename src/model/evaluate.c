#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/batch.h"
#include "model/held_out.h"
#include "model/judge.h"

struct judge_ctx {
    const struct ml_model *model;
    size_t target_field;
    const struct ml_split *split; /* NULL: judge all rows */
    bool inside;                  /* those that are in the split, or the others */
};

static bool wants(const void *ctx, size_t row)
{
    const struct judge_ctx *j = ctx;
    return ml_split_is_train(j->split, row) == j->inside;
}

/* A row becomes its truth and scores; the sink takes them apart again. */
static bool observe_row(const void *ctx, struct ml_scorer *scorer, const struct ml_field *fields,
                        struct ml_strbuf *out, struct ml_error *err)
{
    const struct judge_ctx *j = ctx;
    const struct ml_field *cell = &fields[j->target_field];
    double truth;
    if (!ml_model_read_target(j->model, cell->s, cell->n, &truth, err))
        return false;
    ml_strbuf_add(out, &truth, sizeof(truth));
    ml_strbuf_add(out, ml_scorer_score(scorer), ml_model_n_scores(j->model) * sizeof(double));
    return true;
}

struct gather {
    const struct ml_model *model;
    struct ml_observations observations;
};

static bool gather_rows(void *sink_ctx, const struct ml_strbuf *bytes, struct ml_error *err)
{
    (void)err;
    struct gather *g = sink_ctx;
    size_t width = 1 + ml_model_n_scores(g->model);
    const double *row = (const double *)(const void *)bytes->bytes;
    for (size_t left = bytes->length / sizeof(double); left > 0; left -= width, row += width)
        ml_observe(&g->observations, g->model, row + 1, row[0]);
    return true;
}

static bool run(struct ml_evaluation **out, const struct ml_model *m, struct ml_table *t,
                struct judge_ctx *j, const struct ml_evaluate_options *o,
                const struct ml_talk *talk, struct ml_error *err)
{
    struct ml_batch_ops ops = {.row = observe_row, .sink = gather_rows};
    ops.wants = j->split != NULL ? wants : NULL;
    struct gather g = {.model = m};
    struct ml_batch batch = {
        .model = m,
        .table = t,
        .ops = &ops,
        .ctx = j,
        .sink_ctx = &g,
        .jobs = o->jobs,
        .max_rejected = o->csv.max_rejected,
        .talk = talk,
        .stage = "judging",
    };
    struct ml_batch_count count;
    bool ok = ml_batch_run(&batch, &count, err) &&
              (ml_judge(out, m, &g.observations, o, err) ||
               ml_fail_context(err, "%s", ml_source_name(t->source)));
    ml_observations_release(&g.observations);
    if (ok) {
        (*out)->data = ml_xstrdup(ml_source_name(t->source));
        (*out)->n_rejected = count.n_rejected;
    }
    return ok;
}

bool ml_evaluate(struct ml_evaluation **out, const struct ml_model *model, const char *data,
                 const struct ml_evaluate_options *options, const struct ml_talk *talk,
                 struct ml_error *err)
{
    bool held_out = data == NULL;
    if (held_out && !ml_held_out_check(model, err))
        return false;
    struct ml_csv_options csv = held_out ? model->provenance.csv : options->csv;
    const char *path = held_out ? model->provenance.data_path : data;
    struct ml_split split = model->provenance.split;
    const struct ml_selection *rows = held_out ? NULL : options->rows;
    if (rows != NULL && !ml_split_open(&split, rows, path, model->schema, &csv, err))
        return false;
    struct ml_table t;
    if (!ml_table_open(&t, path, model->schema, &csv, ML_MATCH_NAMES, false, err))
        return false;
    struct judge_ctx j = {.model = model, .inside = !held_out};
    j.split = held_out || rows != NULL ? &split : NULL;
    bool ok =
        ml_target_find(&j.target_field, &t, err) && run(out, model, &t, &j, options, talk, err);
    ml_table_close(&t);
    return ok;
}

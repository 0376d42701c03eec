#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/batch.h"
#include "model/facts.h"
#include "model/held_out.h"
#include "model/importance.h"
#include "model/judge.h"

struct judge_ctx {
    const struct ml_model *model;
    size_t target_field;
    const struct ml_split *split; /* NULL: judge all rows */
    bool inside;                  /* those that are in the split, or the others */
    const struct ml_table *table; /* NULL unless the cells are wanted too */
};

static bool wants(const void *ctx, size_t row)
{
    const struct judge_ctx *j = ctx;
    return ml_split_is_train(j->split, row) == j->inside;
}

/*
 * A row becomes its truth, its scores and perhaps its cells, with their length and padded to whole
 * doubles; the sink takes them apart again.
 */
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
    if (j->table == NULL)
        return true;
    size_t at = out->length;
    double n = 0.0;
    ml_strbuf_add(out, &n, sizeof(n));
    ml_importance_pack(j->table, fields, out);
    n = (double)(out->length - at - sizeof(n));
    memcpy(out->bytes + at, &n, sizeof(n));
    while (out->length % sizeof(double) != 0)
        ml_strbuf_addc(out, '\0');
    return true;
}

struct gather {
    const struct ml_model *model;
    struct ml_observations observations;
    struct ml_importance_rows *rows; /* owned; NULL: not wanted */
};

static bool gather_rows(void *sink_ctx, const struct ml_strbuf *bytes, struct ml_error *err)
{
    (void)err;
    struct gather *g = sink_ctx;
    size_t width = 1 + ml_model_n_scores(g->model);
    const double *row = (const double *)(const void *)bytes->bytes;
    const double *end = row + bytes->length / sizeof(double);
    while (row < end) {
        double truth = row[0];
        ml_observe(&g->observations, g->model, row + 1, truth);
        row += width;
        if (g->rows == NULL)
            continue;
        size_t n = (size_t)*row++;
        ml_importance_rows_add(g->rows, truth, (const char *)row, n);
        row += (n + sizeof(double) - 1) / sizeof(double);
    }
    return true;
}

/* Whether the model was trained on these very bytes. The table has been read to its end. */
static bool is_training_data(const struct ml_model *m, const struct ml_table *t)
{
    char digest[ML_DIGEST_HEX];
    ml_source_digest(t->source, digest);
    return strcmp(digest, m->provenance.data_digest) == 0;
}

/* Whether none of the judged rows of the training data trained. O(rows). */
static bool is_held_out(const struct judge_ctx *j, size_t n_rows)
{
    for (size_t row = 0; row < n_rows; row++)
        if (ml_split_is_train(&j->model->provenance.split, row) &&
            (j->split == NULL || wants(j, row)))
            return false;
    return true;
}

/* What is to be said of the figures besides. */
static void look_around(struct ml_evaluation *e, const struct ml_table *t,
                        const struct judge_ctx *j, const struct ml_observations *o)
{
    struct ml_judged judged = {.n_rejected = e->n_rejected, .table = t};
    bool is_own = j->split == &j->model->provenance.split;
    judged.is_training_data = is_own || is_training_data(j->model, t);
    judged.is_held_out =
        judged.is_training_data && (is_own || is_held_out(j, ml_source_rows(t->source)));
    ml_facts_alerts(&e->alerts, j->model, o, &judged);
    if (judged.is_held_out)
        ml_judge_beside_training(e, o);
}

static bool gather(struct gather *g, struct ml_table *t, const struct judge_ctx *j,
                   const struct ml_evaluate_options *o, const struct ml_talk *talk,
                   size_t *n_rejected, struct ml_error *err)
{
    struct ml_batch_ops ops = {.row = observe_row, .sink = gather_rows};
    ops.wants = j->split != NULL ? wants : NULL;
    struct ml_batch batch = {
        .model = g->model,
        .table = t,
        .ops = &ops,
        .ctx = j,
        .sink_ctx = g,
        .jobs = o->jobs,
        .max_rejected = o->csv.max_rejected,
        .talk = talk,
        .stage = "judging",
    };
    struct ml_batch_count count;
    if (!ml_batch_run(&batch, &count, err))
        return false;
    *n_rejected = count.n_rejected;
    return true;
}

static bool run(struct ml_evaluation **out, const struct ml_model *m, struct ml_table *t,
                struct judge_ctx *j, const struct ml_evaluate_options *o,
                const struct ml_talk *talk, struct ml_error *err)
{
    struct gather g = {.model = m};
    size_t n_rejected;
    if (o->importance_repeats > 0) {
        g.rows = ml_importance_rows_new(m, o->importance_seed);
        j->table = t;
    }
    bool ok = gather(&g, t, j, o, talk, &n_rejected, err) &&
              (ml_judge(out, m, &g.observations, o, err) ||
               ml_fail_context(err, "%s", ml_source_name(t->source)));
    if (ok) {
        (*out)->data = ml_xstrdup(ml_source_name(t->source));
        (*out)->n_rejected = n_rejected;
        look_around(*out, t, j, &g.observations);
    }
    if (ok && g.rows != NULL)
        (*out)->importances = ml_importances_measure(m, g.rows, o->importance_repeats, o->jobs);
    ml_importance_rows_free(g.rows);
    ml_observations_release(&g.observations);
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
    struct ml_split split = {0};
    const struct ml_selection *rows = held_out ? NULL : options->rows;
    if (rows != NULL && !ml_split_open(&split, rows, path, model->schema, &csv, err))
        return false;
    struct ml_table t;
    if (!ml_table_open(&t, path, model->schema, &csv, ML_MATCH_NAMES, !held_out, err))
        return false;
    struct judge_ctx j = {.model = model, .inside = !held_out};
    j.split = held_out ? &model->provenance.split : rows != NULL ? &split : NULL;
    bool ok =
        ml_target_find(&j.target_field, &t, err) && run(out, model, &t, &j, options, talk, err);
    ml_table_close(&t);
    return ok;
}

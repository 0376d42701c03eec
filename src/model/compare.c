#include "ml/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "data/pipeline.h"
#include "eval/compare.h"
#include "model/held_out.h"
#include "model/judge.h"

enum { REFERENCE_BYTES = ML_NAME_BYTES + 24 };

struct ml_comparison {
    char name_a[REFERENCE_BYTES];
    char name_b[REFERENCE_BYTES];
    char *data; /* owned */
    size_t n_rejected;
    double threshold_a;
    double threshold_b;
    struct ml_compare_result result;
};

struct contest {
    const struct ml_model *model[2];
    const struct ml_table *table; /* with the schema of model 0 */
    long *column_of[2];           /* where the fields stand in each schema; 1 is owned */
    size_t target_field;
    const struct ml_split *split; /* NULL: all rows */
    bool inside;                  /* those that are in the split, or the others */
    struct ml_observations observations[2];
};

/* Scoring ---------------------------------------------------------------------------------------
 */

struct worker {
    struct ml_splitter *splitter;
    struct ml_scorer *scorer[2];
};

static void *worker_new(const void *ctx)
{
    const struct contest *c = ctx;
    struct worker *w = ml_xcalloc(1, sizeof(*w));
    w->splitter = ml_splitter_new(c->table->delimiter);
    for (size_t i = 0; i < 2; i++)
        w->scorer[i] = ml_scorer_new(c->model[i]);
    return w;
}

static void worker_free(void *worker)
{
    struct worker *w = worker;
    for (size_t i = 0; i < 2; i++)
        ml_scorer_free(w->scorer[i]);
    ml_splitter_free(w->splitter);
    free(w);
}

static void *scores_new(const void *ctx)
{
    (void)ctx;
    return ml_xcalloc(1, sizeof(struct ml_strbuf));
}

static void scores_free(void *product)
{
    ml_strbuf_release(product);
    free(product);
}

static bool score(const struct contest *c, size_t i, struct worker *w,
                  const struct ml_field *fields, struct ml_strbuf *out, struct ml_error *err)
{
    const struct ml_schema *schema = c->model[i]->schema;
    for (size_t f = 0; f < c->table->n_fields; f++) {
        long column = c->column_of[i][f];
        if (column >= 0 && schema->columns[column].role == ML_ROLE_INPUT &&
            !ml_scorer_set(w->scorer[i], (size_t)column, fields[f].s, fields[f].n, err))
            return false;
    }
    ml_strbuf_add(out, ml_scorer_score(w->scorer[i]),
                  ml_model_n_scores(c->model[i]) * sizeof(double));
    return true;
}

/* A record becomes its truth and both models' scores. */
static bool score_record(const struct contest *c, struct worker *w, const struct ml_block *block,
                         size_t i, struct ml_strbuf *out, struct ml_error *err)
{
    const struct ml_field *fields;
    double truth;
    if (!ml_table_split(c->table, w->splitter, block, i, &fields, err))
        return false;
    const struct ml_field *cell = &fields[c->target_field];
    bool ok = ml_model_read_target(c->model[0], cell->s, cell->n, &truth, err);
    if (ok)
        ml_strbuf_add(out, &truth, sizeof(truth));
    ok = ok && score(c, 0, w, fields, out, err) && score(c, 1, w, fields, out, err);
    return ok || ml_fail_context(err, "%s:%zu", block->name, ml_block_line(block, i));
}

static void score_block(const void *ctx, void *worker, const struct ml_block *block, void *product,
                        struct ml_rejects *rejects)
{
    const struct contest *c = ctx;
    struct ml_strbuf *out = product;
    ml_strbuf_clear(out);
    for (size_t i = 0; i < block->n_spans; i++) {
        struct ml_error err;
        size_t length = out->length;
        if (c->split != NULL && ml_split_is_train(c->split, block->first_row + i) != c->inside)
            continue;
        if (score_record(c, worker, block, i, out, &err))
            continue;
        out->length = length;
        ml_rejects_add(rejects, err.msg);
    }
}

static bool gather(void *ctx, void *product, struct ml_error *err)
{
    (void)err;
    struct contest *c = ctx;
    const struct ml_strbuf *bytes = product;
    size_t n = ml_model_n_scores(c->model[0]);
    const double *row = (const double *)(const void *)bytes->bytes;
    for (size_t left = bytes->length / sizeof(double); left > 0; left -= 1 + 2 * n) {
        ml_observe(&c->observations[0], c->model[0], row + 1, row[0]);
        ml_observe(&c->observations[1], c->model[1], row + 1 + n, row[0]);
        row += 1 + 2 * n;
    }
    return true;
}

static const struct ml_pipeline_ops pipeline_ops = {
    .worker_new = worker_new,
    .worker_free = worker_free,
    .product_new = scores_new,
    .product_free = scores_free,
    .work = score_block,
    .drain = gather,
};

/* Figures ---------------------------------------------------------------------------------------
 */

static const double *doubles(const struct ml_strbuf *buf)
{
    return (const double *)(const void *)buf->bytes;
}

static bool decide(struct ml_comparison *out, const struct contest *c,
                   const struct ml_comparison_options *o, struct ml_error *err)
{
    size_t n = ml_observations_count(&c->observations[0]);
    if (n == 0)
        return ml_fail(err, ML_EINPUT, "no row can be judged by both models");
    const double *truth = doubles(&c->observations[0].truths);
    uint32_t *label = ml_xcalloc(n, sizeof(*label));
    uint8_t *positive = ml_xcalloc(n, sizeof(*positive));
    bool is_value = c->model[0]->problem == ML_REGRESSION_PROBLEM;
    for (size_t i = 0; i < n && !is_value; i++) {
        label[i] = (uint32_t)truth[i];
        positive[i] = truth[i] > 0.5;
    }
    struct ml_compare_input input = {
        .kind = is_value                                    ? ML_COMPARE_REGRESSION
                : c->model[0]->problem == ML_BINARY_PROBLEM ? ML_COMPARE_BINARY
                                                            : ML_COMPARE_MULTICLASS,
        .n = n,
        .scores_a = doubles(&c->observations[0].scores),
        .scores_b = doubles(&c->observations[1].scores),
        .positive = positive,
        .label = label,
        .truth = truth,
        .n_classes = c->model[0]->n_labels,
        .threshold_a = out->threshold_a,
        .threshold_b = out->threshold_b,
        .seed = o->seed,
    };
    bool ok = ml_compare(&out->result, &input, err);
    free(label);
    free(positive);
    return ok;
}

/* What is compared ------------------------------------------------------------------------------
 */

static bool has_same_labels(const struct ml_model *a, const struct ml_model *b)
{
    if (a->n_labels != b->n_labels)
        return false;
    for (size_t k = 0; k < a->n_labels; k++)
        if (strcmp(a->labels[k], b->labels[k]) != 0)
            return false;
    return true;
}

static bool check_models(const struct ml_model *a, const struct ml_model *b, struct ml_error *err)
{
    const char *target_a = a->schema->columns[a->schema->target].name;
    const char *target_b = b->schema->columns[b->schema->target].name;
    if (a->problem != b->problem)
        return ml_fail(err, ML_EINPUT, "a %s and a %s model cannot be compared",
                       ml_problem_name(a->problem), ml_problem_name(b->problem));
    if (strcmp(target_a, target_b) != 0)
        return ml_fail(err, ML_EINPUT,
                       "the models tell different things: column '%.64s' and column '%.64s'",
                       target_a, target_b);
    if (!has_same_labels(a, b))
        return ml_fail(err, ML_EINPUT,
                       "the models know different labels of column '%.64s': %zu and %zu of them",
                       target_a, a->n_labels, b->n_labels);
    return true;
}

static bool check_thresholds(const struct ml_model *a, const struct ml_comparison_options *o,
                             struct ml_error *err)
{
    if (a->problem != ML_BINARY_PROBLEM && (o->threshold_a >= 0.0 || o->threshold_b >= 0.0))
        return ml_fail(err, ML_EUNSUPPORTED, "thresholds need binary models");
    return true;
}

static void name_model(char name[REFERENCE_BYTES], const struct ml_model *m)
{
    snprintf(name, REFERENCE_BYTES, "%s@%zu", m->name, m->version);
}

static bool run(struct ml_comparison *out, struct contest *c, struct ml_table *t,
                const struct ml_comparison_options *o, const struct ml_talk *talk,
                struct ml_error *err)
{
    c->table = t;
    c->column_of[0] = t->column_of;
    struct ml_pipeline pipeline = {
        .source = t->source,
        .ops = &pipeline_ops,
        .ctx = c,
        .drain_ctx = c,
        .jobs = o->jobs,
        .max_rejected = o->csv.max_rejected,
        .talk = talk,
        .stage = "comparing",
    };
    return ml_target_find(&c->target_field, t, err) &&
           ml_table_map(&c->column_of[1], t, c->model[1]->schema, err) &&
           ml_pipeline_run(&pipeline, &out->n_rejected, err) &&
           (decide(out, c, o, err) || ml_fail_context(err, "%s", ml_source_name(t->source)));
}

static bool compare(struct ml_comparison *out, struct contest *c, const char *data,
                    const struct ml_comparison_options *o, const struct ml_talk *talk,
                    struct ml_error *err)
{
    const struct ml_provenance *p = &c->model[0]->provenance;
    bool held_out = data == NULL;
    if (held_out && (!ml_held_out_is_same(c->model[0], c->model[1], err) ||
                     !ml_held_out_check(c->model[0], err)))
        return false;
    struct ml_csv_options csv = held_out ? p->csv : o->csv;
    const char *path = held_out ? p->data_path : data;
    struct ml_split split = p->split;
    const struct ml_selection *rows = held_out ? NULL : o->rows;
    if (rows != NULL && !ml_split_open(&split, rows, path, c->model[0]->schema, &csv, err))
        return false;
    c->split = held_out || rows != NULL ? &split : NULL;
    c->inside = !held_out;
    struct ml_table t;
    if (!ml_table_open(&t, path, c->model[0]->schema, &csv, ML_MATCH_NAMES, false, err))
        return false;
    bool ok = run(out, c, &t, o, talk, err);
    if (ok)
        out->data = ml_xstrdup(ml_source_name(t.source));
    ml_table_close(&t);
    return ok;
}

bool ml_compare_models(struct ml_comparison **out, const struct ml_model *a,
                       const struct ml_model *b, const char *data,
                       const struct ml_comparison_options *options, const struct ml_talk *talk,
                       struct ml_error *err)
{
    if (!check_models(a, b, err) || !check_thresholds(a, options, err))
        return false;
    struct ml_comparison *made = ml_xcalloc(1, sizeof(*made));
    struct contest c = {.model = {a, b}};
    name_model(made->name_a, a);
    name_model(made->name_b, b);
    made->threshold_a = options->threshold_a >= 0.0 ? options->threshold_a : a->threshold;
    made->threshold_b = options->threshold_b >= 0.0 ? options->threshold_b : b->threshold;
    bool ok = compare(made, &c, data, options, talk, err);
    free(c.column_of[1]);
    ml_observations_release(&c.observations[0]);
    ml_observations_release(&c.observations[1]);
    if (ok)
        *out = made;
    else
        ml_comparison_free(made);
    return ok;
}

void ml_comparison_free(struct ml_comparison *c)
{
    if (c == NULL)
        return;
    free(c->data);
    free(c);
}

size_t ml_comparison_rows(const struct ml_comparison *c)
{
    return c->result.n;
}

size_t ml_comparison_rejected(const struct ml_comparison *c)
{
    return c->n_rejected;
}

char *ml_comparison_json(const struct ml_comparison *c)
{
    struct ml_strbuf buf = {0};
    ml_strbuf_addc(&buf, '{');
    ml_json_add_key(&buf, "data");
    ml_json_add_bytes(&buf, c->data, strlen(c->data));
    ml_json_key_count(&buf, "rows_rejected", c->n_rejected);
    if (c->result.kind == ML_COMPARE_BINARY) {
        ml_json_key_number(&buf, "threshold_a", c->threshold_a);
        ml_json_key_number(&buf, "threshold_b", c->threshold_b);
    }
    ml_compare_json(&buf, &c->result, c->name_a, c->name_b);
    ml_strbuf_adds(&buf, "}\n");
    return ml_strbuf_take(&buf);
}

char *ml_comparison_text(const struct ml_comparison *c)
{
    struct ml_strbuf buf = {0};
    ml_compare_text(&buf, &c->result, c->name_a, c->name_b);
    return ml_strbuf_take(&buf);
}

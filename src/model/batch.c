#include "model/batch.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "data/pipeline.h"

/* What one block becomes. */
struct answers {
    struct ml_strbuf out;
    size_t n_rows;
    size_t n_invalid;
    size_t file;      /* of the block */
    const char *name; /* borrowed from the source */
};

struct worker {
    struct ml_splitter *splitter;
    struct ml_scorer *scorer;
};

struct drain {
    const struct ml_batch *batch;
    struct ml_batch_count count;
};

static void *worker_new(const void *ctx)
{
    const struct ml_batch *b = ctx;
    struct worker *w = ml_xcalloc(1, sizeof(*w));
    w->splitter = ml_splitter_new(b->table->delimiter);
    w->scorer = ml_scorer_new(b->model);
    return w;
}

static void worker_free(void *worker)
{
    struct worker *w = worker;
    ml_scorer_free(w->scorer);
    ml_splitter_free(w->splitter);
    free(w);
}

static void *answers_new(const void *ctx)
{
    (void)ctx;
    return ml_xcalloc(1, sizeof(struct answers));
}

static void answers_free(void *product)
{
    struct answers *answers = product;
    ml_strbuf_release(&answers->out);
    free(answers);
}

static bool score_record(const struct ml_batch *b, struct worker *w, const struct ml_block *block,
                         size_t i, struct ml_strbuf *out, struct ml_error *err)
{
    const struct ml_table *t = b->table;
    const struct ml_field *fields;
    if (!ml_table_split(t, w->splitter, block, i, &fields, err))
        return false;
    bool ok = true;
    for (size_t f = 0; ok && f < t->n_fields; f++) {
        long c = t->column_of[f];
        if (c >= 0 && t->schema->columns[c].role == ML_ROLE_INPUT)
            ok = ml_scorer_set(w->scorer, (size_t)c, fields[f].s, fields[f].n, err);
    }
    ok = ok && b->ops->row(b->ctx, w->scorer, fields, out, err);
    return ok || ml_fail_context(err, "%s:%zu", block->name, ml_block_line(block, i));
}

static void score_block(const void *ctx, void *worker, const struct ml_block *block, void *product,
                        struct ml_rejects *rejects)
{
    const struct ml_batch *b = ctx;
    struct worker *w = worker;
    struct answers *answers = product;
    ml_strbuf_clear(&answers->out);
    answers->n_rows = 0;
    answers->file = block->file;
    answers->name = block->name;
    size_t n_invalid = ml_scorer_invalid(w->scorer);
    for (size_t i = 0; i < block->n_spans; i++) {
        struct ml_error err;
        if (b->ops->wants != NULL && !b->ops->wants(b->ctx, block->first_row + i))
            continue;
        answers->n_rows++;
        size_t length = answers->out.length;
        if (score_record(b, w, block, i, &answers->out, &err))
            continue;
        answers->out.length = length;
        ml_rejects_add(rejects, err.msg);
        if (b->ops->rejected != NULL)
            b->ops->rejected(b->ctx, &answers->out);
    }
    answers->n_invalid = ml_scorer_invalid(w->scorer) - n_invalid;
}

static bool drain(void *ctx, void *product, struct ml_error *err)
{
    struct drain *d = ctx;
    struct answers *answers = product;
    d->count.n_rows += answers->n_rows;
    d->count.n_invalid += answers->n_invalid;
    const struct ml_batch_ops *ops = d->batch->ops;
    if (ops->file != NULL && !ops->file(d->batch->sink_ctx, answers->file, answers->name, err))
        return false;
    return answers->out.length == 0 || ops->sink(d->batch->sink_ctx, &answers->out, err);
}

static const struct ml_pipeline_ops pipeline_ops = {
    .worker_new = worker_new,
    .worker_free = worker_free,
    .product_new = answers_new,
    .product_free = answers_free,
    .work = score_block,
    .drain = drain,
};

bool ml_batch_run(const struct ml_batch *batch, struct ml_batch_count *count, struct ml_error *err)
{
    struct drain d = {.batch = batch};
    struct ml_pipeline pipeline = {
        .source = batch->table->source,
        .ops = &pipeline_ops,
        .ctx = batch,
        .drain_ctx = &d,
        .jobs = batch->jobs,
        .max_rejected = batch->max_rejected,
        .talk = batch->talk,
        .stage = batch->stage,
    };
    if (!ml_pipeline_run(&pipeline, &d.count.n_rejected, err))
        return false;
    *count = d.count;
    return true;
}
